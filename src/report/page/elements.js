// Elements of the page. Text only ever becomes a text node: nothing here reads markup.
function el(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value == null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'css') Object.assign(element.style, value);
    else element.setAttribute(key, value === true ? '' : value);
  }
  for (const child of children.flat(3)) {
    if (child == null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

// Text of somebody else's: its writing direction stays its own.
const theirs = (text) => el('bdi', {}, text);

// For people who listen: what has just changed.
function announce(text) {
  document.getElementById('said').textContent = text;
}

// A bar from 0 to 1 with its interval.
function rangeBar(value, lower, upper, label) {
  const clamp = (x) => Math.max(0, Math.min(1, x)) * 100 + '%';
  return el('span', { class: 'range', role: 'img', 'aria-label': label },
    lower != null && upper != null && el('i', { class: 'band', css: { left: clamp(lower), width: 'calc(' + clamp(upper) + ' - ' + clamp(lower) + ')' } }),
    value != null && el('i', { class: 'dot', css: { left: clamp(value) } }));
}

function copyText(text, done) {
  const fallback = () => {
    const area = el('textarea', { class: 'quiet', 'aria-hidden': 'true' });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
    done();
  };
  if (navigator.clipboard && window.isSecureContext) navigator.clipboard.writeText(text).then(done, fallback);
  else fallback();
}

// One cell of CSV; what a spreadsheet would take for a formula gets an apostrophe.
function csvCell(value) {
  if (value == null) return '';
  let text = String(value);
  if (typeof value !== 'number' && /^[=+\-@\t\r]/.test(text)) text = "'" + text;
  return /[",\n\r]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
}
