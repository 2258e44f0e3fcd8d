/* How are we organised? Who works for whom, how that came, and how the set-ups compare. */

const MEASURES = {
  lead_time_hours_p50: "Half of the answers within",
  first_response_hours_p50: "Half of the first responses within",
  satisfaction_mean: "Mean satisfaction, of 1 to 5",
  open_share: "Neither answered nor given up",
  reopened_share: "Answers sent back",
  reuse_share: "Answered by what was there",
  attrition_per_year: "Left, per year of a member",
  knowledge_shared: "Models handed over, per year of a member",
  duplicated_metric_count: "Metrics defined twice",
};

const ROLES = { ml_engineer: "ML engineer" };

function fillPeople(fields) {
  const { people } = page;
  if (!people.length) {
    return emptyPart(fields, "No people here yet: nobody wrote down who is in the team.");
  }
  const equivalents = sumOf(people, "full_time_equivalents");
  const models = modelsOf(people).filter((model) => sumWhere(model) > 0);
  const parts = models.map((model) => `${formatValue(sumWhere(model), null)} ${lower(model)}`);
  const day = people[0].date_day === null ? "" : `On ${dayName(people[0].date_day)} the`;
  const lacking = people.some((row) => row.reason !== null);
  fields.answer.textContent =
    `${day || "The"} team had ${formatValue(equivalents, null)} full-time equivalents: ` +
    `${listText(parts)}. ` +
    `It costs ${moneyText(knownSum(people, "monthly_cost"))} a month` +
    (lacking ? ", as far as costs are known." : ".");
  fillNow(fields);
  fillComparison(fields);
  return {
    figure: formatValue(equivalents, null),
    about: `full-time equivalents: ${listText(models.map(lower))}`,
  };
}

function roleName(role) {
  return ROLES[role] ?? capitalised(words(role ?? NOTHING));
}

function lower(model) {
  return operatingModelName(model).toLowerCase();
}

/* Names that are there: those that are known in their order, then others. */
function inOrder(known, names) {
  const there = new Set(names);
  return [...known.filter((name) => there.delete(name)), ...there];
}

function modelsOf(rows) {
  return inOrder(
    Object.keys(OPERATING_MODELS),
    rows.map((row) => row.operating_model),
  );
}

function sumWhere(model) {
  return sumOf(
    page.people.filter((row) => row.operating_model === model),
    "full_time_equivalents",
  );
}

/* Now ---------------------------------------------------------------------------------------- */

function fillNow(fields) {
  fields.nowNote.textContent =
    "Centralised sits in and reports to the data team, distributed sits in and reports to the " +
    "department, hybrid sits in the department and reports to the data team. Who works for two " +
    "departments stands in both, so members do not add up; full-time equivalents and costs do.";
  const columns = [
    { name: "Works for" },
    { name: "Operating model" },
    { name: "Role" },
    ...["Members", "Full-time equivalents", "Cost a month"].map(numeric),
  ];
  const rows = page.people.map((row) => [
    departmentName(row.department),
    operatingModelName(row.operating_model),
    roleName(row.role),
    countText(row.member_count),
    formatValue(row.full_time_equivalents, null),
    nodesIn(
      moneyText(row.monthly_cost),
      small(row.reason === null ? "" : reasonText(row.reason)),
    ),
  ]);
  fillTable(fields.nowTable, "", "By department, operating model and role", columns, rows);
  fields.now.append(dataTable("How it came: the last moves", movesTable));
}

function movesTable() {
  const columns = [
    { name: "Day" },
    { name: "Member" },
    { name: "What" },
    { name: "From" },
    { name: "To" },
    { name: "What stands behind it" },
  ];
  const side = (department, model) =>
    department === null && model === null
      ? NOTHING
      : nodesIn(departmentName(department), small(operatingModelName(model)));
  const rows = page.moves.map((row) => [
    dayText(row.event_date),
    nodesIn(row.member_id ?? NOTHING, small(roleName(row.role))),
    capitalised(words(row.event_type ?? NOTHING)),
    side(row.from_department, row.from_operating_model),
    side(row.to_department, row.to_operating_model),
    words(row.reason ?? NOTHING),
  ]);
  return table("Moves, the last first", columns, rows);
}

/* Comparison --------------------------------------------------------------------------------- */

function fillComparison(fields) {
  const { comparison } = page;
  if (!comparison.length) {
    fields.comparison.remove();
    return;
  }
  const caveats = new Set(comparison.map((row) => row.caveat).filter(Boolean));
  fields.caveat.append(
    element("strong", {}, "Observed, not tested. "),
    [...caveats].join(" ") || "Teams were not drawn by lot.",
  );
  fields.comparisonNote.textContent =
    "With 95 % intervals, and the requests that a value rests on. A request belongs to the " +
    "operating model of the member who took it, on the day on which it was taken. None: taken by " +
    "no one, or by a member without an assignment.";
  const models = modelsOf(comparison);
  const measures = inOrder(
    Object.keys(MEASURES),
    comparison.map((row) => row.measure),
  );
  const columns = [
    { name: "Measure" },
    ...models.map((model) => numeric(operatingModelName(model))),
  ];
  const rows = measures.map((measure) => [
    MEASURES[measure] ?? capitalised(words(measure ?? NOTHING)),
    ...models.map((model) =>
      measureCell(
        comparison.find((row) => row.measure === measure && row.operating_model === model),
      ),
    ),
  ]);
  fillTable(fields.comparisonTable, "", "Operating models", columns, rows);
}

function measureCell(row) {
  if (!row) return NOTHING;
  const text = measureText(row.measure);
  if (row.value === null) return nodesIn(NOTHING, small(reasonText(row.reason)));
  const interval =
    row.low === null || row.high === null
      ? `no interval: ${reasonText(row.interval_reason)}`
      : rangeText(row.low, row.high, text);
  const basis =
    row.member_years === null
      ? counted(row.unit_count ?? 0, "request")
      : `${number(row.unit_count ?? 0)} in ${formatValue(row.member_years, null)} years`;
  return nodesIn(element("strong", {}, text(row.value)), small(interval), small(basis));
}

/* How the values of a measure are written. */
function measureText(measure) {
  if (/_share$/.test(measure ?? "")) return shareText;
  if (/_hours(_|$)/.test(measure ?? "")) return hoursText;
  return (value) => formatValue(value, null);
}
