"""Experiments at the edges: every comparison gets a row, and where no number, a reason."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from conftest import Build, run_dbt

START = datetime(2026, 1, 5)
END = START + timedelta(days=14)
LOADED = datetime(2026, 3, 1, 2)
# Units of an experiment: {variant: how many orders each unit places after its exposure}.
UNITS = {
    "empty_variant": {"c": [1, 2, 0], "t": []},
    "one_unit": {"c": [1, 2, 0], "t": [1]},
    "no_events": {"c": [0, 0, 0], "t": [0, 0, 0]},
    "zero_variance": {"c": [1, 1, 1], "t": [2, 2, 2]},
    "unplanned_variant": {"c": [1, 0, 2] * 20, "t": [1, 2, 0] * 20, "x": [1, 1]},
    "after_the_end": {"c": [1, 0, 2] * 20, "t": [1, 2, 0] * 20},
    "negative_values": {"c": [-1, 1, -2], "t": [1, -1, 2]},
    "mean_near_zero": {"c": [0, 0, 1e-6], "t": [0, 1, 3]},
    "never_exposed": {"c": [], "t": []},
    "far_from_zero": {"c": [1e8, 1e8 + 1, 1e8 + 2], "t": [1e8 + 1, 1e8 + 3, 1e8 + 2]},
}
AMOUNTS = {"negative_values", "mean_near_zero", "far_from_zero"}


def raw_rows() -> dict[str, pd.DataFrame]:
    """Orders of units and the log of who saw what; a unit is a user of its own experiment."""
    orders, exposures = [], []
    for experiment, variants in UNITS.items():
        for variant, values in variants.items():
            for place, value in enumerate(values):
                unit = f"{experiment}-{variant}-{place}"
                exposed_at = START + timedelta(days=place % 5, hours=6)
                if experiment == "after_the_end" and variant == "t" and place == 0:
                    exposed_at = END + timedelta(hours=1)
                exposures.append((experiment, unit, variant, exposed_at, LOADED))
                amounts = [value] if experiment in AMOUNTS else [10] * int(value)
                for number, amount in enumerate(amounts):
                    ordered_at = exposed_at + timedelta(hours=1 + number)
                    orders.append((f"{unit}-{number}", unit, ordered_at, amount, "paid", LOADED))
    orders.append(("last", "nobody", LOADED - timedelta(hours=4), 1, "paid", LOADED))
    names = list(UNITS)
    return {
        "product/orders": pd.DataFrame(
            orders,
            columns=["order_id", "user_id", "ordered_at", "gross_amount", "status", "loaded_at"],
        ).assign(session_id=None, discount_amount=None, refunded_at=None),
        "experiments/experiments": pd.DataFrame(
            {
                "experiment_id": names,
                "title": names,
                "hypothesis": "An edge.",
                "owner": "tests",
                "kind": "ab",
                "unit": "user",
                "control_variant_id": "c",
                "registered_at": START - timedelta(days=3),
                "started_at": START,
                "planned_end_at": END,
                "ended_at": END,
                "status": "completed",
                "alpha": 0.05,
                "power": 0.8,
                "monitoring": "fixed_horizon",
                "primary_rule": "any",
                "decision_estimator": "difference_in_means",
                "decision": None,
                "decided_at": None,
                "decided_by": None,
                "loaded_at": LOADED,
            }
        ),
        "experiments/variants": pd.DataFrame(
            [
                (name, 1, variant, 0.5, START - timedelta(days=2))
                for name in names
                for variant in ("c", "t")
            ],
            columns=["experiment_id", "stage", "variant_id", "planned_share", "loaded_at"],
        ),
        "experiments/experiment_metrics": pd.DataFrame(
            [
                (name, metric, "primary", None, None, START - timedelta(days=2))
                for name in names
                for metric in (["gross_revenue"] if name in AMOUNTS else ["orders", "refund_rate"])
            ],
            columns=[
                "experiment_id",
                "metric_name",
                "role",
                "minimum_detectable_effect",
                "non_inferiority_margin",
                "loaded_at",
            ],
        ),
        "experiments/exposures": pd.DataFrame(
            exposures,
            columns=["experiment_id", "unit_id", "variant_id", "exposed_at", "loaded_at"],
        ),
    }


def write_raw(tables: dict[str, pd.DataFrame], folder: Path) -> dict:
    """Write Parquet files, every column as text; return the vars that read them."""
    for name, rows in tables.items():
        path = folder / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect() as connection:
            connection.register("rows", rows)
            connection.execute(
                f"copy (select columns(*)::varchar from rows) to '{path}' (format parquet)"
            )
    absent = ["users", "order_lines", "courses", "sessions", "events", "survey_responses"]
    return {
        "raw_path": str(folder),
        "absent": [
            *(f"product.{table}" for table in absent),
            "experiments.rollout_stages",
            "data_team",
            "ml",
        ],
    }


@pytest.fixture(scope="module")
def edges(tmp_path_factory: pytest.TempPathFactory) -> Build:
    folder = tmp_path_factory.mktemp("edges")
    variables = write_raw(raw_rows(), folder / "raw")
    build = run_dbt(
        "build",
        *("--select", "+path:models/marts/experiments", "path:tests/experiments"),
        *("--exclude", "resource_type:unit_test"),
        *("--indirect-selection", "cautious"),
        folder=folder,
        variables=variables,
    )
    assert build.exit_code == 0, build.output[-5000:]
    return build


def latest(build: Build, experiment: str, metric: str, maturity: str = "matured") -> dict:
    with build.connect() as connection:
        rows = connection.execute(
            "select * from experiments.experiment_readouts where experiment_id = ?"
            " and metric_name = ? and maturity = ? and is_latest and segment_name = 'total'"
            " and estimator = 'difference_in_means'",
            [experiment, metric, maturity],
        ).df()
    assert len(rows) == 1
    return {name: None if pd.isna(value) else value for name, value in rows.iloc[0].items()}


NUMBERS = ["effect", "standard_error", "p_value", "relative_effect", "always_valid_p_value"]


@pytest.mark.parametrize(
    ("experiment", "metric", "maturity", "reason", "given"),
    [
        ("empty_variant", "orders", "running", "no_units", []),
        ("empty_variant", "orders", "matured", "not_matured", []),
        ("never_exposed", "orders", "running", "no_units", []),
        ("one_unit", "orders", "matured", "one_unit", ["effect", "relative_effect"]),
        ("no_events", "orders", "matured", "no_events", ["effect"]),
        ("no_events", "refund_rate", "matured", "denominator_zero", []),
        ("zero_variance", "orders", "matured", "zero_variance", ["effect", "relative_effect"]),
        (
            "negative_values",
            "gross_revenue",
            "matured",
            "control_mean_not_positive",
            ["effect", "standard_error", "p_value"],
        ),
    ],
)
def test_what_cannot_be_given_has_a_reason(
    experiment: str, metric: str, maturity: str, reason: str, given: list[str], edges: Build
) -> None:
    row = latest(edges, experiment, metric, maturity)
    assert row["reason"] == reason
    assert [name for name in NUMBERS if row[name] is not None] == given


def test_no_number_is_infinite_or_none_at_all(edges: Build) -> None:
    with edges.connect() as connection:
        rows = connection.execute("select * from experiments.experiment_readouts").df()
        doubles = connection.execute(
            "select column_name from information_schema.columns where data_type = 'DOUBLE'"
            " and table_name = 'experiment_readouts'"
        ).fetchall()
        for (name,) in doubles:
            bad = connection.execute(
                f"select count(*) from experiments.experiment_readouts"
                f" where isnan({name}) or isinf({name})"
            ).fetchone()
            assert bad == (0,), name
    asked = {(name, metric) for name in UNITS for metric in metrics_of(name)}
    assert set(zip(rows.experiment_id, rows.metric_name, strict=True)) == asked


def metrics_of(name: str) -> list[str]:
    return ["gross_revenue"] if name in AMOUNTS else ["orders", "refund_rate"]


def test_an_unplanned_variant_makes_the_experiment_invalid(edges: Build) -> None:
    assert edges.rows(
        "select status, statistic, explanation from experiments.experiment_health_checks"
        " where experiment_id = 'unplanned_variant' and check_name = 'unplanned_variant'"
    ) == [
        (
            "failed",
            2.0,
            "2 units saw 'x', which was not planned for their stage; "
            "register it or mend the assignment",
        )
    ]
    assert edges.rows(
        "select recommendation from experiments.experiment_decisions"
        " where experiment_id = 'unplanned_variant'"
    ) == [("invalid",)]


def test_an_exposure_after_the_end_does_not_count(edges: Build) -> None:
    row = latest(edges, "after_the_end", "orders")
    assert (row["control_n"], row["treatment_n"]) == (60, 59)
    assert edges.rows(
        "select statistic, status from experiments.experiment_health_checks"
        " where experiment_id = 'after_the_end' and check_name = 'exposures_in_time'"
    ) == [(1.0, "warning")]


def test_values_far_from_zero_lose_nothing(edges: Build) -> None:
    row = latest(edges, "far_from_zero", "gross_revenue")
    assert row["effect"] == pytest.approx(1, rel=1e-12)
    assert row["standard_error"] == pytest.approx((2 / 3) ** 0.5, rel=1e-12)


def test_a_metric_or_unit_that_is_not_known_is_named(tmp_path: Path) -> None:
    tables = raw_rows()
    metrics = tables["experiments/experiment_metrics"]
    metrics.loc[metrics.experiment_id == "one_unit", "metric_name"] = ["happiness", "net_revenue"]
    experiments = tables["experiments/experiments"]
    experiments.loc[experiments.experiment_id == "no_events", "unit"] = "device"
    build = run_dbt(
        "build",
        *("--select", "+assert_experiments_can_be_measured"),
        *("--exclude", "resource_type:unit_test"),
        folder=tmp_path,
        variables=write_raw(tables, tmp_path / "raw"),
    )
    assert build.exit_code != 0
    lines = [line for line in build.output.splitlines() if "experiment '" in line]
    said = [line[line.index("experiment '") :] for line in lines]
    assert sorted(said) == sorted(
        {
            "experiment 'one_unit': the metric 'happiness' is not defined; define it in "
            "models/marts/metrics/definitions or name another",
            "experiment 'one_unit': the metric 'net_revenue' cannot be measured per unit: "
            "derived metrics have no value of one unit; name another",
            "experiment 'no_events': the metric 'orders' has no unit 'device': its facts carry "
            "order, user, session; name another metric or unit",
            "experiment 'no_events': the metric 'refund_rate' has no unit 'device': its facts "
            "carry order, user, session; name another metric or unit",
        }
    )
