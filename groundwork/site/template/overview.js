/* The overview: a summary to filter by, a search, and a card for every metric. */

/* What a card shows, in periods: a quarter of days, a year of weeks, two years of months. */
const CARD_PERIODS = { day: 91, week: 53, month: 25 };
const CARD_CHART_HEIGHT = 156;
const SUMMARY = [
  { key: "", name: "Metrics", symbol: "", holds: () => true },
  ...[
    { key: "on", name: "On target", symbol: "\u2713" },
    { key: "off", name: "Off target", symbol: "\u2715" },
  ].map((tile) => ({ ...tile, holds: (metric) => verdict(metric).key === tile.key })),
  { key: "alert", name: "Outside alert bounds", symbol: "!", holds: isOutOfBounds },
  {
    key: "open",
    name: "Not judged",
    symbol: NOTHING,
    holds: (metric) => verdict(metric).key === "open",
  },
];

const cards = new Map();
let chosenTile = SUMMARY[0];

function buildOverview() {
  const tiers = new Map();
  for (const metric of page.metrics) {
    const key = metric.tier ?? "none";
    if (!tiers.has(key)) tiers.set(key, buildTier(key));
    const card = buildCard(metric);
    cards.set(metric, card);
    tiers.get(key).querySelector("ul").append(card);
  }
  byId("tiers").append(...tiers.values());
  buildSummary();
  addOptions(byId("owner"), ({ owner }) => owner, (owner) => owner);
  addOptions(byId("tier"), ({ tier }) => tier, (tier) => `Tier ${tier}`);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("input", applyFilters);
  applyFilters();
}

function buildTier(key) {
  const { root, fields } = fromTemplate("tier-template");
  fields.name.textContent = key === "none" ? "No tier" : `Tier ${key}`;
  fields.meaning.textContent = TIERS[key] ?? "";
  return root.firstElementChild;
}

function buildCard(metric) {
  const { root, fields } = fromTemplate("card-template");
  const { grain, unit, metric_value: value } = metric;
  fillHeadline(fields, metric);
  fields.label.href = hrefOf(metric);
  fields.owner.textContent = metric.owner ?? "no owner";
  if (value !== null) {
    fields.changes.append(
      term(`vs previous ${grain}`, ...changeNodes(value, metric.previous_value, unit)),
      term("vs a year ago", ...changeNodes(value, metric.year_ago_value, unit)),
    );
  }
  const line = metric.lines[grain];
  if (line) {
    chart(fields.chart, CARD_CHART_HEIGHT, () => cardChart(metric, line));
    fields.legend.textContent = `\u25cb ${grain} not complete`;
    fields.legend.hidden = !metric.unfinished[grain].includes(line.start + line.values.length - 1);
  } else {
    fields.chart.remove();
  }
  const card = root.firstElementChild;
  card.dataset.metric = metric.metric_name;
  return card;
}

function cardChart(metric, line) {
  const { grain, unit } = metric;
  const [shown] = lastPeriods(metric, grain, [line], CARD_PERIODS[grain]);
  return {
    ...shown,
    grain,
    unit,
    label: chartLabel(metric.label, metric, grain, shown),
    range: valueRange([shown], metric.target),
    reference: referenceOf(metric, grain),
  };
}

function buildSummary() {
  for (const tile of SUMMARY) {
    const count = page.metrics.filter(tile.holds).length;
    const mark = element("span", { class: "mark", "aria-hidden": "true" }, tile.symbol);
    const button = element(
      "button",
      { type: "button", class: `tile ${tile.key}`, "data-state": tile.key },
      element("span", { class: "tile-count" }, number(count)),
      element("span", { class: "tile-name" }, mark, tile.name),
    );
    button.addEventListener("click", () => {
      chosenTile = tile;
      applyFilters();
    });
    byId("summary").append(button);
  }
}

function addOptions(select, valueOf, nameOf) {
  const values = new Set(page.metrics.map(valueOf).filter((value) => value !== null));
  select.append(...[...values].sort().map((value) => element("option", { value }, nameOf(value))));
}

function searchText({ metric_name: name, label, description, owner, unit }) {
  return [name, label, description, owner, unit].join(" ").toLowerCase();
}

function applyFilters() {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const owner = byId("owner").value;
  const tier = byId("tier").value;
  let count = 0;
  for (const [metric, card] of cards) {
    const text = searchText(metric);
    const isShown =
      words.every((word) => text.includes(word)) &&
      (!owner || metric.owner === owner) &&
      (!tier || String(metric.tier) === tier) &&
      chosenTile.holds(metric);
    card.hidden = !isShown;
    count += isShown;
  }
  for (const section of byId("tiers").children) {
    section.hidden = !section.querySelector(".card:not([hidden])");
  }
  for (const button of byId("summary").children) {
    button.setAttribute("aria-pressed", String(button.dataset.state === chosenTile.key));
  }
  showCount(count);
}

function showCount(count) {
  const total = page.metrics.length;
  if (count === total) {
    byId("shown").replaceChildren(total ? "" : "The catalogue holds no metric yet.");
    return;
  }
  const reset = element("button", { type: "button", class: "button" }, "Show all");
  reset.addEventListener("click", () => {
    byId("filters").reset();
    chosenTile = SUMMARY[0];
    applyFilters();
    byId("search").focus();
  });
  const found = count
    ? `${count} of ${total} metrics`
    : "No metric fits the search and the filters.";
  byId("shown").replaceChildren(found, " ", reset);
}
