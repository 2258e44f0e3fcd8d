/* Numbers, dates and words: always English and UTC, so that everybody reads the same page. */

const LOCALE = "en-GB";
const MINUS = "\u2212";
const NOTHING = "\u2013";
/* From here on an axis says 12k: labels stay short. */
const COMPACT_FROM = 10_000;

function dateFormat(options) {
  const format = new Intl.DateTimeFormat(LOCALE, { ...options, timeZone: "UTC" });
  return (isoDate) => format.format(new Date(`${isoDate.slice(0, 10)}T00:00:00Z`));
}

const dayName = dateFormat({ day: "numeric", month: "short", year: "numeric" });
const weekdayName = dateFormat({
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
});
const monthName = dateFormat({ month: "long", year: "numeric" });
const shortMonthName = dateFormat({ month: "short" });
const yearName = (isoDate) => isoDate.slice(0, 4);
const monthAndYear = dateFormat({ month: "short", year: "numeric" });

/* "2026-06-22" by week -> "week of 22 Jun 2026" */
function periodName(grain, isoDate) {
  if (grain === "day") return weekdayName(isoDate);
  return grain === "week" ? `week of ${dayName(isoDate)}` : monthName(isoDate);
}

function momentName(isoMoment) {
  return `${dayName(isoMoment)}, ${isoMoment.slice(11, 16)} UTC`;
}

/* The last day before a moment: of an end that is exclusive. */
function dayBefore(isoMoment) {
  return dayName(new Date(Date.parse(`${isoMoment}Z`) - 1).toISOString());
}

/* "user__acquisition_channel" -> "user acquisition channel" */
function words(name) {
  return name.replaceAll("_", " ").replace(/ +/g, " ").trim();
}

function capitalised(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function number(value, options) {
  return new Intl.NumberFormat(LOCALE, options).format(value).replace("-", MINUS);
}

/* style: "decimal" or "percent" */
function fixed(value, digits, style = "decimal") {
  return number(value, { style, minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function isShare(unit) {
  return /^share\b/i.test(unit ?? "");
}

/* "reporting currency", "reporting currency per order", "EUR" */
function isMoney(unit) {
  return /^(reporting currency|[A-Z]{3}\b)/.test(unit ?? "");
}

/* A score such as net promoter score has no meaningful zero: its changes are differences. */
function isScore(unit) {
  return /^points\b/i.test(unit ?? "");
}

/* A value as a headline shows it: enough digits to compare, none to distract. */
function formatValue(value, unit) {
  if (value === null) return NOTHING;
  if (isShare(unit)) return fixed(value, 1, "percent");
  const size = Math.abs(value);
  if (isMoney(unit)) return fixed(value, size >= 1000 ? 0 : 2);
  if (Number.isInteger(value)) return number(value);
  const [, digits] = [
    [100, 0],
    [10, 1],
    [1, 2],
    [0, 3],
  ].find(([from]) => size >= from);
  return number(value, { maximumFractionDigits: digits });
}

/* A value with its unit, in a sentence; a percentage needs none. */
function formatWithUnit(value, unit) {
  return isShare(unit) || !unit ? formatValue(value, unit) : `${formatValue(value, unit)} ${unit}`;
}

/* A value as the data table shows it. */
function formatExact(value, unit) {
  if (value === null) return NOTHING;
  if (isShare(unit)) return number(value, { style: "percent", maximumFractionDigits: 3 });
  return isMoney(unit) ? fixed(value, 2) : number(value, { maximumFractionDigits: 5 });
}

/* A target or bound: as it was written. */
function formatBound(value, unit) {
  const style = isShare(unit) ? "percent" : "decimal";
  return number(value, { style, maximumFractionDigits: 4 });
}

/* step: distance of the ticks; largest: the size of the largest one */
function formatTick(value, step, largest, unit) {
  if (isShare(unit)) return fixed(value, decimals(step * 100), "percent");
  if (largest < COMPACT_FROM || value === 0) return fixed(value, value ? decimals(step) : 0);
  const power = Math.min(3, Math.floor(Math.log10(largest) / 3));
  const factor = 1000 ** power;
  return fixed(value / factor, decimals(step / factor)) + ["", "k", "m", "bn"][power];
}

function decimals(step) {
  return Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
}

/* The change between two values as {symbol, word, text}; null where there is nothing to compare.
   Shares change by percentage points, scores by points, everything else by per cent. */
function change(value, before, unit) {
  if (value === null || before === null) return null;
  const difference = value - before;
  if (difference === 0) return { symbol: "=", word: "", text: "unchanged" };
  const size = Math.abs(difference);
  let text;
  if (isShare(unit)) {
    text = `${fixed(size * 100, 1)} pp`;
  } else if (isScore(unit)) {
    text = `${fixed(size, 1)} pts`;
  } else if (before === 0) {
    return null;
  } else {
    const relative = size / Math.abs(before);
    text = fixed(relative, relative < 1 ? 1 : 0, "percent");
  }
  if (!/[1-9]/.test(text)) text = `under ${text.replace("0.0", "0.1")}`;
  return difference > 0
    ? { symbol: "\u2191", word: "up", text }
    : { symbol: "\u2193", word: "down", text };
}
