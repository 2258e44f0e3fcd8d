/* One table: what it is, its columns, what it reads, who reads it. */

const hasDocs = document.querySelector('.pages a[href="docs.html"]') !== null;

/* wanted: the column of the address, or null */
function buildDetail(item, wanted) {
  const { root, fields } = fromTemplate("detail-template");
  fields.name.textContent = item.data_name;
  fields.description.textContent = item.description ?? "";
  fields.states.append(...tableStates(item));
  fields.facts.append(...tableFacts(item));
  fillColumns(fields, item, wanted);
  fields.around.append(...around(item));
  return root;
}

function tableStates(table) {
  return [
    table.is_published
      ? state("on", "\u2713", "Published")
      : state("open", NOTHING, "Not published"),
    ...(table.is_absent ? [state("open", NOTHING, "Declared absent")] : []),
    ...(table.is_personal ? [state("alert", "!", "Has personal columns")] : []),
    ...(table.last_failed_count
      ? [state("off", "\u2715", `${table.last_failed_count} checks failed`)]
      : []),
  ];
}

function tableFacts(table) {
  const { layer, schema_name: schema, table_name: name, days_behind: behind } = table;
  const docs = hasDocs
    ? [term("Code and lineage", element("a", { href: docsHref(table) }, "In the docs"))]
    : [];
  return [
    term("Layer", LAYERS[layer] ?? words(layer)),
    term("Where", element("code", {}, `${schema}.${name}`)),
    term("Owner", table.owner ?? "none named"),
    term("Tier", table.tier === null ? NOTHING : String(table.tier)),
    ...(behind === null ? [] : [term("Days behind", number(behind))]),
    ...docs,
  ];
}

/* dbt names sources by source and table, everything else by its model. */
function docsHref({ layer, data_name: name }) {
  const kind = layer === "raw" || layer === "history" ? "source" : "model";
  return `docs.html#!/${kind}/${kind}.${encodeURIComponent(page.project)}.${encodeURIComponent(name)}`;
}

function fillColumns(fields, { columns, data_name: name }, wanted) {
  if (!columns.length) {
    fields.columns.remove();
    return;
  }
  const rows = columns.map(([column, type, place, isPersonal]) => [
    element("code", column === wanted ? { class: "wanted" } : {}, column),
    type ?? NOTHING,
    [isPersonal ? "Personal." : "", place === null ? "" : page.texts[place]]
      .filter(Boolean)
      .join(" "),
  ]);
  const heads = [{ name: "Column" }, { name: "Type" }, { name: "Meaning" }];
  fields.columnsTable.append(table(`Columns of ${name}`, heads, rows));
}

function around({ data_name: name, upstream, metrics, exposures }) {
  const readers = page.tables.filter((other) => other.upstream.includes(name));
  return [
    ["Reads", upstream.map(nameLink)],
    ["Read by", readers.map((reader) => nameLink(reader.data_name))],
    ["Metrics that rest on it", metrics.map((metric) => metricLink(metric))],
    ["Dashboards that rest on it", exposures.map((exposure) => element("code", {}, exposure))],
  ].map(([title, links]) => term(title, links.length ? linkList(links) : "none"));
}

function nameLink(name) {
  const code = element("code", {}, name);
  return tablesByName.has(name) ? element("a", { href: tableHref(name) }, code) : code;
}

function metricLink(name) {
  return metricNames.has(name)
    ? element("a", { href: metricHref(name) }, metricNames.get(name))
    : element("code", {}, name);
}

function linkList(links) {
  return element("ul", { class: "names" }, ...links.map((link) => element("li", {}, link)));
}
