// Where a plot's axes begin and end, and their ticks.

/** Round values from below `low` to above `high`, about `count` of them; `whole`: no fractions, and the end stays. */
export function ticks(low, high, count, whole = false) {
  const span = high - low || Math.abs(high) || 1;
  const rough = span / Math.max(2, count);
  const size = 10 ** Math.floor(Math.log10(rough));
  const round = [1, 2, 5, 10].find((one) => one * size >= rough) * size;
  const step = whole ? Math.max(1, Math.round(round)) : round;
  const first = whole ? low : Math.floor(low / step) * step;
  const last = whole ? high : Math.max(first + step, Math.ceil(high / step) * step);
  const at = [];
  for (let value = first; value <= last + step / 1e6; value += step) at.push(Number(value.toPrecision(12)));
  return { low: first, high: last, at };
}

/** The lowest and highest value without the outermost, which networks that go astray would set: a loss has no end above.
 * Always with `kept`. */
export function within(values, kept, isMoreBetter) {
  const sorted = [...values].sort((one, other) => one - other);
  const must = kept.filter((one) => one !== null);
  const highest = sorted[sorted.length - 1 - Math.floor(sorted.length / (isMoreBetter ? 50 : 12))];
  return [Math.min(sorted[Math.floor(sorted.length / 50)], ...must), Math.max(highest, ...must)];
}
