// The draws behind the intervals, again: every number drawn depends on seed, creator, draw and criterion alone, so the page makes
// the very numbers that the run made, and no draw has to travel. 64-bit whole numbers are pairs of 32 bits: high, low.
const draws = (() => {
  let high = 0;
  let low = 0;

  // high, low = a * b modulo 2^64, of 16-bit digits.
  function multiply(aHigh, aLow, bHigh, bLow) {
    const a0 = aLow & 0xffff, a1 = aLow >>> 16, b0 = bLow & 0xffff, b1 = bLow >>> 16;
    const first = a0 * b0;
    const second = a1 * b0 + (first >>> 16);
    const third = a0 * b1 + (second & 0xffff);
    high = (a1 * b1 + (second >>> 16) + (third >>> 16) + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh)) >>> 0;
    low = ((third << 16) | (first & 0xffff)) >>> 0;
  }

  // z ^ (z >> by), for by below 32.
  function fold(by) {
    low = (low ^ ((low >>> by) | (high << (32 - by)))) >>> 0;
    high = (high ^ (high >>> by)) >>> 0;
  }

  function mix(aHigh, aLow, bHigh, bLow) {
    const sum = aLow + 0x7f4a7c15;
    multiply((aHigh + 0x9e3779b9 + (sum > 0xffffffff ? 1 : 0)) >>> 0, sum >>> 0, 0xd1342543, 0xde82ef95);
    high = (high ^ bHigh) >>> 0;
    low = (low ^ bLow) >>> 0;
    fold(30);
    multiply(high, low, 0xbf58476d, 0x1ce4e5b9);
    fold(27);
    multiply(high, low, 0x94d049bb, 0x133111eb);
    fold(31);
  }

  // FNV-1a over the text's bytes.
  function hash(text) {
    high = 0xcbf29ce4;
    low = 0x84222325;
    for (const byte of new TextEncoder().encode(text)) multiply(high, (low ^ byte) >>> 0, 0x100, 0x1b3);
  }

  // The standard normal's quantile (Wichura, algorithm AS 241, 1988), relative error about 1e-16.
  function normal(p) {
    const q = p - 0.5;
    if (Math.abs(q) <= 0.425) {
      const r = 0.180625 - q * q;
      return q * (((((((2.5090809287301226727e3 * r + 3.3430575583588128105e4) * r + 6.7265770927008700853e4) * r + 4.5921953931549871457e4) * r + 1.3731693765509461125e4) * r + 1.9715909503065514427e3) * r + 1.3314166789178437745e2) * r + 3.3871328727963666080e0)
        / (((((((5.2264952788528545610e3 * r + 2.8729085735721942674e4) * r + 3.9307895800092710610e4) * r + 2.1213794301586595867e4) * r + 5.3941960214247511077e3) * r + 6.8718700749205790830e2) * r + 4.2313330701600911252e1) * r + 1.0);
    }
    let r = Math.sqrt(-Math.log(q <= 0 ? p : 1 - p));
    let x;
    if (r <= 5) {
      r -= 1.6;
      x = (((((((7.74545014278341407640e-4 * r + 2.27238449892691845833e-2) * r + 2.41780725177450611770e-1) * r + 1.27045825245236838258e0) * r + 3.64784832476320460504e0) * r + 5.76949722146069140550e0) * r + 4.63033784615654529590e0) * r + 1.42343711074968357734e0)
        / (((((((1.05075007164441684324e-9 * r + 5.47593808499534494600e-4) * r + 1.51986665636164571966e-2) * r + 1.48103976427480074590e-1) * r + 6.89767334985100004550e-1) * r + 1.67638483018380384940e0) * r + 2.05319162663775882187e0) * r + 1.0);
    } else {
      r -= 5;
      x = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 1.24266094738807843860e-3) * r + 2.65321895265761230930e-2) * r + 2.96560571828504891230e-1) * r + 1.78482653991729133580e0) * r + 5.46378491116411436990e0) * r + 6.65790464350110377720e0)
        / (((((((2.04426310338993978564e-15 * r + 1.42151175831644588870e-7) * r + 1.84631831751005468180e-5) * r + 7.86869131145613259100e-4) * r + 1.48753612908506148525e-2) * r + 1.36929880922735805310e-1) * r + 5.99832206555887937690e-1) * r + 1.0);
    }
    return q < 0 ? -x : x;
  }

  // One criterion's values of one creator, drawn `n` times: a known one from a normal with its standard error, a missing one
  // from all of 0 to 1 alike.
  function values(seed, id, criterion, part, n) {
    hash(id);
    mix(seed.high, seed.low, high, low);
    const streamHigh = high, streamLow = low;
    const out = new Float64Array(n);
    for (let draw = 0; draw < n; draw++) {
      mix(streamHigh, streamLow, 0, draw);
      mix(high, low, 0, criterion);
      const u = (high * 0x100000 + (low >>> 12) + 0.5) / 0x10000000000000;
      out[draw] = part.missing ? u : part.value + part.std_error * normal(Math.min(Math.max(u, 1e-12), 1 - 1e-12));
    }
    return out;
  }

  // A seed's two halves; it comes as text, because numbers of 64 bits do not fit a number of JSON.
  function seedOf(text) {
    const all = BigInt(text);
    return { high: Number(all >> 32n & 0xffffffffn), low: Number(all & 0xffffffffn) };
  }

  // The value at the share p of sorted ones, between two neighbours by their distance.
  function quantile(sorted, p) {
    const at = p * (sorted.length - 1);
    const below = Math.floor(at);
    const above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }

  return { values, seedOf, quantile, normal };
})();
