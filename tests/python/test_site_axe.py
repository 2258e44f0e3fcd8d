"""What axe-core, fetched from the npm registry, finds on the pages, in light and dark."""

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from pages import NARROW, WIDE, built_page, draw_charts, started_browser
from test_site_whole import ADDRESSES

pytestmark = pytest.mark.integrations

PACKAGE = "axe-core@4.14.1"
REFUSED = ("serious", "critical")
SECONDS = 120

browser = pytest.fixture(scope="module")(started_browser)


@pytest.fixture(scope="module")
def site(demo, tmp_path_factory) -> Path:
    return built_page(demo.database, tmp_path_factory.mktemp("axe_site")).parent


@pytest.fixture(scope="module")
def axe(tmp_path_factory) -> str:
    """The script, which runs in the page as a reader's tool would."""
    npm = shutil.which("npm")
    assert npm, "npm is not installed: apt-get install npm"
    folder = tmp_path_factory.mktemp("axe")
    packed = subprocess.run(
        [npm, "pack", "--silent", PACKAGE],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    with tarfile.open(folder / packed.stdout.split()[-1]) as package:
        member = package.extractfile("package/axe.min.js")
        assert member is not None
        return member.read().decode()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1280", "390"])
@pytest.mark.parametrize(("name", "address"), ADDRESSES)
def test_axe_finds_nothing_serious(browser, site, axe, name, address, size, scheme):
    scheme_set = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.call("Emulation.setEmulatedMedia", features=scheme_set)
    browser.open(site / name, address, size)
    if address and browser.evaluate("document.querySelector('#detail .chart') !== null"):
        draw_charts(browser, "#detail")
    browser.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    browser.evaluate(f"{axe}; 0")
    found = browser.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(({violations}) => "
        "violations.map((one) => [one.impact, one.id, one.nodes"
        ".map((node) => node.target.join(' ')).slice(0, 3)]))"
    )
    assert [one for one in found if one[0] in REFUSED] == []
