/* The overview: a summary to filter by, a search, and a row for every model by what needs doing. */

const CARD_CHART_HEIGHT = 132;
const SUMMARY = [
  { key: "", name: "Models", symbol: "", holds: () => true },
  { key: "off", name: GROUPS.rebuild.name, symbol: STANDINGS.rebuild.symbol, holds: isTriggered },
  {
    key: "against",
    name: GROUPS.gate.name,
    symbol: STANDINGS.gate.symbol,
    holds: isPastTheGate,
  },
  {
    key: "on",
    name: GROUPS.healthy.name,
    symbol: STANDINGS.healthy.symbol,
    holds: (model) => groupOf(model) === "healthy",
  },
  {
    key: "open",
    name: "Not judged",
    symbol: NOTHING,
    holds: (model) => ["unmeasured", "idle"].includes(groupOf(model)),
  },
];

function buildOverview() {
  if (!page.models.length) {
    showNone(noneText());
    return;
  }
  for (const [key, group] of Object.entries(GROUPS)) {
    const members = page.models.filter((model) => groupOf(model) === key);
    if (members.length) byId("groups").append(buildGroup(group, members, buildCard));
  }
  if (page.unregistered.length) {
    byId("unregistered").textContent =
      `Launched, and never registered as a model: ${page.unregistered.join(", ")}.`;
    byId("unregistered").hidden = false;
  }
  addFilters({
    tiles: SUMMARY,
    selects: [{ id: "owner", valueOf: ({ owner }) => owner, nameOf: (owner) => owner }],
    sections: byId("groups"),
    searchText,
    noun: "model",
    none: "",
  });
}

function noneText() {
  return page.has_tables
    ? "No models here yet: once the raw source delivers a registration, its card appears here."
    : "No models here yet: the published file has no tables of models to read.";
}

function buildCard(model) {
  const { root, fields } = fromTemplate("card-template");
  const { card } = model;
  fields.states.append(...overviewStates(model));
  fields.version.textContent = versionText(model);
  fields.title.textContent = titleOf(model);
  fields.title.href = modelHref(model);
  fields.performance.textContent = told(card?.performance ?? "no card of it was made");
  fields.todo.textContent = told(card?.what_to_do ?? "");
  fields.todo.hidden = !card?.what_to_do;
  fields.facts.append(
    ...[model.owner ?? "no owner", taskName(model.task), card?.state ?? model.status ?? ""]
      .filter(Boolean)
      .map((fact) => element("span", {}, fact)),
  );
  fillCardChart(fields, model);
  const node = root.firstElementChild;
  node.dataset.model = model.model_id;
  node.classList.toggle("is-urgent", isTriggered(model) || isPastTheGate(model));
  return node;
}

function overviewStates(model) {
  const nodes = [stateOf(STANDINGS, groupOf(model))];
  if (isTriggered(model) && isPastTheGate(model)) nodes.push(stateOf(STANDINGS, "gate"));
  return nodes;
}

function versionText({ live_version_id: live, live_since_at: since }) {
  if (live === null) return "no version in production";
  return `${live} in production${since ? ` since ${dayName(since)}` : ""}`;
}

/* The metric of the registration, of the version that the card is about. */
function fillCardChart(fields, model) {
  const line = performanceLine(model, model.card?.version_id, model.validation_metric);
  if (!line || !line.realised_value.some((value) => value !== null)) {
    fields.chart.remove();
    fields.chartNote.textContent = isRanking(model)
      ? "Ranked lists are not measured by labels."
      : "No outcomes have matured yet.";
    return;
  }
  const name = capitalised(metricName(line.metric_name));
  fields.chartNote.textContent = `${name} by ${grainOf(model)}`;
  trend(fields.chart, CARD_CHART_HEIGHT, () => performanceSpec(model, line, { isBrief: true }));
}

function searchText({ model_id: id, title, hypothesis, owner, team, task, card, ...model }) {
  const triggers = triggersOf({ card, ...model })
    .filter((trigger) => trigger.is_triggered)
    .map(({ trigger_name: name, subject }) => `${TRIGGERS[name] ?? name} ${subject}`);
  const gates = liveLaunches(model).map((launch) => launch.failed_checks);
  return [id, title, hypothesis, owner, team, words(task ?? ""), taskName(task)]
    .concat(card?.performance, card?.what_to_do, triggers, gates, model.live_version_id)
    .join(" ");
}
