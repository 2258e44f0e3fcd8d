/* What does nobody use? Dashboards and metrics without a view or a decision. */

const ASSET_STATES = {
  retire: { kind: "off", symbol: "\u2715", text: "Retire" },
  keep: { kind: "open", symbol: NOTHING, text: "Keep" },
  promote: { kind: "on", symbol: "\u2191", text: "Promote" },
};

function fillAssets(fields) {
  const { assets } = page;
  const isSeen = assets.some((row) => row.view_count);
  if (!isSeen) {
    return emptyPart(fields, "No views here yet: nothing wrote down who opens which dashboard.");
  }
  const retired = assets.filter((row) => row.suggestion === "retire");
  const promoted = assets.filter((row) => row.suggestion === "promote");
  const unknown = assets.filter((row) => row.view_count === null && row.is_unused);
  const names = (rows) => listText(rows.map((row) => row.asset_name));
  fields.answer.textContent = [
    retired.length
      ? `${counted(retired.length, "asset")} to retire: ${names(retired)}.`
      : "Everything whose views are known is used.",
    promoted.length ? `Worth pointing to: ${names(promoted)}.` : "",
    unknown.length
      ? `${counted(unknown.length, "metric")} without a decision of late ` +
        `${unknown.length === 1 ? "is" : "are"} on no dashboard by name, so nobody knows who ` +
        "reads them."
      : "",
  ]
    .filter(Boolean)
    .join(" ");
  fillRetired(fields, retired);
  return {
    figure: number(retired.length),
    about: `to retire, of ${number(assets.length)} dashboards and metrics`,
  };
}

function fillRetired(fields, retired) {
  fields.retireNote.textContent =
    "Neither a view nor a decision in the last 90 days. A metric counts as seen where somebody " +
    "opened a dashboard whose exposure names it.";
  fields.retire.append(
    dataTable("All dashboards and metrics", () =>
      element("div", { class: "wraps" }, assetTable("By views, the most first", page.assets)),
    ),
  );
  if (!retired.length) {
    fields.retireTable.replaceWith(element("p", { class: "note" }, "There is none."));
    return;
  }
  fields.retireTable.classList.add("wraps");
  fields.retireTable.append(assetTable("To retire", retired));
}

function assetTable(caption, assets) {
  const columns = [
    { name: "Asset" },
    { name: "Owner" },
    ...["Views", "Views, 90 days", "Decisions", "Decisions, 90 days", "Requests"].map(numeric),
    numeric("A month costs"),
    { name: "Last opened" },
    { name: "What to do" },
  ];
  const rows = assets.map((row) => [
    nodesIn(
      ...nameNodes([row.asset_name ?? NOTHING]),
      small(`${row.asset_type ?? "asset"}${row.dashboards ? ` on ${row.dashboards}` : ""}`),
    ),
    row.owner ?? "none named",
    ...["view_count", "view_count_last_90_days", "decision_count"].map((name) =>
      countText(row[name]),
    ),
    ...["decision_count_last_90_days", "request_count"].map((name) => countText(row[name])),
    row.monthly_cost === null ? NOTHING : moneyText(row.monthly_cost),
    row.last_viewed_at === null ? "never, as far as known" : dayName(row.last_viewed_at),
    element("ul", { class: "states" }, stateOf(ASSET_STATES, row.suggestion)),
  ]);
  return table(caption, columns, rows);
}
