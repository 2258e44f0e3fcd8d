/* Do decisions rest on data? What they claim, what of it can be found, and what cannot. */

const REVIEWS = {
  reviewed: { kind: "on", symbol: "\u2713", text: "Reviewed" },
  not_due: { kind: "open", symbol: NOTHING, text: "Not due" },
  due: { kind: "alert", symbol: "!", text: "Due" },
  overdue: { kind: "off", symbol: "!", text: "Overdue" },
  not_planned: { kind: "open", symbol: NOTHING, text: "Not planned" },
};
/* A value that was read then and one that is published now agree within this share. */
const VALUE_SLACK = 0.01;

function fillDecisions(fields) {
  const { decisions } = page;
  if (!decisions.length) {
    return emptyPart(fields, "No decisions here yet: nobody wrote one down.");
  }
  const claimed = decisions.filter((row) => row.claimed_mode === "data_driven");
  const borneOut = claimed.filter((row) => row.mode === "data_driven");
  const downgraded = decisions.filter((row) => row.is_downgraded);
  const overdue = decisions.filter((row) => row.review_status === "overdue");
  fields.answer.textContent = [
    `${counted(decisions.length, "decision")} ${decisions.length === 1 ? "is" : "are"} on record.`,
    claimed.length
      ? `Of ${number(claimed.length)} that are called data driven, the record bears out ` +
        `${number(borneOut.length)}.`
      : "None is called data driven.",
    downgraded.length ? `${number(downgraded.length)} rest on less than they claim.` : "",
    overdue.length ? `${number(overdue.length)} should have been looked at again by now.` : "",
  ]
    .filter(Boolean)
    .join(" ");
  fillModes(fields);
  fillDowngrades(fields, downgraded);
  fillRejected(fields);
  return {
    figure: `${number(borneOut.length)} of ${number(claimed.length)}`,
    about: "decisions called data driven are so by the record",
  };
}

function linksOf({ decision_id: id }) {
  return page.links.filter((link) => link.decision_id === id);
}

function linkNodes(links) {
  return links.flatMap(({ link_type: type, link_id: id, status }, place) => [
    `${place ? ", " : ""}${words(type ?? "link")} `,
    element("code", {}, id ?? NOTHING),
    ...(status === "rejected" ? [" (does not hold)"] : []),
  ]);
}

/* Claimed and checked ------------------------------------------------------------------------ */

function fillModes(fields) {
  const modes = [
    ...new Set([
      ...Object.keys(MODES),
      ...page.decisions.flatMap((row) => [row.claimed_mode, row.mode]),
    ]),
  ];
  fields.modesNote.textContent =
    "Data driven: a rule was written down before the data and before the decision, and something " +
    "that it names holds. Data informed: something that it names holds. Owners claim, and the " +
    "record is checked.";
  const columns = [
    { name: "Claimed" },
    ...modes.map((mode) => numeric(modeName(mode))),
    numeric("All"),
  ];
  const rows = modes.map((claimed) => {
    const of = page.decisions.filter((row) => row.claimed_mode === claimed);
    return [
      modeName(claimed),
      ...modes.map((mode) => countText(of.filter((row) => row.mode === mode).length)),
      countText(of.length),
    ];
  });
  fillTable(fields.modesTable, "", "Decisions: rows as claimed, columns as checked", columns, rows);
  fields.modes.append(dataTable("All decisions", decisionsTable));
}

function decisionsTable() {
  const columns = [
    { name: "Decision" },
    { name: "Decided" },
    { name: "Claimed" },
    { name: "Checked" },
    { name: "Rests on" },
    { name: "Review" },
  ];
  const rows = page.decisions.map((row) => [
    nodesIn(row.title ?? row.decision_id, small(row.owner ?? "no owner")),
    dayText(row.decided_date ?? row.decided_at),
    modeName(row.claimed_mode),
    nodesIn(modeName(row.mode), small(row.reason === null ? "" : reasonText(row.reason))),
    nodesIn(...linkNodes(linksOf(row))),
    nodesIn(
      element("ul", { class: "states" }, stateOf(REVIEWS, row.review_status)),
      small(row.outcome === null ? "" : words(row.outcome)),
    ),
  ]);
  const host = table("Decisions, the last first", columns, rows);
  return element("div", { class: "wraps" }, host);
}

/* Less than claimed -------------------------------------------------------------------------- */

function fillDowngrades(fields, downgraded) {
  if (!downgraded.length) {
    fields.downgradesList.replaceWith(
      element("p", { class: "note" }, "Every decision rests on what it claims."),
    );
    return;
  }
  fields.downgradesList.append(...downgraded.map(downgradeRow));
}

function downgradeRow(row) {
  const links = linksOf(row);
  const about = [row.owner ?? "no owner", dayText(row.decided_date ?? row.decided_at)];
  const why = [links.length ? sentence(reasonText(row.reason)) : "It names nothing to rest on."];
  if (row.rule !== null) {
    const day = row.rule_recorded_at;
    const when = day === null ? "" : `, written down ${dayName(day)}`;
    why.push(`Rule${when}: ${sentence(row.rule)}`);
  }
  if (row.data_through !== null) why.push(`Data up to ${dayName(row.data_through)}.`);
  return element(
    "li",
    { class: "check" },
    element("ul", { class: "states" }, state("alert", "\u2193", modeName(row.mode))),
    element(
      "div",
      {},
      element("strong", {}, row.title ?? row.decision_id),
      " ",
      element("span", { class: "check-about" }, about.join("; ")),
      element("p", {}, `Called ${modeName(row.claimed_mode).toLowerCase()}. ${why.join(" ")}`),
      ...(links.length
        ? [element("p", { class: "check-about" }, "Names ", ...linkNodes(links), ".")]
        : []),
    ),
  );
}

/* Links -------------------------------------------------------------------------------------- */

function fillRejected(fields) {
  const titles = new Map(page.decisions.map((row) => [row.decision_id, row.title]));
  const titleOf = ({ decision_id: id }) => titles.get(id) ?? id;
  const rejected = page.links.filter((link) => link.status === "rejected");
  const moved = page.links.filter((link) => Math.abs(link.relative_difference ?? 0) > VALUE_SLACK);
  const columns = [{ name: "Decision" }, { name: "Link" }, { name: "Named" }, { name: "Why not" }];
  const rows = rejected.map((link) => [
    titleOf(link),
    capitalised(words(link.link_type ?? NOTHING)),
    nodesIn(
      ...nameNodes([link.link_id ?? NOTHING]),
      small(link.metric_version === null ? "" : `version ${link.metric_version}`),
    ),
    capitalised(reasonText(link.reason)),
  ]);
  const caption = `${number(rejected.length)} of ${counted(page.links.length, "link")}`;
  for (const link of moved) {
    fields.rejected.append(
      element(
        "p",
        { class: "note" },
        `${titleOf(link)}: it read ${formatValue(link.metric_value_then, null)} for `,
        element("code", {}, link.link_id ?? NOTHING),
        `, and ${formatValue(link.metric_value_published, null)} is published for it now ` +
          `(${relativeText(link.relative_difference)}).`,
      ),
    );
  }
  if (!rows.length) {
    fields.rejectedTable.replaceWith(element("p", { class: "note" }, "Every link holds."));
    return;
  }
  fillTable(fields.rejectedTable, "", caption, columns, rows);
}
