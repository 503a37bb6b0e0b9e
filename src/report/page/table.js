// A table that sorts, searches, filters, marks rows to compare, and is copied as CSV.
//
// columns: { key, label, hint, value(row) -> number or text, show(row, value) -> nodes or text, number, wide, head, csv: false,
//   shown: false (in the CSV alone, as where another column's cell says it too), unprinted: (a sheet has no room for it) }
// filters: { label, value(row) -> text }; compare: { name(row), most, lines, star(row) }; cards: on a phone a card per row;
// paper: the most rows that are printed unasked
const tables = [];
function dataTable({ id, label, rows, columns, filters = [], search, page = 25, paper = Infinity, sort, compare, hint, cards }) {
  const state = { text: '', filters: filters.map(() => ''), sort: sort || null, all: false, marked: new Set() };
  const valueOf = (column, row) => (column.value ? column.value(row) : row[column.key]);
  const visible = columns.filter((column) => column.shown !== false);
  const most = compare ? compare.most : 0;
  const head = el('tr');
  const body = el('tbody');
  const status = el('span');
  const more = el('button', { type: 'button', onclick: () => { state.all = !state.all; draw(); } });
  const compareBox = el('div', { class: 'compare' });
  const compareButton = compare && el('button', { type: 'button', disabled: true, onclick: () => showComparison(true) }, 'Compare');

  function kept() {
    const wanted = state.text.trim().toLowerCase();
    let out = rows.filter((row) =>
      (!wanted || search(row).toLowerCase().includes(wanted)) &&
      filters.every((filter, i) => !state.filters[i] || String(filter.value(row)) === state.filters[i]));
    if (state.sort) {
      const column = columns.find((c) => c.key === state.sort.key);
      const turn = state.sort.down ? -1 : 1;
      // Unknown goes last whichever way; equals keep the order of the ranking.
      out = out.map((row, i) => [row, i, valueOf(column, row)]).sort((a, b) => {
        if (a[2] == null || b[2] == null) return (a[2] == null) - (b[2] == null) || a[1] - b[1];
        const order = typeof a[2] === 'number' && typeof b[2] === 'number' ? a[2] - b[2] : String(a[2]).localeCompare(String(b[2]), 'en', { numeric: true });
        return turn * order || a[1] - b[1];
      }).map((entry) => entry[0]);
    }
    return out;
  }

  function sortBy(column, down) {
    state.sort = { key: column.key, down };
    draw();
    announce(label + ' sorted by ' + column.label + (down ? ', descending' : ', ascending'));
  }
  // Numbers are looked at from the top first, names and ranks from the front.
  const downFirst = (column) => !!column.number && !column.smallFirst;

  function draw() {
    head.replaceChildren(...(compare ? [el('th', { class: 'pick', scope: 'col' }, el('span', { class: 'quiet' }, 'Shortlist and compare'))] : []),
      ...visible.map((column) => el('th', {
        scope: 'col', class: [column.number && 'n', column.unprinted && 'unprinted'].filter(Boolean).join(' ') || null, title: column.hint,
        'aria-sort': state.sort && state.sort.key === column.key ? (state.sort.down ? 'descending' : 'ascending') : null,
      }, el('button', { type: 'button', onclick: (event) => {
        sortBy(column, state.sort && state.sort.key === column.key ? !state.sort.down : downFirst(column));
        focusHead(event, column);
      } }, column.label))));
    const found = kept();
    const shown = state.all ? found : found.slice(0, printing ? Math.max(page, paper) : page);
    body.replaceChildren(...shown.map(rowOf));
    if (!shown.length) body.append(el('tr', {}, el('td', { colspan: visible.length + (compare ? 1 : 0) }, 'Nothing fits. Clear the search, the filters or the must-haves to see all.')));
    status.textContent = found.length === rows.length
      ? words.count(shown.length) + ' of ' + words.count(rows.length) + ' shown'
      : words.count(shown.length) + ' of ' + words.count(found.length) + ' that fit shown, ' + words.count(rows.length) + ' in all';
    more.hidden = found.length <= page;
    more.textContent = state.all ? 'Show the first ' + page : 'Show all ' + words.count(found.length);
    markCompare();
  }

  function rowOf(row) {
    return el('tr', { class: state.marked.has(row) ? 'chosen' : null },
      compare && el('td', { class: 'pick' }, el('div', {}, compare.star && compare.star(row), el('input', {
        type: 'checkbox', 'aria-label': 'Compare ' + compare.name(row), checked: state.marked.has(row),
        onchange: (event) => {
          if (event.target.checked) state.marked.add(row); else state.marked.delete(row);
          event.target.closest('tr').classList.toggle('chosen', event.target.checked);
          markCompare();
          if (compareBox.firstChild) showComparison(false);
        },
      }))),
      visible.map((column) => {
        const value = valueOf(column, row);
        const content = column.show ? column.show(row, value) : value == null ? '–' : column.number ? words.number(value) : theirs(value);
        return el(column.head ? 'th' : 'td', { scope: column.head ? 'row' : null, 'data-label': column.head ? null : column.label, class: [column.number ? 'n' : column.wide && 'wide', column.unprinted && 'unprinted'].filter(Boolean).join(' ') || null }, content);
      }));
  }

  // More than a few do not fit side by side: at the most, the other boxes wait until one is freed.
  function markCompare() {
    if (!compare) return;
    const n = state.marked.size;
    compareButton.disabled = n < 2;
    compareButton.textContent = n ? 'Compare ' + n : 'Compare';
    compareButton.title = 'Mark two to ' + most + ' rows';
    body.querySelectorAll('td.pick input').forEach((box) => { box.disabled = n >= most && !box.checked; });
  }

  // The heading that was pressed is a new element after the sort: it takes the focus back.
  function focusHead(event, column) {
    if (event.detail === 0) head.children[visible.indexOf(column) + (compare ? 1 : 0)].firstChild.focus();
  }

  function showComparison(focus) {
    const marked = rows.filter((row) => state.marked.has(row));
    if (marked.length < 2) { compareBox.replaceChildren(); return; }
    const close = el('button', { type: 'button', onclick: () => { state.marked.clear(); compareBox.replaceChildren(); draw(); compareButton.focus(); } }, 'Close');
    compareBox.replaceChildren(el('div', { class: 'toolbar' }, el('h3', { tabindex: '-1' }, 'Side by side'), el('div', { class: 'push' }, close)), el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Comparison' }, el('table', {},
      el('thead', {}, el('tr', {}, el('td', {}), marked.map((row) => el('th', { scope: 'col' }, theirs(compare.name(row)))))),
      el('tbody', {}, compare.lines.map((line) => el('tr', {}, el('th', { scope: 'row' }, line.label), marked.map((row) => el('td', {}, line.show(row)))))))));
    if (focus) compareBox.querySelector('h3').focus();
  }

  function csv() {
    const named = columns.filter((column) => column.csv !== false);
    const lines = [named.map((column) => csvCell(column.csvName || column.key))];
    for (const row of kept()) lines.push(named.map((column) => csvCell(valueOf(column, row))));
    return lines.map((line) => line.join(',')).join('\r\n') + '\r\n';
  }

  const copy = el('button', {
    type: 'button', onclick: () => copyText(csv(), () => {
      announce(label + ' copied as CSV');
      copy.textContent = 'Copied';
      setTimeout(() => { copy.textContent = 'Copy as CSV'; }, 1600);
    }),
  }, 'Copy as CSV');
  const selects = filters.map((filter, i) => {
    const values = [...new Set(rows.map((row) => filter.value(row)).filter((v) => v != null))].sort((a, b) => String(a).localeCompare(String(b), 'en', { numeric: true }));
    return values.length > 1 && el('label', {}, filter.label, el('select', { onchange: (event) => { state.filters[i] = event.target.value; draw(); announce(status.textContent); } },
      el('option', { value: '' }, 'All'), values.map((value) => el('option', { value }, String(value).slice(0, 60)))));
  });
  // Cards have no headings to sort by.
  const sorter = cards && el('label', { class: 'sorter' }, 'Sort by', el('select', { onchange: (event) => { const column = visible[Number(event.target.value)]; sortBy(column, downFirst(column)); } },
    visible.map((column, i) => el('option', { value: i, selected: state.sort && state.sort.key === column.key }, column.label))));
  draw();
  const node = el('div', { class: cards ? 'data-table as-cards' : 'data-table', id },
    hint && el('p', { class: 'note' }, hint),
    el('div', { class: 'toolbar' },
      search && el('label', {}, 'Search', el('input', { type: 'search', placeholder: 'Name, niche, reason …', oninput: (event) => { state.text = event.target.value; draw(); announce(status.textContent); } })),
      selects, sorter,
      el('div', { class: 'push' }, compareButton, copy)),
    compareBox,
    el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label }, el('table', {}, el('caption', { class: 'quiet' }, label), el('thead', {}, head), body)),
    el('div', { class: 'pager' }, status, more));
  // Other rows than before, as after other weights: what is marked and on show beside it follows.
  node.setRows = (next) => {
    rows = next;
    state.marked = new Set(rows.filter((row) => state.marked.has(row)));
    draw();
    if (compareBox.firstChild) showComparison(false);
  };
  tables.push(draw);
  return node;
}
