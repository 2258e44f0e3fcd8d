/* How a version does over time: realised beside estimated, by segment, and its calibration. */

const PERFORMANCE_HEIGHT = 320;
const SEGMENT_HEIGHT = 190;
const CALIBRATION_HEIGHT = 300;
/* In pixels: the least and the most that a point of calibration measures. */
const BIN_RADIUS = { least: 2.5, most: 8 };

function grainOf({ chunk_grain: grain }) {
  return grain ?? "week";
}

/* The total of a version by a metric; by another one where it is not measured by that. */
function performanceLine({ performance }, version, metric) {
  const lines = performance.filter((line) => line.version_id === version);
  return lines.find((line) => line.metric_name === metric) ?? lines[0] ?? null;
}

/* Lines ------------------------------------------------------------------------------------- */

/* Places of chunks that are not over, or whose labels are not all in. */
function immaturePlaces({ chunk_start: chunks, is_complete_chunk: over, ...line }) {
  const isOpen = (place) =>
    !over[place] || line.mature_count[place] < line.prediction_count[place];
  return new Set([...chunks.keys()].filter(isOpen));
}

function unfinishedPlaces({ is_complete_chunk: over }) {
  return new Set([...over.keys()].filter((place) => !over[place]));
}

function hasValues(values) {
  return values.some((value) => value !== null);
}

function performanceSpec(model, line, { isBrief = false, range = null, since = null } = {}) {
  const { chunk_start: periods, realised_value: realised, estimated_value: estimated } = line;
  const immature = immaturePlaces(line);
  const bands = [];
  if (line.band_lower !== null) {
    bands.push({ kind: "band", low: line.band_lower, high: line.band_upper });
  }
  if (!isBrief && line.estimated_band_lower !== null) {
    bands.push({ kind: "once", low: line.estimated_band_lower, high: line.estimated_band_upper });
  }
  const lines = [{ kind: "realised", values: realised, unfinished: immature }];
  if (hasValues(estimated)) {
    lines.push({ kind: "estimated", values: estimated, unfinished: unfinishedPlaces(line) });
  }
  const pending = periods.map((_, place) => immature.has(place));
  return {
    grain: grainOf(model),
    unit: null,
    periods,
    label: performanceLabel(model, line),
    range: range ?? performanceRange([line]),
    lines,
    bands,
    thresholds: null,
    zones: [
      ...zonesOf("reference", isBrief ? "" : "reference", line.is_reference),
      ...zonesOf("pending", isBrief ? "" : "labels to come", pending),
    ],
    marks: alarmsOf(line),
    since,
    hasKeys: !isBrief,
    tip: (_, place) => performanceTip(model, line, place),
  };
}

function performanceRange(lines) {
  return trendRange(
    ...lines.map((line) => [
      ...line.realised_value,
      ...line.estimated_value,
      ...[line.band_lower, line.band_upper],
      ...[line.estimated_band_lower, line.estimated_band_upper],
    ]),
  );
}

function alarmsOf({ is_realised_alarm: realised, is_estimated_alarm: estimated, ...line }) {
  return [...realised.keys()].flatMap((place) => [
    ...(realised[place] ? [{ kind: "realised", place, value: line.realised_value[place] }] : []),
    ...(estimated[place] ? [{ kind: "estimated", place, value: line.estimated_value[place] }] : []),
  ]);
}

function performanceTip(model, line, place) {
  const realised = line.realised_value[place];
  const estimated = line.estimated_value[place];
  const notes = {
    "tip-period": capitalised(periodName(grainOf(model), line.chunk_start[place])),
    "tip-value":
      realised === null
        ? `not realised: ${reasonText(line.reason[place])}`
        : `${metricText(realised)} realised`,
    "tip-note estimate":
      estimated === null
        ? `no estimate: ${reasonText(line.estimated_reason[place])}`
        : `${metricText(estimated)} estimated`,
    "tip-note matured": `${countText(line.mature_count[place])} of ${countText(
      line.prediction_count[place],
    )} predictions matured`,
  };
  const states = [
    line.is_realised_alarm[place] ? "! realised alarm" : "",
    line.is_estimated_alarm[place] ? "! estimated alarm" : "",
    line.is_reference[place] ? "of the reference" : "",
    line.is_complete_chunk[place] ? "" : `${grainOf(model)} not complete`,
  ].filter(Boolean);
  return states.length ? { ...notes, "tip-note state": states.join(", ") } : notes;
}

/* The chart in a sentence, for those who do not see it. */
function performanceLabel(model, line) {
  const name = `${metricName(line.metric_name)} of ${line.version_id} by ${grainOf(model)}`;
  const last = line.realised_value.findLastIndex((value) => value !== null);
  if (last < 0) return `${name}: no outcomes have matured yet.`;
  const band =
    line.band_lower === null
      ? "without a band"
      : `band ${rangeText(line.band_lower, line.band_upper, metricText)}`;
  return (
    `${name}: ${metricText(line.realised_value[last])} realised in the ` +
    `${periodName(grainOf(model), line.chunk_start[last])}, ${band}. ${alarmText(model, line)}`
  );
}

/* "Outside the band: 9 of 22 judged weeks as realised, none of 25 as estimated." */
function alarmText(model, line) {
  const counted = (flags) => {
    const judged = flags.filter((flag) => flag !== null);
    return [judged.filter(Boolean).length || "none", judged.length];
  };
  const grain = grainOf(model);
  const [realised, matured] = counted(line.is_realised_alarm);
  const [estimated, whole] = counted(line.is_estimated_alarm);
  const parts = [];
  if (matured) parts.push(`${realised} of ${matured} judged ${grain}s as realised`);
  if (whole) parts.push(`${estimated} of ${whole} as estimated`);
  return parts.length ? `Outside the band: ${parts.join(", ")}.` : `No ${grain} could be judged.`;
}

/* The panel --------------------------------------------------------------------------------- */

function drawPerformance(fields, model, view) {
  const line = performanceLine(model, view.version, view.metric);
  const hosts = [fields.performanceLegend, fields.performanceChart, fields.segments];
  for (const host of hosts) host.replaceChildren();
  fields.performanceHeading.textContent = ofVersion("Performance", view.version);
  fields.metricChoice.hidden = !line;
  if (!line) {
    fields.performanceNote.textContent = unmeasuredText(model, view);
    return;
  }
  fields.performanceNote.textContent = performanceNote(model, line);
  fields.performanceLegend.append(...performanceLegend(line));
  const host = element("div", { class: "chart" });
  const since = sinceOf(model, view.version, "realised_decay", line);
  trend(host, PERFORMANCE_HEIGHT, () => performanceSpec(model, line, { since }));
  const title = `${capitalised(metricName(line.metric_name))} by ${grainOf(model)}`;
  fields.performanceChart.append(
    element("p", { class: "axis-title" }, `${title}, ${betterText(line.metric_name)}`),
    host,
    dataTable("Data table", () => performanceTable(`${title}, newest first`, line)),
  );
  if (line.metric_name === model.validation_metric) drawSegments(fields.segments, model, line);
}

function unmeasuredText(model, { version }) {
  if (isRanking(model)) {
    return (
      "Ranked lists are not measured by labels: they have measures of their own, further down. " +
      "No outcomes of single predictions are expected."
    );
  }
  if (version === null) return "Nothing to measure: it has no version yet.";
  return "No outcomes have matured yet: no predictions of this version are on record.";
}

function performanceNote(model, line) {
  const notes = [alarmText(model, line)];
  if (!hasValues(line.realised_value)) {
    notes.unshift(`No outcomes have matured yet: ${reasonText(line.reason.at(-1))}.`);
  }
  if (line.band_reason !== null) {
    notes.push(`Realised values have no band: ${reasonText(line.band_reason)}.`);
  }
  if (!hasValues(line.estimated_value)) {
    notes.push(`There is no estimate: ${reasonText(line.estimated_reason.at(-1))}.`);
  }
  const immature = [...immaturePlaces(line)];
  if (immature.length) {
    const [first, last] = [immature[0], immature.at(-1)];
    const names = [first, last].map((place) =>
      periodName(grainOf(model), line.chunk_start[place]),
    );
    notes.push(`Labels are still to come: ${[...new Set(names)].join(" to ")}.`);
  }
  return notes.join(" ");
}

function performanceLegend(line) {
  const items = [legendItem("key-main", "realised, on labels")];
  if (hasValues(line.estimated_value)) {
    items.push(legendItem("key-estimated", "estimated without labels (CBPE)"));
  }
  if (line.band_lower !== null) {
    const range = rangeText(line.band_lower, line.band_upper, metricText);
    items.push(legendItem("key-always", `band of the reference, ${range}`));
  }
  if (line.estimated_band_lower !== null) {
    items.push(legendItem("key-once", "band of the estimate"));
  }
  const alarms = new Set(alarmsOf(line).map(({ kind }) => kind));
  if (alarms.has("realised")) items.push(legendItem("key-alarm", "realised alarm"));
  if (alarms.has("estimated")) {
    items.push(legendItem("key-alarm key-estimated", "estimated alarm"));
  }
  return items;
}

/* The day since when a trigger of the version holds, as a place of the line. */
function sinceOf({ triggers }, version, name, { chunk_start: periods, metric_name: metric }) {
  const trigger = triggers.find(
    (one) =>
      one.is_triggered &&
      one.version_id === version &&
      one.trigger_name === name &&
      one.subject === metric,
  );
  const place = trigger ? placeOf(periods, trigger.since_date) : null;
  return place === null ? null : { place, text: "triggered since" };
}

function performanceTable(caption, line) {
  const columns = [
    { name: "Chunk from" },
    { name: "Realised", isNumber: true },
    { name: "Estimated", isNumber: true },
    { name: "Predictions", isNumber: true },
    { name: "Matured", isNumber: true },
    { name: "Without outcome", isNumber: true },
    { name: "Positive", isNumber: true },
    { name: "Alarm" },
    { name: "Remark" },
  ];
  const rows = line.chunk_start.map((day, place) => [
    dayName(day),
    formatExact(line.realised_value[place], null),
    formatExact(line.estimated_value[place], null),
    countText(line.prediction_count[place]),
    countText(line.mature_count[place]),
    countText(line.unlabelled_count[place]),
    countText(line.positive_count[place]),
    alarmWord(line.is_realised_alarm[place], line.is_estimated_alarm[place]),
    remarkText(line, place),
  ]);
  return table(caption, columns, rows.reverse());
}

function alarmWord(realised, estimated) {
  const words = [realised ? "realised" : "", estimated ? "estimated" : ""].filter(Boolean);
  if (words.length) return `! ${words.join(" and ")}`;
  return realised === null && estimated === null ? NOTHING : "no";
}

function remarkText(line, place) {
  const reasons = [line.reason[place], line.estimated_reason[place]].filter(Boolean);
  return [
    line.is_reference[place] ? "reference" : "",
    line.is_complete_chunk[place] ? "" : "not complete",
    ...new Set(reasons.map(reasonText)),
  ]
    .filter(Boolean)
    .join("; ");
}

/* Segments ---------------------------------------------------------------------------------- */

/* A line on the chunks of another one, so that charts side by side share their time. */
function alignedTo(periods, line) {
  const places = periods.map((period) => line.chunk_start.indexOf(period));
  const columns = Object.entries(line).map(([name, values]) => {
    if (!Array.isArray(values)) return [name, values];
    const nothing = { mature_count: 0, prediction_count: 0, is_complete_chunk: true }[name] ?? null;
    return [name, places.map((place) => (place < 0 ? nothing : values[place]))];
  });
  return { ...Object.fromEntries(columns), chunk_start: periods };
}

function drawSegments(host, model, total) {
  const lines = model.segments
    .filter((line) => line.version_id === total.version_id)
    .map((line) => alignedTo(total.chunk_start, line));
  if (!lines.length) return;
  const [{ segment_count: all }] = lines;
  const range = performanceRange(lines);
  const which = all > lines.length ? `The ${lines.length} largest of ${all}` : "All";
  const rows = lines.map((line) => {
    const last = line.realised_value.findLastIndex((value) => value !== null);
    const alarms = line.is_realised_alarm.filter(Boolean).length;
    const head = element(
      "p",
      { class: "small-head" },
      element("span", { class: "small-name" }, line.segment_value),
      element("span", { class: "small-value" }, metricText(line.realised_value[last] ?? null)),
      element("span", { class: "small-change" }, `${alarms} alarm${alarms === 1 ? "" : "s"}`),
    );
    const chart = element("div", { class: "chart" });
    trend(chart, SEGMENT_HEIGHT, () => performanceSpec(model, line, { range }));
    return element("li", { class: "small" }, head, chart);
  });
  host.append(
    element("h4", {}, "Segments ", small(`${which}, on one scale; the latest realised value`)),
    element("ul", { class: "smalls" }, ...rows),
    dataTable("Data table of segments", () => segmentTable(lines)),
  );
}

function segmentTable(lines) {
  const columns = [
    { name: "Segment" },
    { name: "Chunk from" },
    { name: "Realised", isNumber: true },
    { name: "Estimated", isNumber: true },
    { name: "Predictions", isNumber: true },
    { name: "Matured", isNumber: true },
    { name: "Alarm" },
  ];
  const rows = lines.flatMap((line) =>
    line.chunk_start
      .map((day, place) => [
        line.segment_value,
        dayName(day),
        formatExact(line.realised_value[place], null),
        formatExact(line.estimated_value[place], null),
        countText(line.prediction_count[place]),
        countText(line.mature_count[place]),
        alarmWord(line.is_realised_alarm[place], line.is_estimated_alarm[place]),
      ])
      .reverse(),
  );
  return table("Segments, newest first", columns, rows);
}

/* Calibration ------------------------------------------------------------------------------- */

function drawCalibrationPanel(fields, model, view) {
  const bins = model.calibration.filter((bin) => bin.version_id === view.version);
  fields.calibration.hidden = !bins.length && model.task !== "binary_classification";
  fields.calibrationChart.replaceChildren();
  fields.calibrationHeading.textContent = ofVersion("Calibration", view.version);
  fields.calibrationNote.textContent = bins.length
    ? "By tenth of the score: what the scores promised against what came. On the diagonal they " +
      "mean what they say; a larger point has more predictions."
    : "No outcomes have matured yet, so nothing says whether its scores mean what they say.";
  if (!bins.length) return;
  const host = element("div", { class: "chart calibration" });
  host.style.height = `${CALIBRATION_HEIGHT}px`;
  drawWhenNear(host, () => drawCalibration(host, bins));
  fields.calibrationChart.append(
    element(
      "ul",
      { class: "legend-list" },
      legendItem("key-bin", "since the reference"),
      legendItem("key-bin key-before", "reference"),
    ),
    host,
    dataTable("Data table", () => calibrationTable(bins)),
  );
}

function drawCalibration(host, bins) {
  const width = host.clientWidth;
  const [left, right, top, bottom] = [48, width - 20, 12, CALIBRATION_HEIGHT - 40];
  const x = (share) => left + share * (right - left);
  const y = (share) => bottom - share * (bottom - top);
  const drawing = svg("svg", {
    viewBox: `0 0 ${width} ${CALIBRATION_HEIGHT}`,
    width,
    height: CALIBRATION_HEIGHT,
    role: "img",
    "aria-label": calibrationLabel(bins),
  });
  for (const { value, text } of valueTicks(0, 1, 5, "share")) {
    drawing.append(
      svg("line", { class: "grid", x1: left, x2: right, y1: y(value), y2: y(value) }),
      svg("text", { class: "tick", x: left - 8, y: y(value) + 4, "text-anchor": "end" }, text),
      svg("text", { class: "tick", x: x(value), y: bottom + 16, "text-anchor": "middle" }, text),
    );
  }
  const middle = (left + right) / 2;
  const name = "mean score (predicted)";
  drawing.append(
    svg("line", { class: "zero", x1: x(0), y1: y(0), x2: x(1), y2: y(1) }),
    svg("text", { class: "tick", x: middle, y: bottom + 34, "text-anchor": "middle" }, name),
  );
  const most = Math.max(...bins.map((bin) => bin.prediction_count));
  for (const period of ["reference", "analysis"]) {
    const group = svg("g", { class: `bins ${period}` });
    const known = bins.filter((bin) => bin.period === period && bin.positive_share !== null);
    const points = known.map((bin) => `${x(bin.mean_score)} ${y(bin.positive_share)}`);
    group.append(svg("path", { class: "line", d: points.length ? `M${points.join("L")}` : "" }));
    for (const bin of known) {
      const r = Math.max(
        BIN_RADIUS.least,
        BIN_RADIUS.most * Math.sqrt(bin.prediction_count / most),
      );
      const point = { cx: x(bin.mean_score), cy: y(bin.positive_share), r };
      group.append(svg("circle", { class: "bin", ...point }));
    }
    drawing.append(group);
  }
  host.replaceChildren(drawing);
}

function calibrationLabel(bins) {
  const points = bins.map(
    (bin) =>
      `${bin.period} ${shareText(bin.mean_score)} promised, ${shareText(bin.positive_share)} came`,
  );
  return `Calibration by tenth of the score: ${points.join("; ")}.`;
}

function calibrationTable(bins) {
  const columns = [
    { name: "Score" },
    { name: "Period" },
    { name: "Promised", isNumber: true },
    { name: "Came", isNumber: true },
    { name: "Predictions", isNumber: true },
    { name: "Positive", isNumber: true },
  ];
  const rows = bins.map((bin) => [
    `${fixed(bin.bin_lower, 1)} to ${fixed(bin.bin_upper, 1)}`,
    bin.period === "analysis" ? "since the reference" : bin.period,
    shareText(bin.mean_score),
    shareText(bin.positive_share),
    countText(bin.prediction_count),
    countText(bin.positive_count),
  ]);
  return table("What the scores promised, and what came", columns, rows);
}
