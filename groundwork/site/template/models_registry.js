/* What is on record of a model: versions and what they gained, launches, handovers, comparisons,
   and what lists of recommendations bring. */

const ESTIMATORS = ["ips", "snips", "dr"];

/* Versions ----------------------------------------------------------------------------------- */

function fillVersions(fields, model) {
  const { iterations, versions, live_version_id: live, minimum_gain: worth } = model;
  if (!versions.length) {
    fields.versionsNote.textContent = "No version of it is registered yet.";
    fields.versionsTable.remove();
    return;
  }
  fields.versionsNote.textContent =
    `In the order they were made, by ${metricName(model.validation_metric)}. A version that ` +
    `gains less than ${shareText(worth)} over the best before it is not worth what it costs.`;
  const columns = [
    { name: "Version" },
    { name: "Made with" },
    { name: "Stage" },
    numeric("Validation"),
    numeric("Over the baseline"),
    numeric("Over the best before"),
    numeric("Cost"),
    numeric("Cost in all"),
    { name: "Another one?" },
  ];
  const rows = versions.map((version) => {
    const found = iterations.find(({ version_id: id }) => id === version.version_id);
    return [
      nodesIn(
        version.version_id,
        small(words(version.role ?? "no role")),
        ...(version.version_id === live ? [small("in production")] : []),
      ),
      nodesIn(version.language ?? NOTHING, small(version.framework ?? "")),
      nodesIn(words(version.stage ?? NOTHING), small(approvalText(version.approval_status))),
      nodesIn(
        version.validation_value === null ? NOTHING : metricText(version.validation_value),
        small(validationText(version)),
      ),
      differenceText(version.gain_over_baseline),
      nodesIn(
        differenceText(found?.gain_over_before ?? null),
        small(found?.relative_gain == null ? "" : relativeText(found.relative_gain)),
      ),
      daysText(version.effort_days),
      daysText(found?.total_effort_days ?? null),
      found
        ? nodesIn(
            element("ul", { class: "states" }, stateOf(ITERATION_VERDICTS, found.verdict)),
            small(sentence(found.explanation ?? "")),
          )
        : NOTHING,
    ];
  });
  fillTable(fields.versionsTable, "", "Versions and what each gained", columns, rows);
}

function approvalText(status) {
  return status === null ? "" : words(status.replace(/([a-z])([A-Z])/g, "$1 $2")).toLowerCase();
}

function validationText({ validation_dataset: dataset, is_validated: isPassed }) {
  const outcome = { true: "passed", false: "failed" }[isPassed] ?? "never validated";
  return dataset === null ? outcome : `${outcome} on ${dataset}`;
}

/* Launches ----------------------------------------------------------------------------------- */

function fillLaunches(fields, model) {
  const { launches } = model;
  if (!launches.length) {
    fields.launchesNote.textContent = "It was never launched.";
    fields.launches.querySelector("ul").remove();
    return;
  }
  const failed = launches.filter((launch) => launch.gate_status === "failed").length;
  fields.launchesNote.textContent = failed
    ? `${failed} of ${launches.length} broke rules of the launch gate, which a launch has to pass.`
    : `All ${launches.length} passed the launch gate.`;
  fields.launchesList.append(...launches.map((launch) => launchRow(model, launch)));
}

function launchRow(model, launch) {
  const { version_id: version, platform, endpoint, is_live: isLive, gate_status: gate } = launch;
  const checks = model.checks.filter(({ launch_id: id }) => id === launch.launch_id);
  const passed = checks.filter((check) => check.status === "passed");
  const where = [platform, endpoint].filter(Boolean).join(", ") || "nowhere named";
  const start = dayText(launch.launched_at);
  const about = [
    launch.ended_at === null ? `since ${start}` : `${start} to ${dayName(launch.ended_at)}`,
    launch.traffic_share === null ? "" : `${shareText(launch.traffic_share)} of the traffic`,
    words(launch.outcome ?? ""),
    isLive ? "answers now" : "",
  ];
  return element(
    "li",
    { class: "check" },
    element("ul", { class: "states" }, stateOf(CHECK_STATES, gate)),
    element(
      "div",
      {},
      element("strong", {}, `${version} on ${where}`),
      " ",
      element("span", { class: "check-about" }, about.filter(Boolean).join("; ")),
      element("p", {}, ...experimentNodes(launch)),
      violations(checks),
      ...(passed.length
        ? [element("p", { class: "check-about" }, `Rules passed: ${ruleNames(passed)}.`)]
        : []),
    ),
  );
}

function violations(checks) {
  const failed = checks.filter((check) => check.status === "failed");
  return element(
    "ul",
    { class: "violations" },
    ...failed.map(({ check_name: name, explanation }) =>
      element(
        "li",
        {},
        element("strong", {}, `\u2715 ${capitalised(words(name))}: `),
        told(explanation ?? "it failed"),
      ),
    ),
  );
}

function ruleNames(checks) {
  return checks.map(({ check_name: name }) => words(name)).join(", ");
}

/* Only an experiment that has a verdict is on the page of experiments. */
function experimentNodes({ experiment_id: id, experiment_recommendation: says, ...launch }) {
  if (id === null) return ["No experiment measures it."];
  if (says === null) return ["Experiment ", element("code", {}, id), ": it has no verdict."];
  const decision = launch.experiment_decision;
  const taken = decision === null ? "nothing was decided yet" : `decided: ${words(decision)}`;
  return [
    "Experiment ",
    element("a", { href: `experiments.html#experiment=${encodeURIComponent(id)}` }, id),
    ` says ${words(says)}; ${taken}.`,
  ];
}

/* Handovers ---------------------------------------------------------------------------------- */

function fillHandovers(fields, { handovers }) {
  fields.handoversNote.textContent = handovers.length
    ? frictionText()
    : "None of its versions was handed over.";
  const columns = [
    { name: "Version" },
    { name: "From" },
    { name: "To" },
    { name: "Requested" },
    numeric("Waited"),
    numeric("Lasted"),
    numeric("Cost"),
    { name: "Status" },
    { name: "What made it hard" },
  ];
  const rows = handovers.map((one) => [
    one.version_id ?? NOTHING,
    partyNodes(one.from_owner, one.from_team, one.from_language),
    partyNodes(one.to_owner, one.to_team, one.to_language),
    dayText(one.requested_at),
    daysText(one.wait_days),
    daysText(one.total_days) + (one.is_open ? " so far" : ""),
    daysText(one.effort_days),
    words(one.status ?? NOTHING),
    nodesIn(capitalised(one.friction ?? NOTHING), small(one.blocker ?? "")),
  ]);
  fillTable(fields.handoversTable, "", "Handovers, the latest first", columns, rows);
}

function partyNodes(owner, team, language) {
  const about = [team === null ? "" : `team ${team}`, language ?? ""].filter(Boolean).join(", ");
  return nodesIn(owner ?? NOTHING, small(about));
}

function frictionText() {
  const { friction } = page;
  if (!friction) return "";
  return (
    `Of all ${friction.handover_count} handovers of all models ` +
    `${shareText(friction.friction_share)} were abandoned, written again or blocked; half waited ` +
    `${daysText(friction.wait_days_p50)} or more.`
  );
}

/* Comparisons -------------------------------------------------------------------------------- */

function fillComparisons(fields, { comparisons }) {
  if (!comparisons.length) {
    fields.comparisonsNote.textContent =
      "No other version scored what the champion scored, so nothing can be compared.";
    return;
  }
  fields.comparisonsNote.textContent =
    "Both on the same cases: the version less the champion, as a share of the champion's value, " +
    "with its 95% interval.";
  const groups = new Map();
  for (const row of comparisons) {
    const key = JSON.stringify([row.version_id, row.champion_version_id]);
    if (!groups.has(key)) groups.set(key, { ...comparedText(row), rows: [] });
    groups.get(key).rows.push(comparisonRow(row));
  }
  const listed = [...groups.values()];
  const differences = listed.flatMap(({ name, rows }) =>
    rows.map((row) => `${name}, ${row.name}: ${row.missing || `${row.number}, ${row.detail}`}`),
  );
  fields.comparisonsForest.append(
    forest(listed, `Differences with intervals. ${differences.join(". ")}.`),
    dataTable("Data table", () => comparisonTable(comparisons)),
  );
}

function comparedText(row) {
  const { version_id: version, champion_version_id: champion, role } = row;
  const days = [row.first_predicted_date, row.last_predicted_date].map(dayText);
  return {
    name: `${version} (${words(role ?? "no role")}) against ${champion}`,
    meaning: `${countText(row.prediction_count)} cases, ${days[0]} to ${days[1]}`,
  };
}

function comparisonRow(row) {
  const name = capitalised(metricName(row.metric_name));
  const scale = row.champion_value ? Math.abs(row.champion_value) : null;
  const relative = (value) => (value === null || scale === null ? null : value / scale);
  const main = {
    relative_effect: relative(row.effect),
    relative_effect_ci_lower: relative(row.effect_ci_lower),
    relative_effect_ci_upper: relative(row.effect_ci_upper),
  };
  const isKnown = hasInterval(main);
  const range = [main.relative_effect_ci_lower, main.relative_effect_ci_upper];
  return {
    label: [name],
    name,
    note:
      row.version_value === null
        ? betterText(row.metric_name)
        : `${metricText(row.version_value)} against ${metricText(row.champion_value)}; ` +
          betterText(row.metric_name),
    number: isKnown ? relativeText(main.relative_effect) : "",
    detail: isKnown ? rangeText(...range, relativeText) : "",
    verdict: row.verdict === null ? null : stateOf(VERDICTS, row.verdict),
    missing: isKnown ? "" : `No number: ${reasonText(row.reason)}.`,
    margin: null,
    main: isKnown ? main : null,
    other: null,
  };
}

function comparisonTable(comparisons) {
  const columns = [
    { name: "Version" },
    { name: "Champion" },
    { name: "Metric" },
    numeric("Version"),
    numeric("Champion"),
    numeric("Difference"),
    numeric("Interval"),
    numeric("p"),
    numeric("Cases"),
    { name: "Verdict" },
    { name: "Why no number" },
  ];
  const rows = comparisons.map((row) => [
    row.version_id,
    row.champion_version_id,
    metricName(row.metric_name),
    formatExact(row.version_value, null),
    formatExact(row.champion_value, null),
    differenceText(row.effect),
    rangeText(row.effect_ci_lower, row.effect_ci_upper, differenceText),
    pText(row.p_value),
    countText(row.prediction_count),
    row.verdict === null ? NOTHING : meaningOf(VERDICTS, row.verdict).text,
    row.reason === null ? "" : reasonText(row.reason),
  ]);
  return table("The version less the champion", columns, rows);
}

/* Lists of recommendations -------------------------------------------------------------------- */

/* Methods of the warehouse's own recommendations bear the names of versions. */
function fillRanking(fields, { versions, task, ...model }) {
  const names = versions.map(({ version_id: id }) => id);
  const rows = page.ranking.filter(({ method }) => names.includes(method));
  if (!isRanking({ task })) {
    fields.ranking.remove();
    fields.estimates.remove();
    return;
  }
  fields.rankingNote.textContent = rows.length
    ? `Methods of ml.recommended_items by the names of versions, judged on what users took from ` +
      `${dayText(rows[0].split_date)} on.`
    : "No method of ml.recommended_items bears the name of one of its versions.";
  const columns = [
    { name: "Method" },
    numeric("Places"),
    numeric("Precision"),
    numeric("Recall"),
    numeric("NDCG"),
    numeric("MAP"),
    numeric("MRR"),
    numeric("Coverage"),
    numeric("Novelty in bits"),
    numeric("Users"),
    { name: "Why no number" },
  ];
  const cells = rows.map((row) => [
    row.method,
    countText(row.k),
    ...[row.precision, row.recall, row.ndcg, row.map, row.mrr].map(metricText),
    shareText(row.coverage),
    metricText(row.novelty),
    countText(row.user_count),
    row.reason === null ? "" : reasonText(row.reason),
  ]);
  fillTable(fields.rankingTable, "", "Quality of the first places", columns, cells);
  fillEstimates(fields, model);
}

function fillEstimates(fields, { estimates }) {
  if (!estimates.length) {
    fields.estimatesNote.textContent = "No lists with known propensities are on record.";
    fields.estimatesTable.remove();
    return;
  }
  fields.estimatesNote.textContent =
    "What the version's own order would have brought at a place, estimated from lists that were " +
    "shown in an order partly drawn by chance, with 95% intervals.";
  const places = new Map();
  for (const row of estimates) {
    const key = JSON.stringify([row.version_id, row.logging_version_id, row.position]);
    places.set(key, [...(places.get(key) ?? []), row]);
  }
  const columns = [
    { name: "Version" },
    { name: "Lists by" },
    { name: "From" },
    numeric("Place"),
    numeric("As shown"),
    numeric("IPS"),
    numeric("SNIPS"),
    numeric("DR"),
    numeric("Impressions"),
    numeric("Effective"),
    { name: "Remark" },
  ];
  const rows = [...places.values()].map((ofPlace) => {
    const [first] = ofPlace;
    const reasons = new Set(ofPlace.map(({ reason }) => reason).filter(Boolean));
    return [
      first.version_id,
      first.logging_version_id,
      dayText(first.evaluated_from),
      countText(first.position),
      shareText(first.logged_value),
      ...ESTIMATORS.map((name) => estimateNodes(ofPlace.find((row) => row.estimator === name))),
      countText(first.impression_count),
      first.effective_sample_size === null
        ? NOTHING
        : number(first.effective_sample_size, { maximumFractionDigits: 0 }),
      sentenceOf([...reasons].map(reasonText)),
    ];
  });
  fillTable(fields.estimatesTable, "", "Clicks per impression", columns, rows);
}

function sentenceOf(parts) {
  return parts.length ? sentence(parts.join("; ")) : "";
}

function estimateNodes(row) {
  if (!row || row.value === null) return NOTHING;
  const range = rangeText(row.value_ci_lower, row.value_ci_upper, shareText);
  return nodesIn(shareText(row.value), small(range));
}
