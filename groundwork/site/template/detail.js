/* One metric: its standing, its development by grain, range and dimension, its definition. */

const GRAINS = ["day", "week", "month"];
/* In periods by grain; a range without one is not offered. */
const RANGES = [
  { name: "3 months", periods: { day: 91, week: 13 } },
  { name: "1 year", periods: { day: 365, week: 53, month: 13 } },
  { name: "All", periods: { day: Infinity, week: Infinity, month: Infinity } },
];
const DEFAULT_RANGE = { day: 0, week: 1, month: 2 };
const CHART_HEIGHT = 320;
const PANEL_CHART_HEIGHT = 140;

/* wanted: {grain, by} of the address; both can be null */
function buildDetail(metric, wanted) {
  const { root, fields } = fromTemplate("detail-template");
  fillHeadline(fields, metric);
  fields.name.textContent = metric.metric_name;
  fields.description.textContent = metric.description ?? "";
  fields.facts.append(...facts(metric));
  fields.about.append(...about(metric));
  addContext(fields, metric);
  const showQuery = addQuery(fields, metric);
  if (Object.keys(metric.lines).length) {
    addControls(fields, metric, wanted, showQuery);
  } else {
    fields.development.remove();
    showQuery({ grain: metric.grain, split: "" });
  }
  return root;
}

/* Standing --------------------------------------------------------------------------------- */

function facts(metric) {
  const { grain, unit, metric_value: value } = metric;
  const compared = (before, distance) => [
    ...changeNodes(value, before, unit),
    small(before === null ? "" : `from ${formatValue(before, unit)}${distance}`),
  ];
  const list = [];
  if (value !== null) {
    const year = grain === "month" ? "" : ", 364 days before";
    list.push(
      term(`vs previous ${grain}`, ...compared(metric.previous_value, "")),
      term("vs a year ago", ...compared(metric.year_ago_value, year)),
    );
  }
  list.push(
    term(`Target by ${grain ?? "period"}`, targetText(metric), small(gapText(metric))),
    term("Alert", boundsText(metric), small(alertText(metric))),
  );
  if (metric.trend) {
    list.push(term("Trend", capitalised(metric.trend), small(`over the last 8 ${grain}s`)));
  }
  return list;
}

function gapText(metric) {
  const gap = change(metric.metric_value, metric.target, metric.unit);
  if (!gap) return "";
  return gap.word ? `${gap.text} ${gap.word === "up" ? "above" : "below"} it` : "met exactly";
}

function boundsText({ alert_low: low, alert_high: high, unit }) {
  const bounds = [
    ...(low === null ? [] : [`below ${formatBound(low, unit)}`]),
    ...(high === null ? [] : [`above ${formatBound(high, unit)}`]),
  ];
  return bounds.join(" or ") || "no bounds";
}

function alertText(metric) {
  if (isOutOfBounds(metric)) return `! outside: too ${metric.alert_status}`;
  return metric.alert_status === "within" ? "within bounds" : "";
}

/* Definition ------------------------------------------------------------------------------- */

function about(metric) {
  const formula = (metric.formula ?? "").split("; ").map((part) => element("code", {}, part));
  const formulaTerm = term("Formula", ...formula);
  formulaTerm.className = "whole";
  return [
    term("Decision it serves", metric.decision ?? "none named"),
    term("When it moves", metric.action ?? "no action named"),
    formulaTerm,
    term("Owner", metric.owner ?? "none named"),
    term("Steered by", steeringText(metric)),
    term("Adds up", additivityText(metric)),
    term("Fresh", freshnessText(metric)),
    term("Version", versionText(metric), small(metric.changelog ?? "")),
    term("Checks", ...checkNodes(metric)),
    term("Raw tables", ...nameNodes(listed(metric.raw_tables))),
    term("Read from", ...nameNodes(listed(metric.models))),
  ];
}

/* "a, b" as a list */
function listed(names) {
  return (names ?? "").split(", ").filter(Boolean);
}

function steeringText({ grain, tier }) {
  const meaning = TIERS[tier] ? ` (${TIERS[tier]})` : "";
  return `${grain ?? "no grain"}, tier ${tier ?? NOTHING}${meaning}`;
}

function additivityText(metric) {
  return metric.additivity === "additive"
    ? "Yes: the values of a dimension, and of the days of a period, sum to the total."
    : "No: never sum or average its values over a dimension or over periods. Read the total.";
}

function freshnessText(metric) {
  if (metric.last_day === null) return "no values yet";
  const { days_behind: behind, freshness_sla_days: allowed } = metric;
  const isLate = allowed !== null && behind > allowed;
  return (
    `${isLate ? "! Late: values" : "Values"} up to ${dayName(metric.last_day)}, ` +
    `${behind ?? NOTHING} days behind the data${allowed === null ? "" : `, ${allowed} allowed`}`
  );
}

function versionText({ version, status, replaced_by: successor, removed_on: end }) {
  const removal = end ? `; it goes on ${dayName(end)}` : "";
  const replacement = successor ? ` Use ${successor} instead${removal}.` : "";
  return `${version ?? NOTHING}, ${status ?? "no status"}.${replacement}`;
}

function checkNodes(metric) {
  const pillar = (holds, name) =>
    holds ? state("on", "\u2713", name) : state("off", "\u2715", `Not ${name.toLowerCase()}`);
  const pillars = element(
    "ul",
    { class: "states" },
    pillar(metric.is_accessible, "Accessible"),
    pillar(metric.is_actionable, "Actionable"),
    pillar(metric.is_auditable, "Auditable"),
  );
  const { passed_check_count: passed, check_count: all } = metric;
  return [pillars, small(`${passed ?? 0} of ${all ?? 0} passed`)];
}

/* Development ------------------------------------------------------------------------------ */

/* Grain and split are part of the address, so that a view can be sent to somebody. */
function addControls(fields, metric, wanted, showQuery) {
  const grains = GRAINS.filter((grain) => metric.lines[grain]);
  const dimensions = metric.splits.map(({ dimension }) => dimension);
  const view = {
    grain: [wanted.grain, metric.grain, grains[0]].find((grain) => grains.includes(grain)),
    split: dimensions.includes(wanted.by) ? wanted.by : "",
    range: null,
  };
  addSwitch(fields.grains, "grain", grains, capitalised);
  addSwitch(fields.ranges, "range", [...RANGES.keys()], (place) => RANGES[place].name);
  for (const dimension of dimensions) {
    fields.split.append(element("option", { value: dimension }, capitalised(words(dimension))));
  }

  function update() {
    if (view.split && view.grain === "day") view.grain = "week";
    view.range ??= DEFAULT_RANGE[view.grain];
    fields.controls.querySelector(`[name=grain][value=${view.grain}]`).checked = true;
    fields.controls.querySelectorAll("[name=range]").forEach((input, place) => {
      input.checked = place === view.range;
      input.closest("label").hidden = !RANGES[place].periods[view.grain];
    });
    fields.split.value = view.split;
    fields.note.textContent = noteText(metric, view);
    showQuery(view);
    drawDevelopment(fields.charts, metric, view);
    fillTable(fields.table, metric, view);
  }

  fields.controls.addEventListener("submit", (event) => event.preventDefault());
  fields.controls.addEventListener("input", ({ target }) => {
    if (target.name === "range") {
      view.range = Number(target.value);
    } else if (target.name === "grain") {
      /* days are there for the total alone */
      Object.assign(view, { grain: target.value, range: null });
      if (view.grain === "day") view.split = "";
    } else {
      if (view.grain === "day") view.range = null;
      view.split = target.value;
    }
    update();
    history.replaceState(null, "", addressOf(metric, view));
  });
  fields.table.addEventListener("toggle", () => fillTable(fields.table, metric, view));
  update();
}

function addSwitch(fieldset, name, values, nameOf) {
  const labels = values.map((value) =>
    element(
      "label",
      {},
      element("input", { type: "radio", name, value }),
      element("span", {}, nameOf(value)),
    ),
  );
  fieldset.append(element("div", { class: "options" }, ...labels));
}

function addressOf(metric, { grain, split }) {
  const by = split ? `&by=${encodeURIComponent(split)}` : "";
  return hrefOf(metric) + (grain === metric.grain ? "" : `&grain=${grain}`) + by;
}

function noteText(metric, { grain, split }) {
  const notes = [];
  const unfinished = unfinishedText(metric, grain);
  if (unfinished) notes.push(`Dashed, because not complete: ${unfinished}.`);
  if (grain !== metric.grain && metric.grain !== null && metric.target !== null) {
    notes.push(`Target and alert bounds hold by ${metric.grain}, so they are not drawn here.`);
  }
  if (!split && grain === "day" && metric.anomalies?.length) {
    notes.push("Ringed days are out of the ordinary.");
  }
  const shown = metric.splits.find(({ dimension }) => dimension === split);
  if (shown) {
    const { value_count: all, values } = shown;
    const isPart = all > values.length;
    notes.push(
      `${isPart ? `The ${values.length} largest of ${all}` : "All"} values, on one scale.`,
      metric.additivity === "additive"
        ? `${isPart ? `All ${all}` : "They"} add up to the total.`
        : "They do not add up to the total, and their mean is not the total either.",
    );
  }
  return notes.join(" ");
}

/* The unfinished periods that a line ends with. */
function unfinishedText(metric, grain) {
  const { start, values } = metric.lines[grain];
  const unfinished = metric.unfinished[grain];
  const last = start + values.length - 1;
  if (!unfinished.includes(last)) return "";
  let first = last;
  while (unfinished.includes(first - 1)) first -= 1;
  const names = [first, last].map((place) => periodName(grain, page.periods[grain][place]));
  return [...new Set(names)].join(" to ");
}

/* What charts and table show: one line for the total, or one for each value of a split. */
function shownLines(metric, { grain, split, range }) {
  const chosen = metric.splits.find(({ dimension }) => dimension === split);
  const named = (chosen?.values ?? [{ name: metric.label, lines: metric.lines }]).filter(
    ({ lines }) => lines[grain],
  );
  const count = RANGES[range].periods[grain] ?? Infinity;
  const lines = lastPeriods(
    metric,
    grain,
    named.map(({ lines }) => lines[grain]),
    count,
  );
  return named.map(({ name }, place) => ({ name, ...lines[place] }));
}

function drawDevelopment(host, metric, view) {
  const { grain, split } = view;
  const lines = shownLines(metric, view);
  const reference = split ? null : referenceOf(metric, grain);
  const range = valueRange(lines, reference?.target ?? null);
  const draw = (line, height) =>
    chart(element("div", { class: "chart" }), height, () => ({
      ...line,
      grain,
      unit: metric.unit,
      label: chartLabel(line.name, metric, grain, line),
      range,
      reference,
      odd: split ? new Set() : oddPlaces(metric, grain, line),
      hasKeys: true,
    }));
  const axisTitle = `${capitalised(metric.unit ?? "value")}, by ${grain}`;
  host.replaceChildren(
    element("p", { class: "axis-title" }, axisTitle),
    split
      ? element("ul", { class: "smalls" }, ...lines.map((line) => panel(line, metric, grain, draw)))
      : draw(lines[0], CHART_HEIGHT),
  );
}

/* One dimension value: its name, its latest complete value with the change, its chart. */
function panel(line, metric, grain, draw) {
  const whole = line.periods.findLastIndex((_, place) => !line.unfinished.has(place));
  const value = line.values[whole] ?? null;
  const before = line.values[whole - 1] ?? null;
  const title = whole < 0 ? "" : capitalised(periodName(grain, line.periods[whole]));
  const head = element(
    "p",
    { class: "small-head" },
    element("span", { class: "small-name" }, line.name),
    element("span", { class: "small-value", title }, formatValue(value, metric.unit)),
    element("span", { class: "small-change" }, ...changeNodes(value, before, metric.unit)),
  );
  return element("li", { class: "small" }, head, draw(line, PANEL_CHART_HEIGHT));
}

/* The table is built while it is open. */
function fillTable(details, metric, view) {
  const host = details.querySelector(".scroll");
  if (!details.open) {
    host.replaceChildren();
    return;
  }
  const { grain, split } = view;
  const lines = shownLines(metric, view);
  const [{ periods, unfinished }] = lines;
  const columns = [
    { name: capitalised(grain) },
    ...lines.map(({ name }) => ({ name: split ? name : (metric.unit ?? "value"), isNumber: true })),
    { name: "Complete" },
  ];
  const rows = periods.map((period, place) => [
    grain === "month" ? monthName(period) : dayName(period),
    ...lines.map((line) => formatExact(line.values[place], metric.unit)),
    unfinished.has(place) ? "no" : "yes",
  ]);
  const by = split ? ` and ${words(split)}` : "";
  const caption = `${metric.label} by ${grain}${by}, newest first`;
  host.replaceChildren(table(caption, columns, rows.reverse()));
}
