/* The page: a question after the other. "#part=incidents" addresses one of them. */

const QUESTIONS = {
  scorecard: { question: "How good are the raw tables?", fill: fillScores },
  reconciliation: { question: "Is every row accounted for?", fill: fillReconciled },
  freshness: { question: "Are the data up to date?", fill: fillLoads },
  anomalies: { question: "What is out of the ordinary?", fill: fillOdd },
  incidents: { question: "What went wrong?", fill: fillIncidents },
  downtime: { question: "How long were data wrong or missing?", fill: fillDowntime },
};

fillMasthead();
if (page.tables.length) {
  buildParts(QUESTIONS);
} else {
  showNone(
    page.has_tables
      ? "No data quality here yet: once a raw table delivers a row, it appears here."
      : "No data quality here yet: the published file has no tables of quality to read.",
  );
}
