/* What an experiment rests on: its health, its stages and its plan. */

/* Health ------------------------------------------------------------------------------------ */

function fillHealth(fields, { checks }) {
  if (!checks.length) {
    fields.health.remove();
    return;
  }
  const worthALook = checks.filter(({ status }) => status === "failed" || status === "warning");
  const others = checks.filter((check) => !worthALook.includes(check));
  const count = (status) => checks.filter((check) => check.status === status).length;
  const counted = Object.entries(CHECK_STATES).flatMap(([status, { text }]) =>
    count(status) ? [countedText(count(status), text.toLowerCase())] : [],
  );
  const isInvalid = checks.some((check) => check.is_blocking && check.status === "failed");
  fields.healthNote.textContent =
    `${checks.length} checks: ${counted.join(", ")}.` +
    (isInvalid ? " No number can be trusted until the cause is found." : "");
  fields.checks.append(...checkRows(worthALook));
  if (!worthALook.length) fields.checks.remove();
  if (!others.length) {
    fields.passed.remove();
    return;
  }
  fields.passed.open = !worthALook.length;
  fields.passed.querySelector("summary").textContent = worthALook.length
    ? `The other ${others.length} checks`
    : `All ${others.length} checks`;
  fields.passed.querySelector("ul").append(...checkRows(others));
}

function countedText(count, word) {
  return `${count} ${word}${word === "warning" && count > 1 ? "s" : ""}`;
}

/* A row for each check, once where it says the same of several metrics, stages or segments. */
function checkRows(checks) {
  const alike = new Map();
  for (const check of checks) {
    const key = JSON.stringify([check.check_name, check.status, check.explanation]);
    alike.set(key, [...(alike.get(key) ?? []), check]);
  }
  return [...alike.values()].map(checkRow);
}

function checkRow(checks) {
  const [{ check_name: name, status, explanation, is_blocking: isBlocking }] = checks;
  const about = checks.map(checkedText).filter(Boolean).join("; ");
  const nodes = [
    element("strong", {}, capitalised(words(name))),
    " ",
    element("span", { class: "check-about" }, about),
    element("p", {}, sentence(explanation ?? "")),
  ];
  if (isBlocking && status === "failed") {
    nodes.splice(1, 0, " ", element("span", { class: "tag" }, "makes it invalid"));
  }
  return element(
    "li",
    { class: "check" },
    element("ul", { class: "states" }, stateOf(CHECK_STATES, status)),
    element("div", {}, ...nodes),
  );
}

/* What a check looked at, and its p-value. */
function checkedText(check) {
  const { metric_name: metric, treatment_variant_id: treatment, p_value: p } = check;
  return [
    metric === "(all)" ? "" : metricLabel(metric),
    treatment === "(all)" ? "" : treatment,
    check.stage === "all" ? "" : `stage ${check.stage}`,
    check.segment_name === "total" ? "" : words(check.segment_name),
    p === null ? "" : `p ${p < 0.001 ? "" : "= "}${pText(p)}`,
  ]
    .filter(Boolean)
    .join(", ");
}

/* Stages ------------------------------------------------------------------------------------ */

function fillStages(fields, experiment) {
  const { stages, checks } = experiment;
  const simpsons = checks.filter(({ check_name: name }) => name === "simpson");
  if (!stages.length) {
    fields.stages.remove();
    return;
  }
  const columns = [
    { name: "Stage" },
    { name: "Started" },
    { name: "Traffic", isNumber: true },
    { name: "Units", isNumber: true },
    { name: "Planned", isNumber: true },
    { name: "Next stage" },
    { name: "Why" },
  ];
  const rows = stages.map((stage) => [
    countText(stage.stage),
    stage.started_at ? dayName(stage.started_at) : NOTHING,
    shareText(stage.traffic_share),
    countText(stage.unit_count),
    countText(stage.planned_unit_count),
    element("ul", { class: "states" }, stateOf(STAGE_STATES, stage.recommendation)),
    sentence(stage.reason ?? ""),
  ]);
  fields.stagesTable.append(
    table("Whether each stage has what the next one waits for", columns, rows),
  );
  if (!simpsons.length) return;
  fields.simpson.append(
    element(
      "p",
      { class: "note" },
      "The effects of this page compare the arms within each stage (stratified). Pooled over the " +
        "stages, their changed shares alone would move them:",
    ),
    element("ul", { class: "checks" }, ...simpsons.map((check) => simpsonRow(experiment, check))),
  );
}

/* The explanation of the check with its numbers in the unit of the metric, where it has them. */
function simpsonRow(experiment, check) {
  const told = /^stratified effect (\S+), pooled effect (\S+), .* make (\S+)$/.exec(
    check.explanation ?? "",
  );
  if (!told) return checkRow([check]);
  const unit = unitOf(experiment, check.metric_name);
  const [stratified, pooled, part] = told.slice(1).map((text) => effectText(Number(text), unit));
  const isTurned = check.status === "warning";
  const explanation =
    `stratified ${stratified} beside pooled ${pooled}: the stages' shares make ${part} of it` +
    (isTurned
      ? ", enough to turn a gain into a loss or a loss into a gain (Simpson's paradox)"
      : "");
  return checkRow([{ ...check, explanation }]);
}

/* Plan -------------------------------------------------------------------------------------- */

function fillPlan(fields, experiment) {
  const { plans } = experiment;
  if (!plans.length) {
    fields.plan.remove();
    return;
  }
  const needed = neededSize(experiment);
  if (needed) fields.reach.append(...reachNodes(experiment, needed));
  else fields.reach.remove();
  const columns = [
    { name: "Metric" },
    { name: "Role" },
    { name: "Before", isNumber: true },
    { name: "Effect worth having", isNumber: true },
    { name: "Units needed", isNumber: true },
    { name: "Days needed", isNumber: true },
    { name: "Days planned", isNumber: true },
    { name: "Units they bring", isNumber: true },
    { name: "Effect these find", isNumber: true },
    { name: "Power", isNumber: true },
    { name: "Remark" },
  ];
  const rows = plans.map((plan) => [
    metricLabel(plan.metric_name),
    words(plan.role ?? ""),
    plan.baseline === null
      ? NOTHING
      : formatWithUnit(plan.baseline, unitOf(experiment, plan.metric_name)),
    shareText(plan.minimum_detectable_effect),
    countText(plan.sample_size),
    countText(plan.needed_days),
    countText(plan.planned_days),
    countText(plan.reachable_units),
    shareText(plan.reachable_effect),
    shareText(plan.power),
    plan.reason === null ? "" : sentence(reasonText(plan.reason)),
  ]);
  fields.planTable.classList.add("wraps");
  fields.planTable.append(table("From the eight weeks before the start", columns, rows));
}

/* Units reached beside units needed: a bar, and the same in words. */
function reachNodes({ unit_count: reached, unit }, needed) {
  const share = reached / needed;
  const width = 100;
  const bar = svg("svg", {
    class: "reach-bar",
    viewBox: `0 0 ${width} 1`,
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  bar.append(
    svg("rect", { class: "reach-all", width, height: 1 }),
    svg("rect", { class: "reach-now", width: width * Math.min(1, share), height: 1 }),
  );
  const text = [
    element("strong", {}, `${countText(reached)} of ${countText(needed)}`),
    ` ${unit}s: ${share >= 1 ? "all" : shareText(share)} of what finding the registered effect ` +
      "of the primary takes.",
  ];
  return [element("p", {}, ...text), bar];
}
