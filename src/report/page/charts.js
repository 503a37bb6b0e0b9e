// Charts by Apache ECharts, drawn as SVG; each with a caption, and its numbers as a table for those who do not see it.
const drawn = [];
const PALETTE = {
  light: ['#0b6e8f', '#c2571a', '#4a7c2c', '#8f3f97', '#a8821a', '#3c5bb0', '#b03a5b', '#1f8a78', '#6d6259', '#7a55c7', '#5a8f00', '#c04a3a'],
  dark: ['#5cc0dd', '#f0a06a', '#93c972', '#d592dd', '#dfc062', '#90aaf5', '#f08ba8', '#62cdb8', '#b7aca2', '#b79df5', '#b3d957', '#f5968a'],
};
const isDark = () => {
  const chosen = document.documentElement.dataset.theme;
  return !printing && (chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches);
};
let printing = false;

function colours() {
  const dark = isDark();
  return {
    palette: PALETTE[dark ? 'dark' : 'light'], ink: dark ? '#e9edf2' : '#16191f', soft: dark ? '#a3adba' : '#566070',
    line: dark ? '#2c333d' : '#e3e7ec', paper: dark ? '#171b22' : '#ffffff', good: dark ? '#5cc98d' : '#1a7f4b', bad: dark ? '#f08a7d' : '#b3372b',
  };
}

// option(colours) gives the chart's option; numbers = { columns, rows } its table; open(params) what a click on a mark does.
function chart({ title, caption, option, numbers, low, open }) {
  const box = el('div', { class: low ? 'chart low' : 'chart', role: 'img', 'aria-label': title + '. ' + (caption || '') + (numbers ? ' The numbers follow as a table.' : '') });
  drawn.push({ box, option, open, chart: null });
  return el('figure', {}, el('figcaption', {}, el('b', {}, title), caption && ' – ' + caption), box,
    numbers && el('details', {}, el('summary', {}, 'The numbers of this chart'), el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': title + ', numbers' },
      el('table', {}, el('thead', {}, el('tr', {}, numbers.columns.map((c) => el('th', { scope: 'col' }, c)))),
        el('tbody', {}, numbers.rows.slice(0, 200).map((row) => el('tr', {}, row.map((cell) => el('td', {}, typeof cell === 'string' ? theirs(cell) : cell == null ? '–' : words.number(cell))))))))));
}

function base(c) {
  const font = 'system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif';
  return {
    color: c.palette, textStyle: { fontFamily: font, color: c.ink }, animation: false, aria: { enabled: false },
    tooltip: { renderMode: 'richText', confine: true, backgroundColor: c.paper, borderColor: c.line, textStyle: { color: c.ink, fontSize: 13 } },
    grid: { left: 12, right: 24, top: 40, bottom: 12, containLabel: true },
    legend: { type: 'scroll', top: 0, formatter: (name) => (name.length > 28 ? name.slice(0, 27) + '…' : name), textStyle: { color: c.soft }, pageTextStyle: { color: c.soft }, inactiveColor: c.line },
  };
}
const axis = (c, more) => Object.assign({
  axisLine: { lineStyle: { color: c.line } }, axisTick: { show: false }, splitLine: { lineStyle: { color: c.line } }, axisLabel: { color: c.soft },
  nameTextStyle: { color: c.soft }, nameLocation: 'middle',
}, more);

function drawCharts() {
  const c = colours();
  for (const entry of drawn) {
    if (!entry.chart) {
      if (!entry.box.clientWidth) continue;
      entry.chart = echarts.init(entry.box, null, { renderer: 'svg' });
      if (entry.open) entry.chart.on('click', entry.open);
    }
    entry.chart.setOption(Object.assign(base(c), entry.option(c)), true);
  }
}

function watchCharts() {
  const resized = new ResizeObserver(() => drawn.forEach((entry) => entry.chart && entry.chart.resize()));
  drawn.forEach((entry) => resized.observe(entry.box));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawCharts);
  const paper = (on) => { printing = on; drawCharts(); drawn.forEach((entry) => entry.chart && entry.chart.resize()); };
  addEventListener('beforeprint', () => paper(true));
  addEventListener('afterprint', () => paper(false));
  drawCharts();
}

// Net sentiment by period with its 95 % band.
function sentimentOverTime(brand) {
  const periods = (brand.by_period || []).filter((p) => p.net_sentiment != null);
  if (periods.length < 2) return null;
  const name = brandName(brand);
  // The 95 % interval where there are labels, else the sampling range.
  const edge = (p, side) => [p['net_sentiment_' + side], p['sampling_' + side], null].find((end) => end != null) ?? null;
  const corrected = periods.some((p) => p.method !== 'uncorrected');
  return chart({
    title: 'Net sentiment over time', low: true,
    caption: name + ', by ' + (/^\d{4}-\d{2}$/.test(periods[0].period) ? 'month' : 'period') + '; the band holds 95 % of what chance allows, and periods with too few comments have none.',
    numbers: { columns: ['Period', 'Comments', 'Net sentiment', corrected ? 'Lower 95 %' : 'Sampling, lower', corrected ? 'Upper 95 %' : 'Sampling, upper'], rows: periods.map((p) => [p.period, p.n, p.net_sentiment, edge(p, 'lower'), edge(p, 'upper')]) },
    option: (c) => ({
      legend: { show: false },
      tooltip: Object.assign(base(c).tooltip, { trigger: 'axis', formatter: (marks) => {
        const p = periods[marks[0].dataIndex];
        return p.period + '\n' + words.points(p.net_sentiment) + ' points' + (edge(p, 'lower') == null ? '' : ' (' + words.points(edge(p, 'lower')) + ' to ' + words.points(edge(p, 'upper')) + (p.method === 'uncorrected' ? ', sampling alone; uncorrected)' : ')')) + '\n' + words.plural(p.n, 'comment');
      } }),
      xAxis: axis(c, { type: 'category', data: periods.map((p) => p.period), boundaryGap: false, splitLine: { show: false } }),
      yAxis: axis(c, { type: 'value', scale: true, name: 'points', nameLocation: 'end', axisLabel: { color: c.soft, formatter: (v) => words.points(v).replace('.0', '') } }),
      dataZoom: [{ type: 'inside' }],
      series: [
        { type: 'line', stack: 'band', stackStrategy: 'all', data: periods.map((p) => edge(p, 'lower')), lineStyle: { opacity: 0 }, symbol: 'none', silent: true },
        { type: 'line', stack: 'band', stackStrategy: 'all', data: periods.map((p) => (edge(p, 'lower') == null ? null : edge(p, 'upper') - edge(p, 'lower'))), lineStyle: { opacity: 0 }, areaStyle: { color: c.palette[0], opacity: 0.18 }, symbol: 'none', silent: true },
        { type: 'line', data: periods.map((p) => p.net_sentiment), color: c.palette[0], lineStyle: { width: 2.5 }, symbolSize: 7 },
      ],
    }),
  });
}

// The terms that move the level, the strongest at the top.
function driverChart(brand) {
  const drivers = (brand.drivers || []).filter((d) => d.contribution != null || d.net_sentiment != null).slice(0, 14);
  if (!drivers.length) return null;
  const moves = (d) => (d.contribution != null ? d.contribution : d.net_sentiment);
  const sorted = [...drivers].sort((a, b) => moves(a) - moves(b));
  return chart({
    title: 'What moves it', caption: 'terms by how many points comments with them lift or lower the level of ' + brandName(brand) + '.',
    numbers: { columns: ['Term', 'Comments', 'Their net sentiment', 'Points of the level'], rows: drivers.map((d) => [d.term, d.count, d.net_sentiment, d.contribution]) },
    option: (c) => ({
      legend: { show: false }, grid: { left: 12, right: 34, top: 8, bottom: 26, containLabel: true },
      tooltip: Object.assign(base(c).tooltip, { formatter: (mark) => {
        const d = sorted[mark.dataIndex];
        return d.term + '\nin ' + words.plural(d.count, 'comment') + ', net sentiment ' + words.points(d.net_sentiment);
      } }),
      xAxis: axis(c, { type: 'value', name: 'points', nameGap: 26 }),
      yAxis: axis(c, { type: 'category', data: sorted.map((d) => d.term), splitLine: { show: false }, axisLabel: { color: c.ink, width: 130, overflow: 'truncate', interval: 0 } }),
      series: [{ type: 'bar', barMaxWidth: 15, data: sorted.map((d) => ({ value: moves(d), itemStyle: { color: moves(d) < 0 ? c.bad : c.good, borderRadius: 3 } })) }],
    }),
  });
}

// Creators as points where neighbours post about the same things.
function nicheMap() {
  const rows = [...places.values()].filter((row) => row.x != null && row.y != null);
  if (rows.length < 3) return null;
  const names = [...new Set(rows.map((row) => row.niche || 'no niche'))].sort();
  return chart({
    title: 'The map', caption: 'creators that post about the same things stand near each other; large marks are ranked. Click a mark to open the creator, a name to hide a niche.',
    numbers: { columns: ['Creator', 'Niche', 'Membership', 'x', 'y'], rows: rows.map((row) => [nameOf(row.creator_id), row.niche, row.membership, row.x, row.y]) },
    open: (mark) => mark.data && openCreator(mark.data.id),
    option: (c) => ({
      tooltip: Object.assign(base(c).tooltip, { formatter: (mark) => nameOf(mark.data.id) + '\n' + mark.seriesName + (ranked.has(mark.data.id) ? ', rank ' + ranked.get(mark.data.id).rank : '') }),
      grid: { left: 8, right: 8, top: 40, bottom: 8 },
      xAxis: { type: 'value', scale: true, show: false }, yAxis: { type: 'value', scale: true, show: false },
      dataZoom: [{ type: 'inside', xAxisIndex: 0 }, { type: 'inside', yAxisIndex: 0 }],
      series: names.map((name, i) => ({
        name, type: 'scatter', color: c.palette[i % c.palette.length], symbol: ['circle', 'diamond', 'triangle', 'rect'][Math.floor(i / c.palette.length) % 4],
        data: rows.filter((row) => (row.niche || 'no niche') === name).map((row) => ({ value: [row.x, row.y], id: row.creator_id, symbolSize: ranked.has(row.creator_id) ? 12 : 7, itemStyle: { opacity: ranked.has(row.creator_id) ? 0.95 : 0.55, borderColor: c.paper, borderWidth: 1 } })),
      })),
    }),
  });
}

// Expected engagement against followers, with each platform's line: both axes logarithmic.
function engagementChart() {
  const rows = [...engagement.values()].filter((row) => row.expected_engagement_rate > 0 && of(row.creator_id, 'followers') > 0);
  if (rows.length < 3) return null;
  const key = (platform, basis) => (words.platform(platform) || 'All') + ', of ' + basis;
  const names = [...new Set(rows.map((row) => key(of(row.creator_id, 'platform'), row.basis)))].sort();
  const groups = (documents.engagement && documents.engagement.groups) || [];
  return chart({
    title: 'Engagement against followers', caption: 'the expected rate of the next post; the lines are what each platform’s creators do at their size. Above the line is better than peers.',
    numbers: { columns: ['Creator', 'Platform', 'Tier', 'Followers', 'Expected rate'], rows: rows.map((row) => [nameOf(row.creator_id), platformOf(row.creator_id), tierOf(row.creator_id), of(row.creator_id, 'followers'), row.expected_engagement_rate]) },
    open: (mark) => mark.data && mark.data.id && openCreator(mark.data.id),
    option: (c) => ({
      tooltip: Object.assign(base(c).tooltip, { formatter: (mark) => (mark.data.id ? nameOf(mark.data.id) + '\n' + words.count(mark.value[0]) + ' followers, next post ' + words.percent(mark.value[1]) : mark.seriesName) }),
      grid: { left: 34, right: 24, top: 40, bottom: 34, containLabel: true },
      xAxis: axis(c, { type: 'log', name: 'followers', nameGap: 28, axisLabel: { color: c.soft, formatter: words.short } }),
      yAxis: axis(c, { type: 'log', name: 'expected engagement rate', nameGap: 44, axisLabel: { color: c.soft, formatter: (v) => words.percent(v).replace('.0 ', ' ') } }),
      dataZoom: [{ type: 'inside' }],
      series: names.flatMap((name, i) => {
        const own = rows.filter((row) => key(of(row.creator_id, 'platform'), row.basis) === name);
        const sizes = own.map((row) => of(row.creator_id, 'followers'));
        const group = groups.find((g) => key(g.platform, g.basis) === name);
        const line = group && group.intercept != null && [Math.min(...sizes), Math.max(...sizes)].map((f) => [f, Math.exp(group.intercept + group.size_slope * Math.log10(f))]);
        const colour = c.palette[i % c.palette.length];
        return [
          { name, type: 'scatter', color: colour, data: own.map((row) => ({ value: [of(row.creator_id, 'followers'), row.expected_engagement_rate], id: row.creator_id, symbolSize: ranked.has(row.creator_id) ? 11 : 6, itemStyle: { opacity: ranked.has(row.creator_id) ? 0.95 : 0.45, borderColor: c.paper, borderWidth: 1 } })) },
          line && { name, type: 'line', color: colour, data: line, symbol: 'none', lineStyle: { width: 2 }, silent: true, z: 1 },
        ];
      }).filter(Boolean),
    }),
  });
}

// What the budget buys, choice by choice.
function planChart(rows, currency) {
  const y = rows.some((row) => row.cumulative_expected_engagements != null) ? 'cumulative_expected_engagements' : Object.keys(rows[0] || {}).find((key) => /^cumulative.*engage/.test(key));
  if (!y || rows.length < 2) return null;
  let spent = 0;
  const points = rows.map((row) => { spent += row.price || 0; return { value: [spent, row[y]], id: row.creator_id }; });
  return chart({
    title: 'What the budget buys', low: true, caption: 'expected engagements as the plan grows, choice by choice.',
    numbers: { columns: ['Creator', 'Spent so far', 'Expected engagements so far'], rows: points.map((p) => [nameOf(p.id), p.value[0], p.value[1]]) },
    open: (mark) => mark.data && openCreator(mark.data.id),
    option: (c) => ({
      legend: { show: false }, grid: { left: 34, right: 24, top: 16, bottom: 34, containLabel: true },
      tooltip: Object.assign(base(c).tooltip, { formatter: (mark) => nameOf(mark.data.id) + '\n' + words.money(mark.value[0], currency) + ' spent, ' + words.count(mark.value[1]) + ' engagements' }),
      xAxis: axis(c, { type: 'value', name: 'spent' + (currency ? ', ' + currency : ''), nameGap: 28, axisLabel: { color: c.soft, formatter: words.short } }),
      yAxis: axis(c, { type: 'value', name: 'expected engagements', nameGap: 46, axisLabel: { color: c.soft, formatter: words.short } }),
      series: [{ type: 'line', step: 'end', data: [{ value: [0, 0], symbol: 'none' }, ...points], symbolSize: 8, areaStyle: { opacity: 0.12 } }],
    }),
  });
}

// From those who saw it to those who bought: each step with its count and its share of the step before.
function funnel(total) {
  const steps = [['impressions', 'Impressions'], ['engagements', 'Engagements'], ['visits', 'Visits'], ['orders', 'Orders']].filter(([key]) => total[key] > 0);
  if (steps.length < 2) return null;
  return chart({
    title: 'From view to order', low: true, caption: 'the campaign’s creators together; the axis is logarithmic.',
    numbers: { columns: ['Step', 'Count'], rows: steps.map(([key, label]) => [label, total[key]]) },
    option: (c) => ({
      legend: { show: false }, grid: { left: 12, right: 150, top: 8, bottom: 8, containLabel: true },
      tooltip: { show: false },
      xAxis: { type: 'log', show: false, min: 1 },
      yAxis: axis(c, { type: 'category', inverse: true, data: steps.map((s) => s[1]), splitLine: { show: false }, axisLine: { show: false }, axisLabel: { color: c.ink, fontSize: 14 } }),
      series: [{ type: 'bar', barWidth: '62%', data: steps.map(([key]) => total[key]), itemStyle: { borderRadius: 5, color: c.palette[0] },
        label: { show: true, position: 'right', color: c.ink, formatter: (mark) => words.count(mark.value) + (mark.dataIndex ? '  (' + words.percent(mark.value / total[steps[mark.dataIndex - 1][0]]) + ')' : '') } }],
    }),
  });
}

// What was counted in the treated places beside what the others make expect.
function liftChart(lift) {
  const days = lift.days || [];
  if (days.length < 2) return null;
  const from = days.find((d) => d.treated);
  const to = [...days].reverse().find((d) => d.treated);
  return chart({
    title: 'Counted and expected', low: true, caption: 'means of the treated places; the shaded days are the campaign’s. The gap there is the effect, the gap before it is how well the comparison fits.',
    numbers: { columns: ['Date', 'Counted', 'Expected'], rows: days.map((d) => [d.date, d.observed, d.counterfactual]) },
    option: (c) => ({
      legend: { top: 0, textStyle: { color: c.ink } },
      tooltip: Object.assign(base(c).tooltip, { trigger: 'axis', formatter: (marks) => {
        const d = days[marks[0].dataIndex];
        return d.date + '\ncounted ' + words.number(d.observed) + '\nexpected ' + words.number(d.counterfactual);
      } }),
      xAxis: axis(c, { type: 'category', data: days.map((d) => d.date), boundaryGap: false, splitLine: { show: false } }),
      yAxis: axis(c, { type: 'value', scale: true }),
      dataZoom: [{ type: 'inside' }],
      series: [
        { name: 'counted', type: 'line', data: days.map((d) => d.observed), symbol: 'none', color: c.palette[0], lineStyle: { width: 2.5 },
          markArea: from ? { silent: true, itemStyle: { color: c.palette[0], opacity: 0.1 }, data: [[{ xAxis: from.date }, { xAxis: to.date }]] } : undefined },
        { name: 'expected', type: 'line', data: days.map((d) => d.counterfactual), symbol: 'none', color: c.palette[1], lineStyle: { width: 2, type: 'dashed' } },
      ],
    }),
  });
}
