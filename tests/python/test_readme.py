"""What README prints is what the demo answers."""

from __future__ import annotations

from conftest import ROOT, Build

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_printed_result_is_that_of_the_demo(demo: Build) -> None:
    lines = [line for line in README.splitlines() if line.startswith("│")]
    header, *rows = ([cell.strip() for cell in line.strip("│").split("│")] for line in lines)
    assert header[:3] == ["metric_name", "grain", "period_start"]
    printed = {row[0]: row[1:] for row in rows}
    assert len(printed) == 6
    for name, *answer in demo.rows(
        "select metric_name, grain, period_start, round(metric_value, 3), "
        "round(relative_change_on_year, 2), target, is_on_target, trend from metrics.metric_status"
    ):
        if name in printed:
            shown = [str(x).lower() if isinstance(x, bool) else str(x) for x in answer]
            assert printed[name] == shown
