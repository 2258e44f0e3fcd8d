/* Numbers of an experiment: its effects with intervals, day by day, and by segment. */

const BAND_HEIGHT = 280;

/* Effects ----------------------------------------------------------------------------------- */

function fillEffects(fields, experiment) {
  const { effects, alpha } = experiment;
  if (!effects.length) {
    fields.effects.remove();
    return;
  }
  const days = [...new Set(effects.map((row) => row.as_of_date))].map(dayName);
  const isDecided = effects.every((row) => row.is_decision_date);
  const day = isDecided ? "day that decides" : "latest day";
  fields.effectsHeading.textContent = `Effects on the ${day}, ${days.join(" and ")}`;
  fields.effectsNote.textContent =
    `Change against the control, with its ${confidenceText(alpha)} interval, on a scale of ` +
    `ratios${maturedText(experiment)}.`;
  const shown = effects.filter((row) => row.is_decision_estimator);
  const groups = Object.entries(ROLES).flatMap(([role, meaning]) => {
    const rows = shown.filter((row) => row.role === role);
    return rows.length ? [{ ...meaning, rows: rows.map((row) => effectRow(experiment, row)) }] : [];
  });
  const host = fields.effectsForest;
  host.append(
    forestLegend(groups.flatMap(({ rows }) => rows)),
    forest(groups, forestLabel(groups)),
    dataTable("Data table", () => effectTable(experiment)),
  );
}

function confidenceText(alpha) {
  return shareText(1 - alpha);
}

function maturedText({ effects }) {
  const shares = effects.map((row) => row.matured_share).filter((share) => share !== null);
  const least = Math.min(1, ...shares);
  return least < 1
    ? `. Of units whose window has closed alone: ${shareText(least)} of those exposed`
    : "";
}

function effectRow(experiment, row) {
  const { metric_name: name, treatment_variant_id: treatment } = row;
  const unit = unitOf(experiment, name);
  const twin = experiment.effects.find(
    (other) =>
      !other.is_decision_estimator &&
      other.metric_name === name &&
      other.treatment_variant_id === treatment &&
      other.reason === null,
  );
  const margin = marginOf(row);
  const notes = [
    treatmentText(experiment, treatment),
    margin === null ? "" : `margin ${relativeText(margin)}`,
    SHORT_ESTIMATORS[row.estimator] ?? words(row.estimator),
  ];
  const isKnown = hasInterval(row);
  return {
    label: [metricLink(name)],
    name: metricLabel(name) + (treatmentText(experiment, treatment) && ` (${treatment})`),
    note: notes.filter(Boolean).join(" \u00b7 "),
    number: isKnown ? relativeText(row.relative_effect) : "",
    detail: isKnown ? relativeRange(row) : "",
    verdict: row.verdict === null ? null : stateOf(VERDICTS, row.verdict),
    missing: isKnown ? "" : missingText(row, unit),
    margin,
    main: isKnown ? row : null,
    other: isKnown && twin && hasInterval(twin) ? twin : null,
  };
}

/* Why there is no relative effect; the effect in units where that is known. */
function missingText(row, unit) {
  const known = row.effect === null ? "" : ` The effect is ${effectText(row.effect, unit)}.`;
  return `No number: ${reasonText(row.reason)}.${known}`;
}

function forestLabel(groups) {
  const told = groups.flatMap(({ rows }) =>
    rows.map(({ name, number: value, detail, missing }) =>
      missing ? `${name}: ${missing}` : `${name} ${value}, ${detail}.`,
    ),
  );
  return `Relative effects with intervals. ${told.join(" ")}`;
}

function forestLegend(rows) {
  const items = [legendItem("key-main", "estimator that decides")];
  if (rows.some(({ other }) => other)) items.push(legendItem("key-other", "the other estimator"));
  if (rows.some(({ margin }) => margin !== null)) {
    items.push(legendItem("key-margin", "margin of a guardrail: beyond it is harm"));
  }
  return element("ul", { class: "legend-list" }, ...items);
}

function effectTable(experiment) {
  const columns = [
    { name: "Metric" },
    { name: "Role" },
    { name: "Treatment" },
    { name: "Estimator" },
    numeric("Control"),
    numeric("Treatment"),
    numeric("Effect"),
    numeric("Interval"),
    numeric("Relative"),
    numeric("Interval"),
    numeric("p adjusted"),
    numeric("p not worse"),
    numeric("p harm"),
    numeric("Units"),
    { name: "Verdict" },
    { name: "Why no number" },
  ];
  const rows = experiment.effects.map((row) => {
    const unit = unitOf(experiment, row.metric_name);
    return [
      metricLabel(row.metric_name),
      words(row.role ?? ""),
      row.treatment_variant_id,
      (SHORT_ESTIMATORS[row.estimator] ?? words(row.estimator)) +
        (row.is_decision_estimator ? " (decides)" : ""),
      formatExact(row.control_mean, unit),
      formatExact(row.treatment_mean, unit),
      effectText(row.effect, unit),
      effectRange(row, unit),
      row.relative_effect === null ? NOTHING : relativeText(row.relative_effect),
      relativeRange(row),
      pText(row.p_value_adjusted),
      pText(row.non_inferiority_p_value),
      pText(row.harm_p_value),
      `${countText(row.control_n)} + ${countText(row.treatment_n)}`,
      row.verdict === null ? NOTHING : meaningOf(VERDICTS, row.verdict).text,
      row.reason === null ? "" : reasonText(row.reason),
    ];
  });
  return table("Effects, the treatment less the control", columns, rows);
}

/* Day by day -------------------------------------------------------------------------------- */

function fillDaily(fields, experiment) {
  const lines = experiment.daily.filter(({ effect }) => effect.some((value) => value !== null));
  if (!lines.length) {
    if (!experiment.daily.length) {
      fields.daily.remove();
      return;
    }
    const reason = reasonText("not_matured");
    fields.dailyNote.textContent = `No day has a number of a primary yet: ${reason}.`;
    fields.dailyLegend.remove();
    return;
  }
  fields.dailyNote.textContent =
    "Each day as it was known then, of units whose window had closed. Only the wide band may be " +
    "looked at every day: it holds on all days together. It starts where the units are enough for it.";
  fields.dailyLegend.append(
    legendItem("key-line", "effect"),
    legendItem("key-always", "always-valid interval"),
    legendItem("key-once", "interval of a single look"),
  );
  fields.dailyCharts.classList.toggle("several", lines.length > 1);
  fields.dailyCharts.append(...lines.map((line) => bandPanel(experiment, line)));
}

function bandPanel(experiment, line) {
  const { metric_name: name, treatment_variant_id: id, days } = line;
  const decided = experiment.treatments.find((one) => one.treatment_variant_id === id);
  const unit = unitOf(experiment, name);
  const isPoints = isShare(unit);
  const factor = isPoints ? 100 : 1;
  const scaled = (values) => values.map(orNull((value) => value * factor));
  const placeOf = (day) => (days.includes(day) ? days.indexOf(day) : null);
  const decision = placeOf(decided?.decision_date);
  const planned = placeOf(decided?.planned_decision_date);
  const title = metricLabel(name) + (treatmentText(experiment, id) && `, ${id}`);
  const host = element("div", { class: "chart" });
  host.style.height = `${BAND_HEIGHT}px`;
  const spec = {
    grain: "day",
    height: BAND_HEIGHT,
    unit: isPoints ? "percentage points" : unit,
    periods: days,
    label: bandLabel(title, line, unit, decision),
    values: scaled(line.effect),
    lows: scaled(line.effect_ci_lower),
    highs: scaled(line.effect_ci_upper),
    validLows: scaled(line.always_valid_ci_lower),
    validHighs: scaled(line.always_valid_ci_upper),
    decision,
    planned: planned === decision ? null : planned,
    hasKeys: true,
    tip: (_, place) => bandTip(line, unit, place),
  };
  drawWhenNear(host, () => drawBand(host, spec));
  const measured = isPoints ? `percentage points of the ${unit}` : unit || "effect";
  const axisTitle = `${title}: ${measured}, treatment less control`;
  const caption = `${title}: effect by day, newest first`;
  return element(
    "div",
    { class: "band-panel" },
    element("p", { class: "axis-title" }, axisTitle),
    host,
    dataTable("Data table", () => dailyTable(caption, line, unit)),
  );
}

function bandTip(line, unit, place) {
  const textOf = (value) => effectText(value, unit);
  const range = (kind) =>
    rangeText(line[`${kind}_ci_lower`][place], line[`${kind}_ci_upper`][place], textOf);
  const value = line.effect[place];
  return {
    "tip-period": weekdayName(line.days[place]),
    "tip-value": value === null ? "no number yet" : textOf(value),
    "tip-note": value === null ? "" : `always valid ${range("always_valid")}`,
    "tip-note once": value === null ? "" : `single look ${range("effect")}`,
  };
}

function bandLabel(title, line, unit, decision) {
  const last = line.effect.findLastIndex((value) => value !== null);
  const place = decision !== null && line.effect[decision] !== null ? decision : last;
  const { "tip-value": value, "tip-note": valid } = bandTip(line, unit, place);
  return `${title}: effect by day. On ${dayName(line.days[place])} ${value}, ${valid}.`;
}

function dailyTable(caption, line, unit) {
  const textOf = (value) => effectText(value, unit);
  const columns = [
    { name: "Day" },
    { name: "Effect", isNumber: true },
    { name: "Always valid", isNumber: true },
    { name: "Single look", isNumber: true },
    { name: "Units", isNumber: true },
  ];
  const rows = line.days.map((day, place) => [
    dayName(day),
    textOf(line.effect[place]),
    rangeText(line.always_valid_ci_lower[place], line.always_valid_ci_upper[place], textOf),
    rangeText(line.effect_ci_lower[place], line.effect_ci_upper[place], textOf),
    countText(line.units[place]),
  ]);
  return table(caption, columns, rows.reverse());
}

/* Segments ---------------------------------------------------------------------------------- */

function fillSegments(fields, experiment) {
  const { segments, segment_count: all } = experiment;
  if (!all) {
    fields.segments.remove();
    return;
  }
  const silent = all - segments.length;
  const silence = silent ? ` ${silent} of ${all} segments have too few units for a number.` : "";
  fields.segmentsNote.textContent = segments.length
    ? "A hint at most: nobody registered them, and among many segments some differ by chance." +
      silence
    : `None of the ${all} segments has enough units for a number.`;
  if (!segments.length) return;
  const groups = new Map();
  for (const row of segments) {
    const treatment = treatmentText(experiment, row.treatment_variant_id);
    const name = [metricLabel(row.metric_name), treatment, words(row.segment_name)];
    const key = JSON.stringify([row.metric_name, row.treatment_variant_id, row.segment_name]);
    if (!groups.has(key))
      groups.set(key, { name: name.filter(Boolean).join(" \u00b7 "), rows: [] });
    groups.get(key).rows.push(segmentRow(experiment, row));
  }
  const listed = [...groups.values()];
  fields.segmentsForest.append(
    forest(listed, forestLabel(listed)),
    dataTable("Data table", () => segmentTable(experiment)),
  );
}

function segmentRow(experiment, row) {
  const isKnown = hasInterval(row);
  return {
    label: [row.segment_value],
    name: row.segment_value,
    note: `${countText(row.control_n + row.treatment_n)} units`,
    number: isKnown ? relativeText(row.relative_effect) : "",
    detail: isKnown ? relativeRange(row) : "",
    verdict: null,
    missing: isKnown ? "" : missingText(row, unitOf(experiment, row.metric_name)),
    margin: null,
    main: isKnown ? row : null,
    other: null,
  };
}

function segmentTable(experiment) {
  const columns = [
    { name: "Segment" },
    { name: "Value" },
    { name: "Metric" },
    { name: "Treatment" },
    { name: "Effect", isNumber: true },
    { name: "Interval", isNumber: true },
    { name: "Relative", isNumber: true },
    { name: "Interval", isNumber: true },
    { name: "p adjusted", isNumber: true },
    { name: "Units", isNumber: true },
  ];
  const rows = experiment.segments.map((row) => {
    const unit = unitOf(experiment, row.metric_name);
    return [
      words(row.segment_name),
      row.segment_value,
      metricLabel(row.metric_name),
      row.treatment_variant_id,
      effectText(row.effect, unit),
      effectRange(row, unit),
      row.relative_effect === null ? NOTHING : relativeText(row.relative_effect),
      relativeRange(row),
      pText(row.p_value_adjusted),
      `${countText(row.control_n)} + ${countText(row.treatment_n)}`,
    ];
  });
  return table("Segments that have a number, p-values adjusted for all of them", columns, rows);
}
