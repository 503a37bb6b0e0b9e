// The reader's shortlist: kept in this browser where it lets a page keep anything, taken out and in again as a table.
const STATUSES = ['proposed', 'contacted', 'booked', 'declined'];
const shortlist = (() => {
  const key = 'microfluence shortlist: ' + (config('ranking').niche || config('run').niche || 'report');
  const entries = new Map();
  let kept = true;

  function read(stored) {
    for (const entry of JSON.parse(stored || '[]')) {
      if (entry && typeof entry.creator_id === 'string') entries.set(entry.creator_id, { status: STATUSES.includes(entry.status) ? entry.status : 'proposed', note: String(entry.note || '') });
    }
  }
  function save() {
    try {
      localStorage.setItem(key, JSON.stringify([...entries].map(([creator_id, entry]) => Object.assign({ creator_id }, entry))));
      kept = true;
    } catch { kept = false; }
  }
  // Some browsers keep nothing for a file, or refuse to be asked.
  try { read(localStorage.getItem(key)); localStorage.setItem(key + '?', ''); localStorage.removeItem(key + '?'); } catch { kept = false; }

  const known = (id) => profiles.has(id) || ranked.has(id);
  return {
    entries, has: (id) => entries.has(id), get: (id) => entries.get(id), isKept: () => kept,
    // In the order of the ranking, then by id; those of whom this page knows nothing are kept and counted.
    ids: () => [...entries.keys()].filter(known).sort((a, b) => (rankOf(a) || Infinity) - (rankOf(b) || Infinity) || (a < b ? -1 : 1)),
    elsewhere: () => [...entries.keys()].filter((id) => !known(id)).length,
    set(id, change) { entries.set(id, Object.assign({ status: 'proposed', note: '' }, entries.get(id), change)); save(); },
    remove(id) { entries.delete(id); save(); },
  };
})();
const rankOf = (id) => (ranked.get(id) || {}).rank || null;

// The list as a table: what `rank --from-shortlist` and `plan --shortlist` read, and what people want beside it.
function shortlistTable() {
  const columns = ['creator_id', 'handle', 'rank', 'status', 'note', 'name', 'platform', 'followers', 'score', 'price', 'currency', 'profile_url'];
  const all = [...shortlist.ids(), ...[...shortlist.entries.keys()].filter((id) => !profiles.has(id) && !ranked.has(id))];
  return [columns, ...all.map((id) => {
    const row = ranked.get(id) || {};
    const entry = shortlist.get(id);
    const price = priceOf(id);
    return [id, of(id, 'handle'), row.rank, entry.status, entry.note, of(id, 'name'), platformOf(id), of(id, 'followers'), row.score, price, price == null ? null : of(id, 'currency'), row.profile_url];
  })];
}

// Rows of a CSV, with commas, semicolons or tabs, as spreadsheets save it.
function parseCsv(text) {
  const head = text.replace(/^\ufeff/, '');
  const line = head.slice(0, (head + '\n').search(/[\r\n]/));
  const mark = [',', ';', '\t'].sort((a, b) => line.split(b).length - line.split(a).length)[0];
  const rows = [[]];
  let cell = '', quoted = false;
  const end = () => { rows[rows.length - 1].push(cell); cell = ''; };
  for (let i = 0; i < head.length; i++) {
    const c = head[i];
    if (quoted) {
      if (c === '"' && head[i + 1] === '"') { cell += '"'; i += 1; } else if (c === '"') quoted = false; else cell += c;
    } else if (c === '"' && cell === '') quoted = true;
    else if (c === mark) end();
    else if (c === '\n') { end(); rows.push([]); } else if (c !== '\r') cell += c;
  }
  end();
  return rows.filter((row) => row.length > 1 || row[0] !== '');
}

// Takes a table in; gives a sentence about what came of it.
function importShortlist(text) {
  const [head, ...rows] = parseCsv(text);
  const at = (name) => (head || []).findIndex((h) => h.trim().toLowerCase() === name);
  const [id, status, note] = ['creator_id', 'status', 'note'].map(at);
  if (id < 0) return 'Nothing was imported: the file has no column creator_id. A shortlist exported here has one.';
  let unknown = 0, odd = 0;
  const plain = (cell) => String(cell == null ? '' : cell).replace(/^'(?=[=+\-@\t\r])/, '');
  const taken = rows.filter((row) => plain(row[id]).trim());
  for (const row of taken) {
    const name = plain(row[id]).trim();
    const word = status < 0 ? '' : String(row[status] || '').trim().toLowerCase();
    if (!profiles.has(name) && !ranked.has(name)) unknown += 1;
    if (word && !STATUSES.includes(word)) odd += 1;
    const change = {};
    if (STATUSES.includes(word)) change.status = word;
    if (note >= 0) change.note = plain(row[note]);
    shortlist.set(name, change);
  }
  return words.plural(taken.length, 'creator') + ' imported.'
    + (unknown ? ' Not in this report, but kept on the list and in its exports: ' + words.count(unknown) + '.' : '')
    + (odd ? ' With a status that is not ' + STATUSES.slice(0, 3).join(', ') + ' or ' + STATUSES[3] + ', which is left as it was here: ' + words.count(odd) + '.' : '');
}

// Puts a creator on the list or takes them off.
function starButton(id) {
  const button = el('button', { type: 'button', class: 'star', 'data-star': id, onclick: () => {
    if (shortlist.has(id)) shortlist.remove(id); else shortlist.set(id, {});
    announce(nameOf(id) + (shortlist.has(id) ? ' is on the shortlist' : ' is off the shortlist'));
    drawShortlist();
  } });
  drawStar(button);
  return button;
}
function drawStar(button) {
  const id = button.dataset.star;
  const on = shortlist.has(id);
  button.textContent = on ? '★' : '☆';
  button.setAttribute('aria-pressed', String(on));
  button.setAttribute('aria-label', 'On the shortlist: ' + nameOf(id));
}
function statusSelect(id) {
  return el('select', { 'aria-label': 'Status of ' + nameOf(id), onchange: (event) => { shortlist.set(id, { status: event.target.value }); drawShortlist(); } },
    STATUSES.map((status) => el('option', { value: status, selected: (shortlist.get(id) || {}).status === status }, words.sentence(status).slice(0, -1))));
}
function noteInput(id) {
  return el('input', { type: 'text', class: 'note-input', 'aria-label': 'Note about ' + nameOf(id), placeholder: 'Note', value: (shortlist.get(id) || {}).note, onchange: (event) => { shortlist.set(id, { note: event.target.value }); drawShortlist(); } });
}

const shortlistBox = el('div', { id: 'shortlist-box' });
// Draws the list again wherever it shows.
function drawShortlist() {
  document.querySelectorAll('[data-star]').forEach(drawStar);
  document.querySelectorAll('[data-shortlist-of]').forEach((box) => box.redraw());
  const ids = shortlist.ids();
  const money = currencyOf(ids.map((creator_id) => ({ creator_id })));
  const open = ids.filter((id) => shortlist.get(id).status !== 'declined');
  const priced = open.filter((id) => priceOf(id) != null);
  const counts = STATUSES.map((status) => [ids.filter((id) => shortlist.get(id).status === status).length, status]).filter(([n]) => n);
  const focus = document.activeElement && document.activeElement.closest('#shortlist-box') ? document.activeElement.getAttribute('aria-label') : null;
  shortlistBox.replaceChildren(...(ids.length ? [
    el('p', {}, counts.map(([n, status]) => n + ' ' + status).join(', ') + '.', priced.length > 0 && ' One post of each who has not declined: ' + (money ? words.money(priced.reduce((sum, id) => sum + priceOf(id), 0), money) : 'prices in several currencies') + (priced.length < open.length ? ', and ' + (open.length - priced.length) + ' without a known price' : '') + '.'),
    el('div', { class: 'scroll as-cards', tabindex: '0', role: 'region', 'aria-label': 'Shortlist' }, el('table', {},
      el('thead', {}, el('tr', {}, ['Creator', 'Rank', 'Price a post', 'Status', 'Note', 'Links', 'Remove'].map((h) => el('th', { scope: 'col' }, h)))),
      el('tbody', {}, ids.map((id) => el('tr', {},
        el('th', { scope: 'row' }, creatorButton(id), ' ', el('small', {}, theirs([platformOf(id), of(id, 'followers') != null && words.short(of(id, 'followers')) + ' followers'].filter(Boolean).join(' · ')))),
        el('td', { 'data-label': 'Rank' }, rankOf(id) == null ? '–' : String(rankOf(id))),
        el('td', { 'data-label': 'Price a post' }, words.money(priceOf(id), of(id, 'currency'))),
        el('td', { 'data-label': 'Status' }, statusSelect(id)),
        el('td', { 'data-label': 'Note' }, noteInput(id)),
        el('td', { 'data-label': 'Links' }, webLink((ranked.get(id) || {}).profile_url, 'Profile', 'Profile of ' + nameOf(id)) || '–'),
        el('td', {}, el('button', { type: 'button', 'aria-label': 'Take ' + nameOf(id) + ' off the shortlist', onclick: () => { shortlist.remove(id); drawShortlist(); } }, 'Remove'))))))),
  ] : [el('p', { class: 'note' }, 'Nobody yet: the star before a name puts a creator on the list.')]));
  const again = focus && [...shortlistBox.querySelectorAll('[aria-label]')].find((node) => node.getAttribute('aria-label') === focus);
  if (again) again.focus();
  const more = shortlist.elsewhere();
  document.querySelectorAll('[data-shortlist-kept]').forEach((note) => {
    note.textContent = (shortlist.isKept() ? 'The list is kept in this browser, for reports of this niche. ' : 'This browser keeps nothing for this page: export the list before you close it. ')
      + (more ? words.plural(more, 'more creator') + ' on it ' + (more === 1 ? 'is' : 'are') + ' not in this report. ' : '');
  });
  document.querySelectorAll('[data-shortlist-count]').forEach((node) => { node.textContent = ids.length ? ' (' + ids.length + ')' : ''; });
}

function shortlistSection() {
  if (!ranking.length) return;
  const said = el('p', { class: 'note', id: 'import-said', role: 'status' });
  const file = el('input', { type: 'file', accept: '.csv,.txt,text/csv', class: 'quiet', id: 'import-file', tabindex: '-1', 'aria-label': 'A shortlist to import', onchange: () => {
    const chosen = file.files[0];
    if (!chosen) return;
    chosen.text().then((text) => { said.textContent = importShortlist(text); drawShortlist(); file.value = ''; });
  } });
  section('shortlist', 'Shortlist', 'The shortlist',
    el('p', { class: 'note' }, el('span', { 'data-shortlist-kept': '' }), 'The program takes the exported file: ', el('code', {}, 'microfluence plan --shortlist shortlist.csv'), ' and ', el('code', {}, 'rank --from-shortlist'), ' consider these creators alone, without those who declined.'),
    shortlistBox,
    el('div', { class: 'toolbar' },
      el('button', { type: 'button', onclick: () => download('shortlist.csv', 'text/csv;charset=utf-8', '\ufeff' + shortlistTable().map((row) => row.map(csvCell).join(',')).join('\r\n') + '\r\n') }, 'Export .csv'),
      el('button', { type: 'button', onclick: () => download('shortlist.xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', workbook.write('Shortlist', shortlistTable())) }, 'Export .xlsx'),
      el('button', { type: 'button', onclick: () => file.click() }, 'Import .csv'), file),
    said);
}
