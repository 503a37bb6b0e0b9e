// A creator's page, as a drawer over the report.
const drawer = document.getElementById('drawer');
let openedFrom = null;

function openCreator(id) {
  const row = ranked.get(id) || {};
  const own = profiles.get(id) || {};
  const rate = engagement.get(id) || {};
  const place = places.get(id) || {};
  const signal = signals.get(id) || {};
  const detail = reasons.get(id) || {};
  const out = excluded.find((e) => e.creator_id === id);
  const comments = rowsOf('quotes').filter((q) => q.creator_id === id);
  const sightings = detail.safety_hits || [];
  const fact = (label, ...value) => el('div', {}, el('dt', {}, label), el('dd', {}, value));
  const facts = [
    own.platform && fact('Platform', theirs(platformOf(id))),
    own.followers != null && fact('Followers', words.count(own.followers)),
    rate.tier && fact('Tier', tierOf(id)),
    nicheOf(id) && fact('Niche', theirs(nicheOf(id)), place.membership != null ? el('small', {}, ' ' + words.percent(place.membership) + ' certain') : null),
    rate.expected_engagement_rate != null && fact('Expected engagement', words.percent(rate.expected_engagement_rate), ' ', el('small', {}, 'of ' + rate.basis + ', ' + words.percent(rate.lower_90) + ' to ' + words.percent(rate.upper_90))),
    rate.engagement_rate != null && fact('So far', words.percent(rate.engagement_rate), ' ', el('small', {}, 'from ' + words.plural(rate.posts_used, 'post'))),
    row.audience_sentiment != null && fact('Audience', words.points(row.audience_sentiment), ' ', el('small', {}, 'of −100 to 100 points')),
    priceOf(id) != null && fact('Price a post', words.money(priceOf(id), own.currency)),
    own.country && fact('Country', theirs(own.country)),
    own.language && fact('Language', theirs(own.language)),
  ];
  const parts = (detail.parts || []).filter((part) => part.weight > 0);
  drawer.replaceChildren(el('div', { class: 'drawer' },
    el('header', {},
      el('div', {},
        el('p', { class: 'eyebrow' }, row.rank != null ? 'Rank ' + row.rank + ', plausibly ' + row.rank_lower + ' to ' + row.rank_upper + ' of ' + ranking.length : out ? 'Left out of the ranking' : 'Not ranked'),
        el('h2', { id: 'drawer-title' }, theirs(nameOf(id))),
        own.name && own.handle && el('p', { class: 'note' }, theirs(own.name))),
      el('button', { type: 'button', autofocus: true, onclick: () => drawer.close() }, 'Close')),
    own.bio && el('p', {}, theirs(own.bio)),
    out && el('p', { class: 'callout' }, 'Left out: ', theirs(out.reason)),
    el('dl', { class: 'facts' }, facts),
    row.score != null && [el('h3', {}, 'Score ' + words.score(row.score) + ', ' + words.score(row.score_lower) + ' to ' + words.score(row.score_upper) + ' in 90 of 100 cases'),
      rangeBar(row.score, row.score_lower, row.score_upper, 'Score ' + words.score(row.score) + ' on a scale from 0 to 1')],
    parts.length > 0 && [el('h3', {}, 'Parts of the score'), el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Parts of the score' }, el('table', {},
      el('thead', {}, el('tr', {}, ['Part', 'Value', '', 'Adds', 'Of at most'].map((label, i) => (label ? el('th', { scope: 'col', class: i > 2 || i === 1 ? 'n' : null }, label) : el('td', {}))))),
      el('tbody', {}, parts.map((part) => el('tr', {},
        el('th', { scope: 'row' }, words.column(part.criterion), part.missing && el('small', {}, ' no evidence, the middle')),
        el('td', { class: 'n' }, words.score(part.value)),
        el('td', {}, el('span', { class: 'bar' }, el('i', { css: { width: 100 * Math.max(0, Math.min(1, part.value)) + '%' } }))),
        el('td', { class: 'n' }, part.contribution.toFixed(3)),
        el('td', { class: 'n' }, part.weight.toFixed(3)))))))],
    (detail.reasons || []).length > 0 && [el('h3', {}, 'Evidence'), el('ul', {}, detail.reasons.map((reason) => el('li', {}, theirs(words.sentence(reason)))))],
    signal.authenticity != null && [el('h3', {}, 'Audience'), el('p', {}, 'Authenticity ' + words.score(signal.authenticity) + ' of 1. ', signal.flags ? el('span', {}, theirs(words.sentence(String(signal.flags)))) : 'Nothing unusual was seen.')],
    row.safety != null && [el('h3', {}, 'Brand safety'), el('p', {}, 'Safety ' + words.score(row.safety) + ' of 1. ' + (sightings.length ? 'Sightings are no verdict: read them.' : 'Nothing was seen that a brand would not stand beside.')), sightings.map(sightingOf)],
    comments.length > 0 && [el('h3', {}, 'What people write'), comments.map(quotation)],
    rowDetails('In the plan', planned.get(id)),
    rowDetails('In the campaign', campaigned.get(id)),
  ));
  openedFrom = document.activeElement;
  drawer.showModal();
  drawer.scrollTop = 0;
}

function rowDetails(title, row) {
  if (!row) return null;
  const shown = Object.entries(row).filter(([key, value]) => value != null && key !== 'creator_id' && (typeof value === 'number' || String(value).length < 80));
  return [el('h3', {}, title), el('dl', { class: 'facts' }, shown.map(([key, value]) => el('div', {}, el('dt', {}, words.column(key)), el('dd', {}, typeof value === 'number' ? (/rate$|share$/.test(key) ? words.percent(value) : words.number(value)) : theirs(value)))))];
}

function quotation(quote) {
  return el('blockquote', { class: quote.label === 'positive' ? 'good' : quote.label === 'negative' ? 'bad' : null }, theirs(quote.text),
    el('footer', {}, quote.label || 'comment', quote.created_at ? ', ' + words.time(quote.created_at).slice(0, 10) : ''));
}

function sightingOf(hit) {
  const where = hit.post_id == null ? 'the bio' : 'post ' + hit.post_id;
  return el('blockquote', { class: 'bad' }, theirs(hit.quotation),
    el('footer', {}, theirs(hit.name), ', ' + words.percent(hit.probability) + ' sure, by ', theirs(hit.term), ', in ', theirs(where), hit.published_at ? ', ' + words.time(hit.published_at).slice(0, 10) : ''));
}

drawer.addEventListener('click', (event) => { if (event.target === drawer) drawer.close(); });
drawer.addEventListener('close', () => { if (openedFrom && openedFrom.isConnected) openedFrom.focus(); });
const creatorButton = (id) => el('button', { type: 'button', class: 'name', onclick: () => openCreator(id) }, theirs(nameOf(id)));
