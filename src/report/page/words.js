// Numbers and names as people write them.
const words = {
  count: (n) => (n == null ? 'unknown' : Math.round(n).toLocaleString('en-US')),
  // 12,300 as 12.3K: for places where the size matters and not the digits.
  short: (n) => {
    if (n == null) return 'unknown';
    for (const [size, letter] of [[1e9, 'B'], [1e6, 'M'], [1e3, 'K']]) {
      if (Math.abs(n) >= size) return (n / size).toFixed(Math.abs(n) >= 100 * size ? 0 : 1).replace(/\.0$/, '') + letter;
    }
    return String(Math.round(n * 100) / 100);
  },
  percent: (share) => {
    if (share == null) return 'unknown';
    const p = 100 * share;
    return (Math.abs(p) >= 100 ? p.toFixed(0) : Math.abs(p) >= 0.1 || p === 0 ? p.toFixed(1) : p.toFixed(2)) + ' %';
  },
  points: (p) => (p == null ? 'unknown' : (p > 0 ? '+' : p < 0 ? '−' : '') + Math.abs(p).toFixed(1)),
  score: (s) => (s == null ? 'unknown' : s.toFixed(2)),
  money: (n, currency) => {
    if (n == null) return 'unknown';
    const digits = Math.abs(n) < 100 ? 2 : 0;
    const text = n.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return currency ? text + ' ' + currency : text;
  },
  number: (n) => {
    if (n == null) return 'unknown';
    if (Number.isInteger(n)) return n.toLocaleString('en-US');
    return Math.abs(n) >= 100 ? n.toLocaleString('en-US', { maximumFractionDigits: 0 }) : n.toLocaleString('en-US', { maximumSignificantDigits: 3 });
  },
  time: (text) => {
    const at = new Date(text);
    return isNaN(at) ? String(text) : at.toISOString().slice(0, 16).replace('T', ' ') + ' UTC';
  },
  bytes: (hash) => (hash ? hash.slice(0, 12) + '…' : 'not known'),
  // score_lower as "Score lower"; names that people know are written as they know them.
  column: (name) => {
    const known = {
      cpm: 'CPM', cpe: 'CPE', cpc: 'CPC', cpa: 'CPA', aov: 'Order value', roas: 'ROAS', roi: 'ROI', emv: 'EMV',
      creator_id: 'Creator', expected_engagement_rate: 'Expected engagement rate', engagement_rate: 'Engagement rate so far',
    };
    if (known[name]) return known[name];
    const text = name.replace(/_/g, ' ');
    return text.charAt(0).toUpperCase() + text.slice(1);
  },
  // micro_1k_10k as "micro, 1K to 10K".
  tier: (name) => {
    const found = /^([a-z]+)_(\d+[kmb]?)_(\d+[kmb]?)$/i.exec(name || '');
    return found ? found[1] + ', ' + found[2].toUpperCase() + ' to ' + found[3].toUpperCase() : name == null ? null : String(name).replace(/_/g, ' ');
  },
  platform: (name) => (name == null ? null : { instagram: 'Instagram', tiktok: 'TikTok', youtube: 'YouTube', twitter: 'Twitter', x: 'X', facebook: 'Facebook', twitch: 'Twitch' }[String(name).toLowerCase()] || name),
  plural: (n, one, many) => words.count(n) + ' ' + (n === 1 ? one : many || one + 's'),
  sentence: (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.'),
};
