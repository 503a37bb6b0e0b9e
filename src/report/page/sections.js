// The report from top to bottom; a section whose results are not there is left out.
const brandName = (brand) => brand.brand || 'comments that name no brand';
const niche = config('ranking').niche || config('run').niche || null;
const sections = [];
const section = (id, label, title, ...content) => { sections.push({ id, label, node: el('section', { id, 'aria-labelledby': id + '-title' }, el('h2', { id: id + '-title' }, title), content) }); };

function answer() {
  const first = ranking[0];
  const started = Object.values(documents).map((d) => d.manifest && d.manifest.started_at).filter(Boolean).sort().pop();
  const chosen = plan.length ? plan.map((row) => ranked.get(row.creator_id)).filter(Boolean) : ranking;
  const shown = (chosen.length ? chosen : ranking).slice(0, 6);
  const title = niche ? 'Who to book for “' + niche + '”' : ranking.length ? 'Who to book' : brands.length ? 'What people say' : 'Results of the run';
  const tie = first ? ranking.filter((row) => row.rank_lower <= 1).length : 0;
  const bookings = plan.length ? words.money(plan.reduce((sum, row) => sum + (row.price || 0), 0), currencyOf(plan)) : null;
  const booked = plan.length
    ? ['Book ' + words.plural(plan.length, 'creator') + ' for ' + bookings + ', ', theirs(nameOf(plan[0].creator_id)), ' first, who adds most expected engagements for the price. By score alone ']
    : [];
  const lead = first
    ? [...booked, theirs(nameOf(first.creator_id)), ' comes first of ' + words.plural(ranking.length, 'creator') + ', with a score of ' + words.score(first.score) + ' (' + interval(first.score_lower, first.score_upper, words.score) + '). ',
      tie > 1 ? 'The evidence does not settle the order at the top: ' + tie + ' creators may each be the best choice, so price and taste may decide among them.' : 'No other creator is likely to be the better choice.']
    : ranking.length === 0 && data.tables.ranking ? ['Nobody in the tables fits. The reasons are below.'] : [];
  const money = currencyOf(ranking);
  const main = brands.filter((b) => b.net_sentiment != null).sort((a, b) => (b.brand != null) - (a.brand != null) || b.n - a.n)[0];
  const total = (documents.campaign || {}).total || {};
  const claimed = (documents.campaign || {}).attributed || {};
  const known = (documents.run || {}).data || {};
  const doubts = [...(known.faults || []), ...(known.assumptions || [])];
  const unknown = known.unknown || [];
  document.title = title;
  return el('div', { class: 'answer', id: 'answer' },
    el('p', { class: 'eyebrow' }, 'Influencer report', started ? ', made ' + words.time(started) : ''),
    el('h1', {}, theirs(title)),
    el('p', { class: 'callout', 'data-run-answer': '', hidden: true }, 'You have changed weights or must-haves below. This answer and the plan are still the run’s.'),
    lead.length > 0 && el('p', { class: 'lead' }, lead),
    doubts.length > 0 && el('div', { id: 'doubts' },
      el('h2', {}, 'About the data'),
      el('ul', {}, doubts.map((doubt) => el('li', {}, theirs(doubt))))),
    el('div', { class: 'tiles' },
      ranking.length > 0 && tile(words.count(ranking.length), 'creators fit', excluded.length ? words.count(excluded.length) + ' left out, with reasons' : null),
      plan.length > 0 && tile(words.count(plan.length), 'chosen for the budget', bookings),
      main && tile([words.points(main.net_sentiment), el('small', {}, ' points')], 'net sentiment, ' + brandName(main), sentimentRange(main)),
      total.roas != null && metricTile(total, 'roas'),
      claimed.orders != null && tile(words.count(claimed.orders), 'orders from the campaign', words.money(claimed.revenue, total.currency)),
      documents.niches && tile(words.count((documents.niches.niches || []).length), 'niches among ' + words.count(places.size) + ' creators')),
    unknown.length > 0 && el('p', { class: 'note', id: 'unknown' }, 'Unknown cells, which count for nothing: ', theirs(unknown.map((text) => text.replace(' unknown in ', ' in ')).join('; ')), '.'),
    shown.length > 0 && el('h2', {}, chosen.length && plan.length ? 'To book first' + (config('plan').budget != null ? ' for ' + words.money(Number(config('plan').budget), currencyOf(plan)) : '') : 'First in the ranking'),
    chosen.length > 0 && plan.length > 0 && el('p', { class: 'note' }, 'The plan, in the order in which each adds most expected engagements for its price; the rank by score alone stands under the name.'),
    shown.length > 0 && el('ol', { class: 'cards' }, shown.map((row) => {
      const detail = reasons.get(row.creator_id) || {};
      const planned = row.price == null ? plan.find((p) => p.creator_id === row.creator_id && p.price != null) : null;
      const price = planned ? words.money(planned.price, planned.currency || money) + ' (' + (planned.price_source === 'estimate' ? 'estimated' : 'by engagement') + ')' : words.money(row.price, of(row.creator_id, 'currency') || money);
      return el('li', { class: 'card' },
        el('header', {}, el('span', { class: 'who' }, starButton(row.creator_id), creatorButton(row.creator_id))),
        el('div', { class: 'note' }, ['Rank ' + row.rank + ' (' + row.rank_lower + '–' + row.rank_upper + ')', platformOf(row.creator_id), of(row.creator_id, 'followers') != null && words.short(of(row.creator_id, 'followers')) + ' followers', row.niche].filter(Boolean).map((text, i) => [i ? ' · ' : '', theirs(text)])),
        rangeBar(row.score, row.score_lower, row.score_upper, 'Score ' + words.score(row.score) + ', from ' + words.score(row.score_lower) + ' to ' + words.score(row.score_upper)),
        el('dl', {},
          el('div', {}, el('dt', {}, 'Score, 90 %'), el('dd', {}, words.score(row.score) + ' ', el('small', {}, interval(row.score_lower, row.score_upper, words.score)))),
          el('div', {}, el('dt', {}, 'Expected engagement, 90 %'), el('dd', {}, words.percent(row.expected_engagement_rate) + ' ', el('small', {}, interval(row.lower_90, row.upper_90, words.percent)))),
          el('div', {}, el('dt', {}, 'Audience'), el('dd', {}, row.audience_sentiment == null ? 'unknown' : words.points(row.audience_sentiment) + ' points')),
          el('div', {}, el('dt', {}, 'Price a post'), el('dd', {}, price))),
        (detail.reasons || []).length > 0 && el('ul', {}, detail.reasons.slice(0, 2).map((reason) => el('li', {}, theirs(reason.replace(/ \(adds [^)]*\)$/, ''))))));
    })));
}

function rankingSection() {
  if (!ranking.length) return;
  const id = (row) => row.creator_id;
  const plainReasons = (row) => ((reasons.get(id(row)) || {}).reasons || []).join(' ');
  const columns = rankingColumns();
  const lines = columns.filter((c) => !['creator', 'creator_id'].includes(c.key) && !/_(lower|upper)$/.test(c.key)).map((c) => ({ label: c.label, show: (row) => { const v = c.value ? c.value(row) : row[c.key]; return c.show ? c.show(row, v) : v == null ? '–' : theirs(v); } }));
  criteria.forEach((c, i) => lines.push({ label: criterionName(c.criterion) + ' adds', show: (row) => (row['contribution_' + c.criterion] == null ? '–' : words.score(row['contribution_' + c.criterion]) + (exploring.shares[i] > 0 ? ' of ' + words.score(exploring.shares[i]) : '')) }));
  lines.push({ label: 'Shortlist', show: (row) => (shortlist.has(id(row)) ? words.sentence(shortlist.get(id(row)).status).slice(0, -1) + (shortlist.get(id(row)).note ? ': ' + shortlist.get(id(row)).note : '') : '–') });
  lines.push({ label: 'Links', show: (row) => webLink(row.profile_url, 'Profile', 'Profile of ' + nameOf(id(row))) || '–' });
  section('ranking', 'Ranking', 'The ranking', explorePanel(),
    dataTable({
      id: 'ranking-table', label: 'Ranking', rows: ranking, columns, sort: { key: 'rank', down: false }, cards: true,
      hint: 'The score is the sum of named parts; open a creator to see them with their evidence. Small numbers are intervals: what the evidence allows in 90 of 100 cases. The star puts a creator on the shortlist, the box marks up to four to compare.',
      search: (row) => [nameOf(id(row)), id(row), of(id(row), 'name'), row.niche, plainReasons(row)].filter(Boolean).join(' '),
      filters: [{ label: 'Platform', value: (row) => platformOf(id(row)) }, { label: 'Niche', value: (row) => row.niche }, { label: 'Tier', value: (row) => tierOf(id(row)) }],
      compare: { name: (row) => nameOf(id(row)), most: 4, lines, star: (row) => starButton(id(row)) },
    }));
}

function rankingColumns() {
  const id = (row) => row.creator_id;
  const moved = (row) => { const before = reranking.firstRank.get(id(row)); return exploring.changed && row.rank != null && before !== row.rank ? el('small', { class: before > row.rank ? 'up' : 'down' }, (before > row.rank ? '▲ ' : '▼ ') + 'was ' + before) : null; };
  return [
    { key: 'rank', label: 'Rank', number: true, smallFirst: true, hint: 'with the ranks that the evidence allows', show: (row) => [String(row.rank), ' ', el('small', {}, row.rank_lower + '–' + row.rank_upper), ' ', moved(row)] },
    { key: 'creator', csvName: 'handle', label: 'Creator', head: true, value: (row) => nameOf(id(row)), show: (row) => [creatorButton(id(row)), ' ', el('small', {}, theirs([platformOf(id(row)), row.niche].filter(Boolean).join(' · ')))] },
    { key: 'creator_id', label: 'Id', shown: false },
    { key: 'platform', label: 'Platform', shown: false, value: (row) => platformOf(id(row)) },
    { key: 'followers', label: 'Followers', number: true, value: (row) => of(id(row), 'followers'), show: (row, v) => words.count(v) },
    { key: 'niche', label: 'Niche', shown: false, value: (row) => row.niche },
    { key: 'score', label: 'Score (90 %)', number: true, show: (row) => [words.score(row.score), ' ', el('small', {}, interval(row.score_lower, row.score_upper, words.score)), rangeBar(row.score, row.score_lower, row.score_upper, 'from ' + words.score(row.score_lower) + ' to ' + words.score(row.score_upper))] },
    { key: 'score_lower', label: 'Score, lower', shown: false }, { key: 'score_upper', label: 'Score, upper', shown: false },
    { key: 'rank_lower', label: 'Rank, best', shown: false }, { key: 'rank_upper', label: 'Rank, worst', shown: false },
    { key: 'relevance', label: 'Niche fit', number: true, hint: 'from 0 to 1', show: (row, v) => (v == null ? '–' : words.score(v)) },
    { key: 'expected_engagement_rate', label: 'Expected engagement rate (90 %)', number: true, show: (row, v) => (v == null ? '–' : [words.percent(v), ' ', el('small', {}, interval(row.lower_90, row.upper_90, words.percent))]) },
    { key: 'audience_sentiment', label: 'Audience, points', number: true, hint: 'net sentiment of comments under the creator’s posts, in points', show: (row, v) => (v == null ? '–' : words.points(v)) },
    { key: 'safety', label: 'Brand safety', number: true, hint: 'from 0 to 1', show: (row, v) => (v == null ? '–' : words.score(v)) },
    { key: 'authenticity', label: 'Authenticity', number: true, hint: 'from 0 to 1', show: (row, v) => (v == null ? '–' : words.score(v)) },
    { key: 'price', label: 'Price a post', number: true, smallFirst: true, value: (row) => priceOf(id(row)), show: (row, v) => (v == null ? '–' : words.money(v, of(id(row), 'currency'))) },
  ].filter((column) => column.key === 'rank' || ranking.some((row) => (column.value ? column.value(row) : row[column.key]) != null));
}

// The 95 % interval; without labels the word, the sampling range and the model's error.
function sentimentRange(b) {
  if (b.method !== 'uncorrected') return '95 %: ' + (interval(b.net_sentiment_lower, b.net_sentiment_upper, words.points) || 'too few');
  const sampling = interval(b.sampling_lower, b.sampling_upper, words.points);
  return 'uncorrected' + (sampling ? ', sampling ' + sampling : '') + (b.model_error == null ? '' : ', model error ±' + Math.round(b.model_error));
}

function sentimentSection() {
  if (!brands.length) return;
  const quotes = new Map(rowsOf('quotes').map((q) => [q.comment_id, q]));
  const columns = [
    { key: 'brand', label: 'About', head: true, value: brandName, show: (b) => theirs(brandName(b)) },
    { key: 'n', label: 'Comments', number: true },
    { key: 'scored', label: 'Scored', number: true },
    { key: 'net_sentiment', label: 'Net sentiment', number: true, show: (b, v) => [v == null ? '–' : words.points(v), ' ', el('small', {}, v == null ? 'too few' : sentimentRange(b))] },
    { key: 'positive', label: 'Positive', number: true, value: (b) => (b.counts || {}).positive },
    { key: 'neutral', label: 'Neutral', number: true, value: (b) => (b.counts || {}).neutral },
    { key: 'negative', label: 'Negative', number: true, value: (b) => (b.counts || {}).negative },
    { key: 'share_of_voice', label: 'Share of voice', number: true, value: (b) => (b.brand == null ? null : b.share_of_voice), show: (b, v) => (v == null ? '–' : words.percent(v)) },
    { key: 'method', label: 'Method', value: (b) => String(b.method || '').replace(/_/g, ' ') },
  ];
  const detail = el('div', { id: 'brand-detail' });
  const named = brands.filter((b) => b.net_sentiment != null);
  const order = [...named].sort((a, b) => (b.brand != null) - (a.brand != null) || b.n - a.n);
  const panels = order.slice(0, 12).map((brand, i) => {
    const said = new Set();
    const isNew = (q) => { const text = q && q.text && q.text.toLowerCase(); if (!text || said.has(text)) return false; said.add(text); return true; };
    const quoted = (brand.drivers || []).map((driver) => [driver, (driver.quotations || driver.quotes || driver.examples || [])
      .map((q) => (typeof q === 'string' ? quotes.get(q) : q)).filter(isNew).slice(0, 2)]).filter(([, texts]) => texts.length).slice(0, 4);
    return { brand, node: el('div', { hidden: i > 0 },
      el('div', { class: 'split' }, sentimentOverTime(brand), driverChart(brand)),
      quoted.length > 0 && [el('h3', {}, 'In their words'), el('div', { class: 'split' }, quoted.map(([driver, texts]) => el('div', {},
        el('span', { class: 'chip' }, theirs(driver.term), ' ', words.points(driver.net_sentiment)), texts.map(quotation))))]) };
  });
  detail.append(...panels.map((p) => p.node));
  const pick = panels.length > 1 && el('div', { class: 'toolbar' }, el('label', {}, 'Show', el('select', { id: 'brand', onchange: (event) => {
    panels.forEach((p, i) => { p.node.hidden = i !== Number(event.target.value); });
    drawCharts();
  } }, panels.map((p, i) => el('option', { value: i }, brandName(p.brand).slice(0, 60))))));
  section('sentiment', 'Sentiment', 'What people say',
    el('p', { class: 'note' }, 'Net sentiment is the share of liking minus the share of dislike in points, from −100 to 100. Without labelled comments it is uncorrected: the sampling range holds the chance in who happened to write, and the model error beside it comes on top.'),
    dataTable({ id: 'brand-table', label: 'Brands', rows: brands, cards: true, columns: columns.filter((c) => brands.some((b) => (c.value ? c.value(b) : b[c.key]) != null && (c.value ? c.value(b) : b[c.key]) !== '')) }),
    pick, detail);
}

function nicheSection() {
  const document_ = documents.niches;
  if (!document_ && !places.size) return;
  const list = (document_ && document_.niches) || [];
  const text = (terms) => (terms || []).slice(0, 8).map((t) => (typeof t === 'string' ? t : t.term)).join(', ');
  const columns = [
    { key: 'niche', label: 'Niche', head: true },
    { key: 'size', label: 'Creators', number: true },
    { key: 'terms', label: 'What they write about', wide: true, value: (n) => text(n.terms) },
    { key: 'medoids', label: 'Typical creators', csv: false, value: (n) => (n.medoids || []).slice(0, 3).map(nameOf).join(', '), show: (n) => el('span', { class: 'names' }, (n.medoids || []).slice(0, 3).map(creatorButton)) },
  ];
  section('niches', 'Niches', 'Niches', document_ && el('p', { class: 'note' }, words.plural(list.length, 'group') + ' of creators who post about the same things. ' + nicheQuality(document_)),
    nicheMap(), list.length > 0 && dataTable({ id: 'niche-table', label: 'Niches', rows: list, columns, cards: true, sort: { key: 'size', down: true } }));
}

function engagementSection() {
  const figure = engagementChart();
  if (!figure) return;
  section('engagement', 'Engagement', 'Engagement', el('p', { class: 'note' }, 'What the next post of each creator will reach is a median with a 90 % interval; large creators engage a smaller share of their followers, so everybody is held against creators of their size.'), figure);
}

// Tables of which the page knows the columns by name alone.
function plainTable(id, label, rows) {
  const keys = Object.keys(rows[0] || {}).filter((key) => rows.some((row) => row[key] != null));
  const isRate = (key) => /rate$|share$|_90$/.test(key) && !/price/.test(key);
  const columns = keys.map((key) => key === 'creator_id'
    ? { key, label: 'Creator', head: true, value: (row) => row.creator_id, show: (row) => creatorButton(row.creator_id) }
    : { key, label: words.column(key), number: rows.some((row) => typeof row[key] === 'number'), wide: rows.some((row) => String(row[key]).length > 40), show: (row, v) => (v == null ? '–' : typeof v === 'number' ? (isRate(key) ? words.percent(v) : words.number(v)) : theirs(v)) });
  return dataTable({ id, label, rows, columns, search: rows.length > 10 ? (row) => nameOf(row.creator_id) + ' ' + Object.values(row).join(' ') : null });
}

function planSection() {
  if (!plan.length) return;
  const document_ = documents.plan || {};
  const money = currencyOf(plan);
  const budget = config('plan').budget;
  const last = plan[plan.length - 1];
  const sum = plan.reduce((total, row) => total + (row.price || 0), 0);
  const columns = [
    { key: 'order', label: 'No.', number: true, smallFirst: true },
    { key: 'creator_id', label: 'Creator', head: true, value: (row) => nameOf(row.creator_id), show: (row) => [creatorButton(row.creator_id), ' ', el('small', {}, theirs([words.platform(row.platform), row.niche].filter(Boolean).join(' · ')))] },
    { key: 'price', label: 'Price a post (90 %)', number: true, show: (row, v) => [words.money(v, row.currency), ' ', el('small', {}, row.price_source === 'estimate' ? 'estimated, ' + interval(row.price_lower_90, row.price_upper_90, (end) => words.money(end)) : row.price_source === 'asked' ? 'by engagement' : 'known')] },
    { key: 'marginal_engagements', label: 'Adds engagements', number: true, hint: 'expected, each person’s once', show: (row, v) => (v == null ? '–' : words.count(v)) },
    { key: 'expected_engagements', label: 'Expected engagements', number: true, show: (row, v) => (v == null ? '–' : words.count(v)) },
    { key: 'cumulative_engagements', label: 'Engagements so far', number: true, show: (row, v) => (v == null ? '–' : words.count(v)) },
    { key: 'cumulative_price', label: 'Spent so far', number: true, show: (row, v) => words.money(v, row.currency) },
    { key: 'unduplicated_audience', label: 'Audience so far', number: true, hint: 'people, each counted once', show: (row, v) => (v == null ? '–' : words.count(v)) },
  ].filter((column) => plan.some((row) => row[column.key] != null));
  section('plan', 'Plan', 'The plan', el('p', {}, words.plural(plan.length, 'creator') + ' for ' + words.money(sum, money) + (budget != null ? ' of a budget of ' + words.money(Number(document_.budget != null ? document_.budget : budget), money) : '') + ', in the order in which each adds most for its price.'),
    el('p', { class: 'callout', 'data-run-answer': '', hidden: true }, 'Made by the run, so by its weights and among its candidates, not by what you set above.'),
    el('div', { class: 'tiles' }, tile(words.money(sum, money), 'spent'),
      last.cumulative_engagements != null && tile(words.count(last.cumulative_engagements), 'expected engagements', 'each person’s once'),
      last.unduplicated_audience != null && tile(words.count(last.unduplicated_audience), 'people in the audience', 'each counted once'),
      last.cumulative_engagements > 0 && tile(words.money(sum / last.cumulative_engagements, money), 'per expected engagement (CPE)')),
    planChart(plan, money),
    dataTable({ id: 'plan-table', label: 'Plan', rows: plan, columns, cards: true, sort: plan.some((row) => row.order != null) ? { key: 'order', down: false } : null }));
}

function campaignSection() {
  const document_ = documents.campaign;
  if (!document_ && !campaign.length) return;
  const total = (document_ || {}).total || {};
  const rest = (document_ || {}).unattributed;
  const own = (document_ || {}).attributed || {};
  const money = total.currency || currencyOf(campaign);
  const keys = ['spend', 'revenue', 'orders', 'roas', 'roi', 'cpa', 'visits', 'conversion_rate', 'impressions', 'engagements', 'engagement_rate', 'cpm', 'cpe', 'cpc', 'aov', 'refunds', 'emv', 'predicted_rank'];
  const columns = [{ key: 'creator_id', label: 'Creator', head: true, value: (row) => nameOf(row.creator_id), show: (row) => creatorButton(row.creator_id) }]
    .concat(keys.filter((key) => campaign.some((row) => row[key] != null)).map((key) => Object.assign(metricColumn(key, (row) => row.currency || money), { unprinted: ['refunds', 'emv', 'cpe', 'cpc', 'aov', 'predicted_rank', 'cpm', 'impressions'].includes(key) })));
  const models = Object.keys((document_ || {}).attribution || {});
  section('campaign', 'Campaign', 'The campaign',
    el('div', { class: 'tiles' },
      metricTile(total, 'spend', money),
      own.revenue != null && tile(words.money(own.revenue, money), 'revenue that creators can claim', words.plural(own.orders, 'order')),
      ['roas', 'cpa', 'conversion_rate'].map((key) => metricTile(total, key, money))),
    funnel(Object.assign({}, total, own)),
    rest && el('p', { class: 'note' }, 'Besides, ' + words.plural(rest.orders, 'order') + ' worth ' + words.money(rest.revenue, money) + ' came from nobody in the campaign, as far as visits and codes tell.'),
    campaign.length > 0 && dataTable({ id: 'campaign-table', label: 'Campaign by creator', rows: campaign, columns, cards: true, search: campaign.length > 10 ? (row) => nameOf(row.creator_id) : null,
      hint: 'Small numbers are 95 % intervals.' }),
    attributionChart(campaign, models, money),
    shiftNote((document_ || {}).sentiment));
}

// How the brand was spoken of before and during, there and elsewhere.
function shiftNote(shift) {
  const moved = shift && (shift.shifts || []).find((s) => s.to === 'during' && s.difference.difference != null);
  if (!moved) return null;
  const range = (gap) => words.points(gap.difference) + (gap.lower == null ? '' : ' (' + words.points(gap.lower) + ' to ' + words.points(gap.upper) + ')');
  return el('p', {}, 'Net sentiment' + (shift.brand ? ' towards ' : ''), shift.brand ? theirs(shift.brand) : '', ' from before to during: ' + range(moved.exposed) + ' points under the campaign’s creators, ' + range(moved.not_exposed) + ' elsewhere; the difference is ' + range(moved.difference) + '.');
}

function liftSection() {
  const lift = documents.lift;
  if (!lift) return;
  section('lift', 'Lift', 'Did it cause sales?', el('div', { class: 'tiles' },
    lift.lift_percent != null && tile(words.points(lift.lift_percent) + ' %', 'lift', interval(lift.lower, lift.upper, words.number)),
    lift.incremental != null && tile(words.number(lift.incremental), 'more than expected', interval(lift.incremental_lower, lift.incremental_upper, words.number)),
    lift.p_value != null && tile(words.number(lift.p_value), 'p-value', words.column(String(lift.method)))),
    liftChart(lift),
    (lift.warnings || []).map((text) => el('p', { class: 'note' }, theirs(words.sentence(text)))));
}

function excludedSection() {
  if (!excluded.length) return;
  section('left-out', 'Left out', 'Who was left out, and why',
    dataTable({ id: 'excluded-table', label: 'Left out', rows: excluded, page: 10, paper: 300, cards: true, search: (row) => nameOf(row.creator_id) + ' ' + row.reason,
      columns: [{ key: 'creator_id', label: 'Creator', head: true, show: (row) => creatorButton(row.creator_id) }, { key: 'reason', label: 'Reason', wide: true }] }));
}

function methodSection() {
  const points = [];
  if (criteria.length) points.push(['Score', el('ul', {}, criteria.filter((c) => c.weight > 0).map((c) => el('li', {}, el('b', {}, criterionName(c.criterion) + ', ' + words.percent(c.weight) + ' of the score. '), c.sentence)))]);
  if (criteria.length) points.push(['Intervals', el('p', {}, 'Score and rank are drawn again hundreds of times, every part from its own uncertainty; the intervals hold 90 % of the draws. They say what the evidence leaves open, not whether the weights are yours. Under weights and must-haves of your own the page makes the same draws again, so these intervals are reckoned as the program would.')]);
  const found = documents.niches || {};
  if (found.silhouette != null) points.push(['Niches', el('p', {}, 'Groups of vectors of bios and posts. Mean silhouette ' + words.score(found.silhouette) + ' (from −1 to 1, 0 is no groups)' + (typeof found.stability === 'number' ? ', agreement with the groups of other samples ' + words.score(found.stability) + ' (0 is chance, 1 the same)' : '') + '.')]);
  if (brands.length) points.push(['Sentiment', el('p', {}, 'A transformer judges every comment towards the brand. Other languages than those it reads are recognised and left out. Sarcasm is mostly read literally. Where the method is “uncorrected”, the model’s own errors are not in the interval.')]);
  if (engagement.size) points.push(['Engagement', el('p', {}, 'Likes, comments, shares and saves over followers, or over views or reach where the basis says so. A creator’s own posts count as far as their number warrants; the rest comes from the line of the platform. The 90 % interval is that of one next post.')]);
  if (signals.size) points.push(['Authenticity', el('p', {}, 'Signs and not proof: each is shown with the numbers that it was seen in.')]);
  if (campaign.length) points.push(['Campaign', el('p', {}, 'What came after a visit is not all caused by it: attribution shares out orders, only a lift test tells what would not have happened otherwise. Earned media value is no revenue and stands apart.')]);
  if (!points.length) return;
  section('method', 'Method', 'Method and limits', points.map(([title, content]) => [el('h3', {}, title), content]));
}

function manifestSection() {
  const all = Object.entries(documents).filter(([, d]) => d && d.manifest);
  if (!all.length) return;
  const inputs = new Map();
  const models = new Map();
  all.forEach(([, d]) => { (d.manifest.inputs || []).forEach((i) => inputs.set(i.path + i.table, i)); (d.manifest.models || []).forEach((m) => models.set(m.sha256, m)); });
  section('manifest', 'Manifest', 'How this was made',
    el('p', { class: 'note' }, 'The same files, settings and version give the same numbers again.'),
    inputs.size > 0 && plainTable('inputs-table', 'Files read', [...inputs.values()].map((i) => ({ file: String(i.path), table: i.table, rows: i.rows, rejected: i.rejected, sha256: words.bytes(i.sha256) }))),
    models.size > 0 && plainTable('models-table', 'Models', [...models.values()].map((m) => ({ model: m.name, run_by: m.backend, sha256: words.bytes(m.sha256) }))),
    all.map(([name, d]) => el('details', {}, el('summary', {}, 'Settings of ' + name + ', version ' + d.manifest.version + ', seed ' + d.manifest.seed), el('pre', { tabindex: '0' }, JSON.stringify(d.manifest.config, null, 2)))));
}

const main = document.getElementById('main');
const head = answer();
[sinceSection, rankingSection, shortlistSection, planSection, sentimentSection, nicheSection, engagementSection, campaignSection, liftSection, excludedSection, methodSection, manifestSection].forEach((build) => build());
main.replaceChildren(head, ...sections.map((s) => s.node));
const links = [{ id: 'answer', label: 'Answer' }, ...sections].map((s) => el('a', { href: '#' + s.id }, s.label, s.id === 'shortlist' && el('span', { 'data-shortlist-count': '' })));
document.getElementById('nav').replaceChildren(...links);
drawShortlist();
const seen = new IntersectionObserver((entries) => entries.forEach((entry) => {
  if (entry.isIntersecting) links.forEach((link) => (link.hash === '#' + entry.target.id ? link.setAttribute('aria-current', 'true') : link.removeAttribute('aria-current')));
}), { rootMargin: '-15% 0px -75% 0px' });
[head, ...sections.map((s) => s.node)].forEach((node) => seen.observe(node));

const themes = [['', '◐', 'as the system'], ['light', '☀', 'light'], ['dark', '☾', 'dark']];
let theme = 0;
document.getElementById('theme').addEventListener('click', (event) => {
  theme = (theme + 1) % themes.length;
  const [name, sign, label] = themes[theme];
  if (name) document.documentElement.dataset.theme = name; else delete document.documentElement.dataset.theme;
  event.currentTarget.textContent = sign;
  event.currentTarget.setAttribute('aria-label', 'Colours: ' + label);
  announce('Colours: ' + label);
  drawCharts();
});
document.getElementById('print').addEventListener('click', () => print());
watchCharts();
reranking.prepare();
