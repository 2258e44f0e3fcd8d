/* What the pages of experiments, of models and of the team share: the words of their states, how
   their numbers are written, tables, a list by groups. */

const VERDICTS = {
  better: { kind: "on", symbol: "\u2713", text: "Better" },
  worse: { kind: "off", symbol: "\u2715", text: "Worse" },
  unclear: { kind: "open", symbol: NOTHING, text: "Unclear" },
  not_worse: { kind: "on", symbol: "\u2713", text: "Not worse" },
  harmful: { kind: "off", symbol: "\u2715", text: "Harmful" },
};
const CHECK_STATES = {
  failed: { kind: "off", symbol: "\u2715", text: "Failed" },
  warning: { kind: "alert", symbol: "!", text: "Warning" },
  passed: { kind: "on", symbol: "\u2713", text: "Passed" },
  not_available: { kind: "open", symbol: NOTHING, text: "Not known" },
};

/* A state with what it says; words that are not known stand for themselves. */
function stateOf(states, word, ...more) {
  const { kind, symbol, text } = meaningOf(states, word);
  return state(kind, symbol, text, ...more);
}

function meaningOf(states, word) {
  return states[word] ?? { kind: "open", symbol: NOTHING, text: word ? words(word) : "No verdict" };
}

/* Numbers and sentences ---------------------------------------------------------------------- */

function sentence(text) {
  return /[.!?]$/.test(text) ? capitalised(text) : `${capitalised(text)}.`;
}

function signed(value, text) {
  if (!/[1-9]/.test(text)) return text.replace(MINUS, "");
  return value > 0 ? `+${text}` : text;
}

function relativeText(value) {
  const digits = Math.abs(value) < 1 ? 1 : 0;
  return signed(value, fixed(value, digits, "percent"));
}

function rangeText(low, high, textOf) {
  return low === null || high === null ? NOTHING : `${textOf(low)} to ${textOf(high)}`;
}

function pText(value) {
  if (value === null) return NOTHING;
  return value < 0.001 ? "< 0.001" : fixed(value, 3);
}

function shareText(value) {
  return value === null ? NOTHING : number(value, { style: "percent", maximumFractionDigits: 1 });
}

function countText(value) {
  return value === null ? NOTHING : number(value);
}

function sqlText(text) {
  return `'${text.replaceAll("'", "''")}'`;
}

/* Nodes -------------------------------------------------------------------------------------- */

function legendItem(kind, ...text) {
  return element(
    "li",
    {},
    element("span", { class: `key ${kind}`, "aria-hidden": "true" }),
    ...text,
  );
}

function numeric(name) {
  return { name, isNumber: true };
}

/* A table of what is on record; without rows its host goes. */
function fillTable(host, note, caption, columns, rows) {
  if (!rows.length) {
    host.remove();
    return;
  }
  host.classList.add("wraps");
  host.append(table(caption, columns, rows));
  if (note) host.before(element("p", { class: "note" }, note));
}

function nodesIn(...nodes) {
  return element("div", {}, ...nodes);
}

/* A table that is built while it is open. */
function dataTable(title, build) {
  const host = element("div", {
    class: "scroll",
    tabindex: "0",
    role: "region",
    "aria-label": title,
  });
  const details = element("details", { class: "table" }, element("summary", {}, title), host);
  details.addEventListener("toggle", () =>
    host.replaceChildren(...(details.open ? [build()] : [])),
  );
  return details;
}

/* A section of the list: its name and meaning, and a card for each member. */
function buildGroup({ name, meaning }, members, buildCard) {
  const { root, fields } = fromTemplate("group-template");
  fields.name.textContent = name;
  fields.meaning.textContent = meaning;
  for (const member of members) {
    const card = buildCard(member);
    cards.set(member, card);
    root.querySelector("ul").append(card);
  }
  return root.firstElementChild;
}

/* In place of a list that has nothing to list. */
function showNone(text) {
  for (const id of ["summary", "filters"]) byId(id)?.setAttribute("hidden", "");
  byId("shown").className = "empty none";
  byId("shown").textContent = text;
}
