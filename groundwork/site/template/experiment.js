/* Experiments: what their words mean, and how their numbers are written. */

const experimentsById = new Map(page.experiments.map((item) => [item.experiment_id, item]));

const RECOMMENDATIONS = {
  ship: { kind: "on", symbol: "\u2713", text: "Ship" },
  roll_back: { kind: "off", symbol: "\u2715", text: "Roll back" },
  keep_running: { kind: "going", symbol: "\u25b8", text: "Keep running" },
  inconclusive: { kind: "open", symbol: NOTHING, text: "Inconclusive" },
  invalid: { kind: "alert", symbol: "\u2298", text: "Invalid" },
};
const AGAINST = { kind: "against", symbol: "!", text: "Against the rule" };
const STAGE_STATES = {
  proceed: { kind: "on", symbol: "\u2713", text: "Proceed" },
  hold: { kind: "open", symbol: NOTHING, text: "Hold" },
  stop: { kind: "off", symbol: "\u2715", text: "Stop" },
};
const ROLES = {
  primary: { name: "Primary", meaning: "decides" },
  guardrail: {
    name: "Guardrails",
    meaning: "must not get worse than their margin, tested one-sided",
  },
  secondary: { name: "Secondary", meaning: "explains" },
};
const REASONS = {
  no_units: "an arm has no units",
  one_unit: "an arm has a single unit",
  zero_variance: "all units have the same value",
  no_events: "nothing of it has happened yet",
  control_mean_not_positive: "the control's mean is not above zero, or too near to it",
  denominator_zero: "its denominator is zero",
  cap_is_zero: "its cap is zero",
  not_matured: "too few units have completed their window",
  no_covariate: "nothing is known from before the exposure to adjust by",
  too_few_units: "too few units",
  no_effect_registered: "no effect worth having was registered",
  not_reached_in_8_weeks: "eight weeks bring too few units",
};
const ESTIMATORS = {
  difference_in_means: "difference in means",
  cuped: "CUPED (adjusted by what the same units did before)",
};
const SHORT_ESTIMATORS = { difference_in_means: "difference in means", cuped: "CUPED" };
/* Where an experiment stands, in the order of the list. */
const GROUPS = {
  due: { name: "To decide", meaning: "the rule has spoken, a decision is due" },
  running: { name: "Running", meaning: "the rule waits for its day" },
  decided: { name: "Decided", meaning: "the latest first" },
  invalid: { name: "Invalid", meaning: "no number of theirs can be trusted" },
  aa: { name: "A/A", meaning: "nothing differs: they test the machinery" },
  planned: { name: "Planned", meaning: "registered, without numbers yet" },
};

function groupOf({ treatments, status, kind, is_decided: isDecided }) {
  const says = (word) => treatments.some(({ recommendation }) => recommendation === word);
  if (says("invalid")) return "invalid";
  if (!treatments.length || status === "planned") return isDecided ? "decided" : "planned";
  if (isDecided) return "decided";
  if (says("keep_running")) return "running";
  return kind === "aa" ? "aa" : "due";
}

function isAgainstTheRule({ treatments }) {
  return treatments.some(({ is_by_the_rule: isByTheRule }) => isByTheRule === false);
}

function isByTheRule(experiment) {
  return (
    !isAgainstTheRule(experiment) &&
    experiment.treatments.some((one) => one.is_by_the_rule === true)
  );
}

function titleOf(experiment) {
  return experiment.title ?? experiment.experiment_id;
}

function experimentHref({ experiment_id: id }) {
  return `#experiment=${encodeURIComponent(id)}`;
}

function reasonText(reason) {
  return REASONS[reason] ?? words(reason ?? "it cannot be given");
}

/* Metrics of an experiment ------------------------------------------------------------------- */

function metricLabel(name) {
  return page.metrics[name]?.label ?? words(name);
}

function metricLink(name) {
  if (!page.metrics[name]) return metricLabel(name);
  return element("a", { href: metricHref(name) }, metricLabel(name));
}

/* What one unit of an experiment has: "share of users", "orders per user", "minutes per session".
   A metric that counts the units themselves is the share of them. */
function unitOf({ unit: assigned }, name) {
  const unit = page.metrics[name]?.unit;
  if (!unit) return "";
  if (unit === `${assigned}s`) return `share of ${unit}`;
  return isShare(unit) || isScore(unit) || / per /.test(unit) ? unit : `${unit} per ${assigned}`;
}

/* The margin of a guardrail as the relative effect that must not be passed. */
function marginOf({ metric_name: name, non_inferiority_margin: margin }) {
  if (margin === null) return null;
  return page.metrics[name]?.direction === "down" ? margin : -margin;
}

/* Numbers ------------------------------------------------------------------------------------ */

/* Differences of shares are percentage points. */
function effectText(value, unit) {
  if (value === null) return NOTHING;
  if (isShare(unit)) return signed(value, `${fixed(value * 100, 1)} pp`);
  return signed(value, formatDifference(value));
}

function formatDifference(value) {
  const digits = [
    [100, 0],
    [10, 1],
    [1, 2],
    [0, 3],
  ].find(([from]) => Math.abs(value) >= from)[1];
  return number(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function relativeRange(row) {
  return rangeText(row.relative_effect_ci_lower, row.relative_effect_ci_upper, relativeText);
}

function effectRange(row, unit) {
  const textOf = (value) => effectText(value, unit);
  return rangeText(row.effect_ci_lower, row.effect_ci_upper, textOf);
}

/* What decides, of the primary metrics: one row per metric and treatment. */
function primaries({ effects }) {
  return effects.filter((row) => row.role === "primary" && row.is_decision_estimator);
}

function treatmentText(experiment, id) {
  return experiment.treatments.length > 1 ? id : "";
}
