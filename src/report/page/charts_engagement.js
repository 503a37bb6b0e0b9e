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
