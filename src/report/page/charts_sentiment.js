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
      yAxis: axis(c, { type: 'value', scale: true, min: ({ min }) => Math.max(-100, 20 * Math.floor(min / 20)), max: ({ max }) => Math.min(100, 20 * Math.ceil(max / 20)), name: 'points', nameLocation: 'end', axisLabel: { color: c.soft, formatter: (v) => words.points(v).replace('.0', '') } }),
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
    title: 'Drivers of sentiment', caption: 'terms by how many points comments with them lift or lower the level of ' + brandName(brand) + '.',
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
