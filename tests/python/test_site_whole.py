"""The site as a whole: every page on a screen and on a phone, every link of it, its weight."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from conftest import Build
from pages import NARROW, WIDE, built_page, embedded, started_browser

from groundwork.site.page import CATALOGUE, DOCS, EXPERIMENTS, INDEX, MODELS, QUALITY, TEAM

PAGES = {
    INDEX: ("", "#metric=net_revenue", "#metric=orders&by=user__country", "#metric=sessions"),
    EXPERIMENTS: ("", "#experiment=autoplay"),
    MODELS: ("", "#model=churn"),
    QUALITY: ("", "#part=incidents"),
    TEAM: ("", "#part=decisions"),
    CATALOGUE: ("", "#table=fct_orders", "#table=product.orders"),
}
ADDRESSES = [(name, address) for name, addresses in PAGES.items() for address in addresses]
# Docs aside, which are packed and tested by themselves: together they are below 5 MB.
MAX_BYTES = 2_500_000
MAX_FRONT_BYTES = 1_000_000
LANDMARKS = ("header", "main", "footer", "h1", "nav[aria-label=Site]", "a.skip[href='#main']")
IN_THE_PAGE = {INDEX: "metric", EXPERIMENTS: "experiment", MODELS: "model", CATALOGUE: "table"}

browser = pytest.fixture(scope="module")(started_browser)


@pytest.fixture(scope="module")
def site(demo: Build, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("whole")
    (out / DOCS).write_text("the docs, which are linked to where they are")
    return built_page(demo.database, out).parent


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
@pytest.mark.parametrize(("name", "address"), ADDRESSES)
def test_a_page_is_quiet_alone_and_as_wide_as_the_screen(browser, site, name, address, size):
    browser.open(site / name, address, size)
    browser.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))")
    assert browser.complaints() == []
    own = (site / name).as_uri()
    assert [url for url in browser.requests() if not url.startswith((own, "data:"))] == []
    assert browser.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize(("name", "address"), ADDRESSES)
def test_a_page_can_be_read_without_seeing_it(browser, site, name, address):
    browser.open(site / name, address)
    browser.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    count = "document.querySelectorAll({!r}).length".format
    for landmark in (
        "header",
        "main",
        "footer",
        "h1",
        "nav[aria-label=Site]",
        "a.skip[href='#main']",
    ):
        assert browser.evaluate(count(landmark)) >= 1, landmark
    assert browser.evaluate(count("[aria-current=page]")) == 1
    assert browser.evaluate(count("table:not(:has(> caption))")) == 0
    assert browser.evaluate(count("th:not([scope])")) == 0
    unnamed = "svg:not([aria-hidden]):not(svg svg):not([role=img][aria-label])"
    assert browser.evaluate(count(unnamed)) == 0


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_leads_somewhere(browser, site, demo, name):
    known = what_is_addressed(site, demo)
    links = set()
    for address in PAGES[name]:
        browser.open(site / name, address)
        links |= set(browser.evaluate("[...document.querySelectorAll('a')].map((a) => a.href)"))
    assert len(links) > len(PAGES)
    lost = {link for link in links if not leads_somewhere(link, site, known)}
    assert not lost


def what_is_addressed(site: Path, demo: Build) -> dict[str, set[str]]:
    """Return by file what its addresses can name."""
    data = {name: embedded(site / name) for name in PAGES}
    return {
        INDEX: {row["metric_name"] for row in data[INDEX]["metrics"]},
        EXPERIMENTS: {row["experiment_id"] for row in data[EXPERIMENTS]["experiments"]},
        MODELS: {row["model_id"] for row in data[MODELS]["models"]},
        CATALOGUE: {row["data_name"] for row in data[CATALOGUE]["tables"]},
        **{name: templates_of(site / name) for name in (QUALITY, TEAM)},
        DOCS: {*demo.manifest["nodes"], *demo.manifest["sources"]},
    }


def templates_of(page: Path) -> set[str]:
    found = set()

    class Templates(HTMLParser):
        def handle_starttag(self, tag, attributes):
            if tag == "template":
                found.add(dict(attributes)["id"].removesuffix("-template"))

    Templates().feed(page.read_text(encoding="utf-8"))
    return found


def leads_somewhere(link: str, site: Path, known: dict[str, set[str]]) -> bool:
    place = urlsplit(link)
    path = Path(unquote(place.path))
    if place.scheme != "file" or path.parent != site or not path.is_file():
        return False
    if place.fragment in {"", "main"}:
        return True
    if path.name == DOCS:
        return unquote(place.fragment.rpartition("/")[2]) in known[DOCS]
    address = parse_qs(place.fragment)
    (named,) = address[IN_THE_PAGE.get(path.name, "part")]
    return named in known[path.name]


def test_the_site_is_light(site):
    sizes = {name: (site / name).stat().st_size for name in PAGES}
    assert sizes[INDEX] < MAX_FRONT_BYTES
    assert sum(sizes.values()) < MAX_BYTES


def test_a_page_prints_on_paper_without_what_is_clicked(browser, site):
    browser.open(site / INDEX)
    browser.call("Emulation.setEmulatedMedia", media="print")
    shown = browser.evaluate("getComputedStyle(document.getElementById('filters')).display")
    browser.call("Emulation.setEmulatedMedia", media="")
    assert shown == "none"
