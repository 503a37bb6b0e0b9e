// The reader's own weights and must-haves: the ranking under them follows at once.
const exploring = { weights: null, shares: reranking.able ? reranking.parts.weights : [], must: {}, changed: false };

// Must-haves as `rank` takes them: what is unknown does not meet one, but for the kind of account.
const known = (v, test) => v != null && test(v);
const MUSTS = [
  { key: 'min_followers', label: 'Followers from', flag: '--min-followers', type: 'number', of: (row) => of(row.creator_id, 'followers'), test: (v, want) => v >= want },
  { key: 'max_followers', label: 'Followers to', flag: '--max-followers', type: 'number', of: (row) => of(row.creator_id, 'followers'), test: (v, want) => v <= want },
  { key: 'max_price', label: 'Price a post, at most', flag: '--max-price', type: 'number', of: (row) => priceOf(row.creator_id), test: (v, want) => v <= want },
  { key: 'min_posts', label: 'Posts, at least', flag: '--min-posts', type: 'number', of: (row) => row.posts, test: (v, want) => v >= want },
  { key: 'min_relevance', label: 'Niche fit, at least', flag: '--min-relevance', type: 'share', of: (row) => row.relevance, test: (v, want) => v >= want },
  { key: 'min_safety', label: 'Brand safety, at least', flag: '--min-safety', type: 'share', of: (row) => row.safety, test: (v, want) => v >= want },
  { key: 'min_authenticity', label: 'Authenticity, at least', type: 'share', of: (row) => row.authenticity, test: (v, want) => v >= want },
  { key: 'platform', label: 'Platform', flag: '--platform', type: 'choice', of: (row) => of(row.creator_id, 'platform'), shown: words.platform },
  { key: 'language', label: 'Language', flag: '--language', type: 'choice', of: (row) => of(row.creator_id, 'language') },
  { key: 'country', label: 'Country', flag: '--country', type: 'choice', of: (row) => of(row.creator_id, 'country') },
  { key: 'kind', label: 'Kind of account', flag: '--kind', type: 'choice', of: (row) => row.kind, unknownStays: true },
  { key: 'niche', label: 'Niche', type: 'choice', of: (row) => row.niche },
];
// Only those of which the tables know something.
const usableMusts = () => MUSTS.filter((m) => (m.type === 'choice' ? new Set(reranking.original.map(m.of).filter((v) => v != null)).size > 1 : reranking.original.some((row) => m.of(row) != null)));

const meets = (row) => MUSTS.every((m) => {
  const want = exploring.must[m.key];
  if (want == null) return true;
  const own = m.of(row);
  if (own == null) return !!m.unknownStays;
  return m.type === 'choice' ? String(own).toLowerCase() === String(want).toLowerCase() : m.test(own, want);
});

// Weights with one criterion counting half and the others sharing the rest as the run has them.
function firstPreset(name) {
  const c = reranking.parts.criteria.indexOf(name);
  const rest = reranking.parts.weights.reduce((sum, w, i) => sum + (i === c ? 0 : w), 0);
  return reranking.parts.weights.map((w, i) => (i === c ? 0.5 : rest > 0 ? 0.5 * w / rest : 0));
}
const presets = () => [{ label: 'As ranked', weights: null }].concat(['relevance', 'engagement', 'safety', 'sentiment', 'price']
  .filter((name) => reranking.hasEvidence(reranking.parts.criteria.indexOf(name)))
  .map((name) => ({ label: { price: 'Price first' }[name] || criterionName(name) + ' first', weights: firstPreset(name) })));

const sharesText = (shares) => reranking.parts.criteria.map((name, c) => [name, shares[c]]).filter(([, w]) => w > 0.0005)
  .map(([name, w]) => criterionName(name).toLowerCase() + ' ' + words.percent(w).replace('.0 ', ' ')).join(', ');

// What `rank` and `plan` would be told, to have all of it made anew.
function flags() {
  const out = exploring.weights ? ['--weights ' + reranking.parts.criteria.map((name, c) => name + '=' + Number(exploring.shares[c].toFixed(3))).join(',')] : [];
  for (const m of MUSTS) {
    const want = exploring.must[m.key];
    if (want != null && m.flag) out.push(m.flag + ' ' + (m.type === 'choice' && !/^[\w.-]+$/.test(want) ? JSON.stringify(String(want)) : want));
  }
  return out.join(' ');
}

// Ranks anew and tells everything that shows the ranking.
function rerank() {
  const free = !exploring.weights && !MUSTS.some((m) => exploring.must[m.key] != null);
  exploring.changed = !free;
  exploring.shares = exploring.weights ? reranking.shares(exploring.weights) : reranking.parts.weights;
  const rows = free ? reranking.restore() : reranking.apply(exploring.weights, meets);
  const table = document.getElementById('ranking-table');
  if (table) table.setRows(rows);
  document.querySelectorAll('[data-run-answer]').forEach((note) => { note.hidden = free; });
  drawShortlist();
  return rows;
}

function exploreSaid(rows) {
  if (!exploring.changed) return [el('b', {}, 'As ranked by the run: '), sharesText(exploring.shares) + '.'];
  const before = reranking.firstRank;
  const first = rows[0];
  const fewer = reranking.n < reranking.parts.draws ? reranking.n + ' of the run’s ' + reranking.parts.draws + ' draws' : 'the run’s own ' + reranking.parts.draws + ' draws';
  const all = (documents.ranking || {}).ranked;
  const command = flags();
  const flagless = MUSTS.filter((m) => !m.flag && exploring.must[m.key] != null).map((m) => m.label.replace(/,.*/, '').toLowerCase());
  return [
    el('b', {}, exploring.weights ? 'Your weights: ' : 'The run’s weights: '), sharesText(exploring.shares) + '. ',
    rows.length < ranking.length && words.count(rows.length) + ' of ' + words.plural(ranking.length, 'creator') + ' meet the must-haves, and ranks are among them. ',
    first && [theirs(nameOf(first.creator_id)), ' comes first' + (before.get(first.creator_id) === 1 ? ', as in the run. ' : ', ' + before.get(first.creator_id) + ' in the run. ')],
    'The intervals are taken anew for this, from ' + fewer + (all > ranking.length ? ', among the ' + words.count(ranking.length) + ' creators in this page' : '') + '. The answer and the plan are still the run’s',
    command ? [': to have them made anew, give ', el('code', {}, command), ' to the program.'] : '.',
    flagless.length > 0 && ' The program has no flag for ' + flagless.join(' and ') + '.',
  ];
}

function explorePanel() {
  if (!reranking.able) return data.tables.ranking && el('p', { class: 'note' }, 'Weights and must-haves cannot be changed here: the folder’s ranking.json has no parts to rank again by. Have the run made anew with this version.');
  const said = el('p', { class: 'callout', id: 'explore-said' });
  let waiting = false;
  const now = () => {
    waiting = false;
    const rows = rerank();
    said.replaceChildren(...el('p', {}, exploreSaid(rows)).childNodes);
    announce(exploring.changed ? words.plural(rows.length, 'creator') + ' ranked again' + (rows[0] ? ', ' + nameOf(rows[0].creator_id) + ' first' : '') : 'The ranking is the run’s again');
  };
  // One reckoning for each picture that the screen can show.
  const later = () => { if (!waiting) { waiting = true; requestAnimationFrame(now); } };
  const weights = weightControls(later);
  const musts = mustControls(later);
  const reset = el('button', { type: 'button', onclick: () => { exploring.weights = null; exploring.must = {}; weights.show(); musts.clear(); now(); } }, 'Back to the run’s ranking');
  said.append(...el('p', {}, exploreSaid(ranking)).childNodes);
  return el('details', { id: 'explore', open: innerWidth > 900 }, el('summary', {}, 'Explore: your own weights and must-haves'),
    el('div', { class: 'explore' },
      el('fieldset', {}, el('legend', {}, 'What counts'), weights.node),
      el('fieldset', {}, el('legend', {}, 'Must-haves'), musts.node, el('div', { class: 'toolbar' }, reset))),
    said);
}

function weightControls(changed) {
  const all = presets();
  const buttons = all.map((preset) => el('button', { type: 'button', 'aria-pressed': 'false', onclick: () => { exploring.weights = preset.weights && [...preset.weights]; show(); changed(); } }, preset.label));
  const rows = reranking.parts.criteria.map((name, c) => {
    if (!(reranking.parts.weights[c] > 0) && !reranking.hasEvidence(c)) return null;
    const output = el('output', {});
    const input = el('input', { type: 'range', min: '0', max: '100', step: '1', id: 'weight-' + name, oninput: () => {
      const weights = [...(exploring.weights || reranking.parts.weights)];
      weights[c] = Number(input.value) / 100;
      if (!weights.some((w) => w > 0)) { input.value = '1'; weights[c] = 0.01; }
      exploring.weights = weights;
      label();
      changed();
    } });
    return { c, input, output, node: el('div', { class: 'weight' }, el('label', { for: 'weight-' + name, title: (criteria[c] || {}).sentence }, criterionName(name)), input, output) };
  }).filter(Boolean);
  const same = (a, b) => a === b || (a && b && a.every((w, i) => Math.abs(w - b[i]) < 1e-9));
  function label() {
    const shares = exploring.weights ? reranking.shares(exploring.weights) : reranking.parts.weights;
    rows.forEach((row) => {
      row.output.textContent = words.percent(shares[row.c]).replace('.0 ', ' ');
      row.input.setAttribute('aria-valuetext', row.output.textContent + ' of the score');
    });
    buttons.forEach((button, i) => button.setAttribute('aria-pressed', String(!!same(all[i].weights, exploring.weights))));
  }
  function show() {
    const weights = exploring.weights || reranking.parts.weights;
    rows.forEach((row) => { row.input.value = String(Math.round(100 * weights[row.c])); });
    label();
  }
  show();
  return { node: [el('div', { class: 'presets', role: 'group', 'aria-label': 'Presets of weights' }, buttons), rows.map((row) => row.node)], show };
}

function mustControls(changed) {
  const set = (m, value) => { if (value == null) delete exploring.must[m.key]; else exploring.must[m.key] = value; changed(); };
  const clears = [];
  const fields = usableMusts().map((m) => {
    if (m.type === 'choice') {
      const values = [...new Set(reranking.original.map(m.of).filter((v) => v != null))].sort((a, b) => String(a).localeCompare(String(b), 'en'));
      const select = el('select', { id: 'must-' + m.key, onchange: () => set(m, select.value || null) }, el('option', { value: '' }, 'Any'), values.map((v) => el('option', { value: v }, String(m.shown ? m.shown(v) : v).slice(0, 60))));
      clears.push(() => { select.value = ''; });
      return el('label', {}, m.label, select);
    }
    const input = el('input', { type: 'text', id: 'must-' + m.key, inputmode: 'decimal', placeholder: m.type === 'share' ? 'any, 0 to 1' : 'any', oninput: () => {
      const number = typedNumber(input.value);
      const wrong = Number.isNaN(number) || (m.type === 'share' && number > 1);
      input.setAttribute('aria-invalid', String(wrong));
      if (!wrong) set(m, number);
    } });
    clears.push(() => { input.value = ''; input.removeAttribute('aria-invalid'); });
    return el('label', {}, m.label, input);
  });
  return { node: el('div', { class: 'musts' }, fields), clear: () => clears.forEach((clear) => clear()) };
}
