"""The generator: the same rows for the same scale and seed, and in them what is planted."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
import yaml
from click.testing import CliRunner

from groundwork.cli import main
from groundwork.generator.generate import MIN_SCALE, SOURCES, Request, generate
from groundwork.generator.specification import Fault, Table, load_source
from groundwork.project import rows_by_name

ROOT = Path(__file__).parents[2]
SEEDS_DIR = ROOT / "seeds"
SPECIFICATIONS = [load_source(name) for name in SOURCES]
SOURCE_OF = {table.name: source.name for source in SPECIFICATIONS for table in source.tables}
TABLES = {table.name: table for source in SPECIFICATIONS for table in source.tables}
TABLE_NAMES = list(TABLES)
FAULTS = {fault.name: fault for source in SPECIFICATIONS for fault in source.faults}
PRODUCT = load_source("product")
LOST_DAY = PRODUCT.truths["lost_day"]["day"]
# Events fill two row groups, which threads could reorder.
LARGE_SCALE = 4.5
DEMO = Request(scale=1, seed=1, file_format="csv", out=Path())

# One figure per truth of planted.yml, from clean rows; the keys are theirs.
TRUTH_QUERIES = {
    "sign_up_growth": """
        select
            count(*) filter (signed_up_at >= '2026-01-01')
            / count(*) filter (signed_up_at < '2025-07-01') as ratio
        from users
    """,
    "weekend": """
        select
            (count(*) filter (isodow(started_at) >= 6) / 2)
            / (count(*) filter (isodow(started_at) < 6) / 5) as ratio
        from sessions
    """,
    "retention": """
        with returns as (
            select
                user_id,
                bool_or(
                    date_diff('day', signed_up_at, started_at) between 1 and 7
                ) as is_retained
            from users
            join sessions using (user_id)
            where signed_up_at < '2026-06-23'
            group by user_id
        )

        select avg(cast(is_retained as integer)) as share from returns
    """,
    "conversion": """
        with firsts as (
            select
                user_id,
                coalesce(
                    min(ordered_at) < any_value(signed_up_at) + interval 7 day, false
                ) as is_converted
            from users
            left join orders using (user_id)
            where signed_up_at < '2026-06-24'
            group by user_id
        )

        select avg(cast(is_converted as integer)) as share from firsts
    """,
    "conversion_by_channel": """
        with firsts as (
            select
                user_id,
                any_value(acquisition_channel) as channel,
                coalesce(
                    min(ordered_at) < any_value(signed_up_at) + interval 7 day, false
                ) as is_converted
            from users
            left join orders using (user_id)
            where signed_up_at < '2026-06-24'
            group by user_id
        ),

        channels as (
            select channel, avg(cast(is_converted as integer)) as share
            from firsts
            group by channel
        )

        select arg_max(channel, share) as best, arg_min(channel, share) as worst from channels
    """,
    "value_by_channel": """
        with channels as (
            select
                acquisition_channel as channel,
                sum(gross_amount) / count(distinct user_id) as value
            from users
            left join orders using (user_id)
            group by channel
        )

        select arg_max(channel, value) as best, arg_min(channel, value) as worst from channels
    """,
    "click_through": """
        with surfaces as (
            select
                surface,
                count(*) filter (event_type = 'click')
                / count(*) filter (event_type = 'impression') as share
            from events
            where event_type in ('impression', 'click')
            group by surface
        )

        select
            any_value(share) filter (surface = 'search') as search,
            any_value(share) filter (surface = 'recommendation') as recommendation,
            any_value(share) filter (surface = 'home') as home
        from surfaces
    """,
    "position_bias": """
        select
            (count(*) filter (event_type = 'click' and position = 1)
            / count(*) filter (event_type = 'impression' and position = 1))
            / (count(*) filter (event_type = 'click' and position = 3)
            / count(*) filter (event_type = 'impression' and position = 3)) as ratio
        from events
    """,
    "order_status": """
        select
            avg(cast(status = 'refunded' as integer)) as refunded,
            avg(cast(status = 'cancelled' as integer)) as cancelled
        from orders
    """,
    "repeat_buyers": """
        with buyers as (
            select user_id, count(*) as order_count
            from orders
            where user_id is not null
            group by user_id
        ),

        ranked as (
            select order_count, percent_rank() over (order by order_count desc, user_id) as place
            from buyers
        )

        select sum(order_count) filter (place <= 0.1) / sum(order_count) as top_tenth_share
        from ranked
    """,
    "prices": """
        select stddev_samp(ln(list_price)) as log_standard_deviation from courses
    """,
    "net_promoter_score": """
        select
            100.0 * (count(*) filter (score >= 9) - count(*) filter (score <= 6)) / count(*)
            as score
        from survey_responses
    """,
    "late_rows": """
        select
            avg(cast(loaded_at > cast(occurred_at as date) + interval 26 hour as integer)) as share
        from events
        where occurred_at < '2026-06-01'
    """,
    "lost_day": f"""
        with days as (
            select cast(occurred_at as date) as day, count(*) as event_count
            from events
            group by day
        ),

        compared as (
            select
                median(event_count) filter (day <> date '{LOST_DAY}') as usual,
                any_value(event_count) filter (day = date '{LOST_DAY}') as found
            from days
            where
                abs(date_diff('day', date '{LOST_DAY}', day)) <= 56
                and isodow(day) = isodow(date '{LOST_DAY}')
        )

        select found / usual as share_kept from compared
    """,
}


def written(table: str, file_format: str = "csv") -> str:
    """Return where a table's file is below the folder that was written."""
    return f"{SOURCE_OF[table]}/{table}.{file_format}"


def read(folder: Path, file_format: str = "csv") -> duckdb.DuckDBPyConnection:
    """Return a connection with all tables as text, `raw_<table>`."""
    connection = duckdb.connect()
    for table in TABLE_NAMES:
        path = folder / written(table, file_format)
        reader = (
            f"read_csv('{path}', all_varchar = true, header = true)"
            if file_format == "csv"
            else f"read_parquet('{path}')"
        )
        connection.execute(f"create table raw_{table} as from {reader}")
    return connection


def type_clean(connection: duckdb.DuckDBPyConnection, contract: dict[str, dict[str, str]]) -> None:
    """Add the tables `<table>` of typed rows; every value of a clean row has to be readable."""
    for table, types in contract.items():
        columns = ", ".join(
            f"cast({column} as {data_type}) as {column}" for column, data_type in types.items()
        )
        connection.execute(f"create table {table} as select {columns} from raw_{table}")


@pytest.fixture(scope="session")
def contract() -> dict[str, dict[str, str]]:
    """The raw contract's columns and DuckDB types, by table."""
    paths = [ROOT / "models" / "staging" / name / f"_{name}__sources.yml" for name in SOURCES]
    sources = [yaml.safe_load(path.read_text(encoding="utf-8"))["sources"][0] for path in paths]
    names = {"decimal": "decimal(12, 2)"}
    return {
        table["name"]: {
            column["name"]: names.get(column["data_type"], column["data_type"])
            for column in table["columns"]
        }
        for source in sources
        for table in source["tables"]
    }


@pytest.fixture(scope="session")
def demo_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo")
    generate(replace(DEMO, out=out, threads=2))
    return out


@pytest.fixture(scope="session")
def clean_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("clean")
    generate(replace(DEMO, out=out, threads=1, is_clean=True))
    return out


@pytest.fixture(scope="session")
def large_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("large")
    generate(Request(LARGE_SCALE, 1, "parquet", out, threads=4))
    return out


@pytest.fixture(scope="session")
def demo(demo_dir: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Raw rows and `planted_rows`, as written."""
    with read(demo_dir) as connection:
        connection.execute(
            f"create table planted_rows as from read_csv('{demo_dir / 'planted_rows.csv'}',"
            " types = {'business_key': 'varchar', 'rows': 'bigint'})"
        )
        yield connection


@pytest.fixture(scope="session")
def clean(
    clean_dir: Path, contract: dict[str, dict[str, str]]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Clean rows, as written and typed."""
    with read(clean_dir) as connection:
        type_clean(connection, contract)
        yield connection


def rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple]:
    return connection.execute(query).fetchall()


def value_of(connection: duckdb.DuckDBPyConnection, query: str) -> object:
    return rows_of(connection, query)[0][0]


def figures_of(connection: duckdb.DuckDBPyConnection, truth: str) -> dict[str, object]:
    return rows_by_name(connection, TRUTH_QUERIES[truth])[0]


def planted_counts(folder: Path) -> dict[str, int]:
    return dict(
        rows_of(
            duckdb.connect(),
            f"select fault, sum(rows) from read_csv('{folder}/planted_rows.csv') group by all",
        )
    )


def key_of(table: Table) -> str:
    return " || '|' || ".join(table.key)


# The same files, whatever the surroundings.


@pytest.mark.parametrize("table", TABLE_NAMES)
def test_seed_is_what_the_generator_writes(demo_dir: Path, table: str) -> None:
    seed = SEEDS_DIR / SOURCE_OF[table] / f"raw_{SOURCE_OF[table]}__{table}.csv"
    assert seed.read_bytes() == (demo_dir / written(table)).read_bytes(), (
        f"{seed.name} differs: run `groundwork generate --out DIR` and copy DIR/{written(table)}"
    )


def test_no_seed_is_left_over() -> None:
    expected = {f"{source}/raw_{source}__{table}.csv" for table, source in SOURCE_OF.items()}
    found = {str(path.relative_to(SEEDS_DIR)) for path in SEEDS_DIR.rglob("*.csv")}
    assert found == expected


def test_thread_count_and_time_zone_change_nothing(demo_dir: Path, tmp_path: Path) -> None:
    arguments = ["--threads", "1", "--out", str(tmp_path)]
    subprocess.run(
        [sys.executable, "-c", "from groundwork.cli import main; main()", "generate", *arguments],
        check=True,
        capture_output=True,
        env={**os.environ, "TZ": "Pacific/Auckland", "LC_ALL": "C"},
    )
    names = ["planted_rows.csv", *(written(table) for table in TABLE_NAMES)]
    for name in names:
        assert (tmp_path / name).read_bytes() == (demo_dir / name).read_bytes(), name


def test_thread_count_changes_no_parquet_file(large_dir: Path, tmp_path: Path) -> None:
    generate(Request(LARGE_SCALE, 1, "parquet", tmp_path, threads=1))
    for table in TABLE_NAMES:
        name = written(table, "parquet")
        assert (tmp_path / name).read_bytes() == (large_dir / name).read_bytes(), name
    row_groups = value_of(
        duckdb.connect(),
        "select count(distinct row_group_id)"
        f" from parquet_metadata('{large_dir}/product/events.parquet')",
    )
    assert row_groups >= 2


def test_parquet_holds_the_rows_of_the_csv_as_text(
    demo: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    generate(replace(DEMO, out=tmp_path, file_format="parquet"))
    for table in TABLE_NAMES:
        parquet = f"read_parquet('{tmp_path}/{written(table, 'parquet')}')"
        types = {row[1] for row in rows_of(demo, f"describe from {parquet}")}
        assert types == {"VARCHAR"}, table
        for one, other in [(parquet, f"raw_{table}"), (f"raw_{table}", parquet)]:
            missing = value_of(demo, f"select count(*) from (from {one} except all from {other})")
            assert missing == 0, f"{missing} rows of {one} are not in {other}"


def test_another_seed_gives_other_rows(demo_dir: Path, tmp_path: Path) -> None:
    generate(replace(DEMO, out=tmp_path, seed=2))
    drawn = ["exposures", "predictions", "prediction_features", "outcomes", "impressions"]
    drawn += ["requests", "infrastructure_costs", "pipeline_runs", "dashboard_views"]
    for table in [*(table.name for table in PRODUCT.tables), *drawn]:
        name = written(table)
        assert (tmp_path / name).read_bytes() != (demo_dir / name).read_bytes(), name


def test_draws_of_one_id_are_uncorrelated() -> None:
    # hash(seed, id, 'a') and hash(seed, id, 'b') are correlated (0.5); the macro must not be.
    connection = duckdb.connect()
    connection.execute("set variable seed = 1")
    connection.execute(
        (ROOT / "groundwork" / "generator" / "sql" / "randomness.sql").read_text(encoding="utf-8")
    )
    correlation, mean = rows_of(
        connection,
        "select corr(uniform('a', range), uniform('b', range)), avg(uniform('a', range))"
        " from range(200000)",
    )[0]
    assert abs(correlation) < 0.01
    assert mean == pytest.approx(0.5, abs=0.005)


# The shape of the files.


def test_size_is_within_bounds(demo_dir: Path, demo: duckdb.DuckDBPyConnection) -> None:
    for source, bytes_allowed, least, most in [
        ("product", 5_500_000, 60_000, 75_000),
        ("experiments", 1_000_000, 6_000, 12_000),
        ("ml", 3_300_000, 45_000, 60_000),
        ("data_team", 650_000, 5_000, 5_500),
    ]:
        files = list((demo_dir / source).iterdir())
        assert sum(path.stat().st_size for path in files) < bytes_allowed
        tables = [table for table in TABLE_NAMES if SOURCE_OF[table] == source]
        rows = sum(value_of(demo, f"select count(*) from raw_{table}") for table in tables)
        assert least <= rows <= most, source


def test_columns_are_those_of_the_contract(
    demo: duckdb.DuckDBPyConnection, contract: dict[str, dict[str, str]]
) -> None:
    assert set(contract) == set(TABLE_NAMES)
    for table, types in contract.items():
        columns = [row[0] for row in rows_of(demo, f"describe raw_{table}")]
        assert columns == list(types), table


def test_csv_quotes_only_where_needed(demo_dir: Path) -> None:
    for path in demo_dir.rglob("*.csv"):
        text = path.read_bytes().decode("utf-8")
        assert "\r" not in text, path.name
        quoted = re.findall('"([^"]*)"', text)
        assert all("," in cell and "\n" not in cell for cell in quoted), path.name


# What is planted, and nothing else.


def test_raw_is_the_clean_rows_and_the_planted_ones(
    demo: duckdb.DuckDBPyConnection, clean_dir: Path
) -> None:
    for table in TABLES.values():
        clean_rows = (
            f"read_csv('{clean_dir}/{written(table.name)}', all_varchar = true, header = true)"
        )
        lost = value_of(
            demo, f"select count(*) from (from {clean_rows} except all from raw_{table.name})"
        )
        assert lost == 0, f"{lost} clean rows of {table.name} were changed"
        added = rows_of(
            demo,
            f"select {key_of(table)} as business_key, count(*) as rows from"
            f" (from raw_{table.name} except all from {clean_rows}) group by all order by all",
        )
        listed = rows_of(
            demo,
            "select business_key, sum(rows) as rows from planted_rows"
            f" where table_name = '{table.name}' group by all order by all",
        )
        assert added == listed, table.name


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_fault_is_planted(demo: duckdb.DuckDBPyConnection, fault: Fault) -> None:
    planted = rows_of(
        demo,
        "select sum(rows), min(source), min(table_name), count(distinct table_name),"
        " count(distinct coalesce(expected_reason, '')), coalesce(min(expected_reason), '')"
        f" from planted_rows where fault = '{fault.name}'",
    )
    source = SOURCE_OF[fault.table]
    assert planted == [(fault.rows, source, fault.table, 1, 1, fault.expected_reason)]


def test_no_other_fault_is_listed(demo: duckdb.DuckDBPyConnection) -> None:
    listed = rows_of(demo, "select distinct fault from planted_rows")
    assert {row[0] for row in listed} == set(FAULTS)


@pytest.mark.parametrize(
    "fault",
    [fault for fault in FAULTS.values() if fault.values],
    ids=lambda fault: fault.name,
)
def test_spoilt_rows_hold_the_value(demo: duckdb.DuckDBPyConnection, fault: Fault) -> None:
    table = TABLES[fault.table]
    if fault.column in table.key and None in fault.values:
        found = rows_of(
            demo, f"select {fault.column} from raw_{table.name} where {fault.column} is null"
        )
    else:
        found = rows_of(
            demo,
            f"select {fault.column} from raw_{table.name} join planted_rows"
            f" on business_key = {key_of(table)} and table_name = '{table.name}'"
            f" where fault = '{fault.name}'",
        )
    assert len(found) == fault.rows
    assert {row[0] for row in found} == set(fault.values)


@pytest.mark.parametrize(
    ("fault", "condition"),
    [
        (
            "discount_above_gross",
            "try_cast(discount_amount as double) > 0.01 + try_cast(gross_amount as double)",
        ),
        ("session_ends_before_start", "ended_at < started_at"),
        ("unknown_user", "user_id not in (from known_users)"),
        ("training_ends_before_it_starts", "training_ended_at < training_started_at"),
        ("handover_accepted_before_request", "accepted_at < requested_at"),
        ("launch_ends_before_it_begins", "ended_at < launched_at"),
        (
            "feature_of_unknown_prediction",
            "prediction_id not in (select prediction_id from raw_predictions"
            " where prediction_id is not null)",
        ),
        (
            "outcome_of_unknown_prediction",
            "prediction_id not in (select prediction_id from raw_predictions"
            " where prediction_id is not null)",
        ),
        ("shown_to_unknown_user", "user_id not in (from known_users)"),
        ("request_answered_before_it_was_asked", "answered_at < requested_at"),
        ("request_answered_and_abandoned", "answered_at is not null and abandoned_at is not null"),
        ("member_left_before_joining", "left_on < joined_on"),
        ("assignment_ends_before_it_starts", "ends_on < starts_on"),
        ("decision_reviewed_before_it_was_taken", "reviewed_at < decided_at"),
        ("initiative_ended_before_it_was_live", "ended_on < live_on"),
        ("try_ended_before_it_began", "end_date < start_date"),
        ("direct_cost_of_no_pipeline", "driver = 'direct' and pipeline_id is null"),
    ],
)
def test_computed_faults_hold(demo: duckdb.DuckDBPyConnection, fault: str, condition: str) -> None:
    table = TABLES[FAULTS[fault].table]
    found = value_of(
        demo,
        "with known_users as (select user_id from raw_users where user_id is not null)"
        f" select count(*) from raw_{table.name} join planted_rows"
        f" on business_key = {key_of(table)} and table_name = '{table.name}'"
        f" where fault = '{fault}' and {condition}",
    )
    assert found == FAULTS[fault].rows


def test_spoilt_rows_have_keys_of_their_own(demo: duckdb.DuckDBPyConnection) -> None:
    for fault in FAULTS.values():
        if fault.kind == "spoilt" or fault.expected_reason == "":
            table = TABLES[fault.table]
            shared = value_of(
                demo,
                f"select count(*) from (select {key_of(table)} as business_key"
                f" from raw_{table.name} group by all having count(*) > 1) join planted_rows"
                f" using (business_key) where fault = '{fault.name}'",
            )
            assert shared == 0, fault.name


def test_superseded_rows_are_older_than_the_row_that_stays(
    demo: duckdb.DuckDBPyConnection, clean_dir: Path
) -> None:
    for table in TABLES.values():
        superseded = [
            fault
            for fault in FAULTS.values()
            if fault.table == table.name and fault.expected_reason == "superseded"
        ]
        if superseded:
            path = clean_dir / written(table.name)
            older = value_of(
                demo,
                f"select count(*) from raw_{table.name} as delivered"
                f" join read_csv('{path}', all_varchar = true, header = true) as kept"
                f" using ({', '.join(table.key)})"
                f" where delivered.loaded_at < kept.loaded_at",
            )
            assert older == sum(fault.rows for fault in superseded), table.name


def test_faults_do_not_grow_with_the_scale_unless_they_have_a_share(large_dir: Path) -> None:
    counts = planted_counts(large_dir)
    for fault in FAULTS.values():
        if fault.share:
            growth = counts[fault.name] / fault.rows
            assert growth == pytest.approx(LARGE_SCALE, rel=0.4), fault.name
        elif fault.kind == "view" and fault.expected_reason:
            assert 0 < counts[fault.name] < 4 * fault.rows, fault.name
        else:
            assert counts[fault.name] == fault.rows, fault.name


def test_shares_are_met(demo: duckdb.DuckDBPyConnection, clean: duckdb.DuckDBPyConnection) -> None:
    for fault in FAULTS.values():
        if fault.share:
            rows = value_of(clean, f"select count(*) from {fault.table}")
            assert fault.rows / rows == pytest.approx(fault.share, rel=0.35), fault.name


# The clean rows fit together.


def test_keys_are_unique(clean: duckdb.DuckDBPyConnection) -> None:
    for table in TABLES.values():
        total, distinct = rows_of(
            clean, f"select count(*), count(distinct {key_of(table)}) from {table.name}"
        )[0]
        assert total == distinct, table.name


@pytest.mark.parametrize(
    ("child", "column", "parent"),
    [
        ("sessions", "user_id", "users"),
        ("orders", "user_id", "users"),
        ("orders", "session_id", "sessions"),
        ("order_lines", "order_id", "orders"),
        ("order_lines", "course_id", "courses"),
        ("events", "user_id", "users"),
        ("events", "session_id", "sessions"),
        ("events", "course_id", "courses"),
        ("survey_responses", "user_id", "users"),
        ("variants", "experiment_id", "experiments"),
        ("rollout_stages", "experiment_id", "experiments"),
        ("experiment_metrics", "experiment_id", "experiments"),
        ("exposures", "experiment_id", "experiments"),
        ("model_versions", "model_id", "models"),
        ("model_stage_events", "model_id", "models"),
        ("handovers", "model_id", "models"),
        ("validations", "model_id", "models"),
        ("launches", "model_id", "models"),
        ("predictions", "model_id", "models"),
        ("prediction_features", "prediction_id", "predictions"),
        ("outcomes", "prediction_id", "predictions"),
        ("impressions", "model_id", "models"),
        ("impressions", "user_id", "users"),
        ("requests", "member_id", "members"),
        ("assignments", "member_id", "members"),
    ],
)
def test_references_exist(
    clean: duckdb.DuckDBPyConnection, child: str, column: str, parent: str
) -> None:
    orphans = value_of(
        clean,
        f"select count(*) from {child} anti join {parent} using ({column})"
        f" where {child}.{column} is not null",
    )
    assert orphans == 0


@pytest.mark.parametrize(
    ("rule", "violations"),
    {
        "an order's amount is the sum of its lines": """
            from orders
            left join (select order_id, sum(line_amount) as total from order_lines group by all)
                using (order_id)
            where gross_amount is distinct from total
        """,
        "a line's amount is quantity times price": """
            from order_lines where line_amount <> quantity * unit_price
        """,
        "a discount is between 0 and the gross amount": """
            from orders where discount_amount < 0 or discount_amount > gross_amount
        """,
        "an order is placed inside its session, by its user": """
            from orders
            join sessions using (session_id)
            where
                ordered_at not between started_at and ended_at
                or orders.user_id is distinct from sessions.user_id
        """,
        "an event happens inside its session, by its user": """
            from events
            join sessions using (session_id)
            where
                occurred_at not between started_at and ended_at
                or events.user_id is distinct from sessions.user_id
        """,
        "nobody acts before the sign-up": """
            from (
                select user_id, ordered_at as acted_at from orders
                union all
                select user_id, occurred_at as acted_at from events
                union all
                select user_id, responded_at as acted_at from survey_responses
                union all
                select user_id, ended_at as acted_at from sessions
            )
            join users using (user_id)
            where acted_at < signed_up_at
        """,
        "a sign-up has a session on its day": """
            from users
            anti join (
                select user_id, cast(started_at as date) as day from sessions
            ) as visits
                on users.user_id = visits.user_id
                and cast(signed_up_at as date) = visits.day
        """,
        "a session ends after it starts": "from sessions where ended_at <= started_at",
        "a click follows an impression in the same place": f"""
            from events as clicks
            anti join events as impressions
                on clicks.session_id = impressions.session_id
                and clicks.surface = impressions.surface
                and clicks.position = impressions.position
                and clicks.course_id = impressions.course_id
                and impressions.event_type = 'impression'
                and impressions.occurred_at < clicks.occurred_at
            where
                clicks.event_type = 'click'
                and cast(clicks.occurred_at as date) <> date '{LOST_DAY}'
        """,
        "an enrolment follows an order of the course": """
            from events
            anti join (orders join order_lines using (order_id)) as bought
                on events.user_id = bought.user_id
                and events.course_id = bought.course_id
                and bought.ordered_at <= events.occurred_at
                and bought.status <> 'cancelled'
            where event_type in ('enrol', 'lesson_completed')
        """,
        "a lesson follows an enrolment by a day or more": f"""
            from events as lessons
            anti join events as enrolments
                on lessons.user_id = enrolments.user_id
                and lessons.course_id = enrolments.course_id
                and enrolments.event_type = 'enrol'
                and cast(enrolments.occurred_at as date) < cast(lessons.occurred_at as date)
            where
                lessons.event_type = 'lesson_completed'
                -- The enrolment, at most 12 days ago, may be among the events that were lost.
                and date_diff('day', date '{LOST_DAY}', lessons.occurred_at) not between 1 and 12
        """,
        "a course is on sale before it is bought or shown": """
            from (
                select course_id, ordered_at as seen_at
                from order_lines join orders using (order_id)
                union all
                select course_id, ended_at as seen_at from events join sessions using (session_id)
            )
            join courses using (course_id)
            where published_at > seen_at
        """,
        "a refund follows the order, and only refunded orders have one": """
            from orders
            where
                (status = 'refunded') <> (refunded_at is not null)
                or refunded_at < ordered_at + interval 12 hour
        """,
        "refunded rows are loaded after the refund": """
            from orders where refunded_at > loaded_at
        """,
        "values are those of the contract": """
            from events
            where
                event_type not in ('impression', 'click', 'search', 'enrol', 'lesson_completed')
                or surface not in ('home', 'search', 'recommendation', 'course', 'player')
                or position < 1
        """,
        "scores are 0 to 10": "from survey_responses where score not between 0 and 10",
    }.items(),
    ids=lambda value: value if not value.lstrip().startswith("from") else "",
)
def test_rule_holds(clean: duckdb.DuckDBPyConnection, rule: str, violations: str) -> None:
    assert value_of(clean, f"select count(*) {violations}") == 0, rule


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("users", "signed_up_at"),
        ("sessions", "started_at"),
        ("orders", "ordered_at"),
        ("orders", "refunded_at"),
        ("events", "occurred_at"),
        ("survey_responses", "responded_at"),
        ("predictions", "predicted_at"),
        ("outcomes", "occurred_at"),
        ("impressions", "shown_at"),
        ("requests", "requested_at"),
        ("pipeline_runs", "start_date"),
    ],
)
def test_times_are_within_the_eighteen_months(
    clean: duckdb.DuckDBPyConnection, table: str, column: str
) -> None:
    first, last, first_load, last_load = rows_of(
        clean,
        f"select min({column}), max({column}), min(loaded_at), max(loaded_at) from {table}",
    )[0]
    assert str(first) >= "2025-01-01 00:00:00"
    assert str(last) < "2026-07-01 00:00:00"
    assert str(last) >= "2026-06-29 00:00:00"
    assert str(first_load) >= "2025-01-02 02:00:00"
    assert str(last_load) == "2026-07-01 02:00:00"


def test_rows_are_loaded_at_two_in_the_night_and_after_they_happened(
    clean: duckdb.DuckDBPyConnection,
) -> None:
    for table, column in [
        ("users", "signed_up_at"),
        ("sessions", "started_at"),
        ("orders", "ordered_at"),
        ("events", "occurred_at"),
        ("survey_responses", "responded_at"),
        ("predictions", "predicted_at"),
        ("outcomes", "occurred_at"),
        ("impressions", "shown_at"),
        ("requests", "requested_at"),
        ("requests", "answered_at"),
        ("decisions", "reviewed_at"),
        ("pipeline_runs", "end_date"),
        ("dashboard_views", "viewed_at"),
    ]:
        wrong = value_of(
            clean,
            f"select count(*) from {table}"
            f" where loaded_at <= {column} or strftime(loaded_at, '%H:%M:%S') <> '02:00:00'",
        )
        assert wrong == 0, table


def test_guests_and_strangers_are_few_but_there(clean: duckdb.DuckDBPyConnection) -> None:
    for table, low, high in [("orders", 0.01, 0.06), ("sessions", 0.05, 0.15)]:
        share = value_of(clean, f"select avg(cast(user_id is null as integer)) from {table}")
        assert low < share < high, table


# The planted truths can be found again.


def test_every_truth_has_its_figure() -> None:
    assert set(TRUTH_QUERIES) == set(PRODUCT.truths)


@pytest.mark.parametrize("truth", PRODUCT.truths)
def test_truth_holds(clean: duckdb.DuckDBPyConnection, truth: str) -> None:
    stated = PRODUCT.truths[truth]
    found = figures_of(clean, truth)
    for name, value in found.items():
        if isinstance(value, str):
            assert value == stated[name], f"{truth}: {found}"
        else:
            assert value == pytest.approx(stated[name], abs=stated["tolerance"]), (
                f"{truth}: {found}"
            )


# Errors say what, why and what to do.


@pytest.mark.parametrize("scale", ["0", "-1", "0.01", "nan", "inf"])
def test_impossible_scale_is_refused(tmp_path: Path, scale: str) -> None:
    result = CliRunner().invoke(main, ["generate", "--scale", scale, "--out", str(tmp_path)])
    assert result.exit_code == 1
    assert "--scale" in result.output
    assert "give a number from" in result.output
    assert not list(tmp_path.iterdir())


def test_unwritable_out_is_refused(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("")
    result = CliRunner().invoke(main, ["generate", "--out", str(blocker / "folder")])
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert "cannot be written" in result.output
    assert "give a folder" in result.output


def test_second_format_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    old = tmp_path / "product" / "orders.parquet"
    old.parent.mkdir()
    old.write_text("")
    result = CliRunner().invoke(main, ["generate", "--scale", "0.2", "--out", str(tmp_path)])
    assert result.exit_code == 1
    assert "orders.parquet exists" in result.output
    assert [path.name for path in tmp_path.rglob("*.*")] == ["orders.parquet"]


def test_too_little_memory_is_reported(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["generate", "--memory-limit", "1MB", "--out", str(tmp_path)])
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert "give another --memory-limit" in result.output


def test_interrupted_run_leaves_the_old_files(tmp_path: Path) -> None:
    old = tmp_path / "product" / "users.csv"
    old.parent.mkdir()
    old.write_text("old")

    def interrupt(line: str) -> None:
        raise KeyboardInterrupt(line)

    with pytest.raises(KeyboardInterrupt, match="product/users"):
        generate(Request(MIN_SCALE, 1, "csv", tmp_path), report=interrupt)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [old]
    assert old.read_text() == "old"


def test_smallest_scale_reports_each_table_and_has_every_fault(tmp_path: Path) -> None:
    result = CliRunner().invoke(
        main, ["generate", "--scale", str(MIN_SCALE), "--out", str(tmp_path)]
    )
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        f"{source}/{table.name}" for source in SOURCES for table in load_source(source).tables
    ]
    assert all(line.endswith(" s") and " rows, " in line for line in lines)
    counts = planted_counts(tmp_path)
    constant = [fault for fault in FAULTS.values() if fault.kind != "view"]
    assert {fault.name: counts.get(fault.name) for fault in constant} == {
        fault.name: fault.rows for fault in constant
    }
