/* One experiment: its verdict, what was registered, and the panels in between. */

const MONITORING = {
  fixed_horizon: "judged once, when every unit's window has closed",
  always_valid: "judged on any day, by intervals that hold on all days together",
};

function buildDetail(experiment) {
  const { root, fields } = fromTemplate("detail-template");
  fields.title.textContent = titleOf(experiment);
  const owner = experiment.owner ?? "no owner";
  fields.name.append(element("code", {}, experiment.experiment_id), ` \u00b7 ${owner}`);
  fields.hypothesis.textContent = experiment.hypothesis ?? "";
  fields.rule.append(element("strong", {}, "Registered rule: "), ruleText(experiment));
  fillVerdict(fields, experiment);
  fillEffects(fields, experiment);
  fillDaily(fields, experiment);
  fillHealth(fields, experiment);
  fillStages(fields, experiment);
  fillSegments(fields, experiment);
  fillPlan(fields, experiment);
  if (groupOf(experiment) === "invalid") showInvalid(fields);
  fields.about.append(...about(experiment));
  fields.query.textContent = queryText(experiment);
  fields.copy.addEventListener("click", () => copyText(fields.copy, fields.query));
  return root;
}

/* Verdict ----------------------------------------------------------------------------------- */

function ruleText({ kind, primary_rule: rule, monitoring, plans, effects, alpha }) {
  if (kind === "aa") return "none: an A/A test is not decided; its arms should not differ.";
  const named = (role) =>
    plans.filter((plan) => plan.role === role).map((plan) => plan.metric_name);
  const guards = named("guardrail").map((name) => {
    const margin = effects.find((row) => row.metric_name === name)?.non_inferiority_margin ?? null;
    return metricLabel(name) + (margin === null ? "" : ` (margin ${shareText(margin)})`);
  });
  const wins = named("primary").map(metricLabel);
  const which =
    wins.length > 1 ? `${rule === "all" ? "all" : "any"} of ${wins.join(", ")} get` : wins[0];
  const parts = [
    which
      ? `ship if ${which}${wins.length > 1 ? "" : " gets"} better`
      : "without a primary metric nothing can ship",
  ];
  if (guards.length)
    parts.push(` and ${guards.join(", ")} ${guards.length > 1 ? "are" : "is"} shown not worse`);
  const judged = MONITORING[monitoring] ?? words(monitoring ?? "");
  return `${parts.join("")}; ${judged}; ${shareText(alpha)} false alarms accepted.`;
}

function fillVerdict(fields, experiment) {
  const { treatments } = experiment;
  fields.verdicts.append(
    ...(treatments.length
      ? treatments.map((treatment) => verdictBlock(experiment, treatment))
      : [element("p", { class: "trial-word open" }, "Planned")]),
  );
  fields.facts.append(...facts(experiment));
  const against = treatments.filter(({ is_by_the_rule: isByIt }) => isByIt === false);
  if (!against.length) return;
  const said = [...new Set(against.map(({ recommendation }) => wordOf(recommendation)))];
  const { decision, decided_by: by, decided_at: at } = against[0];
  const when = at ? ` on ${dayName(at)}` : "";
  fields.alarm.append(
    element(
      "strong",
      {},
      element("span", { "aria-hidden": "true" }, "! "),
      "Decided against the rule. ",
    ),
    `The rule said ${said.join(" and ")}; the decision taken${when}${by ? ` by ${by}` : ""} was `,
    element("strong", {}, wordOf(decision)),
    ".",
  );
  fields.alarm.hidden = false;
}

/* Of an invalid experiment its health comes first, and its numbers step back. */
function showInvalid(fields) {
  fields.effects.before(fields.health);
  for (const panel of [fields.effects, fields.daily, fields.segments]) {
    panel.classList.add("untrusted");
    const warning = "The experiment is invalid: these numbers cannot be trusted.";
    panel.querySelector("h3").after(element("p", { class: "untrusted-note" }, `! ${warning}`));
  }
}

function wordOf(recommendation) {
  return meaningOf(RECOMMENDATIONS, recommendation).text.toLowerCase();
}

function verdictBlock(experiment, { treatment_variant_id: id, recommendation, reasons }) {
  const { kind, symbol, text } = meaningOf(RECOMMENDATIONS, recommendation);
  return element(
    "div",
    { class: "trial-block" },
    element(
      "p",
      { class: "period" },
      `The rule says of ${id}, against ${experiment.control_variant_id}`,
    ),
    element(
      "p",
      { class: `trial-word ${kind}` },
      element("span", { class: "trial-symbol", "aria-hidden": "true" }, symbol),
      text,
    ),
    element("p", { class: "trial-reasons" }, sentence(reasons ?? "")),
  );
}

function facts(experiment) {
  const [first] = experiment.treatments;
  const list = [];
  if (first) {
    list.push(term("Decision taken", ...decisionNodes(experiment, first)));
    list.push(term("Day that decides", ...decisionDayNodes(experiment)));
  }
  const { started_at: start, ended_at: end, planned_end_at: planned } = experiment;
  const planText =
    end && end.slice(0, 10) === planned.slice(0, 10)
      ? "as planned"
      : `planned to ${dayBefore(planned)}`;
  list.push(
    term(
      end ? "Ran" : "Runs",
      `${dayName(start)} to ${end ? dayBefore(end) : "\u2026"}`,
      small(planText),
    ),
    term("Units exposed", countText(experiment.unit_count), small(neededText(experiment))),
  );
  return list;
}

function decisionNodes(experiment, first) {
  if (first.decision === null) return ["None yet"];
  const by = [first.decided_at ? dayName(first.decided_at) : "", first.decided_by ?? ""];
  const rule = isAgainstTheRule(experiment)
    ? stateOf({ against: AGAINST }, "against")
    : state("on", "\u2713", "By the rule");
  return [
    meaningOf(RECOMMENDATIONS, first.decision).text,
    small(by.filter(Boolean).join(", ")),
    element("ul", { class: "states" }, rule),
  ];
}

function decisionDayNodes({ treatments }) {
  const days = new Map();
  for (const { treatment_variant_id: id, decision_date: day } of treatments) {
    days.set(day, [...(days.get(day) ?? []), id]);
  }
  const isOne = days.size === 1;
  const nodes = [...days].flatMap(([day, ids]) => {
    const text = day ? dayName(day) : "Not reached";
    return [element("div", {}, isOne ? text : `${text} (${ids.join(", ")})`)];
  });
  const [{ is_early: isEarly, planned_decision_date: planned }] = treatments;
  if (planned && (isEarly || treatments[0].decision_date !== planned)) {
    nodes.push(small(`${isEarly ? "early; " : ""}planned for ${dayName(planned)}`));
  } else if (planned) nodes.push(small("as planned"));
  return nodes;
}

function neededSize({ plans }) {
  const sizes = plans.filter(({ role }) => role === "primary").map((plan) => plan.sample_size ?? 0);
  return Math.max(0, ...sizes);
}

function neededText(experiment) {
  const needed = neededSize(experiment);
  return needed ? `of ${countText(needed)} that the plan needs` : "no size is planned";
}

/* Registration ------------------------------------------------------------------------------ */

function about(experiment) {
  const moment = (value) => (value ? momentName(value) : NOTHING);
  const treatments = experiment.treatments.map((one) => one.treatment_variant_id);
  const early = experiment.registered_at < experiment.started_at;
  return [
    term(
      "Kind",
      experiment.kind === "aa" ? "A/A: the variants do not differ" : "A/B: the variants differ",
    ),
    term("Status", capitalised(words(experiment.status ?? "unknown"))),
    term("Control", element("code", {}, experiment.control_variant_id ?? NOTHING)),
    term("Treatments", ...nameNodes(treatments)),
    term(
      "Registered",
      moment(experiment.registered_at),
      small(early ? "before its start" : "! after its start"),
    ),
    term("Start", moment(experiment.started_at)),
    term("Planned end", moment(experiment.planned_end_at)),
    term("End", moment(experiment.ended_at)),
    term(
      "Judged",
      capitalised(words(experiment.monitoring ?? "")),
      small(MONITORING[experiment.monitoring] ?? ""),
    ),
    term("Primaries that have to win", experiment.primary_rule === "all" ? "All" : "Any"),
    term(
      "Estimator that decides",
      capitalised(
        ESTIMATORS[experiment.decision_estimator] ??
          "CUPED where the metric has a covariate, else difference in means",
      ),
    ),
    term("False alarms accepted", shareText(experiment.alpha)),
    term("True effects to be found", shareText(experiment.power)),
    term("Assigned by", experiment.unit),
  ];
}

/* Query ------------------------------------------------------------------------------------- */

function queryText({ experiment_id: id, effects }) {
  const isDecided = effects.some((row) => row.is_decision_date);
  return [
    `-- in ${page.database}`.replaceAll("\n", " "),
    "select",
    "    metric_name,",
    "    treatment_variant_id,",
    "    as_of_date,",
    "    relative_effect,",
    "    relative_effect_ci_lower,",
    "    relative_effect_ci_upper,",
    "    verdict,",
    "    reason",
    "from experiments.experiment_readouts",
    `where experiment_id = ${sqlText(id)}`,
    "    and maturity = 'matured'",
    "    and segment_name = 'total'",
    "    and is_decision_estimator",
    `    and ${isDecided ? "is_decision_date" : "is_latest"}`,
    "order by metric_name, treatment_variant_id",
  ].join("\n");
}
