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
  addFilters({
    tiles: SUMMARY,
    selects: [
      { id: "owner", valueOf: ({ owner }) => owner, nameOf: (owner) => owner },
      { id: "tier", valueOf: ({ tier }) => tier, nameOf: (tier) => `Tier ${tier}` },
    ],
    sections: byId("tiers"),
    searchText,
    noun: "metric",
    none: "The catalogue holds no metric yet.",
  });
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
  card.dataset.item = "";
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

function searchText({ metric_name: name, label, description, owner, unit }) {
  return [name, label, description, owner, unit].join(" ");
}
