'use strict';
(() => {
  const rows = JSON.parse(document.getElementById('data').textContent);
  const key = 'labels ' + rows.map((row) => row.comment_id + (row.brand || '')).join(' ');
  const labels = (() => { try { return JSON.parse(localStorage.getItem(key)) || {}; } catch { return {}; } })();
  const choices = [['1', 'negative'], ['2', 'neutral'], ['3', 'positive'], ['0', '']];
  const main = document.getElementById('main');
  // Where a server stands behind the page, it keeps the labels, too.
  const save = main.dataset.save;
  const stored = (key, value) => { try { if (value !== undefined) localStorage.setItem(key, value); return localStorage.getItem(key) || ''; } catch { return value || ''; } };
  let annotator = save ? stored('annotator') : '';
  let said = '';
  let at = Math.max(0, rows.findIndex((row, i) => !(i in labels)));

  const el = (name, attributes, ...children) => {
    const node = document.createElement(name);
    for (const [k, v] of Object.entries(attributes)) k.startsWith('on') ? node.addEventListener(k.slice(2), v) : node.setAttribute(k, v);
    node.append(...children);
    return node;
  };
  const go = (to) => { at = Math.min(rows.length - 1, Math.max(0, to)); draw(); };
  const say = (text) => { said = text; const status = document.getElementById('stored'); if (status) status.textContent = text; };
  const send = async (places) => {
    if (!annotator.trim()) { say('Not stored yet: say who labels.'); return; }
    const sent = places.map((i) => ({ comment_id: rows[i].comment_id, brand: rows[i].brand, label: labels[i] }));
    try {
      const answer = await fetch(save, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ annotator, labels: sent }) });
      const told = await answer.json();
      say(answer.ok ? told.labelled + ' labels are in ' + told.file : 'Not stored: ' + told.error);
    } catch (error) { say('Not stored: ' + error.message + '. The page keeps the labels; store all once the server is there again.'); }
  };
  const sendAll = () => send(Object.keys(labels).map(Number));
  const choose = (label) => {
    labels[at] = label;
    try { localStorage.setItem(key, JSON.stringify(labels)); } catch { /* a private window keeps it until it is closed */ }
    if (save) send([at]);
    go(at + 1);
  };
  const cell = (value) => '"' + String(value ?? '').replaceAll('"', '""') + '"';
  const download = () => {
    const head = ['comment_id', 'brand', 'text', 'label', 'probability', 'stratum'];
    const lines = rows.map((row, i) => [row.comment_id, row.brand, row.text, labels[i], row.probability, row.stratum].map(cell).join(','));
    const url = URL.createObjectURL(new Blob([[head.join(','), ...lines].join('\r\n') + '\r\n'], { type: 'text/csv' }));
    el('a', { href: url, download: 'labelled.csv' }).click();
  };
  const draw = () => {
    const row = rows[at];
    const done = Object.keys(labels).length;
    main.replaceChildren(
      el('progress', { max: rows.length, value: done, 'aria-label': 'Comments labelled' }),
      el('p', {}, 'Comment ' + (at + 1) + ' of ' + rows.length + ', ' + done + ' labelled' + (row.brand ? '. How does it speak of ' + row.brand + '?' : '.')),
      el('blockquote', {}, row.text),
      el('p', {}, ...choices.map(([k, label]) => el('button', { 'aria-pressed': String(labels[at] === label), onclick: () => choose(label) }, (label || 'cannot tell') + ' (' + k + ')'))),
      el('p', {}, el('button', { onclick: () => go(at - 1) }, 'Back (\u2190)'), el('button', { onclick: () => go(at + 1) }, 'Next (\u2192)'), el('button', { onclick: download }, 'Download labelled.csv (s)')),
      ...(save ? [el('p', {}, el('label', {}, 'Who labels: ', el('input', { id: 'annotator', value: annotator, maxlength: '40', oninput: (event) => { annotator = stored('annotator', event.target.value); } })), ' ',
        el('button', { onclick: sendAll }, 'Store all'), el('span', { id: 'stored', role: 'status' }, said))] : []),
      el('p', {}, el('small', {}, 'Keys: 1 negative, 2 neutral, 3 positive, 0 cannot tell. The order is random: the first hundred are a sample of their own.')));
  };
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === 'INPUT') return;
    const choice = choices.find(([k]) => k === event.key);
    if (choice) choose(choice[1]);
    else if (event.key === 'ArrowLeft' || event.key === 'Backspace') go(at - 1);
    else if (event.key === 'ArrowRight') go(at + 1);
    else if (event.key === 's') download();
    else return;
    event.preventDefault();
  });
  draw();
})();
