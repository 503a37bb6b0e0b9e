// What differs from the run before: alerts, what there is to know in sentences, and every move with its reason.
function sinceSection() {
  const found = documents.changes;
  if (!found) return;
  const changes = found.changes || {};
  const named = (id) => (found.names || {})[id] || nameOf(id);
  const who = (id) => (ranked.has(id) || profiles.has(id) ? creatorButton(id) : theirs(named(id)));
  const step = (pair, write) => [write(pair[0]), ' → ', write(pair[1])];
  const why = (move) => (move.parts || []).slice(0, 2)
    .filter((part) => Math.abs(part.effect) >= 5e-4)
    .map((part) => words.column(part.criterion) + ' ' + words.score(part.value[0]) + ' → ' + words.score(part.value[1]) + ' (' + (part.effect > 0 ? '+' : '−') + Math.abs(part.effect).toFixed(3) + ')')
    .join(', ');
  const from = changes.old_started_at ? ' (' + words.time(changes.old_started_at) + ')' : '';
  const moves = changes.moves || [];
  section('since', 'Since last time', 'Since last time',
    el('p', { class: 'note' }, 'What differs from the run before' + from + '. Intervals take the two runs as independent, which makes them rather too wide, and hold for all comparisons of a kind together.'),
    (found.alerts || []).length > 0 && el('div', { class: 'callout' }, el('h3', {}, 'Alerts'),
      el('ul', {}, found.alerts.map((alert) => el('li', {}, theirs(alert.text), ' ', el('small', {}, 'rule: ' + alert.rule))))),
    (found.sentences || []).length > 0
      ? el('ul', {}, found.sentences.map((sentence) => el('li', {}, theirs(sentence))))
      : el('p', {}, 'Nothing moved beyond chance.'),
    moves.length > 0 && dataTable({
      id: 'moves-table', label: 'Moves in the ranking', rows: moves, page: 10,
      columns: [
        { key: 'creator_id', label: 'Creator', head: true, value: (m) => named(m.creator_id), show: (m) => who(m.creator_id) },
        { key: 'rank', label: 'Rank', number: true, value: (m) => m.rank[0] - m.rank[1], hint: 'before → now; sorted by places won', show: (m) => step(m.rank, String) },
        { key: 'score', label: 'Score', number: true, value: (m) => m.score[1], show: (m) => step(m.score, words.score) },
        { key: 'difference', label: 'Difference (95 %)', number: true, show: (m) => [(m.difference > 0 ? '+' : m.difference < 0 ? '−' : '') + Math.abs(m.difference).toFixed(3), ' ', el('small', {}, m.lower.toFixed(3) + ' to ' + m.upper.toFixed(3) + (m.beyond_chance ? '' : ', may be chance'))] },
        { key: 'why', label: 'By', wide: true, value: why, show: (m) => why(m) || 'others moved' },
      ],
      search: (m) => named(m.creator_id) + ' ' + m.creator_id,
    }));
}
