/* The overview: a summary to filter by, a search, and a row for every experiment by its group. */

/* Effects beyond are not drawn to scale in the list. */
const CARD_RANGE = { low: -0.55, high: 1.3 };
const CARD_PLOT = { width: 168, height: 20 };
const SUMMARY = [
  { key: "", name: "Experiments", symbol: "", holds: () => true },
  {
    key: "going",
    name: "Not decided yet",
    symbol: RECOMMENDATIONS.keep_running.symbol,
    holds: (experiment) => ["due", "running", "planned"].includes(groupOf(experiment)),
  },
  { key: "on", name: "By the rule", symbol: "\u2713", holds: isByTheRule },
  { key: "against", name: AGAINST.text, symbol: AGAINST.symbol, holds: isAgainstTheRule },
  {
    key: "alert",
    name: "Invalid",
    symbol: RECOMMENDATIONS.invalid.symbol,
    holds: (experiment) => groupOf(experiment) === "invalid",
  },
];

function buildOverview() {
  if (!page.experiments.length) {
    showNone(noneText());
    return;
  }
  const groups = new Map();
  for (const key of Object.keys(GROUPS)) {
    const members = page.experiments.filter((experiment) => groupOf(experiment) === key);
    members.sort((one, other) =>
      compareTexts(other.treatments[0]?.decided_at, one.treatments[0]?.decided_at),
    );
    if (members.length) groups.set(key, buildGroup(GROUPS[key], members, buildCard));
  }
  byId("groups").append(...groups.values());
  addFilters({
    tiles: SUMMARY,
    selects: [{ id: "owner", valueOf: ({ owner }) => owner, nameOf: (owner) => owner }],
    sections: byId("groups"),
    searchText,
    noun: "experiment",
    none: "",
  });
}

function compareTexts(one, other) {
  return (one ?? "").localeCompare(other ?? "");
}

function noneText() {
  return page.has_tables
    ? "No experiments here yet: once the raw source delivers a registration, its verdict appears here."
    : "No experiments here yet: the published file has no tables of experiments to read.";
}

function buildCard(experiment) {
  const { root, fields } = fromTemplate("card-template");
  fields.title.textContent = titleOf(experiment);
  fields.title.href = experimentHref(experiment);
  fields.hypothesis.textContent = experiment.hypothesis ?? "";
  fields.reasons.append(...reasonNodes(experiment));
  fields.facts.append(
    ...[
      experiment.owner ?? "no owner",
      datesText(experiment),
      `${countText(experiment.unit_count)} ${experiment.unit}s`,
    ].map((fact) => element("span", {}, fact)),
  );
  fields.states.append(...overviewStates(experiment));
  fields.when.textContent = whenText(experiment);
  fields.effects.append(...primaries(experiment).map((row) => cardEffect(experiment, row)));
  const card = root.firstElementChild;
  card.dataset.experiment = experiment.experiment_id;
  card.classList.toggle("is-against", isAgainstTheRule(experiment));
  card.classList.toggle("is-invalid", groupOf(experiment) === "invalid");
  return card;
}

/* What the rule says, of each treatment where they differ; then what was done against it. */
function overviewStates(experiment) {
  const { treatments } = experiment;
  const said = [...new Set(treatments.map(({ recommendation }) => recommendation))];
  const nodes = said.map((word) => {
    const of = treatments.filter(({ recommendation }) => recommendation === word);
    const names = of.map(({ treatment_variant_id: id }) => id).join(", ");
    const more = said.length > 1 ? [element("span", { class: "aim" }, names)] : [];
    return stateOf(RECOMMENDATIONS, word, ...more);
  });
  if (!said.length) nodes.push(state("open", NOTHING, "Planned"));
  if (isAgainstTheRule(experiment)) {
    const { decision } = treatments.find(({ is_by_the_rule: isByIt }) => isByIt === false);
    const taken = meaningOf(RECOMMENDATIONS, decision).text.toLowerCase();
    nodes.push(stateOf({ against: AGAINST }, "against", element("span", { class: "aim" }, taken)));
  }
  return nodes;
}

/* Why the rule says so; of each treatment where they differ. */
function reasonNodes({ treatments }) {
  const reasons = [...new Set(treatments.map((one) => one.reasons).filter(Boolean))];
  return reasons.map((reason) => {
    const of = treatments.filter((one) => one.reasons === reason);
    const names = of.map((one) => one.treatment_variant_id).join(", ");
    return element("li", {}, (reasons.length > 1 ? `${names}: ` : "") + sentence(reason));
  });
}

function whenText(experiment) {
  const [first] = experiment.treatments;
  if (!first) return `starts ${dayName(experiment.started_at)}`;
  if (first.decided_at) return `decided ${dayName(first.decided_at)}`;
  if (first.decision_date) return `the rule spoke on ${dayName(first.decision_date)}`;
  return first.planned_decision_date ? `due ${dayName(first.planned_decision_date)}` : "";
}

function datesText({ started_at: start, ended_at: end, planned_end_at: planned }) {
  return `${dayName(start)} to ${dayBefore(end ?? planned)}${end ? "" : " (planned)"}`;
}

function cardEffect(experiment, row) {
  const treatment = treatmentText(experiment, row.treatment_variant_id);
  const label = metricLabel(row.metric_name) + (treatment ? `, ${treatment}` : "");
  const name = element("span", { class: "trial-metric" }, label);
  if (row.relative_effect === null) {
    return element(
      "li",
      {},
      name,
      element("span", { class: "trial-none" }, reasonText(row.reason)),
    );
  }
  const value = element(
    "data",
    { class: "trial-number", value: row.relative_effect },
    relativeText(row.relative_effect),
  );
  return element("li", {}, name, value, cardPlot(row), small(relativeRange(row)));
}

function cardPlot(row) {
  const { width, height } = CARD_PLOT;
  const [low, high] = [ratio(CARD_RANGE.low), ratio(CARD_RANGE.high)];
  const x = (effect) => 3 + ((ratio(effect) - low) / (high - low)) * (width - 6);
  const drawing = svg("svg", {
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    "aria-hidden": "true",
  });
  drawing.append(svg("line", { class: "zero", x1: x(0), x2: x(0), y1: 0, y2: height }));
  if (hasInterval(row)) drawing.append(...interval(row, height / 2, { x, range: CARD_RANGE }, ""));
  return drawing;
}

function searchText({ experiment_id: id, title, hypothesis, owner, treatments, plans }) {
  const said = treatments.flatMap(({ treatment_variant_id: treatment, recommendation }) => [
    treatment,
    words(recommendation),
  ]);
  const metrics = plans.flatMap(({ metric_name: name }) => [name, metricLabel(name)]);
  return [id, title, hypothesis, owner, ...said, ...metrics].join(" ");
}
