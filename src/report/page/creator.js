// A creator's page, as a drawer over the report.
const drawer = document.getElementById('drawer');
let openedFrom = null;

function openCreator(id) {
  const detail = reasons.get(id) || {};
  const out = excluded.find((e) => e.creator_id === id);
  const own = profiles.get(id) || {};
  drawer.replaceChildren(el('div', { class: 'drawer' },
    creatorHead(id, out),
    own.bio && el('p', {}, theirs(own.bio)),
    out && el('p', { class: 'callout' }, 'Left out: ', theirs(out.reason)),
    shortlistBlock(id),
    creatorTiles(id),
    scoreBlock(id),
    // What each part adds stands in the table of the parts, by the weights of now.
    (detail.reasons || []).length > 0 && [el('h3', {}, 'Evidence'), el('ul', {}, detail.reasons.map((reason) => el('li', {}, theirs(words.sentence(reason.replace(/ \((adds [^)]*|not counted)\)$/, ''))))))],
    forecastBlock(id), priceBlock(id), timeBlock(detail.reach), postsBlock(detail.reach), signsBlock(id, detail), commentsBlock(id), planBlock(id), campaignBlock(id),
  ));
  openedFrom = document.activeElement;
  drawer.showModal();
  drawer.scrollTop = 0;
}

function creatorHead(id, out) {
  const row = ranked.get(id) || {};
  const own = profiles.get(id) || {};
  const reach = (reasons.get(id) || {}).reach || {};
  const place = row.rank != null ? 'Rank ' + row.rank + ', plausibly ' + row.rank_lower + ' to ' + row.rank_upper + ' of ' + ranking.filter((r) => r.rank != null).length + (exploring.changed ? ', by what you set' : '')
    : out ? 'Left out of the ranking' : ranked.has(id) ? 'Does not meet your must-haves' : 'Not ranked';
  const address = row.profile_url || reach.profile_url;
  const mail = /^[^\s@<>"']+@[^\s@<>"']+$/.test(row.email || '') ? el('a', { href: 'mailto:' + row.email }, row.email) : null;
  const links = [webLink(address, 'Profile', 'Profile of ' + nameOf(id)), webLink(row.site, 'Site', 'Site of ' + nameOf(id)), mail].filter(Boolean);
  return el('header', {},
    el('div', {}, el('p', { class: 'eyebrow' }, place), el('h2', { id: 'drawer-title' }, theirs(nameOf(id))),
      own.name && own.handle && el('p', { class: 'note' }, theirs(own.name)),
      links.length > 0 && el('p', { class: 'links' }, links)),
    el('button', { type: 'button', autofocus: true, onclick: () => drawer.close() }, 'Close'));
}

// On the list or not, with status and note.
function shortlistBlock(id) {
  if (!ranking.length) return null;
  const box = el('div', { class: 'shortlist-block', 'data-shortlist-of': id });
  box.redraw = () => {
    const on = shortlist.has(id);
    const held = box.contains(document.activeElement) && document.activeElement.tagName;
    box.replaceChildren(...[starButton(id), el('span', {}, on ? 'On the shortlist' : 'Not on the shortlist'), on && statusSelect(id), on && noteInput(id)].filter(Boolean));
    if (held && box.querySelector(held)) box.querySelector(held).focus();
  };
  box.redraw();
  return box;
}

function creatorTiles(id) {
  const row = ranked.get(id) || {};
  const rate = engagement.get(id) || {};
  const signal = signals.get(id) || {};
  const place = places.get(id) || {};
  const reach = (reasons.get(id) || {}).reach || {};
  const by = (key) => of(id, key) || (reach[key] || {}).value;
  const tiles = [
    of(id, 'followers') != null && tile(words.count(of(id, 'followers')), 'followers', [platformOf(id), tierOf(id)].filter(Boolean).join('; ')),
    row.relevance != null && tile(words.score(row.relevance) + ' of 1', 'niche fit', row.niche),
    row.relevance == null && nicheOf(id) && tile(theirs(nicheOf(id)), 'niche', place.membership == null ? null : words.percent(place.membership) + ' membership'),
    rate.expected_engagement_rate != null && tile(words.percent(rate.expected_engagement_rate), 'expected engagement rate of ' + rate.basis, '90 %: ' + interval(rate.lower_90, rate.upper_90, words.percent)),
    row.audience_sentiment != null && tile(words.points(row.audience_sentiment) + ' points', 'audience net sentiment', 'from −100 to 100'),
    (row.authenticity != null || signal.authenticity != null) && tile(words.score(row.authenticity != null ? row.authenticity : signal.authenticity) + ' of 1', 'authenticity', signal.flags ? 'with signs, below' : 'no signs'),
    row.safety != null && tile(words.score(row.safety) + ' of 1', 'brand safety'),
    priceOf(id) != null && tile(words.money(priceOf(id), of(id, 'currency')), 'price a post'),
    row.posts != null && tile(words.count(row.posts), 'posts in the table'),
    (by('country') || by('language')) && tile([by('country'), by('language')].filter(Boolean).join(', '), by('country') ? by('language') ? 'country, language' : 'country' : 'language'),
  ].filter(Boolean).slice(0, 12);
  return tiles.length > 0 && el('div', { class: 'tiles' }, tiles);
}

function scoreBlock(id) {
  const row = ranked.get(id) || {};
  if (row.rank == null) return null;
  const parts = partsOf(id).filter((part) => part.weight > 0);
  return [el('h3', {}, 'Score ' + words.score(row.score) + ', ' + words.score(row.score_lower) + ' to ' + words.score(row.score_upper) + ' in 90 of 100 cases'),
    rangeBar(row.score, row.score_lower, row.score_upper, 'Score ' + words.score(row.score) + ' on a scale from 0 to 1'),
    parts.length > 0 && el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Parts of the score' }, el('table', { id: 'parts' },
      el('thead', {}, el('tr', {}, ['Part', 'Value', '', 'Adds', 'Of at most'].map((label, i) => (label ? el('th', { scope: 'col', class: i > 2 || i === 1 ? 'n' : null }, label) : el('td', {}))))),
      el('tbody', {}, parts.map((part) => el('tr', {},
        el('th', { scope: 'row' }, criterionName(part.criterion), part.missing && el('small', {}, ' no evidence, the middle')),
        el('td', { class: 'n' }, words.score(part.value)),
        el('td', {}, el('span', { class: 'bar' }, el('i', { css: { width: 100 * Math.max(0, Math.min(1, part.value)) + '%' } }))),
        el('td', { class: 'n' }, part.contribution.toFixed(3)),
        el('td', { class: 'n' }, part.weight.toFixed(3)))))))];
}

// The next post beside the posts so far, on one scale from 0.
function forecastBlock(id) {
  const rate = engagement.get(id) || {};
  if (rate.expected_engagement_rate == null) return null;
  const top = 1.1 * Math.max(...[rate.upper_90, rate.expected_engagement_rate, rate.engagement_rate, rate.sponsored_rate, rate.organic_rate].filter((v) => v != null));
  const line = (label, value, lower, upper) => value != null && el('tr', {}, el('th', { scope: 'row' }, label), el('td', { class: 'n' }, words.percent(value)),
    el('td', { class: 'n' }, interval(lower, upper, words.percent) || '–'),
    el('td', { class: 'bars' }, rangeBar(value / top, lower == null ? null : lower / top, upper == null ? null : upper / top, label + ' ' + words.percent(value) + ', on a scale to ' + words.percent(top))));
  return [el('h3', {}, 'Forecast'), el('p', { class: 'note' }, 'Engagement rate of ' + rate.basis + '. The interval is that of one next post: nine in ten posts fall in it.'),
    el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Forecast' }, el('table', {},
      el('thead', {}, el('tr', {}, el('td', {}), el('th', { scope: 'col', class: 'n' }, 'Rate'), el('th', { scope: 'col', class: 'n' }, '90 %'), el('th', { scope: 'col' }, '0 to ' + words.percent(top)))),
      el('tbody', {}, line('Next post', rate.expected_engagement_rate, rate.lower_90, rate.upper_90),
        line('So far, ' + words.plural(rate.posts_used, 'post'), rate.engagement_rate), line('Organic posts', rate.sponsored_rate == null ? null : rate.organic_rate), line('Sponsored posts', rate.sponsored_rate))))];
}

function priceBlock(id) {
  const chosen = planned.get(id) || {};
  const price = priceOf(id);
  const money = of(id, 'currency') || chosen.currency;
  const estimate = price == null && chosen.price != null;
  if (price == null && !estimate) return null;
  const asked = price == null ? chosen.price : price;
  const expected = chosen.expected_engagements;
  return [el('h3', {}, 'Price'), el('p', {}, words.money(asked, money) + ' a post' + (estimate ? ', ' + (chosen.price_source === 'estimate' ? 'estimated from creators of known prices' : 'by expected engagement') + (chosen.price_lower_90 == null ? '' : ' (90 %: ' + interval(chosen.price_lower_90, chosen.price_upper_90, (v) => words.money(v, money)) + ')') : ', as the table says')
    + (expected > 0 ? '; ' + words.count(expected) + ' expected engagements, ' + words.money(asked / expected, money) + ' each' : '') + '.')];
}

// Followers by export, and what the posts of each month engaged.
function timeBlock(reach) {
  if (!reach) return null;
  const series = (title, label, rows) => rows.length > 1 && el('div', {}, el('h4', {}, title), el('table', { class: 'series' },
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, label), el('th', { scope: 'col', class: 'n' }, title), el('td', {}))),
    el('tbody', {}, rows.map(([when, value, note]) => el('tr', {}, el('th', { scope: 'row' }, when, note && el('small', {}, ' ' + note)), el('td', { class: 'n' }, words.count(value)),
      el('td', {}, el('span', { class: 'bar' }, el('i', { css: { width: 100 * value / Math.max(1, ...rows.map((row) => row[1])) + '%' } }))))))));
  const months = (reach.engagement_by_month || []).map((m) => [m.month, m.median_engagements, words.plural(m.posts, 'post')]);
  const counts = (reach.followers_over_time || []).map((c) => [words.time(c.at).slice(0, 10), c.followers]);
  const growth = reach.follower_growth;
  const lists = [series('Median engagements', 'Month', months), series('Followers', 'Export', counts.slice(-12))].filter(Boolean);
  return lists.length > 0 && [el('h3', {}, 'Over time'),
    growth && el('p', { class: 'note' }, 'Followers ' + (growth.percent_a_month < 0 ? 'fell' : 'grew') + ' by ' + Math.abs(growth.percent_a_month).toFixed(1) + ' % a month between ' + words.time(growth.from.at).slice(0, 10) + ' and ' + words.time(growth.to.at).slice(0, 10) + '.'),
    el('div', { class: 'split' }, lists)];
}

function postsBlock(reach) {
  const list = (title, posts) => (posts || []).length > 0 && el('div', {}, el('h4', {}, title), el('ul', {}, posts.map((post) => el('li', {},
    words.time(post.published_at).slice(0, 10), post.engagements == null ? '' : ', ' + words.plural(post.engagements, 'engagement'), ' ',
    webLink(post.url, 'Open', 'Open post ' + post.post_id) || el('small', {}, 'post ', theirs(post.post_id))))));
  const lists = reach ? [list('Most engaged', reach.best_posts), list('Newest', reach.newest_posts)].filter(Boolean) : [];
  return lists.length > 0 && [el('h3', {}, 'Posts to look at'), el('div', { class: 'split posts' }, lists)];
}

function signsBlock(id, detail) {
  const row = ranked.get(id) || {};
  const signal = signals.get(id) || {};
  const sightings = detail.safety_hits || [];
  return [
    signal.authenticity != null && [el('h3', {}, 'Audience'), el('p', {}, 'Authenticity ' + words.score(signal.authenticity) + ' of 1. ', signal.flags ? el('span', {}, theirs(words.sentence(String(signal.flags)))) : 'Nothing unusual was seen.')],
    row.safety != null && [el('h3', {}, 'Brand safety'), el('p', {}, 'Safety ' + words.score(row.safety) + ' of 1. ' + (sightings.length ? 'Sightings are no verdict: read them.' : 'No brand-unsafe content was seen.')), sightings.map(sightingOf)],
  ];
}

function commentsBlock(id) {
  const comments = rowsOf('quotes').filter((q) => q.creator_id === id);
  return comments.length > 0 && [el('h3', {}, 'What people write'), comments.map(quotation)];
}

function planBlock(id) {
  const row = planned.get(id);
  if (!row) return null;
  return [el('h3', {}, 'In the plan'), el('div', { class: 'tiles' },
    row.order != null && tile('No. ' + row.order, 'in the order of booking'),
    row.price != null && tile(words.money(row.price, row.currency), 'price a post', row.price_source === 'estimate' ? '90 %: ' + interval(row.price_lower_90, row.price_upper_90, (v) => words.money(v, row.currency)) : null),
    row.expected_engagements != null && tile(words.count(row.expected_engagements), 'expected engagements'),
    row.marginal_engagements != null && tile(words.count(row.marginal_engagements), 'engagements added to the plan', 'each person’s once'))];
}

function campaignBlock(id) {
  const row = campaigned.get(id);
  if (!row) return null;
  const keys = ['spend', 'revenue', 'orders', 'roas', 'roi', 'cpa', 'visits', 'conversion_rate', 'impressions', 'engagements', 'engagement_rate', 'aov'];
  return [el('h3', {}, 'In the campaign'), el('div', { class: 'tiles' }, keys.map((key) => metricTile(row, key, row.currency)).filter(Boolean))];
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
