/* The team: what the words of its tables mean, and how its numbers are written. */

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

/* Numbers ------------------------------------------------------------------------------------ */

/* Whole units; cents only where there is little else. */
function moneyText(value) {
  if (value === null) return NOTHING;
  return Math.abs(value) < WHOLE_FROM && !Number.isInteger(value)
    ? fixed(value, 2)
    : number(value, { maximumFractionDigits: 0 });
}
