"""Alerts of a real publication, told to a real server: what is wrong, once, and what to do."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from click.testing import Result
from conftest import ROOT, Build
from listening import Listener
from tiny_project import break_test, built_project, copied, declare_history, groundwork

from groundwork.history import SOURCES, append_rows, history_tables, read_table
from groundwork.project import Project

CHECK = "test.groundwork.unique_fct_orders_order_id.1"
OTHER = "test.groundwork.not_null_dim_users_user_id.2"
NIGHT = datetime(2026, 6, 28, 3, tzinfo=UTC)


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def project(demo: Build, tmp_path: Path) -> Project:
    """What an alert needs of a project: the declared history and a publication, here the demo's."""
    shutil.copy(ROOT / "dbt_project.yml", tmp_path)
    (tmp_path / SOURCES).parent.mkdir(parents=True)
    shutil.copy(ROOT / SOURCES, tmp_path / SOURCES)
    project = Project(tmp_path)
    project.warehouse.mkdir()
    shutil.copy(demo.database, project.published_path)
    change(project, "create table publication as select now() at time zone 'UTC' as published_at")
    change(project, "update metrics.metric_anomalies set is_anomaly = false")
    change(project, "update quality.data_anomalies set is_anomaly = false")
    return project


def change(project: Project, statement: str) -> None:
    with duckdb.connect(project.published_path) as connection:
        connection.execute(statement).fetchall()


def night(project: Project, number: int, **statuses: str) -> None:
    """Record a build with the statuses of two checks."""
    found = {"unique": "pass", "not_null": "pass", **statuses}
    run_id, started_at = f"build-{number}", NIGHT + timedelta(days=number)
    tables = history_tables(project)
    checks = [
        {
            "invocation_id": run_id,
            "test_id": test_id,
            "test_name": test_id.split(".")[2],
            "table_name": table,
            "column_name": column,
            "severity": "error",
            "status": found[name],
            "message": "Got 3 results, configured to fail if != 0",
            "failure_count": 3 if found[name] == "fail" else 0,
        }
        for test_id, name, table, column in (
            (CHECK, "unique", "fct_orders", "order_id"),
            (OTHER, "not_null", "dim_users", "user_id"),
        )
    ]
    append_rows(project, tables["test_results"], run_id, started_at, checks)
    ended(project, run_id, started_at)


def ended(project: Project, run_id: str, started_at: datetime, *, is_whole: bool = True) -> None:
    build = {
        "invocation_id": run_id,
        "command": "build",
        "is_complete": is_whole,
        "started_at": f"{started_at:%F %T}",
    }
    append_rows(project, history_tables(project)["invocations"], run_id, started_at, [build])


def tell(project: Project, listener: Listener, *options: str) -> Result:
    return groundwork(project, "alert", "--webhook", listener.url, *options)


def told(project: Project, listener: Listener, *options: str) -> list[dict]:
    """Run the command; return what arrived."""
    before = len(listener.bodies)
    result = tell(project, listener, *options)
    assert result.exit_code == 0, result.output
    return listener.bodies[before:]


def events(project: Project) -> list[tuple]:
    with duckdb.connect() as connection:
        table = read_table(project, history_tables(project)["alerts"], connection)
        return table.order("happened_at, event_number").project("alert_key, event").fetchall()


def test_a_sound_warehouse_has_nothing_to_tell(project, listener):
    night(project, 1)
    assert told(project, listener) == []
    assert events(project) == []


def test_a_failed_check_is_told_once_with_owner_metrics_and_action(project, listener):
    night(project, 1)
    night(project, 2, unique="fail")
    ((alert),) = told(project, listener)
    fields = alert["alert"]
    assert fields["subject"] == "fct_orders"
    assert fields["kind"] == "check"
    assert fields["since"] == "2026-06-30 03:00"
    assert fields["owner"] == "data-platform@groundwork.example"
    assert {"gross_revenue", "orders"} <= set(fields["metrics"])
    assert "dim_users" not in str(alert)
    assert alert["text"].startswith(
        "fct_orders: the check unique_fct_orders_order_id failed on 3 rows, since 2026-06-30 "
        "03:00; owner: data-platform@groundwork.example; metrics: "
    )
    assert "do: put right what the rows show (dbt test --select " in alert["text"]

    assert told(project, listener) == []
    night(project, 3, unique="fail")
    assert told(project, listener) == []
    assert [event for _, event in events(project)] == ["seen", "told"]


def test_what_is_over_and_comes_back_is_told_again(project, listener):
    night(project, 1, unique="fail")
    assert len(told(project, listener)) == 1
    night(project, 2)
    assert told(project, listener) == []
    night(project, 3, unique="fail")
    night(project, 4, unique="error")
    ((alert),) = told(project, listener)
    assert alert["alert"]["since"] == "2026-07-01 03:00"
    assert [event for _, event in events(project)] == ["seen", "told", "over", "seen", "told"]


def test_a_skipped_check_is_as_it_was(project, listener):
    night(project, 1, unique="fail")
    assert len(told(project, listener)) == 1
    night(project, 2, unique="skipped", not_null="fail")
    ((alert),) = told(project, listener)
    assert alert["alert"]["subject"] == "dim_users"
    assert (f"check:{CHECK}", "over") not in events(project)


def test_a_check_that_is_gone_is_over(project, listener):
    night(project, 1, unique="fail")
    assert len(told(project, listener)) == 1
    ended(project, "a-part", NIGHT + timedelta(days=2), is_whole=False)
    assert told(project, listener) == []
    assert (f"check:{CHECK}", "over") not in events(project)
    ended(project, "the-whole", NIGHT + timedelta(days=3))
    assert told(project, listener) == []
    assert events(project)[-1] == (f"check:{CHECK}", "over")


def test_a_problem_is_told_when_it_has_held_for_the_sustain_period(project, listener):
    night(project, 1, unique="fail")
    seen = {
        "alert_key": f"check:{CHECK}",
        "event": "seen",
        "event_number": 1,
        "happened_at": f"{datetime.now(UTC) - timedelta(hours=5):%F %T}",
    }
    append_rows(project, history_tables(project)["alerts"], "earlier", NIGHT, [seen])
    assert told(project, listener, "--sustain", "5.1") == []
    assert len(told(project, listener, "--sustain", "4.9")) == 1
    assert told(project, listener, "--sustain", "4.9") == []


def test_a_short_problem_is_never_told_under_a_sustain_period(project, listener):
    night(project, 1, unique="fail")
    assert told(project, listener, "--sustain", "1") == []
    night(project, 2)
    assert told(project, listener, "--sustain", "1") == []
    assert [event for _, event in events(project)] == ["seen", "over"]


def test_who_does_not_take_an_alert_is_told_again(project, listener):
    night(project, 1, unique="fail", not_null="fail")
    listener.status = 503
    refused = tell(project, listener)
    assert refused.exit_code == 1
    assert refused.output.strip().splitlines() == [
        "Error: 127.0.0.1 did not take the alert about dim_users (HTTP Error 503: Service "
        "Unavailable); see that the address is right and answers, the next `groundwork alert` "
        "tries again"
    ]
    listener.status = 200
    assert {alert["alert"]["subject"] for alert in told(project, listener)} == {
        "fct_orders",
        "dim_users",
    }


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/S3CR3T",
        "nonsense/S3CR3T",
        "ftp://host/S3CR3T",
        "http://127.0.0.1:1/with a space/S3CR3T",
        "http://127.0.0.1:port/S3CR3T",
        "http://[broken/S3CR3T",
    ],
)
def test_an_address_that_does_not_answer_is_one_line_without_its_secret(project, url):
    night(project, 1, unique="fail")
    refused = groundwork(project, "alert", "--webhook", url)
    assert refused.exit_code == 1
    assert len(refused.output.strip().splitlines()) == 1
    assert "did not take the alert about fct_orders (" in refused.output
    assert "S3CR3T" not in refused.output


def test_slack_gets_a_text_that_it_can_show(project, listener):
    statement = "update metrics.metric_status set alert_status = 'low' where metric_name = 'orders'"
    change(project, statement)
    change(project, "update metrics.metric_catalog set action = 'ask <us> & wait'")
    ((alert),) = told(project, listener, "--format", "slack")
    assert list(alert) == ["text"]
    assert alert["text"].endswith("do: ask &lt;us&gt; &amp; wait")


def test_without_an_address_alerts_are_printed(project):
    night(project, 1, unique="fail")
    result = groundwork(project, "alert")
    assert result.exit_code == 0
    assert result.output.startswith("fct_orders: the check unique_fct_orders_order_id failed")
    assert result.output.endswith("told 1 of 1 problems\n")
    assert groundwork(project, "alert").output == "told 0 of 1 problems\n"


def days_before_last(project: Project, rows: str, days: int) -> str:
    with duckdb.connect(project.published_path, read_only=True) as connection:
        query = f"select max(date_day) - {days} from {rows}"
        return str(connection.execute(query).fetchall()[0][0])


def test_an_anomaly_is_told_with_the_action_of_its_metric_until_it_is_old(project, listener):
    table = "metrics.metric_anomalies"
    days = [days_before_last(project, table, number) for number in range(9)]
    odd = (
        "update metrics.metric_anomalies set is_anomaly = true, actual_value = 1, "
        "lower_bound = 20, upper_bound = 40 where metric_name = 'orders' and date_day = date '{}'"
    )
    change(project, odd.format(days[8]))
    assert told(project, listener) == []
    change(project, odd.format(days[4]))  # the third day before is the last that is news
    assert told(project, listener) == []
    change(project, odd.format(days[2]))
    ((alert),) = told(project, listener)
    fields = alert["alert"]
    # four days from one to the next are two problems, two days are one
    assert fields["since"] == days[4]
    assert fields["what"] == f"was 1 on {days[2]}, usual are 20 to 40"
    with duckdb.connect(project.published_path, read_only=True) as connection:
        query = "select owner, action from metrics.metric_catalog where metric_name = 'orders'"
        ((owner, action),) = connection.execute(query).fetchall()
    assert (fields["owner"], fields["action"]) == (owner, action)
    change(project, odd.format(days[0]))
    assert told(project, listener) == []

    change(project, f"update {table} set is_incident = true where is_anomaly")
    assert told(project, listener) == []
    assert events(project)[-1] == ("anomaly:orders", "over")


def test_a_day_without_a_value_and_an_odd_raw_table_are_told(project, listener):
    volume = "table_name = 'product.sessions' and kind = 'volume'"
    last = days_before_last(project, f"quality.data_anomalies where {volume}", 0)
    change(
        project,
        "update quality.data_anomalies set is_anomaly = true, actual_value = null, "
        f"lower_bound = 12.5, upper_bound = 59.75 where {volume} and date_day = date '{last}'",
    )
    ((alert),) = told(project, listener)
    assert alert["alert"]["subject"] == "product.sessions"
    assert alert["alert"]["what"] == (
        f"volume of (rows) has no value on {last}, usual are 12.5 to 59.75"
    )
    assert "sessions" in alert["alert"]["metrics"]


def test_a_metric_beyond_its_bound_is_told(project, listener):
    change(
        project,
        "update metrics.metric_status set alert_status = 'high', metric_value = 0.5, "
        "alert_high = 0.25 where metric_name = 'refund_rate'",
    )
    ((alert),) = told(project, listener)
    grain = alert["alert"]["what"].split()[3]
    assert alert["alert"]["what"] == f"0.5 in this {grain} is above its bound 0.25"
    assert "metrics: " not in alert["text"]


def test_a_late_table_is_told_once_for_all_metrics_on_it(project, listener):
    behind = (
        "update metrics.metric_catalog set days_behind = freshness_sla_days + {} "
        "where contains(raw_tables, 'product.orders')"
    )
    change(project, behind.format(0))
    assert told(project, listener) == []
    change(project, behind.format(3))
    change(
        project,
        "update quality.data_quality_scorecard set days_behind = 5, last_load_date = "
        "date '2026-06-26' where source_name = 'product' and table_name = 'orders'",
    )
    ((alert),) = told(project, listener)
    fields = alert["alert"]
    assert (fields["kind"], fields["subject"]) == ("late", "product.orders")
    assert fields["since"] == "2026-06-26"
    assert fields["what"] == "it is 5 days behind"
    assert {"orders", "gross_revenue"} <= set(fields["metrics"])


def test_each_late_table_is_told_that_holds_a_metric_back(project, listener):
    """One metric rests on orders alone, all others on sessions as well, which are later still."""
    change(project, "update metrics.metric_catalog set days_behind = freshness_sla_days + 1")
    change(
        project,
        "update metrics.metric_catalog set raw_tables = case when metric_name = 'orders' "
        "then 'product.orders' else 'product.orders, product.sessions' end",
    )
    for table, days in (("orders", 5), ("sessions", 9), ("users", 20)):
        change(
            project,
            f"update quality.data_quality_scorecard set days_behind = {days} "
            f"where source_name = 'product' and table_name = '{table}'",
        )
    subjects = [alert["alert"]["subject"] for alert in told(project, listener)]
    assert sorted(subjects) == ["product.orders", "product.sessions"]


def test_a_publication_that_nothing_followed_is_told(project, listener):
    """A build that stops before dbt begins leaves no record, and a scheduler may be dead."""
    change(project, "update publication set published_at = published_at - interval 35 hour")
    assert told(project, listener, "--stale", "36") == []
    ((alert),) = told(project, listener, "--stale", "34")
    assert alert["alert"]["kind"] == "late"
    assert alert["text"].startswith("the publication: it is 35 hours old, since ")
    change(project, "update publication set published_at = published_at + interval 35 hour")
    assert told(project, listener) == []
    assert events(project)[-1] == ("late:publication", "over")


def test_the_demo_names_no_person(demo: Build, project: Project, listener: Listener) -> None:
    """With every anomaly there is, every bound broken, every table late, and failing checks."""
    shutil.copy(demo.database, project.published_path)
    change(project, "update metrics.metric_anomalies set is_anomaly = lower_bound is not null")
    change(project, "update quality.data_anomalies set is_anomaly = lower_bound is not null")
    change(project, "update metrics.metric_status set alert_status = 'low'")
    change(project, "update metrics.metric_catalog set days_behind = 99")
    night(project, 1, unique="fail", not_null="fail")
    alerts = told(project, listener)
    kinds = {alert["alert"]["kind"] for alert in alerts}
    assert kinds == {"check", "anomaly", "bound", "data", "late"}
    assert len(alerts) > 100
    text = json.dumps(alerts)
    people = {
        row[0].strip() for row in demo.rows("select email from raw.raw_product__users") if row[0]
    }
    addresses = set(re.findall(r"[\w.+-]+@[\w.-]+\w", text))
    assert addresses and not addresses & people
    assert not re.search(r"\bu\d+\b", text)


def test_a_build_that_fails_is_told_with_what_stopped_it(tmp_path_factory, tmp_path, listener):
    project = copied(built_project(tmp_path_factory.mktemp("alerts")), tmp_path / "project")
    declare_history(project, ROOT)
    break_test(project)
    (project.root / "models/staging/broken.sql").write_text("select nothing as there_is")
    assert groundwork(project, "build").exit_code == 1
    alerts = {alert["alert"]["key"]: alert["text"] for alert in told(project, listener)}
    assert set(alerts) == {"check:test.tiny.assert_sound", "check:model.tiny.broken"}
    assert "broken: it could not be built, since " in alerts["check:model.tiny.broken"]


def test_a_project_without_the_table_says_so(tmp_path_factory, tmp_path):
    project = built_project(tmp_path_factory.mktemp("alerts"))
    refused = groundwork(project, "alert")
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: the project keeps no alerts; declare the table alerts")
