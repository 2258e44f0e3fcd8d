"""The Airflow DAG `groundwork`: wait for the day's loads, build, publish, make the site, tell.

It only calls the command line of groundwork, which is installed in an environment of its own.
Variables of the environment that it reads where it is parsed and run:

GROUNDWORK_PROJECT: folder of the dbt project (default: the one that this file is a part of)
GROUNDWORK_COMMAND: how groundwork is called (default: .venv/bin/groundwork in the project)
GROUNDWORK_VARS: the default of the parameter `vars`, such as `raw_path: /data/raw`
GROUNDWORK_PATIENCE: seconds that a run waits for the day's loads (default: six hours)
GROUNDWORK_WEBHOOK: where alerts are posted, read by `groundwork alert`; without it they are logged
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pendulum
import yaml
from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.sensors.bash import BashSensor
from airflow.sdk import DAG, Param
from airflow.timetables.trigger import CronTriggerTimetable

PROJECT = Path(os.environ.get("GROUNDWORK_PROJECT") or Path(__file__).resolve().parents[3])
COMMAND = os.environ.get("GROUNDWORK_COMMAND") or shlex.quote(f"{PROJECT}/.venv/bin/groundwork")
PATIENCE_SECONDS = float(os.environ.get("GROUNDWORK_PATIENCE") or 6 * 3600)
SETTINGS = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
TIMEZONE = SETTINGS["vars"]["reporting_timezone"]

# The loads of a run's own day make the day before it complete.
SINCE = "--loads-since {{ (dag_run.logical_date or dag_run.run_after) | midnight | quoted }}"
VARS = "--vars {{ params.vars | quoted }}"
FULL_REFRESH = "{{ '--full-refresh' if params.full_refresh else '' }}"
# A task that was killed can leave a process that still holds the warehouse.
WAIT = "--wait 7200"
SKIPPED = 99


def groundwork(command: str) -> str:
    """Return the line of bash that calls groundwork in the project."""
    return f"cd {shlex.quote(str(PROJECT))} && {COMMAND} {command}"


def midnight(moment: pendulum.DateTime) -> str:
    """Return the midnight before a moment in the reporting time zone, ISO 8601."""
    return pendulum.instance(moment).in_timezone(TIMEZONE).start_of("day").isoformat()


with DAG(
    dag_id="groundwork",
    description="Wait for the day's loads, build and publish the warehouse, make the site, tell.",
    schedule=CronTriggerTimetable("0 3 * * *", timezone=TIMEZONE),
    start_date=pendulum.datetime(2026, 1, 1, tz=TIMEZONE),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 1},
    params={
        "full_refresh": Param(False, type="boolean", description="Build from nothing."),
        "vars": Param(
            os.environ.get("GROUNDWORK_VARS", ""),
            type="string",
            description="Variables as YAML, such as raw_path: DIR.",
        ),
    },
    user_defined_filters={"midnight": midnight, "quoted": shlex.quote},
    doc_md=__doc__,
    tags=["groundwork"],
) as dag:
    # A build reads all raw rows there are: of the days of a back-fill, the first brings the others.
    needed = BashOperator(
        task_id="needed",
        bash_command=(
            "{% if dag_run.run_type == 'backfill' and not params.full_refresh %}\n"
            f"if ({groundwork(f'freshness --published {SINCE} {VARS}')}); "
            f"then exit {SKIPPED}; fi\n"
            "{% endif %}\n"
        ),
        skip_on_exit_code=SKIPPED,
    )
    loaded = BashSensor(
        task_id="loaded",
        bash_command=groundwork(f"freshness {SINCE} {VARS}"),
        retry_exit_code=1,
        mode="reschedule",
        poke_interval=min(300, PATIENCE_SECONDS),
        timeout=PATIENCE_SECONDS,
    )
    build = BashOperator(
        task_id="build",
        bash_command=groundwork(f"build --no-publish {FULL_REFRESH} {VARS} {WAIT}"),
    )
    publish = BashOperator(
        task_id="publish",
        bash_command=groundwork(f"publish --no-older {WAIT}"),
    )
    site = BashOperator(task_id="site", bash_command=groundwork("site"))
    alert = BashOperator(
        task_id="alert",
        bash_command=groundwork(f"alert {SINCE} {VARS} {WAIT}"),
        trigger_rule="all_done",
    )

    # The site is the leaf that is red where anything before it was, whatever becomes of the alert.
    needed >> loaded >> build >> publish >> [site, alert]
