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

function addressed() {
  return new URLSearchParams(location.hash.slice(1));
}

/* Assets and comparisons are there without a row of the team's: they say nothing by themselves. */
function hasRows() {
  return ["requests", "decisions", "weekdays", "ledger", "people"].some(
    (part) => page[part].length,
  );
}

function buildParts() {
  for (const [id, { question, fill }] of Object.entries(QUESTIONS)) {
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
}

function showAddressed() {
  const name = addressed().get("part");
  byId("shown").textContent = "";
  if (name === null) return;
  if (!(name in QUESTIONS)) {
    byId("shown").textContent = `There is no part "${name}".`;
    return;
  }
  const part = byId(name);
  part.scrollIntoView();
  part.querySelector("h2").focus({ preventScroll: true });
}

fillMasthead();
if (hasRows()) {
  buildParts();
  addEventListener("hashchange", () => {
    if (addressed().get("part") === "requests") showSplit(addressed());
    showAddressed();
  });
  byId("summary").addEventListener("click", ({ target }) => {
    if (target.closest("a")?.hash === location.hash) showAddressed();
  });
  showAddressed();
} else {
  showNone(
    page.has_tables
      ? "No team here yet: once a raw table of the team's own work delivers a row, it appears here."
      : "No team here yet: the published file has no tables of the team to read.",
  );
}
