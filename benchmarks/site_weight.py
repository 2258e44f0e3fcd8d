"""What the site weighs, and how long a page takes until its first chart.

    python benchmarks/site_weight.py --database warehouse/groundwork.duckdb

The pages are made from a published database, and once more with copies of its metrics, 200 in all;
each is opened in a headless Chromium from nothing. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import gzip
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from measuring import ROOT, machine, say, versions

sys.path.insert(0, str(ROOT / "tests" / "python"))
from pages import BROWSERS, NARROW, WIDE, Browser, run_site

from groundwork.project import literal
from groundwork.site.page import DOCS, INDEX

RESULTS = Path(__file__).resolve().parent / "results"
METRIC_TABLES = ("metric_catalog", "metric_status", "metric_values")
MANY = 200
MOST_BYTES = {"front page": 1e6, "site": 5e6}
MOST_MILLISECONDS = {"front page": 500, "front page of 200 metrics": 1000}
# notes when the first chart is there, in milliseconds from the start of the navigation
WATCH = """
new MutationObserver((_, observer) => {
  if (!document.querySelector(':is(.chart, .spark) svg')) return;
  window.firstChart = performance.now();
  observer.disconnect();
}).observe(document, {childList: true, subtree: true});
"""


@dataclass(frozen=True)
class Opened:
    """Medians of milliseconds from the start of a navigation, and what was there by then."""

    ready: float
    first_chart: float | None
    nodes: int


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--database", type=Path, default=ROOT / "warehouse" / "groundwork.duckdb")
    parser.add_argument("--docs", type=Path, help="a docs.html to weigh with the pages")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--output", type=Path, default=RESULTS / "site_weight.md")
    return parser.parse_args()


def with_many_metrics(database: Path, path: Path) -> Path:
    """Copy the metrics under further names until there are MANY; no days by dimension."""
    with duckdb.connect(path) as connection:
        connection.execute(f"attach {literal(database)} as published (read_only)")
        connection.execute("create schema metrics")
        for table in METRIC_TABLES:
            connection.execute(
                f"""
                create table metrics.{table} as
                with names as (
                    select metric_name, copy
                    from published.metrics.metric_catalog
                    cross join range({MANY}) as copies (copy)
                    order by copy, metric_name
                    limit {MANY}
                )
                select rows.* replace (rows.metric_name || '_' || names.copy as metric_name)
                from published.metrics.{table} as rows
                inner join names using (metric_name)
                """
            )
    return path


def made(database: Path, out: Path) -> list[Path]:
    result = run_site("--database", database, "--out", out, "--no-docs")
    assert result.exit_code == 0, result.output
    return sorted(out.glob("*.html"))


def opened(browser: Browser, page: Path, size: tuple[int, int], repeat: int) -> Opened:
    ready, charts = [], []
    has_chart = "document.querySelector('.chart, .spark') !== null"
    for _ in range(repeat):
        browser.open(page, size=size)
        if browser.evaluate(has_chart):
            browser.evaluate("document.querySelector('.chart, .spark').scrollIntoView()")
            browser.wait("window.firstChart")
            charts.append(browser.evaluate("window.firstChart"))
        entry = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
        ready.append(browser.evaluate(entry))
    nodes = browser.evaluate("document.querySelectorAll('*').length")
    return Opened(statistics.median(ready), statistics.median(charts) if charts else None, nodes)


def report(
    add: Callable[[str], None], browser: Browser, pages: list[Path], repeat: int
) -> dict[str, Opened]:
    """Add a row for each page to the table; return what was measured at 1280."""
    measured = {}
    for page in pages:
        wide, narrow = (opened(browser, page, size, repeat) for size in (WIDE, NARROW))
        size, packed = page.stat().st_size, len(gzip.compress(page.read_bytes()))
        charts = " | ".join(
            "none in sight" if one.first_chart is None else f"{one.first_chart:.0f}"
            for one in (wide, narrow)
        )
        name = f"{page.name}, 200 metrics" if page.parent.name == "many" else page.name
        add(
            f"| {name} | {size / 1e3:.0f} | {packed / 1e3:.0f} | {wide.ready:.0f} | {charts} "
            f"| {wide.nodes} |"
        )
        say(f"{name}: {size / 1e3:.0f} kB, {wide}")
        measured[name] = wide
    return measured


def main() -> None:
    arguments = parse_arguments()
    executable = next(filter(None, map(shutil.which, BROWSERS)))
    lines: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        pages = made(arguments.database, scratch / "site")
        if arguments.docs:
            pages.append(Path(shutil.copy(arguments.docs, scratch / "site" / DOCS)))
        many = made(
            with_many_metrics(arguments.database, scratch / "many.duckdb"), scratch / "many"
        )
        front_of_many = next(page for page in many if page.name == INDEX)
        browser = Browser(executable, scratch / "profile")
        browser.call("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        try:
            shown = [page for page in pages if page.name != DOCS] + [front_of_many]
            measured = report(lines.append, browser, shown, arguments.repeat)
            product = browser.call("Browser.getVersion")["product"]
        finally:
            browser.close()
        sizes = {page.name: page.stat().st_size for page in pages}
    if arguments.docs:
        lines.append(f"| {DOCS} | {sizes[DOCS] / 1e3:.0f} | | | | | |")
    total = sum(sizes.values())
    verdicts = [
        judged("the front page weighs", sizes[INDEX] / 1e6, MOST_BYTES["front page"] / 1e6, "MB"),
        judged(
            f"the site weighs{'' if arguments.docs else ', without docs,'}",
            total / 1e6,
            MOST_BYTES["site"] / 1e6,
            "MB",
        ),
        *(
            judged(
                f"first chart of the {name} after",
                (measured[page].first_chart or 0) / 1e3,
                MOST_MILLISECONDS[name] / 1e3,
                "s",
            )
            for name, page in (
                ("front page", INDEX),
                ("front page of 200 metrics", f"{INDEX}, 200 metrics"),
            )
        ),
    ]
    text = "\n".join(
        [
            f"# The site, {datetime.now(UTC):%Y-%m-%d}",
            "",
            f"Each page opened {arguments.repeat} times from disk, medians; milliseconds from the "
            "start of the navigation. A chart that is not in sight is scrolled to.",
            f"Machine: {machine()}. Versions: {versions('duckdb')}, {product}.",
            "",
            "| page | kB | kB gzipped | ready at 1280 | first chart at 1280 | first chart at 390 "
            "| nodes |",
            "|---|---:|---:|---:|---:|---:|---:|",
            *lines,
            "",
            *verdicts,
            "",
        ]
    )
    arguments.output.write_text(text, encoding="utf-8")
    print(text)


def judged(what: str, value: float, most: float, unit: str) -> str:
    """One line per target."""
    word = "met" if value <= most else "missed"
    return f"- {word}: {what} {value:.2f} {unit}, target at most {most:.2f} {unit}"


if __name__ == "__main__":
    main()
