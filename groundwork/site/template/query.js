/* How to query a metric: in SQL, in Python, and with MetricFlow. */

const LANGUAGES = {
  sql: { name: "SQL", note: "Governed values, in DuckDB.", textOf: queryText },
  python: { name: "Python", note: "Needs the package duckdb.", textOf: pythonText },
  metricflow: {
    name: "MetricFlow",
    note:
      "In the project\u2019s folder, after a build: it reads the build, and periods that are not " +
      "complete as well.",
    textOf: metricFlowText,
  },
};

/* Returns what shows the query of a view, {grain, split}, in the language that is chosen. */
function addQuery(fields, metric) {
  let shown = { grain: metric.grain, split: "" };
  let language = "sql";

  function show(view) {
    shown = view;
    fields.query.textContent = LANGUAGES[language].textOf(metric, view);
    fields.languageNote.textContent = LANGUAGES[language].note;
  }

  addSwitch(
    fields.languageOptions,
    "language",
    Object.keys(LANGUAGES),
    (key) => LANGUAGES[key].name,
  );
  fields.languageOptions.querySelector("input").checked = true;
  fields.languages.addEventListener("submit", (event) => event.preventDefault());
  fields.languages.addEventListener("input", ({ target }) => {
    language = target.value;
    show(shown);
  });
  fields.copy.addEventListener("click", () => copyText(fields.copy, fields.query));
  return show;
}

function queryText(metric, { grain, split }) {
  const literal = (text) => `'${text.replaceAll("'", "''")}'`;
  return [
    `-- in ${page.database}`,
    "select",
    "    period_start,",
    ...(split ? ["    dimension_value,"] : []),
    "    metric_value",
    "from metrics.metric_values",
    `where metric_name = ${literal(metric.metric_name)}`,
    `    and grain = ${literal(grain ?? "day")}`,
    `    and dimension_name = ${literal(split || "total")}`,
    "    and is_complete_period",
    `order by period_start${split ? ", dimension_value" : ""}`,
  ].join("\n");
}

function pythonText(metric, view) {
  const [, ...query] = queryText(metric, view).split("\n");
  return [
    "import duckdb",
    "",
    `warehouse = duckdb.connect(${JSON.stringify(page.database)}, read_only=True)`,
    "rows = warehouse.sql(",
    '    """',
    ...query.map((line) => `    ${line.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}`),
    '    """',
    ")",
    "rows.show()",
  ].join("\n");
}

function metricFlowText(metric, { grain, split }) {
  const period = `metric_time__${grain ?? "day"}`;
  const groups = [period, split].filter(Boolean).join(",");
  return `mf query --metrics ${metric.metric_name} --group-by ${groups} --order ${period}`;
}
