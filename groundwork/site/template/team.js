/* The team: what the words of its tables mean, how its numbers are written, its charts by month. */

const MONTH_CHART_HEIGHT = 190;
/* From here on, hours are written as days. */
const HOURS_FROM_DAYS = 72;
const MONEY = "reporting currency";
/* From here on, amounts of money are written without cents. */
const WHOLE_FROM = 100;

const MODES = { data_driven: "Data driven", data_informed: "Data informed", other: "Other" };
const OPERATING_MODELS = {
  centralised: "Centralised",
  distributed: "Distributed",
  hybrid: "Hybrid",
  "(none)": "None",
};
const REASONS = {
  /* of decisions and their links */
  no_accepted_link: "nothing that it names holds",
  no_rule: "no rule was written down",
  rule_without_date: "nobody says when the rule was written down",
  no_data_through: "nobody says up to which day its data go",
  rule_not_before_data: "the rule was not written down before the data were there",
  rule_not_before_decision: "the rule was not written down before the decision",
  metric_not_defined: "no such metric is defined",
  version_not_in_history: "the metric never had this version",
  data_after_decision: "its data end after the decision",
  experiment_not_known: "there is no such experiment",
  experiment_not_decided: "the experiment is not decided",
  experiment_decided_later: "the experiment was decided later",
  experiment_invalid: "a check of the experiment failed",
  model_not_known: "no such model is registered",
  /* of pipelines */
  no_runs: "no runs",
  no_sla: "nothing agreed",
  not_due: "none due yet",
  not_told: "nobody knows",
  /* of costs and returns */
  no_people_cost: "no cost of people",
  no_infrastructure_cost: "no cost of infrastructure",
  cost_not_known: "an assignment without a cost",
  no_experiment: "no experiment measures it",
  treatment_not_known: "the experiment has no such variant",
  metric_not_read: "the experiment does not read the metric",
  metric_not_money: "the metric is not money",
  effect_not_per_unit: "the effect is not an amount per unit",
  no_effect: "the experiment gives no effect",
  no_exposure: "the experiment exposed nobody",
  not_live: "not live yet",
  /* of people */
  no_assignment: "no assignment",
  no_cost: "nobody says what it costs",
  cost_incomplete: "some costs are not known",
  no_requests: "no requests",
  no_answers: "no answers",
  no_member_days: "nobody was ever in it",
  no_handovers: "no handovers",
  not_attributable: "handovers name other teams",
  not_recorded: "nothing records it",
  fewer_than_6: "fewer than 6",
  fewer_than_2: "fewer than 2",
  zero_variance: "all values are the same",
  effort_unknown: "nobody wrote down hours",
};

/* Words -------------------------------------------------------------------------------------- */

function reasonText(reason) {
  return (reason ?? "it cannot be given")
    .split(/, */)
    .map((word) => REASONS[word] ?? words(word))
    .join("; ");
}

function modeName(mode) {
  return MODES[mode] ?? capitalised(words(mode ?? "not said"));
}

function operatingModelName(name) {
  return OPERATING_MODELS[name] ?? capitalised(words(name ?? "not said"));
}

function departmentName(name) {
  if (name === "(all)") return "All departments";
  if (name === "(none)") return "None";
  return capitalised(words(name ?? "not said"));
}

/* "a, b and c" */
function listText(names) {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

function counted(count, noun) {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function dayText(moment) {
  return moment === null ? NOTHING : dayName(moment);
}

/* Numbers ------------------------------------------------------------------------------------ */

/* "25 minutes", "27.6 hours", "186 days" */
function hoursText(value) {
  if (value === null) return NOTHING;
  if (value > 0 && value < 1) return `${formatValue(Math.round(value * 60), null)}\u00a0minutes`;
  if (Math.abs(value) < HOURS_FROM_DAYS) return `${formatValue(value, null)}\u00a0hours`;
  return `${number(value / 24, { maximumFractionDigits: 0 })}\u00a0days`;
}

/* Whole units; cents only where there is little else. */
function moneyText(value) {
  if (value === null) return NOTHING;
  return Math.abs(value) < WHOLE_FROM && !Number.isInteger(value)
    ? fixed(value, 2)
    : number(value, { maximumFractionDigits: 0 });
}

function sumOf(rows, name) {
  return rows.reduce((sum, row) => sum + (row[name] ?? 0), 0);
}

/* The sum of what is known; null where nothing is. */
function knownSum(rows, name) {
  return rows.some((row) => row[name] !== null) ? sumOf(rows, name) : null;
}

function shareOf(part, whole) {
  return whole ? part / whole : null;
}

/* Charts by month ---------------------------------------------------------------------------- */

function incompletePlaces(flags) {
  return new Set([...flags.keys()].filter((place) => flags[place] === false));
}

/* spec: {name, unit, months, unfinished (a Set of places), textOf: a value in words,
          lines: {name, values}, the pointer follows the first; band: {name, low, high} or null} */
function monthChart({ name, unit, months, unfinished, textOf, lines, band = null }) {
  const host = element("div", { class: "chart" });
  const label = `${name}. ${monthText({ months, textOf, lines, band }, months.length - 1)}`;
  trend(host, MONTH_CHART_HEIGHT, () => ({
    grain: "month",
    unit,
    label,
    periods: months,
    range: trendRange([0], band?.low ?? [], band?.high ?? [], ...lines.map((line) => line.values)),
    lines: lines.map(({ values }, place) => ({
      kind: place ? "second" : "main",
      values,
      unfinished,
    })),
    bands: band ? [{ kind: "band", ...band }] : [],
    thresholds: null,
    zones: [],
    marks: [],
    since: null,
    hasKeys: true,
    tip: (_, place) => ({
      "tip-period": monthName(months[place]),
      ...Object.fromEntries(
        lines.map((line, at) => [
          at ? "tip-note second" : "tip-value",
          `${textOf(line.values[place])} ${line.name}`,
        ]),
      ),
      ...(band ? { "tip-note band": bandText(band, place, textOf) } : {}),
      "tip-note state": unfinished.has(place) ? "month not complete" : "",
    }),
  }));
  const keys = lines.length > 1 || band ? [monthLegend(lines, band)] : [];
  return element("div", { class: "band-panel" }, element("h4", {}, name), ...keys, host);
}

function monthLegend(lines, band) {
  const items = lines.map((line, place) =>
    legendItem(place ? "key-second" : "key-main", line.name),
  );
  if (band) items.push(legendItem("key-always", band.name));
  return element("ul", { class: "legend-list" }, ...items);
}

function bandText({ name, low, high }, place, textOf) {
  return `${rangeText(low[place], high[place], textOf)} ${name}`;
}

/* A month of a chart in a sentence. */
function monthText({ months, textOf, lines, band }, place) {
  if (place < 0) return "No months yet.";
  const values = lines.map((line) => `${textOf(line.values[place])} ${line.name}`);
  if (band) values.push(bandText(band, place, textOf));
  return `${monthName(months[place])}: ${values.join(", ")}.`;
}

/* Parts -------------------------------------------------------------------------------------- */

/* A part of the page without rows is its question and a sentence. */
function emptyPart(fields, text) {
  fields.answer.classList.add("empty");
  fields.answer.textContent = text;
  for (const panel of fields.answer.parentElement.querySelectorAll(".panel")) panel.remove();
  return null;
}
