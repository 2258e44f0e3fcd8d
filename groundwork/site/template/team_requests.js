/* Are we used, and fast? What comes in and goes out, what waits, what is asked again and again. */

const SUGGESTIONS = {
  point_to_asset: "Point to what is there",
  build_dashboard: "Build a dashboard",
  write_analysis: "Write an analysis",
};
const QUEUE_STATES = {
  hidden: { kind: "off", symbol: "!", text: "Hidden queue" },
  waiting: { kind: "open", symbol: NOTHING, text: "Waiting" },
  none: { kind: "on", symbol: "\u2713", text: "Nothing waits" },
};

function requestLine(dimension, value) {
  return page.requests.find(
    (line) => line.dimension_name === dimension && line.dimension_value === value,
  );
}

/* A line's numbers of its last month. */
function lastMonth(line) {
  const row = Object.entries(line).map(([name, values]) => [
    name,
    Array.isArray(values) ? values.at(-1) : values,
  ]);
  return Object.fromEntries(row);
}

/* wanted: the rest of the address */
function fillRequests(fields, wanted) {
  const total = requestLine("total", "total");
  if (!total) return emptyPart(fields, "No requests here yet: nobody wrote down what was asked.");
  const last = lastMonth(total);
  const queue = page.requests
    .filter((line) => line.dimension_name === "department")
    .map(lastMonth)
    .sort(
      (one, other) =>
        (other.work_in_progress_count ?? 0) - (one.work_in_progress_count ?? 0) ||
        (one.dimension_value ?? "").localeCompare(other.dimension_value ?? ""),
    );
  fields.answer.textContent = requestsAnswer(last, queue);
  addSplit(fields, wanted);
  fillQueue(fields, last, queue);
  fillCandidates(fields);
  return {
    figure: hoursText(last.lead_time_hours_p50),
    about: `half of the answers of ${monthName(last.month_start)}; ${countText(
      last.work_in_progress_count,
    )} requests wait`,
  };
}

function requestsAnswer(last, queue) {
  const month = monthName(last.month_start);
  const isSoFar = last.is_complete_month === false ? ", so far" : "";
  const parts = [
    `In ${month}${isSoFar}, ${counted(last.asked_count ?? 0, "request")} came in and ` +
      `${number(last.answered_count ?? 0)} were answered` +
      (last.lead_time_hours_p50 === null
        ? "."
        : `: half within ${hoursText(last.lead_time_hours_p50)}, nine in ten within ` +
          `${hoursText(last.lead_time_hours_p90)}.`),
  ];
  if (last.work_in_progress_count) {
    const age = hoursText(last.open_age_hours_p50);
    parts.push(`${number(last.work_in_progress_count)} wait, half of them for ${age} or more.`);
  }
  const hidden = queue.filter((row) => queueState(row, last) === "hidden");
  if (hidden.length) {
    const names = listText(hidden.map((row) => departmentName(row.dimension_value)));
    parts.push(`The queue of ${names} is hidden: who is answered is answered fast.`);
  }
  if (last.self_service_share !== null) {
    parts.push(`${shareText(last.self_service_share)} of the questions needed no one of the team.`);
  }
  return parts.join(" ");
}

/* Months ------------------------------------------------------------------------------------- */

/* Shows the requests that an address names. */
let showSplit = () => {};

/* What is shown is part of the address, so that a view can be sent to somebody. */
function addSplit(fields, wanted) {
  const splits = page.requests.filter((line) => line.dimension_name !== "total");
  const nameOf = ({ dimension_name: dimension, dimension_value: value }) =>
    `${dimension}=${value}`;
  for (const dimension of new Set(splits.map((line) => line.dimension_name))) {
    const group = element("optgroup", { label: `By ${words(dimension)}` });
    for (const line of splits.filter((one) => one.dimension_name === dimension)) {
      group.append(
        element("option", { value: nameOf(line) }, departmentName(line.dimension_value)),
      );
    }
    fields.split.append(group);
  }
  function update() {
    const line = splits.find((one) => nameOf(one) === fields.split.value);
    drawFlow(fields, line ?? requestLine("total", "total"));
    return line;
  }

  fields.split.addEventListener("input", () => {
    const line = update();
    const address = new URLSearchParams({ part: "requests" });
    if (line) address.set(line.dimension_name, line.dimension_value);
    history.replaceState(null, "", `#${address}`);
  });
  showSplit = (address) => {
    const chosen = splits.find((line) => address.get(line.dimension_name) === line.dimension_value);
    fields.split.value = chosen ? nameOf(chosen) : "";
    update();
  };
  showSplit(wanted);
}

function drawFlow(fields, line) {
  const months = line.month_start;
  const unfinished = incompletePlaces(line.is_complete_month);
  const inDays = (values) => values.map((value) => (value === null ? null : value / 24));
  const shared = { months, unfinished };
  const times = { ...shared, unit: "hours", textOf: hoursText };
  fields.flow.replaceChildren(
    monthChart({
      ...shared,
      name: "Asked and answered",
      unit: "requests",
      textOf: countText,
      lines: [
        { name: "asked", values: line.asked_count },
        { name: "answered", values: line.answered_count },
      ],
    }),
    monthChart({
      ...shared,
      name: "Work in progress at the end of the month",
      unit: "requests",
      textOf: countText,
      lines: [{ name: "neither answered nor given up", values: line.work_in_progress_count }],
    }),
    monthChart({
      ...times,
      name: "Hours from request to answer",
      lines: [
        { name: "for half of the answers", values: line.lead_time_hours_p50 },
        { name: "for nine in ten", values: line.lead_time_hours_p90 },
      ],
    }),
    monthChart({
      ...shared,
      name: "Days that what waits has waited",
      unit: "days",
      textOf: (value) => hoursText(value === null ? null : value * 24),
      lines: [
        { name: "at most, for half of it", values: inDays(line.open_age_hours_p50) },
        { name: "at most, for nine in ten", values: inDays(line.open_age_hours_p90) },
      ],
    }),
    monthChart({
      ...times,
      name: "Hours to the first response",
      lines: [
        { name: "for half of the requests", values: line.first_response_hours_p50 },
        { name: "for nine in ten", values: line.first_response_hours_p90 },
      ],
    }),
    monthChart({
      ...shared,
      name: "Questions answered without the team",
      unit: "share of the questions",
      textOf: shareText,
      lines: [{ name: "of all questions of the month", values: line.self_service_share }],
    }),
    dataTable("The numbers as a table", () => flowTable(line)),
  );
  fields.flowNote.textContent =
    "Requests count in the month of what happened to them; a lead time is known of answers " +
    "alone, so read it beside what waits." +
    (unfinished.size ? " Dashed: the month is not complete." : "");
}

function flowTable(line) {
  const columns = [
    { name: "Month" },
    ...["Asked", "Answered", "Given up", "Sent back", "Asked before", "Waiting"].map(numeric),
    ...["Lead time, half", "nine in ten", "Waiting for, half", "nine in ten"].map(numeric),
    ...["Questions", "Without the team", "Share", "By what was there", "Satisfaction"].map(numeric),
  ];
  const rows = line.month_start.map((month, place) => {
    const of = (name) => line[name][place];
    return [
      monthName(month),
      ...["asked", "answered", "abandoned", "reopened", "repeated"].map((name) =>
        countText(of(`${name}_count`)),
      ),
      countText(of("work_in_progress_count")),
      ...["lead_time_hours_p50", "lead_time_hours_p90"].map((name) => hoursText(of(name))),
      ...["open_age_hours_p50", "open_age_hours_p90"].map((name) => hoursText(of(name))),
      countText(of("question_count")),
      countText(of("self_service_count")),
      shareText(of("self_service_share")),
      countText(of("existing_asset_count")),
      formatValue(of("satisfaction_p50"), null),
    ];
  });
  return table("Requests by month, the last first", columns, rows.toReversed());
}

/* The queue ---------------------------------------------------------------------------------- */

/* A queue is hidden where answers come as fast as elsewhere, and what waits is older. */
function queueState(row, all) {
  if (!row.work_in_progress_count) return "none";
  const { lead_time_hours_p50: lead, open_age_hours_p50: age } = row;
  if ([lead, age, all.lead_time_hours_p50, all.open_age_hours_p50].includes(null)) return "waiting";
  const isFast = lead <= all.lead_time_hours_p50;
  return isFast && age > all.open_age_hours_p50 ? "hidden" : "waiting";
}

function fillQueue(fields, last, queue) {
  if (!queue.length) {
    fields.queue.remove();
    return;
  }
  const end = last.is_complete_month === false ? "the end of the data" : "the month's end";
  fields.queueNote.textContent =
    `Answers of ${monthName(last.month_start)}, and what waits at ${end}. A queue is hidden ` +
    "where half of the answers come at least as fast as in all departments, while half of what " +
    "waits has waited longer.";
  const columns = [
    { name: "Department" },
    ...["Asked", "Answered", "Half within", "Nine in ten within"].map(numeric),
    ...["Waiting", "Half for at most", "Nine in ten for at most"].map(numeric),
    { name: "Queue" },
  ];
  const rows = [last, ...queue].map((row) => [
    row === last ? "All" : departmentName(row.dimension_value),
    countText(row.asked_count),
    countText(row.answered_count),
    hoursText(row.lead_time_hours_p50),
    hoursText(row.lead_time_hours_p90),
    countText(row.work_in_progress_count),
    hoursText(row.open_age_hours_p50),
    hoursText(row.open_age_hours_p90),
    row === last
      ? ""
      : element("ul", { class: "states" }, stateOf(QUEUE_STATES, queueState(row, last))),
  ]);
  fillTable(fields.queueTable, "", "By department, the longest queue first", columns, rows);
}

/* Candidates --------------------------------------------------------------------------------- */

function fillCandidates(fields) {
  const { candidates } = page;
  if (!candidates.length) {
    fields.candidatesNote.textContent = "No question was asked of the team three times.";
    fields.candidatesTable.remove();
    return;
  }
  const all = candidates[0].candidate_count;
  const hours = formatValue(sumOf(candidates, "analyst_hours"), null);
  fields.candidatesNote.textContent =
    "Asked of the team three times or more, however they were worded." +
    (all > candidates.length ? ` Here are the ${candidates.length} dearest of ${all}.` : "") +
    ` They took ${hours} hours of the team, as far as hours were written down.`;
  const columns = [
    { name: "Question" },
    ...["Asked", "Wordings", "Hours", "Hours, last 90 days"].map(numeric),
    { name: "Answer is in" },
    { name: "What to do" },
  ];
  const rows = candidates.map((row) => [
    nodesIn(row.title ?? row.question_group, small(row.departments ?? "")),
    countText(row.times_asked),
    countText(row.wording_count),
    nodesIn(
      formatValue(row.analyst_hours, null),
      small(
        row.unknown_effort_count
          ? `${number(row.unknown_effort_count)} without`
          : row.reason === null
            ? ""
            : reasonText(row.reason),
      ),
    ),
    formatValue(row.hours_last_90_days, null),
    nodesIn(...nameNodes([row.existing_asset ?? row.tables_used ?? NOTHING])),
    SUGGESTIONS[row.suggestion] ?? words(row.suggestion ?? NOTHING),
  ]);
  fillTable(fields.candidatesTable, "", "By hours of the team, the dearest first", columns, rows);
}
