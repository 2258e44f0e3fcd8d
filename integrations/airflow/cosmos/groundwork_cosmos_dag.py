"""A part of the warehouse as one Airflow task a model, by Cosmos: a DAG to look at, not to publish.

It reads `target/manifest.json` of the last build and writes `warehouse/cosmos.duckdb`, so that it
never meets `groundwork build`. Variables of the environment: see the DAG `groundwork`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pendulum
from cosmos import DbtDag, ExecutionConfig, LoadMode, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import TestIndirectSelection

PROJECT = Path(os.environ.get("GROUNDWORK_PROJECT") or Path(__file__).resolve().parents[3])

groundwork_cosmos = DbtDag(
    dag_id="groundwork_cosmos",
    project_config=ProjectConfig(
        dbt_project_path=PROJECT,
        manifest_path=PROJECT / "target/manifest.json",
        project_name="groundwork",
        # Cosmos runs dbt in a copy of the project
        env_vars={
            "GROUNDWORK_BUILD_PATH": str(PROJECT / "warehouse/cosmos.duckdb"),
            "GROUNDWORK_HISTORY_PATH": str(PROJECT / "warehouse/history"),
        },
    ),
    profile_config=ProfileConfig(
        profile_name="groundwork",
        target_name="duckdb",
        profiles_yml_filepath=PROJECT / "profiles.yml",
    ),
    execution_config=ExecutionConfig(
        dbt_executable_path=PROJECT / ".venv/bin/dbt",
        # tests of two tables are left out where one of them is not selected
        test_indirect_selection=TestIndirectSelection.CAUTIOUS,
    ),
    render_config=RenderConfig(load_method=LoadMode.DBT_MANIFEST, select=["+dim_courses"]),
    operator_args={"install_deps": False, "append_env": True},
    schedule=None,
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    max_active_runs=1,
    max_active_tasks=1,
    tags=["groundwork"],
)
