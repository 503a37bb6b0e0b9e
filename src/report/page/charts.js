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

// option(colours, box) gives the chart's option; numbers = { columns, rows } its table; open(params) what a click on a mark does;
// places: its option depends on the size of the box; tall: pixels of height where the number of rows decides.
function chart({ title, caption, option, numbers, low, open, places: placed, tall }) {
  const box = el('div', { class: low ? 'chart low' : 'chart', role: 'img', 'aria-label': title + '. ' + (caption || '') + (numbers ? ' The numbers follow as a table.' : ''), css: tall ? { height: tall + 'px' } : null });
  drawn.push({ box, option, open, placed, chart: null });
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
    drawChart(entry, c);
  }
}
function drawChart(entry, c) {
  entry.chart.setOption(Object.assign(base(c), entry.option(c, entry.box)), true);
}

// Pixels that fit between the margins of A4 and of Letter.
const PAPER_WIDTH = 660;

// On paper every row of a table is there, and charts are as wide as the sheet whatever the window was.
function toPaper(on) {
  printing = on;
  tables.forEach((draw) => draw());
  drawn.forEach((entry) => {
    entry.box.style.width = on ? PAPER_WIDTH + 'px' : '';
    if (entry.chart) entry.chart.resize(on ? { width: PAPER_WIDTH } : { width: 'auto' });
  });
  drawCharts();
}

function watchCharts() {
  const resized = new ResizeObserver((changes) => {
    if (printing) return;
    const boxes = new Set(changes.map((change) => change.target));
    const c = colours();
    drawn.filter((entry) => entry.chart && boxes.has(entry.box) && entry.box.clientWidth).forEach((entry) => { entry.chart.resize(); if (entry.placed) drawChart(entry, c); });
  });
  drawn.forEach((entry) => resized.observe(entry.box));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawCharts);
  addEventListener('beforeprint', () => toPaper(true));
  addEventListener('afterprint', () => toPaper(false));
  drawCharts();
}
