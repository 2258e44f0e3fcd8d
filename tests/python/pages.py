"""A page of the site in a headless Chromium, and what holds of every page."""

import fcntl
import itertools
import json
import os
import re
import select
import shutil
import subprocess
import time
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from conftest import ROOT

from groundwork.cli import main
from groundwork.project import rows_by_name
from groundwork.site.data import REQUIRED_TABLES
from groundwork.site.page import TEMPLATE

WIDE, NARROW = (1280, 900), (390, 844)
SECONDS = 60
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
]
HOSTILE = "<img src=x onerror='hacked=1'></script><script>hacked=1</script>\"'&amp;"


class Browser:
    """Chromium on a pipe, told what to do by the DevTools protocol."""

    def __init__(self, executable: str, profile: Path):
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()

        def take_the_pipes():
            """Put the ends where Chromium looks for them: 3 to read, 4 to write."""
            ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (commands, answers)]
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self._process = subprocess.Popen(
            [executable, *OPTIONS, f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=take_the_pipes,
            pass_fds=(3, 4),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(commands)
        os.close(answers)
        self._ids = itertools.count(1)
        self._unread = b""
        self._session = {}
        self.events = []
        target = next(
            target["targetId"]
            for target in self.call("Target.getTargets")["targetInfos"]
            if target["type"] == "page"
        )
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters) -> dict:
        number = next(self._ids)
        message = {"id": number, "method": method, "params": parameters, **self._session}
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while (answer := self._message()).get("id") != number:
            self.events.append(answer)
        assert "error" not in answer, (method, answer["error"])
        return answer["result"]

    def _message(self) -> dict:
        while b"\0" not in self._unread:
            assert select.select([self._answers], [], [], SECONDS)[0], "Chromium does not answer"
            self._unread += os.read(self._answers, 1 << 20)
        message, _, self._unread = self._unread.partition(b"\0")
        return json.loads(message)

    def open(self, page: Path, address: str = "", size: tuple[int, int] = WIDE) -> None:
        """Load a page from nothing, at a size."""
        self.resize(size)
        self.call("Page.navigate", url="about:blank")
        self.events.clear()
        self.call("Page.navigate", url=page.as_uri() + address)
        while "Page.loadEventFired" not in self._happened():
            self.events.append(self._message())
        self.wait("document.readyState === 'complete'")

    def resize(self, size: tuple[int, int]) -> None:
        width, height = size
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=size == NARROW,
        )

    def evaluate(self, script: str):
        result = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in result, (script, result["exceptionDetails"])
        return result["result"].get("value")

    def wait(self, condition: str) -> None:
        deadline = time.monotonic() + SECONDS
        while not self.evaluate(f"Boolean({condition})"):
            assert time.monotonic() < deadline, f"never became true: {condition}"
            time.sleep(0.02)

    def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            text = {"text": key} if kind == "keyDown" and len(key) == 1 else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, **text)

    def complaints(self) -> list:
        """Return what the console shows as exception, error or warning."""
        methods = {"Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"}
        return [
            event["params"]
            for event in self.events
            if event.get("method") in methods
            and event["params"].get("type") not in {"log", "info", "debug"}
        ]

    def requests(self) -> list[str]:
        return [
            event["params"]["request"]["url"]
            for event in self.events
            if event.get("method") == "Network.requestWillBeSent"
        ]

    def _happened(self) -> set[str]:
        return {event.get("method") for event in self.events}

    def close(self) -> None:
        self.call("Browser.close")
        self._process.wait(SECONDS)
        os.close(self._commands)
        os.close(self._answers)


def started_browser(tmp_path_factory):
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        reason = "no Chromium is installed: apt-get install chromium"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    browser = Browser(executable, tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.close()


def run_site(*options):
    return CliRunner().invoke(
        main, ["site", "--project-dir", str(ROOT), *map(str, options)], catch_exceptions=False
    )


def built_page(database: Path, out: Path) -> Path:
    result = run_site("--database", database, "--out", out, "--no-docs")
    assert result.exit_code == 0, result.output
    return out / "index.html"


def changed_database(demo, path: Path, *statements: str) -> Path:
    """Copy the tables of the page, with changes; no day grain by dimension, to be quick."""
    with duckdb.connect(path) as connection:
        connection.execute(f"attach '{demo.database}' as demo (read_only)")
        connection.execute("create schema metrics")
        for table in REQUIRED_TABLES:
            shown = "where grain != 'day' or dimension_name = 'total'" if "values" in table else ""
            connection.execute(f"create table {table} as from demo.{table} {shown}")
        for statement in statements:
            connection.execute(statement)
    return path


def copied_tables(demo, path: Path, tables: tuple[str, ...], *statements: str) -> Path:
    """Copy the tables of another page beside those of the metrics by month, with changes."""
    with duckdb.connect(path) as connection:
        connection.execute(f"attach '{demo.database}' as demo (read_only)")
        for schema in dict.fromkeys(table.partition(".")[0] for table in REQUIRED_TABLES + tables):
            connection.execute(f"create schema {schema}")
        for table in REQUIRED_TABLES + tables:
            few = "where grain = 'month'" if table == "metrics.metric_values" else ""
            connection.execute(f"create table {table} as from demo.{table} {few}")
        for statement in statements:
            connection.execute(statement)
    return path


def dicts(demo, query: str) -> list[dict]:
    """Return what a query of the demo gives, a dict per row."""
    with demo.connect() as connection:
        return rows_by_name(connection, query)


def draw_charts(browser, host: str = "body") -> None:
    """Scroll to the charts of an element and wait until they are drawn."""
    browser.wait(
        f"[...document.querySelectorAll({json.dumps(f'{host} .chart')})].every((chart) => "
        "(chart.scrollIntoView(), chart.querySelector('svg')))"
    )


def embedded(page: Path) -> dict:
    (text,) = re.findall(r'id="data">(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL)
    return json.loads(text)


def text_of(browser, selector: str) -> str:
    return browser.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")


def texts_of(browser, selector: str) -> list[str]:
    return browser.evaluate(
        f"[...document.querySelectorAll({json.dumps(selector)})].map((node) => node.innerText)"
    )


def month(day) -> str:
    return "Sept" if day.month == 9 else f"{day:%b}"


def names_of_other_files(page: Path) -> list[tuple[str, str]]:
    """Return what a page names but by links, as tag and name."""
    external = []

    class Names(HTMLParser):
        def handle_starttag(self, tag, attributes):
            for name, value in attributes:
                if tag != "a" and name in {"src", "href", "srcset", "action", "data"}:
                    external.extend([] if value.startswith("data:") else [(tag, value)])

    Names().feed(page.read_text(encoding="utf-8"))
    return external


def shows_text_alone(browser, page: Path, addresses: list[str], *, drawn=lambda: None) -> None:
    """Check that HOSTILE, which the data of an entry are full of, is read as text.

    addresses: of the list ("") and of entries, or "" alone; drawn: waits for what an entry draws
    """
    for size in (WIDE, NARROW):
        for where in addresses:
            browser.open(page, where, size)
            hidden = "document.getElementById('detail')?.hidden ?? true"
            assert browser.evaluate(hidden) == (not where)
            if where:
                drawn()
            browser.evaluate("document.querySelectorAll('details').forEach((d) => d.open = true)")
            assert browser.evaluate("typeof hacked") == "undefined"
            assert browser.evaluate("document.querySelectorAll('img, body script').length") == 2
            assert HOSTILE in browser.evaluate("document.body.innerText")
            assert browser.evaluate("document.documentElement.scrollWidth") <= size[0]
            assert browser.complaints() == []


def says_that_there_are_none(browser, page: Path, subject: str) -> None:
    """Check that a page without an entry is one sentence, and is still linked to."""
    for size in (WIDE, NARROW):
        browser.open(page, size=size)
        assert re.fullmatch(rf"No {subject} here yet: [^.]+\.", text_of(browser, "main"))
        assert browser.evaluate("document.documentElement.scrollWidth") <= size[0]
        browser.press("/")
        assert browser.complaints() == []
    assert f'href="{page.name}"' in page.with_name("index.html").read_text(encoding="utf-8")


def is_refused_without(table: str, database: Path, out: Path) -> None:
    """Check that a database without a table that a page wants is refused in one line."""
    result = run_site("--database", database, "--out", out, "--no-docs")
    assert result.exit_code == 1
    assert f"has no table {table}" in result.output
    assert len(result.output.strip().splitlines()) == 1


def is_light_and_alone(page: Path, most_bytes: int, *styles: str) -> None:
    """Check a page's size, and that it and its styles name no other file but by links.

    styles: files of the template; but for style.css, where colours are, they name no colour.
    """
    assert page.stat().st_size < most_bytes
    assert names_of_other_files(page) == []
    for name in styles:
        style = (TEMPLATE / name).read_text()
        assert "url(" not in style
        assert "@import" not in style
        if name != "style.css":
            assert not re.search(r"#[0-9a-f]{3,6}\b", style), "colours are those of style.css"
