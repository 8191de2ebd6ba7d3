// Values at an axis: a unit, and no more digits than it takes.

const whole = new Intl.NumberFormat("en");
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

const seconds = (value) => {
  if (value === 0) return "0";
  if (value < 1) return `${short.format(value * 1000)} ms`;
  return value < 120 ? `${short.format(value)} s` : `${short.format(value / 60)} min`;
};

const tokens = (value) => {
  if (value < 1e3) return whole.format(value);
  return value < 1e6 ? `${short.format(value / 1e3)} k` : `${short.format(value / 1e6)} M`;
};

const dollars = (value) => {
  if (value >= 100) return `$${whole.format(Math.round(value))}`;
  return value >= 0.01 ? `$${value.toFixed(2)}` : `$${short.format(value)}`;
};

const units = {
  count: (value) => whole.format(value),
  score: (value) => short.format(value),
  share: (value) => `${short.format(value * 100)} %`,
  seconds,
  dollars,
  tokens,
};

export const brief = (unit, value) => units[unit](value);
