/* The page: a question after the other. "#part=decisions" addresses one of them, and
   "#part=requests&department=marketing" or "&kind=report" what its charts show. */

/* By the id of the part: its question, and what fills it. */
const QUESTIONS = {
  requests: { question: "Are we used, and fast?", fill: fillRequests },
  decisions: { question: "Do decisions rest on data?", fill: fillDecisions },
  pipelines: { question: "Do pipelines keep their word?", fill: fillPipelines },
  worth: { question: "Are we worth it?", fill: fillWorth },
  assets: { question: "What does nobody use?", fill: fillAssets },
  people: { question: "How are we organised?", fill: fillPeople },
};

/* Assets and comparisons are there without a row of the team's: they say nothing by themselves. */
function hasRows() {
  return ["requests", "decisions", "weekdays", "ledger", "people"].some(
    (part) => page[part].length,
  );
}

fillMasthead();
if (hasRows()) {
  buildParts(QUESTIONS, (address) => {
    if (address.get("part") === "requests") showSplit(address);
  });
} else {
  showNone(
    page.has_tables
      ? "No team here yet: once a raw table of the team's own work delivers a row, it appears here."
      : "No team here yet: the published file has no tables of the team to read.",
  );
}
