/* What surrounds a metric: odd days, restatements, decisions and experiments, where it comes from. */

const LAYERS = [
  ["raw", "Raw"],
  ["history", "History"],
  ["staging", "Staging"],
  ["intermediate", "Steps"],
  ["marts", "Marts"],
];
const CAUSES = { data: "data came late or changed", definition: "defined anew" };

function addContext(fields, metric) {
  fillOrRemove(fields.events, fields.eventTables, [oddTable(metric), restatedTable(metric)]);
  fillOrRemove(fields.uses, fields.useTables, [decisionTable(metric), experimentTable(metric)]);
  const steps = lineageSteps(metric);
  if (steps.length) fields.lineageSteps.append(...steps);
  else fields.lineage.remove();
}

/* parts: a node, a sentence that there are none, or null where nothing is known */
function fillOrRemove(section, host, parts) {
  const known = parts.filter((part) => part !== null);
  if (known.length) host.append(...known);
  else section.remove();
}

/* Events ------------------------------------------------------------------------------------ */

/* rows: null where the tables behind them are not published */
function tableOrNone(caption, none, columns, rows) {
  if (rows === null || rows === undefined) return null;
  if (!rows.length) return element("p", { class: "note" }, none);
  const attributes = { class: "scroll", tabindex: "0", role: "region", "aria-label": caption };
  return element("div", attributes, table(caption, columns, rows));
}

function oddTable({ anomalies, unit }) {
  const columns = ["Day", "Value", "Expected", "Usual range"].map((name, place) => ({
    name,
    isNumber: place > 0,
  }));
  const text = (value) => formatValue(value, unit);
  const rows = anomalies?.map((row) => [
    dayName(row.date_day),
    text(row.actual_value),
    text(row.expected_value),
    `${text(row.lower_bound)} to ${text(row.upper_bound)}`,
  ]);
  return tableOrNone(
    "Days out of the ordinary, newest first",
    "No day was out of the ordinary.",
    columns,
    rows,
  );
}

function restatedTable({ restatements, unit }) {
  const columns = [
    { name: "Period" },
    { name: "Said", isNumber: true },
    { name: "Says", isNumber: true },
    { name: "Because" },
    { name: "On" },
  ];
  const rows = restatements?.map((row) => [
    capitalised(periodName(row.grain, row.period_start)),
    formatValue(row.old_value, unit),
    formatValue(row.new_value, unit),
    [CAUSES[row.cause] ?? words(row.cause ?? "not known"), row.explanation]
      .filter(Boolean)
      .join(": "),
    momentName(row.restated_at),
  ]);
  return tableOrNone(
    "Closed periods restated, newest first",
    "No closed period was restated.",
    columns,
    rows,
  );
}

/* Uses -------------------------------------------------------------------------------------- */

function decisionTable({ decisions, unit }) {
  const columns = [
    { name: "Decision" },
    { name: "Decided" },
    { name: "Value then", isNumber: true },
    { name: "The link" },
  ];
  const rows = decisions?.map((row) => [
    element("a", { href: "team.html#part=decisions" }, row.title ?? row.decision_id),
    row.decided_at ? dayName(row.decided_at) : NOTHING,
    formatValue(row.metric_value_then, unit),
    row.status === "accepted" ? "holds" : `does not hold: ${words(row.reason ?? "not said why")}`,
  ]);
  return tableOrNone("Decisions that name it", "No decision on record names it.", columns, rows);
}

function experimentTable({ experiments }) {
  const columns = [{ name: "Experiment" }, { name: "As" }, { name: "Started" }];
  const rows = experiments?.map(({ experiment_id: id, title, role, started_at: start }) => [
    element("a", { href: `experiments.html#experiment=${encodeURIComponent(id)}` }, title),
    words(role ?? NOTHING),
    start ? dayName(start) : NOTHING,
  ]);
  return tableOrNone("Experiments that measure it", "No experiment measures it.", columns, rows);
}

/* Lineage ----------------------------------------------------------------------------------- */

function lineageSteps(metric) {
  const tables = tablesBehind(metric);
  const steps = LAYERS.flatMap(([layer, name]) => {
    const here = tables.filter((table) => page.sources[table].layer === layer);
    return here.length ? [term(name, linkList(here.map(tableLink)))] : [];
  });
  const metricLink = (name) =>
    element("a", { href: hrefOf({ metric_name: name }) }, metricsByName.get(name).label);
  const dependents = page.metrics.filter(({ inputs }) => inputs.includes(metric.metric_name));
  if (metric.inputs.length) {
    steps.push(term("Built from metrics", linkList(metric.inputs.map(metricLink))));
  }
  const names = dependents.map(({ metric_name: name }) => name);
  if (names.length)
    steps.push(term("Metrics with it in their formula", linkList(names.map(metricLink))));
  return steps;
}

/* Every table between its marts and raw. */
function tablesBehind({ models }) {
  const found = new Set();
  const wanted = listed(models);
  while (wanted.length) {
    const name = wanted.pop();
    if (!page.sources[name] || found.has(name)) continue;
    found.add(name);
    wanted.push(...page.sources[name].upstream);
  }
  return [...found].sort();
}

function linkList(links) {
  return element("ul", {}, ...links.map((link) => element("li", {}, link)));
}

/* The places of a line by day that are out of the ordinary. */
function oddPlaces(metric, grain, { periods, values }) {
  if (grain !== "day") return new Set();
  const days = new Set((metric.anomalies ?? []).map(({ date_day: day }) => day));
  return new Set(
    [...periods.keys()].filter((place) => days.has(periods[place]) && values[place] !== null),
  );
}
