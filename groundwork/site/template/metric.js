/* Metrics: what they mean, which part of their lines is shown, and what card and detail share. */

const metricsByName = new Map(page.metrics.map((metric) => [metric.metric_name, metric]));

const TIERS = { 1: "steers the company", 2: "steers a team", 3: "explains" };

/* Meaning ---------------------------------------------------------------------------------- */

function verdict(metric) {
  if (metric.is_on_target === true) {
    return { key: "on", symbol: "\u2713", text: "On target", detail: targetText(metric) };
  }
  if (metric.is_on_target === false) {
    return { key: "off", symbol: "\u2715", text: "Off target", detail: targetText(metric) };
  }
  const detail = metric.target === null ? "no target" : "no direction";
  return { key: "open", symbol: NOTHING, text: "Not judged", detail };
}

function isOutOfBounds(metric) {
  return metric.alert_status === "low" || metric.alert_status === "high";
}

function targetText(metric) {
  if (metric.target === null) return "none";
  const sign = { up: "\u2265 ", down: "\u2264 " }[metric.direction] ?? "";
  return sign + formatBound(metric.target, metric.unit);
}

function hrefOf(metric) {
  return `#metric=${encodeURIComponent(metric.metric_name)}`;
}

/* Bounds and target hold for the grain that the metric is steered by. */
function referenceOf(metric, grain) {
  if (grain !== metric.grain) return null;
  return { target: metric.target, low: metric.alert_low, high: metric.alert_high };
}

/* Lines ------------------------------------------------------------------------------------ */

/* Lines cut to the last `count` periods that they cover together: {periods, values, unfinished}. */
function lastPeriods(metric, grain, lines, count) {
  const all = page.periods[grain];
  const from = Math.max(Math.min(...lines.map(({ start }) => start)), all.length - count);
  const to = Math.max(...lines.map(({ start, values }) => start + values.length));
  const periods = all.slice(from, to);
  const unfinished = new Set(metric.unfinished[grain].map((place) => place - from));
  return lines.map(({ start, values }) => ({
    periods,
    values: periods.map((_, place) => values[place + from - start] ?? null),
    unfinished,
  }));
}

/* A chart in a sentence, for those who do not see it. */
function chartLabel(name, metric, grain, line) {
  const whole = line.values.flatMap((value, place) =>
    value === null || line.unfinished.has(place) ? [] : [{ value, period: line.periods[place] }],
  );
  if (!whole.length) return `${name} by ${grain}: no complete period.`;
  const sorted = [...whole].sort((one, other) => one.value - other.value);
  const told = ({ value, period }) =>
    `${formatValue(value, metric.unit)} (${periodName(grain, period)})`;
  return (
    `${name} by ${grain}, ${whole.length} complete periods: lowest ${told(sorted[0])}, ` +
    `highest ${told(sorted.at(-1))}, latest ${told(whole.at(-1))}.`
  );
}

/* Parts that card and detail share ---------------------------------------------------------- */

function fillHeadline(fields, metric) {
  const hasValue = metric.metric_value !== null;
  fields.label.textContent = metric.label;
  fields.value.textContent = hasValue ? formatValue(metric.metric_value, metric.unit) : "No value";
  fields.value.value = metric.metric_value ?? "";
  fields.unit.textContent = (hasValue && metric.unit) || "";
  fields.period.textContent = standingText(metric);
  fields.empty.textContent = metric.why_empty ?? "";
  fields.empty.hidden = !metric.why_empty;
  if (metric.status && metric.status !== "active") {
    fields.status.textContent = metric.status;
    fields.status.hidden = false;
  }
  if (hasValue) fields.states.append(...states(metric));
}

function standingText(metric) {
  if (metric.period_start !== null) {
    return capitalised(periodName(metric.grain, metric.period_start));
  }
  return metric.why_empty ? "" : `No complete ${metric.grain ?? "period"} yet`;
}

function states(metric) {
  const { key, symbol, text, detail } = verdict(metric);
  const nodes = [state(key, symbol, text, element("span", { class: "aim" }, detail))];
  if (isOutOfBounds(metric)) {
    const [side, bound] =
      metric.alert_status === "low" ? ["below", metric.alert_low] : ["above", metric.alert_high];
    nodes.push(state("alert", "!", `Alert: ${side} ${formatBound(bound, metric.unit)}`));
  }
  return nodes;
}

/* The nodes of a change: an arrow for the eye, a word for the ear, and how much. */
function changeNodes(value, before, unit) {
  const moved = change(value, before, unit);
  if (!moved) return ["no value"];
  const word = moved.word ? [element("span", { class: "visually-hidden" }, ` ${moved.word}`)] : [];
  const arrow = element("span", { class: "arrow", "aria-hidden": "true" }, moved.symbol);
  return [arrow, ...word, ` ${moved.text}`];
}
