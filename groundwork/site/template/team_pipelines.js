/* Do pipelines keep their word? Runs that had succeeded when they had to. */

const WEEKDAY_NAMES = [
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
  "Sunday",
];
const RELIABILITY_CHART_HEIGHT = 120;
/* More charts than these cannot be compared at a glance. */
const TOP_PIPELINES = 8;

function fillPipelines(fields) {
  if (!page.weekdays.length) {
    return emptyPart(fields, "No runs here yet: nothing wrote down when a pipeline ran.");
  }
  const cells = page.weekdays.map((row) => ({
    ...row,
    share: shareOf(row.sla_met_count, row.sla_run_count),
  }));
  const totals = cells.filter((cell) => cell.weekday === "total").sort(byShare);
  const days = cells.filter((cell) => cell.weekday !== "total");
  const [met, due] = ["sla_met_count", "sla_run_count"].map((name) => sumOf(totals, name));
  const broken = days.filter(isBroken).sort(byShare);
  fields.answer.textContent = [
    due
      ? `${number(met)} of ${number(due)} runs that had to be there by a time were: ` +
        `${shareText(met / due)}.`
      : "No run had to be there by a time.",
    broken.length
      ? sentence(listText(broken.map(brokenText)))
      : due
        ? "No pipeline is late more often than in time on any day of the week."
        : "",
  ]
    .filter(Boolean)
    .join(" ");
  fillWeekdays(fields, totals, days);
  fillReliability(fields, totals);
  return {
    figure: shareText(shareOf(met, due)),
    about: broken.length
      ? `of runs in time; ${broken[0].dag_id} is late on ${broken[0].weekday}s`
      : "of the runs that had to be there by a time were",
  };
}

function byShare(one, other) {
  const size = (cell) => cell.share ?? 2;
  return size(one) - size(other) || (one.dag_id ?? "").localeCompare(other.dag_id ?? "");
}

/* Late more often than in time. */
function isBroken({ share }) {
  return share !== null && share < 0.5;
}

function brokenText({ dag_id: name, weekday, sla_met_count: met, sla_run_count: due }) {
  return `on ${weekday}s the pipeline ${name} was in time in ${number(met)} of ${number(due)}`;
}

/* By weekday --------------------------------------------------------------------------------- */

function fillWeekdays(fields, totals, days) {
  const [{ first_month: first, last_month: last }] = totals.length ? totals : page.weekdays;
  const months = [first, last].map((month) => (month === null ? NOTHING : monthName(month)));
  fields.weekdaysNote.textContent =
    `Runs of ${[...new Set(months)].join(" to ")}, on the weekday on which they were due to ` +
    "begin: the share that had succeeded when it had to, and how many that is. A cross marks a " +
    "weekday that is late more often than in time, a dash alone that nothing ran, a dash " +
    "and runs that nothing is agreed for them.";
  const columns = [{ name: "Pipeline" }, numeric("All days"), ...WEEKDAY_NAMES.map(numeric)];
  const rows = totals.map((total) => {
    const of = (weekday) =>
      days.find((cell) => cell.dag_id === total.dag_id && cell.weekday === weekday);
    const domain = page.pipelines.find((line) => line.dag_id === total.dag_id)?.domain.at(-1);
    return [
      nodesIn(total.dag_id ?? NOTHING, small(domain ?? "")),
      shareCell(total),
      ...WEEKDAY_NAMES.map((weekday) => shareCell(of(weekday))),
    ];
  });
  fillTable(fields.weekdaysTable, "", "The latest first", columns, rows);
}

function shareCell(cell) {
  if (!cell?.run_count) return NOTHING;
  if (cell.share === null) return nodesIn(NOTHING, small(counted(cell.run_count, "run")));
  const text = shareText(cell.share);
  return nodesIn(
    isBroken(cell)
      ? element(
          "span",
          { class: "late" },
          element("span", { "aria-hidden": "true" }, "\u2715 "),
          element("span", { class: "visually-hidden" }, "mostly late: "),
          text,
        )
      : text,
    small(`${number(cell.sla_met_count)} of ${number(cell.sla_run_count)}`),
  );
}

/* By month ----------------------------------------------------------------------------------- */

function fillReliability(fields, totals) {
  const agreed = totals.filter((total) => total.share !== null);
  const shown = agreed
    .slice(0, TOP_PIPELINES)
    .map((total) => page.pipelines.find((line) => line.dag_id === total.dag_id))
    .filter(Boolean);
  fields.reliability.append(dataTable("Pipelines by month as a table", reliabilityTable));
  if (!shown.length) {
    fields.reliabilityNote.textContent = "Nothing is agreed on when a run has to be there.";
    fields.reliabilityCharts.remove();
    return;
  }
  fields.reliabilityNote.textContent =
    (agreed.length > shown.length
      ? `The ${shown.length} latest of ${agreed.length} pipelines`
      : "Pipelines that something is agreed for") + ", on one scale.";
  fields.reliabilityCharts.append(...shown.map(reliabilityChart));
}

function reliabilityChart(line) {
  const { dag_id: name, period_start: months, sla_met_share: values } = line;
  const unfinished = incompletePlaces(line.is_complete_month);
  const last = values.findLastIndex((value) => value !== null);
  const late = line.dependents_late_count.reduce((sum, count) => sum + (count ?? 0), 0);
  const host = element("div", { class: "chart" });
  chart(host, RELIABILITY_CHART_HEIGHT, () => ({
    grain: "month",
    unit: "share",
    label: `Share of runs of ${name} in time, by month`,
    periods: months,
    values,
    unfinished,
    range: [0, 1],
    reference: null,
    hasKeys: true,
    tip: (_, place) => ({
      "tip-period": monthName(months[place]),
      "tip-value":
        values[place] === null
          ? reasonText(line.reason[place])
          : `${shareText(values[place])} in time`,
      "tip-note":
        values[place] === null
          ? ""
          : `${countText(line.sla_met_count[place])} of ` +
            `${countText(line.sla_run_count[place])} runs`,
      "tip-note state": unfinished.has(place) ? "month not complete" : "",
    }),
  }));
  return element(
    "div",
    { class: "small" },
    element(
      "p",
      { class: "small-head" },
      element("span", { class: "small-name" }, name ?? NOTHING),
      element("span", { class: "small-value" }, last < 0 ? NOTHING : shareText(values[last])),
      element(
        "span",
        { class: "small-change" },
        late ? `made ${counted(late, "run")} of others late` : "",
      ),
    ),
    host,
  );
}

function reliabilityTable() {
  const columns = [
    { name: "Pipeline" },
    { name: "Month" },
    ...["Runs", "Failed", "Tries again", "Minutes, half", "nine in ten"].map(numeric),
    ...["Had to be there", "In time", "Share", "Interval", "Late by, half"].map(numeric),
    ...["Others made late", "by minutes"].map(numeric),
  ];
  const minutes = (value) => formatValue(value, null);
  const rows = page.pipelines.flatMap((line) =>
    [...line.period_start.keys()].toReversed().map((place) => {
      const of = (name) => line[name][place];
      return [
        line.dag_id ?? NOTHING,
        monthName(line.period_start[place]),
        ...["run_count", "failed_count", "retry_count"].map((name) => countText(of(name))),
        minutes(of("duration_minutes_p50")),
        minutes(of("duration_minutes_p90")),
        countText(of("sla_run_count")),
        countText(of("sla_met_count")),
        of("sla_met_share") === null ? reasonText(of("reason")) : shareText(of("sla_met_share")),
        rangeText(of("sla_met_share_low"), of("sla_met_share_high"), shareText),
        minutes(of("late_minutes_p50")),
        countText(of("dependents_late_count")),
        minutes(of("dependents_late_minutes")),
      ];
    }),
  );
  return table("Pipelines by month, the last first", columns, rows);
}
