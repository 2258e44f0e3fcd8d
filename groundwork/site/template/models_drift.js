/* What moved: triggers for a new version, and how far features and scores are from the
   reference. */

const DRIFT_HEIGHT = 170;
const DEFAULT_MEASURE = "psi";

/* Triggers ----------------------------------------------------------------------------------- */

function fillTriggers(fields, model) {
  const { triggers, card } = model;
  if (!triggers.length) {
    fields.triggersNote.textContent =
      "Nothing is watched: no predictions of single entities are on record.";
    fields.triggers.querySelector("ul").remove();
    fields.triggersOther.remove();
    return;
  }
  const own = triggersOf(model);
  const others = triggers.filter((trigger) => !own.includes(trigger));
  const count = own.filter((trigger) => trigger.is_triggered).length;
  fields.triggersNote.textContent = own.length
    ? `Of ${card.version_id}: ${count || "none"} of ${own.length} ask${
        count === 1 ? "s" : ""
      } for a new version. Two chunks in a row beyond the bound make a trigger.`
    : "The version of the card has predicted nothing; these are of others.";
  const shown = own.length ? own : others;
  fields.triggersList.append(...shown.map((trigger) => triggerRow(model, trigger)));
  if (shown === others || !others.length) {
    fields.triggersOther.remove();
    return;
  }
  fields.triggersOther.querySelector("summary").textContent =
    `Triggers of other versions (${others.length})`;
  fields.triggersOther
    .querySelector("ul")
    .append(...others.map((trigger) => triggerRow(model, trigger)));
}

function triggerRow(model, trigger) {
  const { trigger_name: name, version_id: version, subject, value, threshold } = trigger;
  const isNamed = subject !== null && subject !== "age";
  const figures =
    value === null ? "" : `${metricText(value)}, bound ${metricText(threshold)}`;
  const about = [version, figures, sureText(model, trigger)].filter(Boolean).join("; ");
  return element(
    "li",
    { class: "check" },
    element("ul", { class: "states" }, stateOf(TRIGGER_STATES, triggerState(trigger))),
    element(
      "div",
      {},
      element("strong", {}, TRIGGERS[name] ?? capitalised(words(name))),
      ...(isNamed ? [" of ", element("code", {}, subject)] : []),
      " ",
      element("span", { class: "check-about" }, about),
      element("p", {}, told(trigger.explanation ?? reasonText(trigger.reason))),
    ),
  );
}

/* Drift -------------------------------------------------------------------------------------- */

function subjectOf({ feature_name: feature }) {
  return feature ?? "score";
}

/* Lines of a version by a measure: the score first, then what drifted most often. */
function driftLines({ drift }, { version, measure }) {
  const count = (line) => line.is_drifted.filter(Boolean).length;
  return drift
    .filter((line) => line.version_id === version && line.measure === measure)
    .sort(
      (one, other) =>
        (one.feature_name !== null) - (other.feature_name !== null) || count(other) - count(one),
    );
}

function measuresOf({ drift }, version) {
  const there = new Set(
    drift.filter((line) => line.version_id === version).map((line) => line.measure),
  );
  return Object.keys(MEASURES).filter((measure) => there.has(measure));
}

function measureUnit(measure) {
  return measure.startsWith("share") ? "share" : null;
}

function drawDrift(fields, model, view) {
  const lines = driftLines(model, view);
  fields.driftHeading.textContent = ofVersion("Drift", view.version);
  fields.measureChoice.hidden = !lines.length;
  for (const host of [fields.driftLegend, fields.driftCharts]) host.replaceChildren();
  if (!lines.length) {
    fields.driftNote.textContent = isRanking(model)
      ? "Nothing to compare: no scores of single entities are on record."
      : "Nothing to compare: no predictions are on record.";
    return;
  }
  const range = trendRange([0], ...lines.flatMap(({ value, threshold }) => [value, threshold]));
  fields.driftNote.textContent = driftNote(lines);
  fields.driftLegend.append(
    legendItem("key-main", MEASURES[view.measure]),
    legendItem("key-limit", "threshold; higher where a chunk has few values"),
    legendItem("key-alarm", "drifted"),
  );
  const panels = lines.map((line) => driftPanel(model, line, range));
  const title = `${capitalised(MEASURES[view.measure])} by ${grainOf(model)}, newest first`;
  fields.driftCharts.append(
    element("ul", { class: "smalls drifts" }, ...panels),
    dataTable("Data table", () => driftTable(title, lines)),
  );
}

function driftNote(lines) {
  const isOf = (line) => line.is_drifted.some(Boolean);
  const drifted = lines.filter(isOf).map(subjectOf);
  const isJudged = lines.some((line) => hasValues(line.is_drifted));
  const reason = lines.flatMap((line) => line.reason).find((one) => one !== null) ?? null;
  const quiet = isJudged
    ? "No chunk is beyond the threshold."
    : `No chunk could be judged: ${reasonText(reason)}.`;
  const notes = [
    drifted.length ? `Beyond the threshold in some chunk: ${drifted.join(", ")}.` : quiet,
  ];
  const features = lines.filter((line) => line.feature_name !== null);
  if (!features.length) notes.push("No features of this version are on record.");
  if (lines.length > 1) notes.push("All on one scale.");
  return notes.join(" ");
}

function driftPanel(model, line, range) {
  const judged = line.is_drifted.findLastIndex((flag) => flag !== null);
  const unit = measureUnit(line.measure);
  const isKnown = hasValues(line.value);
  const isDrifted = line.is_drifted[judged] === true;
  const states = element("ul", { class: "states" });
  if (judged >= 0) {
    states.append(
      isDrifted ? state("off", "!", "Drifted") : state("on", "\u2713", "As the reference"),
    );
  } else {
    states.append(state("open", NOTHING, "Not judged"));
  }
  const head = element(
    "p",
    { class: "small-head" },
    element("span", { class: "small-name" }, subjectOf(line)),
    element("span", { class: "small-value" }, formatValue(line.value[judged] ?? null, unit)),
  );
  if (!isKnown) {
    const reason = line.reason.findLast((one) => one !== null) ?? null;
    const text = `No value: ${reasonText(reason)}.`;
    return element("li", { class: "small" }, head, states, element("p", { class: "empty" }, text));
  }
  const host = element("div", { class: "chart" });
  trend(host, DRIFT_HEIGHT, () => driftSpec(model, line, range));
  return element("li", { class: "small" }, head, states, host);
}

function driftSpec(model, line, range) {
  const { chunk_start: periods, value, threshold, is_drifted: drifted } = line;
  const trigger = model.triggers.find(
    (one) => one.is_triggered && one.version_id === line.version_id && isAbout(one, line),
  );
  const place = trigger ? placeOf(periods, trigger.since_date) : null;
  return {
    grain: grainOf(model),
    unit: measureUnit(line.measure),
    periods,
    label: driftLabel(model, line),
    range,
    lines: [{ kind: "", values: value, unfinished: unfinishedPlaces(line) }],
    bands: [],
    thresholds: threshold,
    zones: zonesOf("reference", "reference", line.is_reference),
    marks: [...drifted.keys()].flatMap((at) =>
      drifted[at] ? [{ kind: "realised", place: at, value: value[at] }] : [],
    ),
    since: place === null ? null : { place, text: "triggered since" },
    hasKeys: true,
    tip: (_, at) => driftTip(model, line, at),
  };
}

/* Whether a trigger is about what a line shows. */
function isAbout({ trigger_name: name, subject }, { feature_name: feature, measure }) {
  if (measure !== DEFAULT_MEASURE) return false;
  return feature === null ? name === "prediction_drift" : subject === feature;
}

function driftTip(model, line, place) {
  const unit = measureUnit(line.measure);
  const value = line.value[place];
  const states = [
    line.is_drifted[place] ? "! drifted" : "",
    line.reason[place] && value !== null ? reasonText(line.reason[place]) : "",
    line.is_reference[place] ? "of the reference" : "",
    line.is_complete_chunk[place] ? "" : `${grainOf(model)} not complete`,
  ].filter(Boolean);
  return {
    "tip-period": capitalised(periodName(grainOf(model), line.chunk_start[place])),
    "tip-value":
      value === null
        ? `no value: ${reasonText(line.reason[place])}`
        : formatValue(value, unit),
    "tip-note limit": `threshold ${formatValue(line.threshold[place], unit)}`,
    "tip-note count": `${countText(line.chunk_count[place])} values`,
    ...(states.length ? { "tip-note state": states.join(", ") } : {}),
  };
}

function driftLabel(model, line) {
  const unit = measureUnit(line.measure);
  const drifted = line.is_drifted.filter(Boolean).length;
  const last = line.value.findLastIndex((value) => value !== null);
  const [value, threshold] = [line.value, line.threshold].map((values) =>
    formatValue(values[last], unit),
  );
  return (
    `${subjectOf(line)}: ${MEASURES[line.measure]} by ${grainOf(model)}, latest ${value}, ` +
    `threshold ${threshold}. ` +
    `${drifted || "No"} of ${line.value.length} chunks drifted.`
  );
}

function driftTable(caption, lines) {
  const columns = [
    { name: "Of" },
    { name: "Chunk from" },
    { name: "Value", isNumber: true },
    { name: "Threshold", isNumber: true },
    { name: "Values", isNumber: true },
    { name: "Drifted" },
    { name: "Remark" },
  ];
  const rows = lines.flatMap((line) =>
    line.chunk_start
      .map((day, place) => [
        subjectOf(line),
        dayName(day),
        formatExact(line.value[place], measureUnit(line.measure)),
        formatExact(line.threshold[place], measureUnit(line.measure)),
        countText(line.chunk_count[place]),
        driftedWord(line.is_drifted[place]),
        [
          line.is_reference[place] ? "reference" : "",
          line.is_complete_chunk[place] ? "" : "not complete",
          line.reason[place] ? reasonText(line.reason[place]) : "",
        ]
          .filter(Boolean)
          .join("; "),
      ])
      .reverse(),
  );
  return table(caption, columns, rows);
}

function driftedWord(isDrifted) {
  if (isDrifted === null) return NOTHING;
  return isDrifted ? "! yes" : "no";
}
