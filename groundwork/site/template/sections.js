/* What pages of questions share: words and numbers of their answers, charts by month, parts, and the
   address that leads to one of them. */

const MONTH_CHART_HEIGHT = 190;
/* From here on, hours are written as days. */
const HOURS_FROM_DAYS = 72;

/* "a, b and c" */
function listText(names) {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

function counted(count, noun) {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function dayText(moment) {
  return moment === null ? NOTHING : dayName(moment);
}

/* "25 minutes", "27.6 hours", "186 days" */
function hoursText(value) {
  if (value === null) return NOTHING;
  if (value > 0 && value < 1) return `${formatValue(Math.round(value * 60), null)}\u00a0minutes`;
  if (Math.abs(value) < HOURS_FROM_DAYS) return `${formatValue(value, null)}\u00a0hours`;
  return `${number(value / 24, { maximumFractionDigits: 0 })}\u00a0days`;
}

function sumOf(rows, name) {
  return rows.reduce((sum, row) => sum + (row[name] ?? 0), 0);
}

/* The sum of what is known; null where nothing is. */
function knownSum(rows, name) {
  return rows.some((row) => row[name] !== null) ? sumOf(rows, name) : null;
}

function shareOf(part, whole) {
  return whole ? part / whole : null;
}

/* Charts by month ---------------------------------------------------------------------------- */

function incompletePlaces(flags) {
  return new Set([...flags.keys()].filter((place) => flags[place] === false));
}

/* spec: {name, unit, months, unfinished (a Set of places), textOf: a value in words,
          lines: {name, values}, the pointer follows the first; band: {name, low, high} or null} */
function monthChart({ name, unit, months, unfinished, textOf, lines, band = null }) {
  const host = element("div", { class: "chart" });
  const label = `${name}. ${monthText({ months, textOf, lines, band }, months.length - 1)}`;
  trend(host, MONTH_CHART_HEIGHT, () => ({
    grain: "month",
    unit,
    label,
    periods: months,
    range: trendRange([0], band?.low ?? [], band?.high ?? [], ...lines.map((line) => line.values)),
    lines: lines.map(({ values }, place) => ({
      kind: place ? "second" : "main",
      values,
      unfinished,
    })),
    bands: band ? [{ kind: "band", ...band }] : [],
    thresholds: null,
    zones: [],
    marks: [],
    since: null,
    hasKeys: true,
    tip: (_, place) => ({
      "tip-period": monthName(months[place]),
      ...Object.fromEntries(
        lines.map((line, at) => [
          at ? "tip-note second" : "tip-value",
          `${textOf(line.values[place])} ${line.name}`,
        ]),
      ),
      ...(band ? { "tip-note band": bandText(band, place, textOf) } : {}),
      "tip-note state": unfinished.has(place) ? "month not complete" : "",
    }),
  }));
  const keys = lines.length > 1 || band ? [monthLegend(lines, band)] : [];
  return element("div", { class: "band-panel" }, element("h4", {}, name), ...keys, host);
}

function monthLegend(lines, band) {
  const items = lines.map((line, place) =>
    legendItem(place ? "key-second" : "key-main", line.name),
  );
  if (band) items.push(legendItem("key-always", band.name));
  return element("ul", { class: "legend-list" }, ...items);
}

function bandText({ name, low, high }, place, textOf) {
  return `${rangeText(low[place], high[place], textOf)} ${name}`;
}

/* A month of a chart in a sentence. */
function monthText({ months, textOf, lines, band }, place) {
  if (place < 0) return "No months yet.";
  const values = lines.map((line) => `${textOf(line.values[place])} ${line.name}`);
  if (band) values.push(bandText(band, place, textOf));
  return `${monthName(months[place])}: ${values.join(", ")}.`;
}

/* Parts -------------------------------------------------------------------------------------- */

/* A part of the page without rows is its question and a sentence. */
function emptyPart(fields, text) {
  fields.answer.classList.add("empty");
  fields.answer.textContent = text;
  for (const panel of fields.answer.parentElement.querySelectorAll(".panel")) panel.remove();
  return null;
}

/* Page --------------------------------------------------------------------------------------- */

function addressed() {
  return new URLSearchParams(location.hash.slice(1));
}

/* questions: by the id of the part, its question and what fills it, which returns its headline:
   {figure, about}, or null
   follow: called with the address whenever it changes, before its part is shown */
function buildParts(questions, follow = () => {}) {
  for (const [id, { question, fill }] of Object.entries(questions)) {
    const { root, fields } = fromTemplate(`${id}-template`);
    const headline = fill(fields, addressed());
    byId("parts").append(root);
    byId("summary").append(
      element(
        "a",
        { class: "tile", href: `#part=${id}` },
        element("span", { class: "tile-name" }, question),
        element("span", { class: "tile-count" }, headline?.figure ?? NOTHING),
        element("span", { class: "tile-about" }, headline?.about ?? "nothing on record yet"),
      ),
    );
  }
  addEventListener("hashchange", () => {
    follow(addressed());
    showAddressed(questions);
  });
  byId("summary").addEventListener("click", ({ target }) => {
    if (target.closest("a")?.hash === location.hash) showAddressed(questions);
  });
  showAddressed(questions);
}

function showAddressed(questions) {
  const name = addressed().get("part");
  byId("shown").textContent = "";
  if (name === null) return;
  if (!(name in questions)) {
    byId("shown").textContent = `There is no part "${name}".`;
    return;
  }
  const part = byId(name);
  part.scrollIntoView();
  part.querySelector("h2").focus({ preventScroll: true });
}
