/* The page: its head, and the address that says what it shows.

   "" is the overview, "#metric=net_revenue&grain=month&by=user__country" a metric. */

const COMMIT_LENGTH = 7;
let overviewScroll = 0;

function fillMasthead() {
  const { publication } = page;
  const facts = [page.last_day ? `Data up to ${dayName(page.last_day)}` : "No data yet"];
  if (publication) {
    const [commit, dirty] = publication.code_version.split("-");
    const changes = dirty ? " with uncommitted changes" : "";
    facts.push(`published ${momentName(publication.published_at)}`);
    facts.push(`code ${commit.slice(0, COMMIT_LENGTH)}${changes}`);
  } else {
    facts.push("read from a build that is not published");
  }
  byId("as-of").replaceChildren(...facts.map((fact) => element("span", {}, fact)));
  const name = publication ? `, publication ${publication.publication_id}` : "";
  byId("source").textContent = `Read from ${page.database}${name}.`;
}

function showAddressed() {
  const address = new URLSearchParams(location.hash.slice(1));
  const name = address.get("metric");
  if (location.hash && name === null) return; // an anchor within the page
  const metric = metricsByName.get(name);
  document.title = metric ? `${metric.label} \u2013 ${page.project}` : `${page.project}: metrics`;
  if (metric) showMetric(metric, { grain: address.get("grain"), by: address.get("by") });
  else showOverview();
  if (name !== null && !metric) byId("shown").textContent = `There is no metric "${name}".`;
}

function showMetric(metric, wanted) {
  const detail = byId("detail");
  if (detail.hidden) overviewScroll = scrollY;
  byId("overview").hidden = true;
  detail.hidden = false;
  detail.dataset.metric = metric.metric_name;
  detail.replaceChildren(buildDetail(metric, wanted));
  scrollTo(0, 0);
  detail.querySelector("h2").focus({ preventScroll: true });
}

function showOverview() {
  const detail = byId("detail");
  const left = metricsByName.get(detail.dataset.metric);
  byId("overview").hidden = false;
  detail.hidden = true;
  delete detail.dataset.metric;
  detail.replaceChildren();
  if (!left) return;
  scrollTo(0, overviewScroll);
  cards.get(left).querySelector("a").focus({ preventScroll: true });
}

function searchOnSlash(event) {
  const isTyping = event.target.closest("input:not([type=radio]), select, textarea");
  if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (byId("overview").hidden) {
    history.pushState(null, "", "#");
    showAddressed();
  }
  byId("search").focus();
  byId("search").select();
}

fillMasthead();
buildOverview();
showAddressed();
addEventListener("hashchange", showAddressed);
addEventListener("keydown", searchOnSlash);
