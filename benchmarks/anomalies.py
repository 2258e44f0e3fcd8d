"""False alarms and power of the anomaly scores, on simulated series, beside elementary's default.

    python benchmarks/anomalies.py

See README.md in this folder.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from daily_series import CLEAN, OTHERS, as_rows, elementary_alarms, score, simulate, weekly
from measuring import ROOT, machine, say, versions

RESULTS = ROOT / "benchmarks" / "results" / "anomalies.md"
LENGTHS = [42, 90, 180, 365]
HISTORIES = [28, 35, 56, 90, 180]
# a tested day's value over what it would have been
CHANGES = {"-20 %": 0.8, "-30 %": 0.7, "-50 %": 0.5, "-70 %": 0.3, "+50 %": 1.5, "+100 %": 2.0}
NOISES = [0.05, 0.1, 0.15, 0.2]
USUAL_NOISE = 0.1
SHIFTED_AT = 120
SHIFTED_LENGTH = 180
SHIFT = 0.5
MOST_FALSE_ALARMS = 0.01
LEAST_POWER = 0.9


def clean_rows(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Series of every kind and length, as many of each; of the first four kinds `count` in all."""
    parts = []
    for kind, days in itertools.product([*CLEAN, *OTHERS], LENGTHS):
        number = count // len(CLEAN) // len(LENGTHS)
        values, sizes = simulate(kind, rng, number, days)
        parts.append(as_rows(f"{kind.name}|{days}", kind.value_scale, values, sizes))
    return pd.concat(parts, ignore_index=True)


def changed_rows(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Weekly series whose last day is changed, by history, noise and change."""
    parts = []
    for noise, days in itertools.product(NOISES, HISTORIES):
        for label, factor in CHANGES.items():
            if noise != USUAL_NOISE and label != "-50 %":
                continue
            values = weekly(rng, count, days + 1, noise)
            values[:, days] = np.round(values[:, days] * factor)
            name = f"{noise}|{days}|{label}"
            parts.append(as_rows(name, "count", values, np.full(values.shape, np.nan)))
    return pd.concat(parts, ignore_index=True)


def shifted_rows(rng: np.random.Generator, count: int) -> pd.DataFrame:
    """Weekly series that are halved from one day on."""
    values = weekly(rng, count, SHIFTED_LENGTH, USUAL_NOISE)
    values[:, SHIFTED_AT:] = np.round(values[:, SHIFTED_AT:] * SHIFT)
    return as_rows("shifted", "count", values, np.full(values.shape, np.nan))


def scored(rows: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Our scores and elementary's alarms side by side."""
    folder.mkdir(parents=True)
    rows = rows.assign(elementary=elementary_alarms(rows))
    scores = score(rows.drop(columns="elementary"), folder, with_median_deviation=True)
    alarms = rows[["series", "day_number", "elementary"]]
    merged = scores.merge(alarms, on=["series", "day_number"], validate="one_to_one")
    assert len(merged) == len(rows)
    return merged


def percent(share: float) -> str:
    return f"{100 * share:.2f}" if share < 0.02 else f"{100 * share:.0f}"


def false_alarm_table(scores: pd.DataFrame) -> tuple[list[str], float]:
    """Share of judged days that alarm; returned with ours over the first four kinds."""
    judged = scores[scores.score.notna()]
    kind = judged.group_name.str.split("|").str[0]
    days = judged.group_name.str.split("|").str[1].astype(int)
    lines = [
        "| kind of series | days judged | ours % | 42 days long | 365 days long "
        "| by MAD % | elementary % |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    names = [one.name for one in CLEAN]
    groups = {one.name: kind == one.name for one in CLEAN}
    groups["**all four**"] = kind.isin(names)
    groups |= {one.name: kind == one.name for one in OTHERS}
    for name, chosen in groups.items():
        part = judged[chosen]
        by_length = [
            percent(part[days[chosen] == length].is_anomaly.mean()) for length in (42, 365)
        ]
        lines.append(
            f"| {name} | {len(part):,} | {percent(part.is_anomaly.mean())} | {by_length[0]} "
            f"| {by_length[1]} | {percent(part.by_median_deviation.mean())} "
            f"| {percent(part.elementary.mean())} |"
        )
    return lines, float(judged[kind.isin(names)].is_anomaly.mean())


def power_tables(scores: pd.DataFrame) -> tuple[list[str], float]:
    """Share of changed days that are found: ours / by MAD / elementary."""
    parts = scores.group_name.str.split("|", expand=True)
    history = parts[1].astype(int)
    last = scores.assign(noise=parts[0].astype(float), history=history, change=parts[2])
    last = last[last.day_number == last.history]

    def cell(chosen: pd.DataFrame) -> str:
        methods = ("is_anomaly", "by_median_deviation", "elementary")
        return " / ".join(f"{100 * chosen[method].mean():.0f}" for method in methods)

    header = " | ".join(f"{days} days" for days in HISTORIES)
    lines = [f"| change | {header} |", "|---|" + "---:|" * len(HISTORIES)]
    usual = last[last.noise == USUAL_NOISE]
    for change in CHANGES:
        of_change = usual[usual.change == change]
        cells = [cell(of_change[of_change.history == days]) for days in HISTORIES]
        lines.append(f"| {change} | {' | '.join(cells)} |")
    lines += ["", "The drop of 50 % by the noise of a day:", ""]
    lines += [f"| noise | {header} |", "|---|" + "---:|" * len(HISTORIES)]
    halved = last[last.change == "-50 %"]
    for noise in NOISES:
        of_noise = halved[halved.noise == noise]
        cells = [cell(of_noise[of_noise.history == days]) for days in HISTORIES]
        lines.append(f"| {100 * noise:.0f} % | {' | '.join(cells)} |")
    asked = halved[(halved.noise == USUAL_NOISE) & (halved.history == HISTORIES[0])]
    return lines, float(asked.is_anomaly.mean())


def shift_table(scores: pd.DataFrame) -> list[str]:
    """Share of series that alarm, by days since the level was halved."""
    since = scores.day_number - SHIFTED_AT
    spans = [(0, 0), (1, 6), (7, 12), (13, 13), (14, 14), (15, 20), (21, 59)]
    header = " | ".join(f"{first + 1} to {last + 1}" for first, last in spans)
    lines = [f"| days since | {header} |", "|---|" + "---:|" * len(spans)]
    for label, method in (("ours", "is_anomaly"), ("elementary", "elementary")):
        shares = [
            percent(scores[(since >= first) & (since <= last)][method].mean())
            for first, last in spans
        ]
        lines.append(f"| {label} % | {' | '.join(shares)} |")
    return lines


def verdict(is_met: bool, text: str) -> str:
    return f"- {'met' if is_met else 'missed'}: {text}"


def as_markdown(folder: Path, arguments: argparse.Namespace) -> str:
    """Run everything; return the page."""
    rng = np.random.default_rng(arguments.seed)
    clean = scored(clean_rows(rng, arguments.series), folder / "clean")
    say("clean series scored")
    alarms, false_alarms = false_alarm_table(clean)
    changed = scored(changed_rows(rng, arguments.changed), folder / "changed")
    say("changed series scored")
    power, power_asked = power_tables(changed)
    shifted = scored(shifted_rows(rng, arguments.changed), folder / "shifted")
    lines = [
        f"# Anomalies, {arguments.series:,} clean series, seed {arguments.seed}"
        + (f", {arguments.date}" if arguments.date else ""),
        "",
        "Ours: `score_anomalies`, one query for all series. By MAD: the same with the median of",
        "the deviations in place of their third quartile. Elementary: its default score, from the",
        "mean and standard deviation of the 14 days that end with the tested one, sensitivity 3.",
        f"Machine: {machine()}. Versions: {versions('dbt-duckdb', 'duckdb', 'numpy')}.",
        "",
        "## False alarms on clean series",
        "",
        f"{arguments.series:,} series of the first four kinds, as many of each other kind as of "
        f"each of these; lengths {', '.join(map(str, LENGTHS))} days. Counted are days that ours "
        "judges.",
        "",
        *alarms,
        "",
        "## Power",
        "",
        f"Share of {arguments.changed:,} weekly series whose last day is found when it is changed, "
        "in % (ours / by MAD / elementary), by days of history. The noise of a day is 10 %.",
        "",
        *power,
        "",
        "## A new level",
        "",
        "Weekly series halved from one day on, noise 10 %: share of days that alarm.",
        "",
        *shift_table(shifted),
        "",
        verdict(
            false_alarms <= MOST_FALSE_ALARMS,
            f"false alarms on {100 * false_alarms:.2f} % of days of the first four kinds, "
            f"target {100 * MOST_FALSE_ALARMS:.0f} %",
        ),
        verdict(
            power_asked >= LEAST_POWER,
            f"a drop of 50 % found in {100 * power_asked:.0f} % of weekly series with 28 days of "
            f"history and a noise of 10 %, target {100 * LEAST_POWER:.0f} %",
        ),
    ]
    return "\n".join([*lines, ""])


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--series", type=int, default=1000, help="clean series of the first kinds")
    parser.add_argument("--changed", type=int, default=1000, help="series per change and history")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--date", help="written into the result")
    parser.add_argument("--output", type=Path, default=RESULTS)
    return parser.parse_args()


def main() -> None:
    """Simulate, score, print, write."""
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="groundwork-anomalies-") as folder:
        page = as_markdown(Path(folder), arguments)
    print(page)
    arguments.output.write_text(page)


if __name__ == "__main__":
    main()
