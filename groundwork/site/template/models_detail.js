/* One model: what is to be done, its card, how it does over time, and what is on record. */

/* wanted: {version, metric, measure} of the address; all can be null */
function buildDetail(model, wanted) {
  const { root, fields } = fromTemplate("detail-template");
  fields.title.textContent = titleOf(model);
  const owner = model.card?.responsible ?? model.owner ?? "no owner";
  fields.name.append(element("code", {}, model.model_id), ` \u00b7 ${owner}`);
  fields.hypothesis.textContent = model.hypothesis ?? "";
  fillAlarms(fields, model);
  fields.main.append(...standingNodes(model));
  fields.facts.append(...facts(model));
  fields.card.append(...cardTerms(model));
  fillTriggers(fields, model);
  addTimeControls(fields, model, wanted);
  fillVersions(fields, model);
  fillLaunches(fields, model);
  fillHandovers(fields, model);
  fillComparisons(fields, model);
  fillRanking(fields, model);
  fields.about.append(...about(model));
  fields.copy.addEventListener("click", () => copyText(fields.copy, fields.query));
  return root;
}

/* What is to be done -------------------------------------------------------------------------- */

function fillAlarms(fields, model) {
  const asking = triggersOf(model).filter((trigger) => trigger.is_triggered);
  if (isTriggered(model)) {
    const rows = asking.map((trigger) =>
      element(
        "li",
        {},
        element("strong", {}, triggerTitle(trigger)),
        ` ${sureText(model, trigger)}. `,
        told(trigger.explanation ?? ""),
      ),
    );
    fields.rebuild.append(
      alarmTitle(`Build ${model.card.version_id} again.`),
      element("ul", { class: "alarm-list" }, ...rows),
    );
    fields.rebuild.hidden = false;
  }
  if (!isPastTheGate(model)) return;
  const [launch] = liveLaunches(model);
  const checks = model.checks.filter(({ launch_id: id }) => id === launch?.launch_id);
  const day = launch ? ` on ${dayText(launch.launched_at)}` : "";
  fields.gate.append(
    alarmTitle(`Launched past the gate${day}.`),
    checks.length ? violations(checks) : sentence(launch?.failed_checks ?? "a rule failed"),
  );
  fields.gate.hidden = false;
}

function alarmTitle(text) {
  return element(
    "p",
    { class: "alarm-title" },
    element("span", { "aria-hidden": "true" }, "! "),
    text,
  );
}

function triggerTitle({ trigger_name: name, subject }) {
  const title = TRIGGERS[name] ?? capitalised(words(name));
  return name === "age" || subject === null ? title : `${title} of ${subject}`;
}

/* Standing ------------------------------------------------------------------------------------ */

function standingNodes(model) {
  const { live_version_id: live, card } = model;
  const version = model.versions.find(({ version_id: id }) => id === (live ?? card?.version_id));
  const states = element("ul", { class: "states" }, ...overviewStates(model));
  const about = version
    ? [words(version.role ?? "no role"), version.language, version.framework].filter(Boolean)
    : [];
  return [
    element("p", { class: "period" }, live ? "In production" : "No version in production; latest"),
    element("p", { class: "model-version" }, live ?? card?.version_id ?? "none yet"),
    element("p", { class: "period" }, about.join(", ")),
    states,
  ];
}

function facts(model) {
  const { card, validation_metric: metric, version_count: count } = model;
  const { live_age_days: age, max_age_days: most } = model;
  const grain = grainOf(model);
  const measured = card?.measured_chunk_start ?? null;
  const realised = card?.realised_value ?? null;
  const estimated = card?.estimated_value ?? null;
  const launch = liveLaunches(model)[0];
  const where = launch
    ? [launch.platform, launch.traffic_share === null ? "" : shareText(launch.traffic_share)]
    : [];
  return [
    term(
      capitalised(metricName(metric)),
      realised === null ? "Not measured" : metricText(realised),
      small(measured === null ? "no labels matured" : periodName(grain, measured)),
      small(
        card?.reference_mean == null ? "" : `${metricText(card.reference_mean)} in the reference`,
      ),
    ),
    term(
      "Estimated without labels",
      estimated === null ? "Not estimated" : metricText(estimated),
      small(estimated === null ? "" : "same period"),
    ),
    term(
      "In production since",
      dayText(model.live_since_at),
      small(where.filter(Boolean).join(", ")),
    ),
    term(
      "Age of what it learned",
      daysText(age),
      small(`${age > most ? "! over the" : "of the"} ${daysText(most)} allowed`),
    ),
    term(
      "Cost",
      daysText(model.effort_days),
      small(count === 1 ? "one version" : `${countText(count)} versions`),
    ),
  ];
}

function cardTerms(model) {
  const { card } = model;
  if (!card) return [term("Card", "No card of it was made.")];
  const whole = (name, text) => {
    const node = term(name, told(text ?? NOTHING));
    node.className = "whole";
    return node;
  };
  return [
    whole("What to do", card.what_to_do),
    term("Made", told(card.making ?? NOTHING)),
    term("Responsible", told(card.responsible ?? NOTHING)),
    term("Validation", told(card.validation ?? NOTHING)),
    term("Launch", told(card.launch ?? NOTHING)),
    term("Performance", told(card.performance ?? NOTHING)),
    term("Iterations", told(card.iteration_verdict ?? NOTHING)),
  ];
}

/* Over time ----------------------------------------------------------------------------------- */

/* Version, metric and measure are part of the address, so that a view can be sent to somebody. */
function addTimeControls(fields, model, wanted) {
  const known = [...model.performance, ...model.drift].map((line) => line.version_id);
  const own = model.card?.version_id;
  const versions = [own, ...model.versions.map((one) => one.version_id).toReversed(), ...known]
    .filter((id, place, all) => known.includes(id) && all.indexOf(id) === place);
  const view = {
    version: versions.includes(wanted.version) ? wanted.version : (versions[0] ?? own ?? null),
    metric: wanted.metric ?? model.validation_metric,
    measure: wanted.measure ?? DEFAULT_MEASURE,
  };
  for (const id of versions) {
    const live = id === model.live_version_id ? " (in production)" : "";
    fields.version.append(element("option", { value: id }, `${id}${live}`));
  }
  fields.time.hidden = versions.length < 2;

  function update() {
    const metrics = model.performance
      .filter((line) => line.version_id === view.version)
      .map((line) => line.metric_name);
    const measures = measuresOf(model, view.version);
    const first = metrics.includes(model.validation_metric) ? model.validation_metric : metrics[0];
    if (!metrics.includes(view.metric)) view.metric = first ?? model.validation_metric;
    if (!measures.includes(view.measure)) view.measure = measures[0] ?? DEFAULT_MEASURE;
    fillChoice(fields.metric, metrics, view.metric, (name) => capitalised(metricName(name)));
    fillChoice(fields.measure, measures, view.measure, (name) => capitalised(MEASURES[name]));
    fields.version.value = view.version;
    drawPerformance(fields, model, view);
    drawCalibrationPanel(fields, model, view);
    drawDrift(fields, model, view);
    fields.query.textContent = queryText(model, view);
  }

  for (const name of ["version", "metric", "measure"]) {
    fields[name].addEventListener("input", () => {
      view[name] = fields[name].value;
      update();
      history.replaceState(null, "", addressOf(model, view, versions[0]));
    });
  }
  update();
}

function fillChoice(select, values, chosen, nameOf) {
  select.replaceChildren(...values.map((value) => element("option", { value }, nameOf(value))));
  select.value = chosen;
}

function addressOf(model, { version, metric, measure }, first) {
  const parts = [
    version === first ? "" : `&version=${encodeURIComponent(version)}`,
    metric === model.validation_metric ? "" : `&metric=${encodeURIComponent(metric)}`,
    measure === DEFAULT_MEASURE ? "" : `&measure=${encodeURIComponent(measure)}`,
  ];
  return modelHref(model) + parts.join("");
}

/* Registration -------------------------------------------------------------------------------- */

function about(model) {
  const { registered_at: moment, decision_threshold: threshold } = model;
  return [
    term("Owner", model.owner ?? "nobody", small(model.team === null ? "" : `team ${model.team}`)),
    term("Registered", moment === null ? NOTHING : momentName(moment)),
    term("Task", capitalised(taskName(model.task)), small(`by ${model.entity ?? "entity"}`)),
    term("Status", capitalised(words(model.status ?? "unknown"))),
    term("Versions are compared by", metricName(model.validation_metric)),
    term("Followed by", grainOf(model)),
    term("Outcome known after", daysText(model.label_window_days)),
    term(
      "Score that counts as positive",
      threshold === null ? NOTHING : `${metricText(threshold)} or more`,
    ),
    term("Build again after", daysText(model.max_age_days)),
    term("Drift from a stability index of", metricText(model.psi_threshold)),
    term("Gain worth another version", shareText(model.minimum_gain)),
    term(
      "Baseline",
      model.baseline_version_id === null
        ? "none registered"
        : element("code", {}, model.baseline_version_id),
    ),
  ];
}

/* Query --------------------------------------------------------------------------------------- */

function queryText({ model_id: id, performance }, { version, metric }) {
  const source = `-- in ${page.database}`.replaceAll("\n", " ");
  if (!performance.length) {
    return [
      source,
      "select",
      "    version_id,",
      "    state,",
      "    validation,",
      "    launch,",
      "    what_to_do",
      "from ml.ml_model_cards",
      `where model_id = ${sqlText(id)}`,
    ].join("\n");
  }
  return [
    source,
    "select",
    "    chunk_start,",
    "    realised_value,",
    "    estimated_value,",
    "    band_lower,",
    "    band_upper,",
    "    is_realised_alarm,",
    "    is_estimated_alarm,",
    "    reason",
    "from ml.ml_performance",
    `where model_id = ${sqlText(id)}`,
    `    and version_id = ${sqlText(version ?? "")}`,
    `    and metric_name = ${sqlText(metric ?? "")}`,
    "    and segment_name = 'total'",
    "order by chunk_start",
  ].join("\n");
}
