// From those who saw it to those who bought. Lengths are true to the counts, from 0; a rate stands beside each step, because
// orders are too few to be seen beside impressions on any honest scale.
function funnel(total) {
  const steps = [['impressions', 'Impressions', null], ['engagements', 'Engagements', 'impressions'], ['visits', 'Visits', 'impressions'], ['orders', 'Orders', 'visits']].filter(([key]) => total[key] > 0);
  if (steps.length < 2) return null;
  const most = Math.max(...steps.map(([key]) => total[key]));
  return el('figure', { id: 'funnel' }, el('figcaption', {}, el('b', {}, 'From view to order'), ' – the campaign’s creators together. Lengths are to scale: a hairline is that small a share.'),
    el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'From view to order' }, el('table', {},
      el('thead', {}, el('tr', {}, el('td', {}), el('th', { scope: 'col', class: 'n' }, 'Count'), el('th', { scope: 'col', class: 'n' }, 'Rate'), el('th', { scope: 'col' }, 'To scale'))),
      el('tbody', {}, steps.map(([key, label, base_]) => el('tr', {}, el('th', { scope: 'row' }, label), el('td', { class: 'n' }, words.count(total[key])),
        el('td', { class: 'n' }, base_ && total[base_] > 0 ? words.percent(total[key] / total[base_]) + ' of ' + base_ : '–'),
        el('td', { class: 'bars' }, el('span', { class: 'scale' }, el('i', { css: { width: 100 * total[key] / most + '%' } })))))))));
}

const MODELS = { last_touch: 'Last touch', first_touch: 'First touch', linear: 'Linear', time_decay: 'Time decay', position: 'Position-based', markov: 'Markov chain', shapley: 'Shapley value' };
const MARKS = ['circle', 'diamond', 'triangle', 'rect', 'emptyCircle', 'emptyDiamond', 'emptyTriangle'];
// Each creator's revenue by every attribution model: a short line says that the models agree.
function attributionChart(rows, models, money) {
  const span = (row) => models.map((model) => row[model + '_revenue']).filter((v) => v != null);
  const shown = rows.filter((row) => span(row).some((v) => v > 0)).sort((a, b) => Math.max(...span(b)) - Math.max(...span(a))).slice(0, 14);
  if (models.length < 2 || shown.length < 2) return null;
  // Pixels for the names.
  const room = (box) => (box.clientWidth < 560 ? 110 : 210);
  const label = (model) => MODELS[model] || words.column(model);
  return chart({
    title: 'Revenue by attribution model', tall: 110 + 26 * shown.length,
    caption: (shown.length < rows.length ? 'the ' + shown.length + ' creators of most revenue; ' : '') + 'one mark a model, and the line from the least to the most that any model gives. Where the line is short, the choice of the model changes nothing.',
    numbers: { columns: ['Creator', ...models.map(label)], rows: rows.map((row) => [nameOf(row.creator_id), ...models.map((model) => row[model + '_revenue'])]) },
    open: (mark) => mark.data && mark.data.id && openCreator(mark.data.id),
    option: (c, box) => ({
      legend: { top: 0, itemGap: 12, textStyle: { color: c.ink }, data: models.map(label) },
      grid: { left: room(box) + 14, right: 28, top: box.clientWidth < 400 ? 112 : box.clientWidth < 560 ? 84 : box.clientWidth < 760 ? 64 : 40, bottom: 48 },
      tooltip: Object.assign(base(c).tooltip, { formatter: (mark) => (mark.data.id ? nameOf(mark.data.id) + '\n' + mark.seriesName + ': ' + words.money(mark.value[0], money) : '') }),
      xAxis: axis(c, { type: 'value', min: 0, name: 'revenue' + (money ? ', ' + money : ''), nameGap: 26, axisLabel: { color: c.soft, formatter: words.short, hideOverlap: true } }),
      yAxis: axis(c, { type: 'category', inverse: true, data: shown.map((row) => nameOf(row.creator_id)), axisLabel: { color: c.ink, width: room(box), overflow: 'truncate', interval: 0 } }),
      series: [
        { name: 'least', type: 'bar', stack: 'span', silent: true, barWidth: 3, itemStyle: { opacity: 0 }, data: shown.map((row) => Math.min(...span(row))), tooltip: { show: false } },
        { name: 'span', type: 'bar', stack: 'span', silent: true, barWidth: 3, itemStyle: { color: c.line }, data: shown.map((row) => Math.max(...span(row)) - Math.min(...span(row))), tooltip: { show: false } },
        ...models.map((model, i) => ({ name: label(model), type: 'scatter', symbol: MARKS[i % MARKS.length], symbolSize: 10, color: c.palette[i % c.palette.length], itemStyle: { opacity: 0.9, borderWidth: MARKS[i % MARKS.length].startsWith('empty') ? 2 : 0 },
          data: shown.map((row, at) => ({ value: [row[model + '_revenue'], at], id: row.creator_id })).filter((d) => d.value[0] != null) })),
      ],
    }), places: true,
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
