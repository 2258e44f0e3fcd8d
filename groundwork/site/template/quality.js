/* Data quality: scores, rows, loads, anomalies, incidents and downtime, a part for each. */

const SIDES = {
  unique_share: "Unique",
  complete_share: "Complete",
  valid_share: "Valid",
  known_reference_share: "References",
  in_time_share: "In time",
  fresh_share: "Fresh",
};
const GOOD_SCORE = 90;
const ODD_KINDS = {
  volume: "rows of a day",
  load: "rows of a load",
  rejected_share: "share rejected",
  null_share: "share empty",
  level: "mean",
  value_share: "share of a value",
  freshness: "days without rows",
};
/* Anomalies of these last days are news. */
const NEWS_DAYS = 7;
const DAY = 24 * 3600 * 1000;

function tableNode({ source_name: source, table_name: name }) {
  return tableLink(`${source}.${name}`);
}

function columns(...names) {
  return names.map((name) => (typeof name === "string" ? { name } : name));
}

/* A table in its host; a sentence in place of a table without rows. */
function fillRows(host, caption, none, heads, rows) {
  if (!rows.length) {
    host.replaceWith(element("p", { class: "note" }, none));
    return;
  }
  host.append(table(caption, heads, rows));
}

function whole(value) {
  return value === null ? NOTHING : number(value, { maximumFractionDigits: 0 });
}

/* Scorecard ---------------------------------------------------------------------------------- */

function fillScores(fields) {
  const there = page.tables.filter((row) => !row.is_absent);
  const absent = page.tables.length - there.length;
  const good = there.filter(({ score }) => score !== null && score >= GOOD_SCORE);
  const [worst] = there;
  const hasChange = there.some((row) => row.score_change !== null);
  fields.answer.textContent = there.length
    ? `${good.length} of ${counted(there.length, "raw table")} score ${GOOD_SCORE} or more. ` +
      `Weakest: ${worst.source_name}.${worst.table_name}, ${whole(worst.score)}, ` +
      `because of what is not ${words(worst.weakest_side ?? "known")}.` +
      (absent ? ` ${counted(absent, "table")} declared absent.` : "")
    : "No raw table delivers rows yet.";
  fields.scoresNote.textContent =
    "A table is as good as its worst share of good rows, in a hundred. The worst come first.";
  fillRows(
    fields.scoresTable,
    "Scores, and the shares that they come from",
    "There is no raw table.",
    columns(
      "Table",
      numeric("Score"),
      ...(hasChange ? [numeric("Change")] : []),
      ...Object.values(SIDES).map(numeric),
    ),
    there.map((row) => [
      tableNode(row),
      scoreNode(row),
      ...(hasChange
        ? [
            row.score_change === null
              ? NOTHING
              : signed(row.score_change, fixed(row.score_change, 1)),
          ]
        : []),
      ...Object.keys(SIDES).map((side) => sideNode(row, side)),
    ]),
  );
  fillRows(
    fields.failedTable,
    "Tables with a check that failed when it last ran",
    "No check of a table failed when it last ran, as far as runs were recorded.",
    columns("Table", numeric("Failed"), numeric("Checks"), "Ran", "Owner"),
    page.failed.map((row) => [
      tableLink(row.data_name),
      countText(row.last_failed_count),
      countText(row.last_test_count),
      row.last_tested_at ? momentName(row.last_tested_at) : NOTHING,
      row.owner ?? "no owner",
    ]),
  );
  return {
    figure: `${good.length} of ${there.length}`,
    about: `tables score ${GOOD_SCORE} or more`,
  };
}

function scoreNode({ score }) {
  const text = element("strong", {}, whole(score));
  if (score === null) return text;
  const bar = element("span", { class: score < GOOD_SCORE ? "meter low" : "meter" });
  const drawing = svg("svg", { width: 56, height: 6, viewBox: "0 0 100 6", "aria-hidden": "true" });
  drawing.setAttribute("preserveAspectRatio", "none");
  drawing.append(
    svg("rect", { class: "meter-all", width: 100, height: 6, rx: 3 }),
    svg("rect", { class: "meter-part", width: score, height: 6, rx: 3 }),
  );
  bar.append(drawing);
  return element("span", { class: "score" }, bar, text);
}

/* The side that the score comes from stands out. */
function sideNode(row, side) {
  const text = shareText(row[side]);
  return `${row.weakest_side}_share` === side && row.score < GOOD_SCORE
    ? element("strong", { class: "low" }, text)
    : text;
}

/* Reconciliation ----------------------------------------------------------------------------- */

function fillReconciled(fields) {
  const rows = page.tables.filter((row) => row.raw_count);
  const odd = rows.filter((row) => row.is_reconciled === false);
  const [raw, accepted, rejected] = ["raw_count", "accepted_count", "rejected_count"].map((name) =>
    sumOf(rows, name),
  );
  fields.answer.textContent = odd.length
    ? `Not of ${listText(odd.map((row) => `${row.source_name}.${row.table_name}`))}: ` +
      "rows are missing or counted twice."
    : `${number(raw)} raw rows = ${number(accepted)} accepted + ${number(rejected)} rejected, ` +
      "load by load.";
  fields.rowsNote.textContent =
    "A rejected row is kept with its reason in staging.rejected_rows. Superseded rows are older " +
    "versions of what was delivered again.";
  const counts = [
    "Raw",
    "Accepted",
    "Rejected",
    "Duplicate",
    "Superseded",
    "Incomplete",
    "Invalid",
  ];
  fillRows(
    fields.rowsTable,
    "Rows by raw table, the most rejected first",
    "No raw rows yet.",
    columns("Table", ...counts.map(numeric), numeric("Loads"), "Adds up"),
    [...rows]
      .sort((one, other) => other.rejected_count - one.rejected_count)
      .map((row) => [
        tableNode(row),
        ...counts.map((name) => countText(row[`${name.toLowerCase()}_count`])),
        countText(row.load_count),
        row.is_reconciled === null
          ? NOTHING
          : element(
              "ul",
              { class: "states" },
              row.is_reconciled
                ? state("on", "\u2713", "Yes")
                : state("off", "\u2715", `Not in ${row.odd_load_count}`),
            ),
      ]),
  );
  return odd.length
    ? { figure: number(odd.length), about: "tables whose rows do not add up" }
    : {
        figure: shareText(shareOf(rejected, raw)),
        about: "of raw rows rejected, each with a reason",
      };
}

/* Freshness ---------------------------------------------------------------------------------- */

function fillLoads(fields) {
  const events = page.tables.filter((row) => row.days_behind !== null);
  const isLate = (row) => row.fresh_share !== null && row.fresh_share < 1;
  const late = page.tables.filter(isLate);
  fields.answer.textContent = late.length
    ? `${listText(late.map((row) => `${row.source_name}.${row.table_name}`))} ` +
      `${late.length === 1 ? "is" : "are"} late.`
    : `All ${counted(events.length, "table")} of events are as fresh as they have to be; ` +
      `data go up to ${page.last_day ? dayName(page.last_day) : "no day yet"}.`;
  fields.loadsNote.textContent =
    "Days behind are from the last load to the end of the data, of tables of events; tables that " +
    "describe things change when things do.";
  fillRows(
    fields.loadsTable,
    "Loads by raw table, the latest to arrive last",
    "No raw table delivers rows yet.",
    columns(
      "Table",
      "Rows are",
      "Last load",
      numeric("Rows"),
      numeric("Usual rows"),
      numeric("Days behind"),
      "Standing",
    ),
    [...page.tables]
      .sort((one, other) => (other.days_behind ?? -1) - (one.days_behind ?? -1))
      .map((row) => [
        tableNode(row),
        row.kind === "event" ? "events" : words(row.kind ?? "not said"),
        dayText(row.last_load_date),
        countText(row.last_load_count),
        whole(row.usual_load_count),
        countText(row.days_behind),
        element("ul", { class: "states" }, loadState(row, isLate(row))),
      ]),
  );
  return {
    figure: number(late.length),
    about: late.length === 1 ? "table is late" : "tables are late",
  };
}

function loadState(row, isLate) {
  if (row.is_absent) return state("open", NOTHING, "Absent");
  if (isLate) return state("off", "\u2715", "Late");
  if (row.fresh_share === null) return state("open", NOTHING, "Not judged");
  return state("on", "\u2713", "Fresh");
}

/* Anomalies ---------------------------------------------------------------------------------- */

function fillOdd(fields) {
  const { anomalies, last_day: end } = page;
  const all = anomalies[0]?.anomaly_count ?? 0;
  const since = end ? Date.parse(end) - NEWS_DAYS * DAY : 0;
  const recent = anomalies.filter(({ date_day: day }) => Date.parse(day) > since).length;
  fields.answer.textContent = all
    ? `${counted(all, "value")} of raw tables ${all === 1 ? "was" : "were"} out of the ordinary, ` +
      `the last on ${dayName(anomalies[0].date_day)}.`
    : "No value of a raw table was out of the ordinary.";
  fields.oddNote.textContent =
    "Each value is held against what the days before make expected." +
    (all > anomalies.length ? ` The last ${anomalies.length} of ${all}.` : "");
  fillRows(
    fields.oddTable,
    "Newest first",
    "There is none.",
    columns("Day", "Table", "What", numeric("Value"), numeric("Expected"), numeric("Usual range")),
    anomalies.map((row) => {
      const text = (value) => formatValue(value, row.kind.endsWith("_share") ? "share" : null);
      return [
        dayName(row.date_day),
        tableLink(row.table_name),
        [ODD_KINDS[row.kind] ?? words(row.kind), row.column_name].filter(Boolean).join(": "),
        text(row.actual_value),
        text(row.expected_value),
        rangeText(row.lower_bound, row.upper_bound, text),
      ];
    }),
  );
  return { figure: number(recent), about: `unusual values in the last ${NEWS_DAYS} days` };
}

/* Incidents ---------------------------------------------------------------------------------- */

function fillIncidents(fields) {
  const { incidents } = page;
  const open = incidents.filter((row) => row.is_open);
  fields.answer.textContent = incidents.length
    ? `${counted(incidents.length, "incident")} on record, ${open.length} open` +
      `${open.length ? `: ${listText(open.map((row) => words(row.incident_id)))}` : ""}.`
    : "No incident is on record.";
  fillRows(
    fields.incidentTable,
    "Open ones first, then the newest",
    "There is none.",
    columns(
      "Incident",
      "State",
      "What",
      "Began",
      numeric("To detect"),
      numeric("To repair"),
      "Cause",
    ),
    incidents.map((row) => [
      nodesIn(capitalised(words(row.incident_id)), small(row.severity ?? "")),
      element("ul", { class: "states" }, incidentState(row)),
      nodesIn(
        words(row.kind ?? "not said"),
        small(row.affected_table ?? row.affected_metric ?? ""),
      ),
      dayText(row.started_at),
      hoursText(row.hours_to_detect),
      hoursText(row.hours_to_repair),
      row.cause ?? "not known",
    ]),
  );
  fields.incidentTable.classList.add("wraps");
  return { figure: number(open.length), about: `open, of ${number(incidents.length)} on record` };
}

function incidentState(row) {
  if (row.is_open) return state("off", "\u2715", "Open");
  if (row.is_false_alarm) return state("open", NOTHING, "False alarm");
  return state("on", "\u2713", "Over");
}

/* Downtime ----------------------------------------------------------------------------------- */

function fillDowntime(fields) {
  const { downtime, months, downtime_by: groups } = page;
  const total = groups.find((row) => row.dimension_name === "total");
  if (!total) return emptyPart(fields, "No incident here yet: nothing made data wrong or missing.");
  const ofMonth = new Map(downtime.map((row) => [row.period_start, row]));
  const hours = months.map((month) => ofMonth.get(month)?.downtime_hours ?? 0);
  fields.answer.textContent =
    `${hoursText(total.downtime_hours)} in all. Half of the incidents were noticed within ` +
    `${hoursText(total.hours_to_detect_p50)}, and half of those repaired ` +
    `${hoursText(total.hours_to_repair_p50)} later.`;
  fields.hoursNote.textContent =
    "Hours in which at least one incident lasted: an hour counts once however many there are, so " +
    "those of severities and tables do not add up. False alarms are counted and last no hours.";
  fields.hoursChart.append(
    monthChart({
      name: "Hours of downtime",
      unit: "hours",
      months,
      unfinished: new Set(),
      textOf: hoursText,
      lines: [{ name: "down", values: hours }],
    }),
    dataTable("Data table", () =>
      table(
        "Downtime by month, newest first",
        columns("Month", numeric("Hours"), numeric("Incidents")),
        months
          .map((month, place) => [
            monthName(month),
            formatValue(hours[place], null),
            countText(ofMonth.get(month)?.incident_count ?? 0),
          ])
          .reverse(),
      ),
    ),
  );
  fillRows(
    fields.hoursTable,
    "By severity and table",
    "There is none.",
    columns("Of", ...["Downtime", "Incidents", "Open", "To detect", "To repair"].map(numeric)),
    groups.map((row) => [
      row.dimension_name === "total" ? "All" : downtimeName(row),
      hoursText(row.downtime_hours),
      countText(row.incident_count),
      countText(row.open_count),
      hoursText(row.hours_to_detect_p50),
      hoursText(row.hours_to_repair_p50),
    ]),
  );
  return { figure: hoursText(total.downtime_hours), about: "of downtime in all" };
}

function downtimeName({ dimension_name: dimension, dimension_value: value }) {
  if (value === "(none)") return "no table named";
  return dimension === "severity" ? `Severity ${value}` : tableLink(value);
}
