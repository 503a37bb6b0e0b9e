// Creators as points where neighbours post about the same things. The largest niches have a colour and a name on the map; no
// colour comes twice, so the creators of the others are grey and named under the pointer.
function nicheMap() {
  const rows = [...places.values()].filter((row) => row.x != null && row.y != null);
  if (rows.length < 3) return null;
  const members = new Map();
  rows.forEach((row) => { if (row.niche) members.set(row.niche, [...(members.get(row.niche) || []), row]); });
  const coloured = [...members].sort((a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1)).slice(0, PALETTE.light.length).map(([name]) => name);
  const rest = rows.filter((row) => !coloured.includes(row.niche));
  const frame = extent(rows);
  const point = (row) => ({ value: [row.x, row.y], id: row.creator_id, niche: row.niche || 'no niche', symbolSize: ranked.has(row.creator_id) ? 12 : 7, itemStyle: { opacity: ranked.has(row.creator_id) ? 0.95 : 0.5 } });
  return chart({
    title: 'The map', places: true,
    caption: 'creators who post about the same things stand near each other; large marks are ranked. ' + (members.size > coloured.length ? 'The ' + coloured.length + ' largest niches have a colour, the others are grey. ' : '') + 'Click a mark to open the creator.',
    numbers: { columns: ['Creator', 'Niche', 'Membership', 'x', 'y'], rows: rows.map((row) => [nameOf(row.creator_id), row.niche, row.membership, row.x, row.y]) },
    open: (mark) => mark.data && mark.data.id && openCreator(mark.data.id),
    option: (c, box) => ({
      legend: { show: false },
      tooltip: Object.assign(base(c).tooltip, { formatter: (mark) => (mark.data.id ? nameOf(mark.data.id) + '\n' + mark.data.niche + ((ranked.get(mark.data.id) || {}).rank ? ', rank ' + ranked.get(mark.data.id).rank : '') : mark.name) }),
      grid: { left: 0, right: 0, top: 0, bottom: 0 },
      xAxis: { type: 'value', show: false, min: frame.x[0], max: frame.x[1] }, yAxis: { type: 'value', show: false, min: frame.y[0], max: frame.y[1] },
      series: [
        { name: 'other niches', type: 'scatter', color: c.soft, data: rest.map(point) },
        ...coloured.map((name, i) => ({ name, type: 'scatter', color: c.palette[i], data: members.get(name).map(point) })),
        { name: 'names', type: 'scatter', silent: true, symbolSize: 0.1, z: 5, itemStyle: { opacity: 1 }, data: labelPlaces(coloured.map((name) => [name, members.get(name)]), frame, box).map(({ name, value }) => ({
          name, value, label: { show: true, position: 'inside', formatter: name, fontSize: LABEL_SIZE, fontWeight: 600, color: c.palette[coloured.indexOf(name)], textBorderColor: c.paper, textBorderWidth: 4 },
        })) },
      ],
    }),
  });
}

// The range of x and y with room at the edges.
function extent(rows) {
  const range = (key) => {
    const all = rows.map((row) => row[key]);
    const [least, most] = [Math.min(...all), Math.max(...all)];
    const room = 0.08 * (most - least || 1);
    return [least - room, most + room];
  };
  return { x: range('x'), y: range('y') };
}

const LABEL_SIZE = 13;
// Where each niche's name stands: as near to the middle of its creators as the names before it leave room, the largest niche first.
function labelPlaces(niches, frame, box) {
  const width = box.clientWidth || PAPER_WIDTH, height = box.clientHeight || 380;
  const middle = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const toX = (x) => (x - frame.x[0]) / (frame.x[1] - frame.x[0]) * width;
  const toY = (y) => (frame.y[1] - y) / (frame.y[1] - frame.y[0]) * height;
  const taken = [];
  const out = [];
  for (const [name, rows] of niches) {
    const w = 0.66 * LABEL_SIZE * name.length + 16, h = LABEL_SIZE + 7;
    const at = { x: toX(middle(rows.map((row) => row.x))), y: toY(middle(rows.map((row) => row.y))) };
    // Rings about the middle, wider sideways as names are wide.
    const tries = [{ x: at.x, y: at.y - 14 }];
    for (let ring = 1; ring < 24; ring++) for (let turn = 0; turn < 12; turn++) tries.push({ x: at.x + 14 * ring * Math.cos(turn * Math.PI / 6), y: at.y + 9 * ring * Math.sin(turn * Math.PI / 6) });
    const fits = tries.map((t) => ({ x: Math.min(Math.max(t.x, w / 2), width - w / 2), y: Math.min(Math.max(t.y, h / 2), height - h / 2), w, h }))
      .find((t) => taken.every((o) => Math.abs(o.x - t.x) >= (o.w + t.w) / 2 || Math.abs(o.y - t.y) >= (o.h + t.h) / 2));
    if (!fits) continue;
    taken.push(fits);
    out.push({ name, value: [frame.x[0] + fits.x / width * (frame.x[1] - frame.x[0]), frame.y[1] - fits.y / height * (frame.y[1] - frame.y[0])] });
  }
  return out;
}

// What the measures of the clustering mean for the reader.
function nicheQuality(document_) {
  const { silhouette, stability } = document_;
  const apart = silhouette == null ? null
    : silhouette >= 0.7 ? 'They stand clearly apart: hardly any creator could as well belong to another.'
      : silhouette >= 0.5 ? 'They are distinct, with some creators between them.'
        : silhouette >= 0.25 ? 'They overlap: many creators could as well belong to the niche beside theirs.'
          : 'They run into each other: take the borders as a way of sorting, not as a finding.';
  const steady = typeof stability !== 'number' ? null
    : stability >= 0.8 ? 'Grouping other samples of the creators gives nearly the same niches.'
      : stability >= 0.6 ? 'Grouping other samples of the creators gives similar niches.'
        : 'Grouping other samples of the creators gives other niches, so their number and borders depend on who is in the table.';
  return [apart, steady].filter(Boolean).join(' ');
}
