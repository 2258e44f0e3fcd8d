/* The overview as a list: a summary to filter by, a search, what is shown of it; and the address
   that leads to one item of the list and back. */

const cards = new Map();

/* spec: {tiles: {key, name, symbol, holds} with the first for all, selects: {id, valueOf, nameOf},
          sections: their host, searchText: of an item, noun: "metric", none: said of an empty list}
   The cards of all items are in `cards`. */
function addFilters({ tiles, selects, sections, searchText, noun, none }) {
  let chosenTile = tiles[0];
  const items = [...cards.keys()];
  const texts = new Map(items.map((item) => [item, searchText(item).toLowerCase()]));

  function apply() {
    const wanted = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const [item, card] of cards) {
      const isShown =
        wanted.every((word) => texts.get(item).includes(word)) &&
        selects.every(({ id, valueOf }) => ["", String(valueOf(item))].includes(byId(id).value)) &&
        chosenTile.holds(item);
      card.hidden = !isShown;
      count += isShown;
    }
    for (const section of sections.children) {
      section.hidden = !section.querySelector("[data-item]:not([hidden])");
    }
    for (const button of byId("summary").children) {
      button.setAttribute("aria-pressed", String(button.dataset.state === chosenTile.key));
    }
    showCount(count);
  }

  function showCount(count) {
    if (count === items.length) {
      byId("shown").replaceChildren(items.length ? "" : none);
      return;
    }
    const reset = element("button", { type: "button", class: "button" }, "Show all");
    reset.addEventListener("click", () => {
      byId("filters").reset();
      chosenTile = tiles[0];
      apply();
      byId("search").focus();
    });
    const found = count
      ? `${count} of ${items.length} ${noun}s`
      : `No ${noun} fits the search and the filters.`;
    byId("shown").replaceChildren(found, " ", reset);
  }

  for (const tile of tiles) {
    const mark = element("span", { class: "mark", "aria-hidden": "true" }, tile.symbol);
    const button = element(
      "button",
      { type: "button", class: `tile ${tile.key}`, "data-state": tile.key },
      element("span", { class: "tile-count" }, number(items.filter(tile.holds).length)),
      element("span", { class: "tile-name" }, mark, tile.name),
    );
    button.addEventListener("click", () => {
      chosenTile = tile;
      apply();
    });
    byId("summary").append(button);
  }
  for (const { id, valueOf, nameOf } of selects) {
    const values = new Set(items.map(valueOf).filter((value) => value !== null));
    const options = [...values].sort().map((value) => element("option", { value }, nameOf(value)));
    byId(id).append(...options);
  }
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("input", apply);
  apply();
}

/* Shows the overview or the item that the address names, now and whenever the address changes.

   spec: {key: "metric" of "#metric=net_revenue", find: the item of a name, titleOf: its title,
          build: its nodes, given the rest of the address too, title: of the overview} */
function followAddress({ key, find, titleOf, build, title }) {
  const detail = byId("detail");
  let shown = null;
  let overviewScroll = 0;

  function showItem(item, address) {
    if (!shown) overviewScroll = scrollY;
    shown = item;
    byId("overview").hidden = true;
    detail.hidden = false;
    detail.replaceChildren(build(item, address));
    scrollTo(0, 0);
    detail.querySelector("h2").focus({ preventScroll: true });
  }

  function showOverview() {
    const left = shown;
    shown = null;
    byId("overview").hidden = false;
    detail.hidden = true;
    detail.replaceChildren();
    if (!left) return;
    scrollTo(0, overviewScroll);
    cards.get(left)?.querySelector("a").focus({ preventScroll: true });
  }

  function showAddressed() {
    const address = new URLSearchParams(location.hash.slice(1));
    const name = address.get(key);
    if (location.hash && name === null) return; // an anchor within the page
    const item = find(name);
    document.title = item ? `${titleOf(item)} \u2013 ${page.project}` : title;
    if (item) showItem(item, address);
    else showOverview();
    if (name !== null && !item) byId("shown").textContent = `There is no ${key} "${name}".`;
  }

  addEventListener("hashchange", showAddressed);
  searchOnSlash(showAddressed);
  showAddressed();
}

/* "/" leads to the search, from wherever one is. */
function searchOnSlash(showAddressed) {
  addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input:not([type=radio]), select, textarea");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (byId("overview").hidden) {
      history.pushState(null, "", "#");
      showAddressed();
    }
    byId("search").focus();
    byId("search").select();
  });
}
