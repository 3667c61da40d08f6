"use strict";

const TRUNCATE_SD = 4;

// Return which windows lie in what a unit's intervals cover, as session/recorded.py does.
function recordedIn(intervals, start, stop) {
  return intervals === null || intervals.some(([a, b]) => start >= a - 1e-6 && stop <= b + 1e-6);
}

// Return the mean rate over trials in bins around an event, spikes/s, as analysis/rates.py computes
// it, and the mean over the window. A trial has zero (time of the event), start, stop and spikes, in
// seconds of the session.
function psth(trials, intervals, [windowStart, windowStop], step, sigma) {
  const bins = Math.round((windowStop - windowStart) / step);
  const pad = sigma > 0 ? Math.ceil(TRUNCATE_SD * sigma / step) : 0;
  let counts = new Float64Array(bins + 2 * pad);
  let exposure = new Float64Array(bins + 2 * pad);
  for (const { zero, start, stop, spikes } of trials) {
    const first = zero + windowStart - pad * step;
    const lasting = new Float64Array(counts.length);
    for (let bin = 0; bin < lasting.length; bin++) {
      const low = first + bin * step, high = first + (bin + 1) * step;
      const from = Math.max(low, start), to = Math.max(Math.min(high, stop), from);
      if (to - from < 1e-3 * step || !recordedIn(intervals, from, to)) continue;
      lasting[bin] = low >= start && high <= stop ? step : to - from;
      exposure[bin] += lasting[bin];
    }
    for (const time of spikes) {
      const bin = Math.floor((time - first) / step + 1e-6);
      if (lasting[bin] > 0) counts[bin] += 1;
    }
  }
  const inside = (values) => values.subarray(pad, pad + bins);
  const sum = (values) => inside(values).reduce((a, b) => a + b, 0);
  const mean = sum(counts) / sum(exposure);
  const reached = exposure.map((s) => s > 0);
  if (sigma > 0) [counts, exposure] = [counts, exposure].map((x) => smoothed(x, sigma / step));
  const rates = counts.map((count, bin) => (reached[bin] ? count / exposure[bin] : NaN));
  return { rates: inside(rates), mean };
}

// Smooth by a Gaussian; beyond the ends are zeros.
function smoothed(values, sd) {
  const reach = Math.floor(TRUNCATE_SD * sd + 0.5);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, k) => Math.exp(-0.5 * ((k - reach) / sd) ** 2));
  const total = weights.reduce((a, b) => a + b, 0);
  return values.map((_, bin) => {
    let sum = 0;
    for (let k = Math.max(-reach, -bin); k <= reach && bin + k < values.length; k++) {
      sum += values[bin + k] * weights[k + reach];
    }
    return sum / total;
  });
}
