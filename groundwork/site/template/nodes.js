/* What every page is made of: its data, its nodes, its head.

   Data reach the page as text nodes and attributes only, never as HTML. */

const page = JSON.parse(document.getElementById("data").textContent);
const COMMIT_LENGTH = 7;
const COPIED_MILLISECONDS = 2500;

/* Nodes ------------------------------------------------------------------------------------ */

function byId(id) {
  return document.getElementById(id);
}

/* element("p", {class: "note"}, "text", node) */
function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/* A copy of a template, and its nodes by their data-field. */
function fromTemplate(id) {
  const root = byId(id).content.cloneNode(true);
  const fields = {};
  for (const node of root.querySelectorAll("[data-field]")) fields[node.dataset.field] = node;
  return { root, fields };
}

/* columns: {name, isNumber}; rows: cells as texts or nodes, the first of each heads its row */
function table(caption, columns, rows) {
  const cell = (kind, attributes, column, content) =>
    element(kind, { ...attributes, ...(column.isNumber ? { class: "number" } : {}) }, content);
  const head = columns.map((column) => cell("th", { scope: "col" }, column, column.name));
  const body = rows.map((row) =>
    element(
      "tr",
      {},
      ...row.map((content, place) =>
        place
          ? cell("td", {}, columns[place], content)
          : cell("th", { scope: "row" }, columns[place], content),
      ),
    ),
  );
  return element(
    "table",
    {},
    element("caption", {}, caption),
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...body),
  );
}

function term(name, ...description) {
  return element("div", {}, element("dt", {}, name), element("dd", {}, ...description));
}

function small(text) {
  return element("small", {}, text);
}

function nameNodes(names) {
  return names.flatMap((name, place) => [place ? ", " : "", element("code", {}, name)]);
}

/* From another page to that of a metric, and to a table in the catalogue. */
function metricHref(name) {
  return `index.html#metric=${encodeURIComponent(name)}`;
}

function tableLink(name) {
  const href = `catalogue.html#table=${encodeURIComponent(name)}`;
  return element("a", { href }, element("code", {}, name));
}

/* A state has a colour, a symbol and words: none of them stands alone. */
function state(kind, symbol, ...words) {
  return element(
    "li",
    { class: `state ${kind}` },
    element("span", { "aria-hidden": "true" }, symbol),
    ...words,
  );
}

/* Head -------------------------------------------------------------------------------------- */

function fillMasthead() {
  const { publication } = page;
  const facts = [page.last_day ? `Data up to ${dayName(page.last_day)}` : "No data yet"];
  if (publication) {
    const [commit, dirty] = publication.code_version.split("-");
    const changes = dirty ? " with uncommitted changes" : "";
    facts.push(`published ${momentName(publication.published_at)}`);
    facts.push(`code ${commit.slice(0, COMMIT_LENGTH)}${changes}`);
  } else {
    facts.push("read from a build that is not published");
  }
  byId("as-of").replaceChildren(...facts.map((fact) => element("span", {}, fact)));
  const name = publication ? `, publication ${publication.publication_id}` : "";
  byId("source").textContent = `Read from ${page.database}${name}.`;
}

/* Copy -------------------------------------------------------------------------------------- */

async function copyText(button, source) {
  try {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(source);
    button.textContent = "Selected: press Ctrl+C";
  }
  setTimeout(() => {
    button.textContent = "Copy";
  }, COPIED_MILLISECONDS);
}
