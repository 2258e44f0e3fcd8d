/* The front: how the metrics of the highest tier stand, and what wants to be looked at. */

const RANKS = { off: 0, open: 1, on: 2 };
const MORE_NEWS = 5;
const { days: NEWS_DAYS } = page.news;
const UNUSUAL = ["alert", "!", "Unusual"];

function buildFront() {
  const tiers = page.metrics.map(({ tier }) => tier).filter((tier) => tier !== null);
  const steering = page.metrics.filter(({ tier }) => tier === Math.min(...tiers));
  byId("news").append(...newsTerms());
  if (!steering.length) {
    byId("verdict").textContent = "No metric has a tier yet";
    byId("steering").parentElement.remove();
    return;
  }
  const [{ tier }] = steering;
  const count = (key) => steering.filter((metric) => verdict(metric).key === key).length;
  const meaning = TIERS[tier] ? `that ${TIERS[tier]}` : `of tier ${tier}`;
  byId("verdict").textContent =
    `${count("on")} of ${count("on") + count("off")} metrics ${meaningOfMany(meaning)} are on target`;
  byId("verdict-note").textContent = [
    `${steering.filter(isOutOfBounds).length} outside alert bounds`,
    `${steering.filter(({ is_anomaly: isOdd }) => isOdd).length} unusual on their last day`,
    count("open") ? `${count("open")} not judged` : "",
  ]
    .filter(Boolean)
    .join(", ")
    .concat(". Whole periods only.");
  byId("steering-heading").textContent = `Tier ${tier}, what is off target first`;
  const sorted = [...steering].sort(
    (one, other) =>
      isOutOfBounds(other) - isOutOfBounds(one) ||
      RANKS[verdict(one).key] - RANKS[verdict(other).key],
  );
  byId("steering").append(steeringTable(sorted));
}

/* "that steers the company" of one is "that steer the company" of many. */
function meaningOfMany(meaning) {
  return meaning.replace(/^that (\w+)s /, "that $1 ");
}

function steeringTable(metrics) {
  const columns = [
    { name: "Metric" },
    { name: "Trend" },
    { name: "Latest", isNumber: true },
    { name: "On year", isNumber: true },
    { name: "Target", isNumber: true },
    { name: "Standing" },
  ];
  return table("Latest whole period of each", columns, metrics.map(steeringRow));
}

function steeringRow(metric) {
  const { grain, unit, metric_value: value, target } = metric;
  const line = metric.lines[grain];
  const [shown] = line ? lastPeriods(metric, grain, [line], CARD_PERIODS[grain]) : [null];
  return [
    nodesOf(
      element("a", { href: hrefOf(metric) }, metric.label),
      small([standingText(metric), isShare(unit) ? "" : unit].filter(Boolean).join(", ")),
    ),
    shown ? spark(shown, target, chartLabel(metric.label, metric, grain, shown)) : NOTHING,
    formatValue(value, unit),
    nodesOf(...changeNodes(value, metric.year_ago_value, unit)),
    targetText(metric),
    standingStates(metric),
  ];
}

function nodesOf(...nodes) {
  return element("div", {}, ...nodes);
}

function standingStates(metric) {
  const { key, symbol, text } = verdict(metric);
  const nodes = [state(key, symbol, element("span", { class: "word" }, text))];
  if (isOutOfBounds(metric)) nodes.push(state("alert", "!", `Too ${metric.alert_status}`));
  if (metric.is_anomaly) nodes.push(state(...UNUSUAL));
  return element("ul", { class: "states" }, ...nodes);
}

/* News -------------------------------------------------------------------------------------- */

/* A subject, its state in words, and what is behind it as links: at most MORE_NEWS. */
function news(subject, kind, symbol, said, items, href) {
  const shown = items.slice(0, MORE_NEWS).map((item) => element("li", {}, ...item));
  const rest = items.length - shown.length;
  if (rest) shown.push(element("li", {}, `and ${rest} more`));
  const headline = element("ul", { class: "states" }, state(kind, symbol, said));
  const link = element("a", { href }, subject);
  return term(link, headline, element("ul", { class: "news-list" }, ...shown));
}

function newsTerms() {
  const { incidents, checks, late_tables: late, odd_tables: tables } = page.news;
  const { experiments, models, odd_metrics: metrics } = page.news;
  return [
    freshNews(late),
    checks && checksNews(checks[0]),
    incidents && incidentNews(incidents),
    metrics && oddNews(metrics, tables ?? []),
    experiments && experimentNews(experiments),
    models && modelNews(models),
  ].filter(Boolean);
}

function freshNews(tables) {
  const late = page.metrics.filter(
    ({ days_behind: behind, freshness_sla_days: allowed }) =>
      behind !== null && allowed !== null && behind > allowed,
  );
  const items = [
    ...late.map((metric) => [
      element("a", { href: hrefOf(metric) }, metric.label),
      small(`${metric.days_behind} days behind`),
    ]),
    ...(tables ?? []).map(({ table_name: name, days_behind: behind }) => [
      element("a", { href: "quality.html#part=freshness" }, name),
      small(behind === null ? "late" : `${behind} days behind`),
    ]),
  ];
  const until = page.last_day ? `Up to ${dayName(page.last_day)}` : "No data yet";
  return items.length
    ? news("Data", "off", "\u2715", `${until}, ${items.length} late`, items, "quality.html")
    : news(
        "Data",
        ...(page.last_day ? ["on", "\u2713"] : ["open", NOTHING]),
        until,
        [],
        "quality.html",
      );
}

function checksNews({ check_count: all, failed_count: failed, tested_at: at }) {
  const href = "quality.html";
  if (!all && page.publication)
    return news("Checks", "on", "\u2713", "Passed", [[small("a publication needs all of them")]], href);
  if (!all) return news("Checks", "open", NOTHING, "None recorded yet", [], href);
  const when = at ? [[small(`last ran ${momentName(at)}`)]] : [];
  return failed
    ? news("Checks", "off", "\u2715", `${number(failed)} of ${number(all)} failed`, when, href)
    : news("Checks", "on", "\u2713", `All ${number(all)} passed`, when, href);
}

function incidentNews(incidents) {
  const href = "quality.html#part=incidents";
  if (!incidents.length) return news("Incidents", "on", "\u2713", "None open", [], href);
  const items = incidents.map(
    ({ incident_id: id, affected, kind, severity, started_at: start }) => [
      element("a", { href }, capitalised(words(id))),
      small(
        [affected, kind, severity, start && `since ${dayName(start)}`].filter(Boolean).join(", "),
      ),
    ],
  );
  return news("Incidents", "off", "\u2715", `${incidents.length} open`, items, href);
}

function oddNews(metrics, tables) {
  const items = metrics.flatMap((row) => {
    const metric = metricsByName.get(row.metric_name);
    if (!metric) return [];
    const [actual, expected] = [row.actual_value, row.expected_value].map((value) =>
      formatValue(value, metric.unit),
    );
    const link = element("a", { href: hrefOf(metric) }, metric.label);
    return [[link, small(`${actual} on ${dayName(row.date_day)}, expected ${expected}`)]];
  });
  const raw = tables.map(({ table_name: name, date_day: day, anomaly_count: count }) => [
    element("a", { href: "quality.html#part=anomalies" }, name),
    small(`${count} odd ${count === 1 ? "value" : "values"}, last on ${dayName(day)}`),
  ]);
  const all = [...items, ...raw];
  const href = "quality.html#part=anomalies";
  return all.length
    ? news("Unusual", "alert", "!", `${all.length} in ${NEWS_DAYS} days`, all, href)
    : news("Unusual", "on", "\u2713", `Nothing in ${NEWS_DAYS} days`, [], href);
}

function experimentNews(experiments) {
  const link = ({ experiment_id: id, title }) =>
    element("a", { href: `experiments.html#experiment=${encodeURIComponent(id)}` }, title);
  const due = experiments.filter(({ decision_date: day }) => day !== null);
  const next = experiments.filter(({ decision_date: day }) => day === null);
  const items = [
    ...due.map((row) => [
      link(row),
      small(
        `the rule says ${words(row.recommendation ?? "nothing")} since ${dayName(row.decision_date)}`,
      ),
    ]),
    ...next.map((row) => [
      link(row),
      small(
        row.planned_decision_date
          ? `due ${dayName(row.planned_decision_date)}`
          : "no day is planned",
      ),
    ]),
  ];
  const href = "experiments.html";
  return due.length
    ? news("Experiments", "alert", "!", `${due.length} to decide now`, items, href)
    : news("Experiments", "on", "\u2713", "None to decide", items, href);
}

function modelNews(models) {
  const items = models.map(({ model_id: id, title, first_triggered_date: since }) => [
    element("a", { href: `models.html#model=${encodeURIComponent(id)}` }, title ?? id),
    small(since ? `asks for it since ${dayName(since)}` : "asks for it"),
  ]);
  return models.length
    ? news("Models", "off", "\u2715", `${models.length} to build again`, items, "models.html")
    : news("Models", "on", "\u2713", "None to build again", [], "models.html");
}
