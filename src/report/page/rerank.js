// Ranks again by other weights and among fewer creators, as `rank` does: the score is the sum of weight times value over the
// criteria, the intervals are those of the run's own draws.
const reranking = (() => {
  const parts = data.parts;
  const of = new Map((parts ? parts.ids : []).map((id, i) => [id, i]));
  const original = ranking.map((row) => Object.assign({}, row));
  const able = !!parts && parts.draws > 0 && ranking.length > 0 && ranking.every((row) => of.has(row.creator_id));
  // Above 2,000 creators fewer of the draws, so that a slider answers at once; the page then says how many.
  const n = able ? Math.max(50, Math.min(parts.draws, Math.floor(8e5 / ranking.length))) : 0;
  const seed = able ? draws.seedOf(parts.seed) : null;
  const drawn = new Map();
  const LOW = 0.05, HIGH = 0.95;

  const part = (id, c) => { const i = of.get(id); return { value: parts.values[i][c], std_error: parts.errors[i][c], missing: (parts.missing[i] >> c & 1) === 1 }; };
  // Whether a criterion can tell anybody from anybody.
  const hasEvidence = (c) => ranking.some((row) => !part(row.creator_id, c).missing);

  // Weights as shares: they sum to a hair less than 1, as the run's.
  function shares(weights) {
    const largest = Math.max(...weights);
    const relative = weights.map((w) => w / largest);
    const total = relative.reduce((sum, w) => sum + w, 0);
    return relative.map((w) => w / total * (1 - 8 * Number.EPSILON));
  }

  function drawsOf(id, c) {
    const key = c + ' ' + id;
    if (!drawn.has(key)) drawn.set(key, draws.values(seed, id, c, part(id, c), n));
    return drawn.get(key);
  }

  const score = (id, weights) => weights.reduce((sum, w, c) => sum + w * part(id, c).value, 0);

  // Each creator's scores, draw by draw.
  function simulate(rows, weights) {
    return rows.map((row) => {
      const sum = new Float64Array(n);
      weights.forEach((w, c) => {
        if (!(w > 0)) return;
        const values = drawsOf(row.creator_id, c);
        for (let d = 0; d < n; d++) sum[d] += w * values[d];
      });
      return sum;
    });
  }

  // Each creator's rank, draw by draw: by falling score, equal ones in the given order.
  function places(scores) {
    const out = scores.map(() => new Float64Array(n));
    const column = new Float64Array(scores.length);
    for (let d = 0; d < n; d++) {
      scores.forEach((own, i) => { column[i] = own[d]; });
      const sorted = Float64Array.from(column).sort();
      const count = (value, inclusive) => {
        let from = 0, to = sorted.length;
        while (from < to) { const mid = (from + to) >> 1; if (inclusive ? sorted[mid] <= value : sorted[mid] < value) from = mid + 1; else to = mid; }
        return from;
      };
      for (let i = 0; i < column.length; i++) {
        const upto = count(column[i], true);
        let rank = sorted.length - upto + 1;
        if (upto > 1 && sorted[upto - 2] === column[i]) for (let j = 0; j < i; j++) if (column[j] === column[i]) rank += 1;
        out[i][d] = rank;
      }
    }
    return out;
  }

  // Writes rank, score and intervals into the rows that are kept, the best first; the others lose their rank.
  function apply(weights, keep) {
    const shared = weights ? shares(weights) : parts.weights;
    ranking.forEach((row) => { row.rank = row.rank_lower = row.rank_upper = null; });
    const rows = original.filter(keep).map((first) => ranked.get(first.creator_id));
    for (const row of rows) {
      row.score = score(row.creator_id, shared);
      parts.criteria.forEach((name, c) => { row['contribution_' + name] = shared[c] * part(row.creator_id, c).value; });
    }
    rows.sort((a, b) => b.score - a.score || (a.creator_id < b.creator_id ? -1 : 1));
    const scores = simulate(rows, shared);
    const ranks = places(scores);
    rows.forEach((row, i) => {
      const sorted = scores[i].sort();
      const own = ranks[i].sort();
      row.rank = i + 1;
      row.score_lower = Math.min(Math.max(draws.quantile(sorted, LOW), 0), row.score);
      row.score_upper = Math.max(Math.min(draws.quantile(sorted, HIGH), 1), row.score);
      row.rank_lower = Math.min(Math.max(Math.floor(draws.quantile(own, LOW)), 1), row.rank);
      row.rank_upper = Math.max(Math.ceil(draws.quantile(own, HIGH)), row.rank);
    });
    return rows;
  }

  // The ranking as the run made it.
  function restore() {
    original.forEach((first) => Object.assign(ranked.get(first.creator_id), first));
    return ranking;
  }

  // Makes the draws while the reader reads, so that the first move of a slider need not wait for them.
  function prepare() {
    if (!able || typeof requestIdleCallback !== 'function') return;
    let i = 0;
    const some = (deadline) => {
      for (; i < original.length && deadline.timeRemaining() > 4; i++) parts.weights.forEach((w, c) => { if (w > 0) drawsOf(original[i].creator_id, c); });
      if (i < original.length) requestIdleCallback(some);
    };
    requestIdleCallback(some);
  }

  const firstRank = new Map(original.map((row) => [row.creator_id, row.rank]));
  return { able, n, parts, part, hasEvidence, shares, apply, restore, prepare, original, firstRank };
})();

// The parts of a creator's score, by the weights that the ranking stands on now.
function partsOf(id) {
  const row = ranked.get(id);
  if (!reranking.able || !row) return [];
  return reranking.parts.criteria.map((criterion, c) => Object.assign({ criterion, weight: exploring.shares[c], contribution: row['contribution_' + criterion] }, reranking.part(id, c)));
}
