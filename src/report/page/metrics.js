// The trade's name of each figure, and how it is written with its unit. `m` is the currency.
const share = (v) => words.percent(v);
const amount = (v, m) => words.money(v, m);
const METRICS = {
  spend: ['Spend', amount], revenue: ['Revenue', amount], refunds: ['Refunds', amount], emv: ['Earned media value', amount],
  orders: ['Orders', words.count], visits: ['Visits', words.count], impressions: ['Impressions', words.count], engagements: ['Engagements', words.count],
  engagement_rate: ['Engagement rate', share], conversion_rate: ['Conversion rate', share, 'orders per visit'],
  cpm: ['CPM', amount, 'per 1,000 impressions'], cpe: ['CPE', amount, 'per engagement'], cpc: ['CPC', amount, 'per visit'], cpa: ['CPA', amount, 'per order'],
  aov: ['Average order value', amount], roas: ['ROAS', (v) => v.toFixed(2) + '×', 'revenue per unit spent'],
  roi: ['ROI', (v) => (v > 0 ? '+' : v < 0 ? '−' : '') + words.percent(Math.abs(v)), 'net of spend'],
  predicted_rank: ['Rank predicted', words.count],
};
const CRITERIA = {
  relevance: 'Niche fit', engagement: 'Engagement', sentiment: 'Audience sentiment', authenticity: 'Authenticity', safety: 'Brand safety', activity: 'Activity', price: 'Price for engagement',
};
const criterionName = (name) => CRITERIA[name] || words.column(name);

// A tile of one figure: value with its unit, name, and its interval or what it is counted per.
function metricTile(row, key, money) {
  if (row[key] == null) return null;
  const [label, write, per] = METRICS[key] || [words.column(key), words.number];
  const ends = interval(row[key + '_lower'], row[key + '_upper'], (v) => write(v, money));
  const small = /^[A-Z][a-z]/.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label;
  return tile(write(row[key], money), small, [per, ends && '95 %: ' + ends].filter(Boolean).join('; ') || null);
}

// A column of one figure for a table.
function metricColumn(key, moneyOf) {
  const [label, write, per] = METRICS[key] || [words.column(key), words.number];
  return { key, label, number: true, hint: per, show: (row, v) => {
    const ends = interval(row[key + '_lower'], row[key + '_upper'], (end) => write(end, null));
    return v == null ? '–' : [write(v, moneyOf(row)), ends && [' ', el('small', {}, ends)]];
  } };
}

const tile = (value, label, small) => el('div', { class: 'tile' }, el('b', {}, value), el('span', {}, label), small && el('small', {}, small));
const interval = (lower, upper, write) => (lower == null || upper == null ? null : write(lower) + ' to ' + write(upper));

// A number as people type it: 50000, 50,000, 50K, 1.2M; null for an empty field, NaN for an invalid number.
function typedNumber(text) {
  const found = /^\s*([0-9][0-9, ]*(?:\.[0-9]+)?)\s*([kmb]?)\s*$/i.exec(text);
  if (!text.trim()) return null;
  return found ? Number(found[1].replace(/[, ]/g, '')) * { '': 1, k: 1e3, m: 1e6, b: 1e9 }[found[2].toLowerCase()] : NaN;
}

// A link that leaves the page, for addresses of the web alone.
function webLink(url, text, label) {
  if (!/^https?:\/\//i.test(String(url || ''))) return null;
  return el('a', { href: url, target: '_blank', rel: 'noopener noreferrer', 'aria-label': label }, text, ' ↗');
}

// Hands a file to the reader.
function download(name, type, content) {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = el('a', { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
