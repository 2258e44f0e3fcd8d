/* Are we worth it? What the team costs, what experiments show that it earns, what it spares, and
   what merely went by: four kinds of numbers, never added. */

function fillWorth(fields) {
  const { ledger } = page;
  if (!ledger.length) {
    return emptyPart(fields, "No costs here yet: nobody wrote down a bill or an initiative.");
  }
  const last = ledger.at(-1);
  const causal = moneyText(last.cumulative_causal_return);
  const interval = rangeText(
    last.cumulative_causal_return_low,
    last.cumulative_causal_return_high,
    moneyText,
  );
  const since = monthName(ledger[0].month_start);
  const noisy = page.initiatives.filter((row) => row.is_inside_noise);
  fields.answer.textContent = [
    `Since ${since} the team cost ${moneyText(last.cumulative_cost)}, as far as costs are known.`,
    `Experiments show ${causal} earned (${interval}).`,
    `Apart from that, owners say that ${moneyText(last.cumulative_saved_cost)} were spared, and ` +
      `${moneyText(knownSum(ledger, "influenced_amount"))} of revenue went by what the team ` +
      "built, without anybody knowing what would have been without it.",
    noisy.length ? `The effect of ${counted(noisy.length, "initiative")} may be none.` : "",
  ]
    .filter(Boolean)
    .join(" ");
  fillLedger(fields, last);
  fillInitiatives(fields);
  return {
    figure: causal,
    about: `earned by experiments (${interval}), of ${moneyText(last.cumulative_cost)} of cost`,
  };
}

/* Cost and return ---------------------------------------------------------------------------- */

function fillLedger(fields, last) {
  const { ledger } = page;
  const of = (name) => ledger.map((row) => row[name]);
  const unfinished = incompletePlaces(of("is_complete_month"));
  const shared = { months: of("month_start"), unfinished, unit: MONEY, textOf: moneyText };
  const lacking = [...new Set(ledger.flatMap((row) => row.reason?.split(/, */) ?? []))];
  fields.ledgerNote.textContent =
    "In the reporting currency. The interval adds the bounds of all experiments, as if they " +
    "erred the same way. What experiments show and what owners say was spared stand apart, " +
    "each beside the whole cost." +
    (lacking.length ? ` Missing in some months: ${lacking.map(reasonText).join("; ")}.` : "") +
    (unfinished.size ? " Dashed: the month is not complete." : "");
  fields.breakEven.append(
    breakEven(last.is_break_even_causal, "by experiments"),
    breakEven(last.is_break_even_causal_low, "by their lower bound"),
    breakEven(last.is_break_even_saved, "by what was spared alone"),
  );
  const cost = { name: "cost so far", values: of("cumulative_cost") };
  fields.ledgerCharts.append(
    monthChart({
      ...shared,
      name: "Cost a month",
      lines: [
        { name: "in all", values: of("total_cost") },
        { name: "of it people", values: of("people_cost") },
      ],
    }),
    monthChart({
      ...shared,
      name: "Return a month, by experiments",
      lines: [{ name: "earned", values: of("causal_return") }],
      band: { name: "interval", low: of("causal_return_low"), high: of("causal_return_high") },
    }),
    monthChart({
      ...shared,
      name: "So far: earned by experiments, beside the cost",
      lines: [{ name: "earned so far", values: of("cumulative_causal_return") }, cost],
      band: {
        name: "interval",
        low: of("cumulative_causal_return_low"),
        high: of("cumulative_causal_return_high"),
      },
    }),
    monthChart({
      ...shared,
      name: "So far: spared by the word of owners, beside the cost",
      lines: [{ name: "spared so far", values: of("cumulative_saved_cost") }, cost],
    }),
    dataTable("The ledger as a table", ledgerTable),
  );
}

function breakEven(isReached, how) {
  if (isReached === null) return state("open", NOTHING, `Break-even ${how}: no cost yet`);
  return isReached
    ? state("on", "\u2713", `Broken even ${how}`)
    : state("off", "\u2715", `Not broken even ${how}`);
}

function ledgerTable() {
  const columns = [
    { name: "Month" },
    ...["People", "Infrastructure", "Cost", "Cost so far"].map(numeric),
    ...["Earned", "Interval", "Earned so far", "Interval"].map(numeric),
    ...["Spared", "Spared so far", "Influenced, in no sum"].map(numeric),
    { name: "Missing" },
  ];
  const rows = page.ledger.map((row) => [
    monthName(row.month_start),
    ...["people_cost", "infrastructure_cost", "total_cost", "cumulative_cost", "causal_return"].map(
      (name) => moneyText(row[name]),
    ),
    rangeText(row.causal_return_low, row.causal_return_high, moneyText),
    moneyText(row.cumulative_causal_return),
    rangeText(row.cumulative_causal_return_low, row.cumulative_causal_return_high, moneyText),
    ...["saved_cost", "cumulative_saved_cost", "influenced_amount"].map((name) =>
      moneyText(row[name]),
    ),
    row.reason === null ? "" : reasonText(row.reason),
  ]);
  return table("Cost and return by month, the last first", columns, rows.toReversed());
}

/* Initiatives -------------------------------------------------------------------------------- */

function fillInitiatives(fields) {
  const { initiatives } = page;
  if (!initiatives.length) {
    fields.initiativesNote.textContent = "Nobody wrote down an initiative.";
    fields.initiativesTable.remove();
    return;
  }
  fields.initiativesNote.textContent =
    "Earned: the effect of a decided experiment, for as long as it is taken to last. Spared: " +
    "what its owner says. Influenced: revenue that went by it. The three are never added. What " +
    "it took to build is mostly people, who are in the cost already.";
  const columns = [
    { name: "Initiative" },
    { name: "Effect" },
    ...["Earned", "Spared", "Influenced", "Build cost"].map(numeric),
  ];
  const rows = initiatives.map((row) => [
    nodesIn(
      row.title ?? row.initiative_id,
      small(
        [words(row.kind ?? ""), words(row.status ?? ""), row.owner ?? "no owner"]
          .filter(Boolean)
          .join(", "),
      ),
    ),
    effectCell(row),
    row.causal_return === null
      ? nodesIn(NOTHING, small(row.reason === null ? "" : reasonText(row.reason)))
      : nodesIn(
          moneyText(row.causal_return),
          small(rangeText(row.causal_return_low, row.causal_return_high, moneyText)),
        ),
    ...["saved_cost", "influenced_amount", "build_cost"].map((name) => moneyText(row[name])),
  ]);
  fillTable(fields.initiativesTable, "", "The largest return first", columns, rows);
}

/* Whether zero is inside the interval of the effect; a link to the experiment where it has one. */
function effectCell(row) {
  if (row.is_inside_noise === null) return NOTHING;
  const mark = row.is_inside_noise
    ? state("alert", "!", "Inside noise")
    : state("on", "\u2713", "Beyond noise");
  const text = (value) => formatValue(value, null);
  const href = `experiments.html#experiment=${encodeURIComponent(row.experiment_id ?? "")}`;
  const link =
    row.experiment_id === null
      ? []
      : [element("a", { href }, row.experiment_id)];
  return nodesIn(
    element("ul", { class: "states" }, mark),
    small(
      `${text(row.effect)} (${rangeText(row.effect_low, row.effect_high, text)}) of ` +
        `${words(row.metric_name ?? "a metric")} per unit`,
    ),
    ...link,
  );
}
