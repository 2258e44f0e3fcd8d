/* The catalogue: everything that has a name, the best fit of a search first. */

const GROUPS = { metric: "Metrics", table: "Tables", column: "Columns" };
const MOST_SHOWN = 40;
/* Layers in the order in which people look for things. */
const LAYERS = {
  marts: "Published tables",
  raw: "Raw",
  staging: "Staging",
  intermediate: "Steps",
  history: "History",
};
const tablesByName = new Map(page.tables.map((table) => [table.data_name, table]));
const metricNames = new Map(page.metrics.map((metric) => [metric.metric_name, metric.label]));

function tableHref(name) {
  return `#table=${encodeURIComponent(name)}`;
}

function columnHref(table, column) {
  return `${tableHref(table)}&column=${encodeURIComponent(column)}`;
}

/* Everything that can be found: {kind, owner, name, title, href, where, text, haystack}. */
const entries = [
  ...page.metrics.map((metric) => ({
    kind: "metric",
    owner: metric.owner,
    name: metric.metric_name,
    title: metric.label,
    href: metricHref(metric.metric_name),
    where: [`tier ${metric.tier ?? NOTHING}`, metric.unit, metric.owner].filter(Boolean).join(", "),
    text: metric.description,
  })),
  ...page.tables.map((table) => ({
    kind: "table",
    owner: table.owner,
    name: table.data_name,
    title: table.data_name,
    href: tableHref(table.data_name),
    where: [table.schema_name, table.owner].filter(Boolean).join(", "),
    text: table.description,
  })),
  ...page.tables.flatMap(({ data_name: table, owner, columns }) =>
    columns.map(([name, type, place]) => ({
      kind: "column",
      owner,
      name,
      title: name,
      href: columnHref(table, name),
      where: [type, `of ${table}`].filter(Boolean).join(" "),
      text: place === null ? null : page.texts[place],
    })),
  ),
].map((entry) => ({
  ...entry,
  haystack: [entry.name, entry.title, entry.where, entry.text, entry.owner].join(" ").toLowerCase(),
}));

/* How well an entry fits: the name as it is, its beginning, a part of it, or what is said of it. */
function rank({ name, title }, wanted) {
  const names = [name.toLowerCase(), title.toLowerCase()];
  if (names.includes(wanted)) return 0;
  if (names.some((text) => text.startsWith(wanted))) return 1;
  return names.some((text) => text.includes(wanted)) ? 2 : 3;
}

function search(text, { kind, owner }) {
  const wanted = text.toLowerCase().trim();
  const parts = wanted.split(/\s+/).filter(Boolean);
  return entries
    .filter(
      (entry) =>
        (!kind || entry.kind === kind) &&
        (!owner || entry.owner === owner) &&
        parts.every((part) => entry.haystack.includes(part)),
    )
    .map((entry) => ({ entry, fit: rank(entry, wanted) }))
    .sort((one, other) => one.fit - other.fit)
    .map(({ entry }) => entry);
}

/* Shown ------------------------------------------------------------------------------------- */

function buildCatalogue() {
  const owners = [...new Set(entries.map(({ owner }) => owner).filter(Boolean))].sort();
  byId("owner").append(...owners.map((value) => element("option", { value }, value)));
  byId("filters").addEventListener("submit", (event) => {
    event.preventDefault();
    byId("found").querySelector("a")?.click();
  });
  byId("filters").addEventListener("input", showFound);
  addEventListener("keydown", moveThroughFound);
  showFound();
}

function showFound() {
  const [text, kind, owner] = ["search", "kind", "owner"].map((id) => byId(id).value);
  if (!text.trim() && !kind && !owner) {
    byId("shown").textContent = "";
    byId("found").replaceChildren(...everything());
    return;
  }
  const found = search(text, { kind, owner });
  const groups = Object.keys(GROUPS).map((key) => found.filter((entry) => entry.kind === key));
  byId("shown").textContent = found.length
    ? groups
        .map((group, place) => [group.length, Object.values(GROUPS)[place].toLowerCase()])
        .filter(([count]) => count)
        .map(([count, name]) => `${number(count)} ${count === 1 ? name.slice(0, -1) : name}`)
        .join(", ")
    : "Nothing in the catalogue fits the search.";
  byId("found").replaceChildren(...groups.filter((group) => group.length).map(foundGroup));
}

function foundGroup(group) {
  const shown = group
    .slice(0, MOST_SHOWN)
    .map((entry) =>
      element(
        "li",
        { class: "found" },
        element(
          "a",
          { href: entry.href },
          entry.kind === "metric" ? entry.title : element("code", {}, entry.title),
        ),
        element("span", { class: "found-where" }, entry.where),
        element("span", { class: "found-text" }, entry.text ?? ""),
      ),
    );
  const rest = group.length - shown.length;
  if (rest)
    shown.push(
      element("li", { class: "note" }, `and ${number(rest)} more: search for more of the name`),
    );
  const [{ kind }] = group;
  return element(
    "section",
    { class: "tier" },
    element("h2", {}, GROUPS[kind]),
    element("ul", { class: "panel finds" }, ...shown),
  );
}

/* Without a search: metrics, and tables by layer and schema. */
function everything() {
  const metrics = page.metrics.map(({ metric_name: name, label }) =>
    element("a", { href: metricHref(name) }, label),
  );
  const layers = Object.entries(LAYERS).map(([layer, title]) => {
    const tables = page.tables.filter((table) => table.layer === layer);
    const schemas = [...new Set(tables.map((table) => table.schema_name))].sort();
    return schemas.map((schema) =>
      namesOf(
        layer === "marts" ? `Tables of ${schema}` : title,
        tables
          .filter((table) => table.schema_name === schema)
          .map(({ data_name: name }) =>
            element("a", { href: tableHref(name) }, element("code", {}, name)),
          ),
      ),
    );
  });
  return [namesOf("Metrics", metrics), ...layers.flat()].filter(Boolean);
}

function namesOf(title, links) {
  if (!links.length) return null;
  const heading = element("h2", {}, title, element("small", {}, number(links.length)));
  const list = element(
    "ul",
    { class: "panel names" },
    ...links.map((link) => element("li", {}, link)),
  );
  return element("section", { class: "tier" }, heading, list);
}

/* Arrow keys lead from the search through what is found, and back. */
function moveThroughFound(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const search = byId("search");
  const links = [...byId("found").querySelectorAll("a")];
  const place = links.indexOf(document.activeElement);
  if (!step || (place < 0 && document.activeElement !== search)) return;
  event.preventDefault();
  (links[place + step] ?? (place + step < 0 ? search : links.at(-1))).focus();
}
