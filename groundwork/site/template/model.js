/* Models: what their words mean, how their numbers are written, and where a model stands. */

const modelsById = new Map(page.models.map((model) => [model.model_id, model]));

/* What needs doing, in the order of the list. */
const GROUPS = {
  rebuild: { name: "Build again", meaning: "a trigger asks for a new version" },
  gate: { name: "Past the gate", meaning: "launched although rules of the launch gate failed" },
  healthy: { name: "Healthy", meaning: "in production, measured, nothing asks for a new version" },
  unmeasured: { name: "Not measured", meaning: "in production, and nothing could be judged yet" },
  idle: { name: "Not in production", meaning: "proposed, developed or retired" },
};
const STANDINGS = {
  rebuild: { kind: "off", symbol: "!", text: "Build again" },
  gate: { kind: "against", symbol: "\u2298", text: "Past the gate" },
  healthy: { kind: "on", symbol: "\u2713", text: "Healthy" },
  unmeasured: { kind: "open", symbol: NOTHING, text: "Not measured" },
  idle: { kind: "open", symbol: NOTHING, text: "Not in production" },
};
const TRIGGERS = {
  realised_decay: "Realised decay",
  estimated_decay: "Estimated decay",
  feature_drift: "Feature drift",
  prediction_drift: "Prediction drift",
  age: "Age",
};
const TRIGGER_STATES = {
  triggered: { kind: "off", symbol: "!", text: "Triggered" },
  quiet: { kind: "on", symbol: "\u2713", text: "Quiet" },
  near: { kind: "alert", symbol: "!", text: "Once beyond" },
  unjudged: { kind: "open", symbol: NOTHING, text: "Not judged" },
  unserved: { kind: "open", symbol: NOTHING, text: "Out of service" },
};
const ITERATION_VERDICTS = {
  go_on: { kind: "on", symbol: "\u2713", text: "Go on" },
  last_try: { kind: "alert", symbol: "!", text: "One more" },
  stop: { kind: "off", symbol: "\u2715", text: "Stop" },
  first: { kind: "open", symbol: NOTHING, text: "First" },
  not_validated: { kind: "open", symbol: NOTHING, text: "Not validated" },
};
const METRICS = {
  roc_auc: "ROC AUC",
  log_loss: "log loss",
  brier_score: "Brier score",
  rmse: "RMSE",
  mae: "MAE",
  ndcg: "NDCG",
  map: "MAP",
  mrr: "MRR",
};
const LOWER_IS_BETTER = ["log_loss", "brier_score", "expected_calibration_error", "rmse", "mae"];
const MEASURES = {
  psi: "population stability index",
  jensen_shannon: "Jensen-Shannon distance",
  ks: "Kolmogorov-Smirnov distance",
  share_out_of_range: "share out of the reference's range",
  share_missing: "share missing",
};
const TASKS = { binary_classification: "classification" };
const REASONS = {
  no_predictions: "there are no predictions",
  not_matured: "no outcomes have matured yet",
  no_labels: "the outcomes are due and none was delivered",
  one_class_only: "all outcomes are the same",
  no_predicted_positives: "no score reaches the threshold",
  not_probabilities: "a score is outside 0 to 1",
  no_reference: "there is no reference to compare with",
  not_estimated: "it cannot be estimated without outcomes",
  not_numeric: "the values are no numbers",
  too_few: "too few values",
  nothing_judged: "no chunk after the reference could be judged",
  not_measured: "ranked lists have measures of their own",
  not_dated: "nobody says when it was trained",
  propensity_missing: "how likely an impression was is not on record for all",
  no_overlap: "no list had the version's item there",
  zero_variance: "all values are the same",
};

/* Standing ----------------------------------------------------------------------------------- */

function groupOf(model) {
  if (isTriggered(model)) return "rebuild";
  if (isPastTheGate(model)) return "gate";
  if (model.live_version_id === null) return "idle";
  return isMeasured(model) ? "healthy" : "unmeasured";
}

function isTriggered({ card }) {
  return (card?.trigger_count ?? 0) > 0;
}

function isPastTheGate({ live_gate_status: gate }) {
  return gate === "failed";
}

/* Whether a chunk of the version could be judged, by its labels or by what came in. */
function isMeasured(model) {
  return triggersOf(model).some(
    ({ trigger_name: name, last_judged_chunk_start: day }) => name !== "age" && day !== null,
  );
}

/* Triggers of the version that the card is about. */
function triggersOf({ card, triggers }) {
  return triggers.filter(({ version_id: version }) => version === card?.version_id);
}

function triggerState({ is_triggered, is_in_service, value, consecutive_chunk_count: count }) {
  if (is_triggered) return "triggered";
  if (is_in_service === false) return "unserved";
  if (value === null) return "unjudged";
  return count ? "near" : "quiet";
}

/* Since when, and how sure: "since 6 Apr 2026, 9 weeks in a row, 1.6 widths of the band beyond
   it". */
function sureText({ chunk_grain: grain }, trigger) {
  const { trigger_name: name, consecutive_chunk_count: count, distance, since_date } = trigger;
  const parts = since_date === null ? [] : [`since ${dayName(since_date)}`];
  if (count) parts.push(`${count} ${grain ?? "chunk"}${count > 1 ? "s" : ""} in a row`);
  if (distance > 0) {
    const isDecay = /decay$/.test(name ?? "");
    const size = fixed(isDecay ? distance : distance + 1, 1);
    parts.push(isDecay ? `${size} widths of the band beyond it` : `${size} times what is allowed`);
  }
  return parts.join(", ");
}

/* The launches that still answer, the last first. */
function liveLaunches({ launches, live_version_id: live }) {
  return launches.filter((launch) => launch.is_live && launch.version_id === live);
}

/* Words -------------------------------------------------------------------------------------- */

function titleOf(model) {
  return model.title ?? model.model_id;
}

function modelHref({ model_id: id }) {
  return `#model=${encodeURIComponent(id)}`;
}

function metricName(name) {
  const [, stem, k] = /^(ndcg|map|mrr|precision|recall)_at_(\d+)$/.exec(name ?? "") ?? [];
  if (stem) return `${metricName(stem)} at ${k}`;
  return METRICS[name] ?? words(name ?? "no metric");
}

function betterText(name) {
  return LOWER_IS_BETTER.includes(name) ? "lower is better" : "higher is better";
}

/* A sentence of the tables, which may begin with the name of a metric. */
function told(text) {
  const [first] = text.split(" ", 1);
  const isMetric = first in METRICS || /^[a-z]+_\w+$/.test(first);
  return sentence(isMetric ? metricName(first) + text.slice(first.length) : text);
}

function ofVersion(text, version) {
  return version === null ? text : `${text} of ${version}`;
}

function taskName(task) {
  return TASKS[task] ?? words(task ?? "no task");
}

function reasonText(reason) {
  return REASONS[reason] ?? words(reason ?? "it cannot be given");
}

function isRanking({ task }) {
  return task === "ranking";
}

/* Numbers ------------------------------------------------------------------------------------ */

function metricText(value) {
  return formatValue(value, null);
}

function differenceText(value) {
  if (value === null) return NOTHING;
  return signed(value, number(value, { maximumSignificantDigits: 3 }));
}

function daysText(value) {
  if (value === null) return NOTHING;
  const text = number(value, { maximumFractionDigits: 1 });
  return `${text}\u00a0day${text === "1" ? "" : "s"}`;
}

function dayText(moment) {
  return moment === null ? NOTHING : dayName(moment);
}
