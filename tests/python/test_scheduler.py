"""The nightly script of cron and systemd: it calls what there is, and tells when it failed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_lines import parsed
from conftest import ROOT
from listening import Listener
from tiny_project import break_test, built_project, copied, declare_history

from groundwork.project import Project
from groundwork.publish import publications, publish_build

FOLDER = ROOT / "integrations/scheduler"
SCRIPT = FOLDER / "nightly.sh"
INSTALLED = "/srv/groundwork/"
PAGES = "made the pages"
CONTRACT = """
sources:
  - name: shop
    tables:
      - name: orders
        config: {meta: {required: true, kind: event, daily: true, key: [order_id]}}
        columns:
          - {name: order_id, data_type: text}
          - {name: loaded_at, data_type: timestamp}
"""


@pytest.fixture
def project(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Project:
    """A project that was published, with the script and a command `groundwork` of its own.

    It has no pages to make.
    """
    project = copied(built_project(tmp_path_factory.getbasetemp() / "tiny"), tmp_path / "project")
    declare_history(project, ROOT)
    publish_build(project)
    shutil.copytree(FOLDER, project.root / FOLDER.relative_to(ROOT))
    command = project.root / ".venv/bin/groundwork"
    command.parent.mkdir(parents=True)
    called = f"{shlex.quote(sys.executable)} -c 'from groundwork.cli import main; main()'"
    command.write_text(f'#!/bin/sh\n[ "$1" = site ] && echo {PAGES} && exit\nexec {called} "$@"\n')
    command.chmod(0o755)
    return project


def night(project: Project, listener: Listener, **environment: str) -> tuple[int, str]:
    """Run the script from elsewhere; return its exit code and what it printed."""
    finished = subprocess.run(
        [project.root / SCRIPT.relative_to(ROOT)],
        cwd="/",
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "GROUNDWORK_WEBHOOK": listener.url,
            "GROUNDWORK_PATIENCE": "0",
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return finished.returncode, finished.stdout


@pytest.fixture
def listener() -> Listener:
    listener = Listener()
    yield listener
    listener.close()


def test_the_script_calls_what_the_command_line_has() -> None:
    text = SCRIPT.read_text().replace("${GROUNDWORK_PATIENCE:-21600}", "21600")
    calls = re.findall(r"^ *groundwork (.*?)(?: &&| \|\| .*)?$", text, re.MULTILINE)
    names = [parsed(call.replace("$vars", "absent: []")).info_name for call in calls]
    assert names == ["freshness", "build", "site", "alert"]


@pytest.mark.parametrize(
    ("name", "pattern"),
    [("crontab", r"^0 3 \* \* \* (\S+)"), ("groundwork.service", r"^ExecStart=(\S+)$")],
)
def test_cron_and_systemd_call_the_script(name: str, pattern: str) -> None:
    (command,) = re.findall(pattern, (FOLDER / name).read_text(), re.MULTILINE)
    assert command.startswith(INSTALLED)
    assert ROOT / command.removeprefix(INSTALLED) == SCRIPT
    assert os.access(SCRIPT, os.X_OK)


@pytest.mark.skipif(
    not shutil.which("systemd-analyze") and not os.environ.get("CI"),
    reason="systemd is not installed: apt-get install systemd",
)
def test_systemd_takes_its_files(project: Project) -> None:
    units = [
        project.root / "integrations/scheduler" / f"groundwork.{x}" for x in ("service", "timer")
    ]
    for unit in units:
        unit.write_text(unit.read_text().replace(INSTALLED, f"{project.root}/"))
    command = ["systemd-analyze", "verify", *units]
    finished = subprocess.run(command, capture_output=True, text=True)
    about_ours = [line for line in finished.stderr.splitlines() if "groundwork." in line]
    assert (finished.returncode, about_ours) == (0, [])


def test_a_night_that_failed_is_told_and_leaves_what_was_published(
    project: Project, listener: Listener
) -> None:
    before = publications(project)
    break_test(project)
    code, output = night(project, listener)
    assert code == 1
    assert "the build failed: 1 of 7 nodes" in output
    assert PAGES not in output
    (alert,) = listener.bodies
    assert alert["alert"]["key"] == "check:test.tiny.assert_sound"
    assert publications(project) == before
    assert night(project, listener)[0] == 1
    assert len(listener.bodies) == 1


def test_a_night_without_its_loads_builds_nothing(project: Project, listener: Listener) -> None:
    contract = project.root / "models/staging/shop/_shop__sources.yml"
    contract.parent.mkdir(parents=True)
    contract.write_text(CONTRACT)
    (project.root / "raw/shop").mkdir(parents=True)
    (project.root / "raw/shop/orders.csv").write_text("order_id,loaded_at\n1,2025-07-01\n")
    before = publications(project)
    code, output = night(project, listener, GROUNDWORK_VARS="raw_path: raw")
    assert code == 1
    assert "Error: the loads are late" in output
    assert "Running with dbt" not in output
    assert [alert["alert"]["subject"] for alert in listener.bodies] == ["shop.orders"]
    assert publications(project) == before


def test_a_night_that_passed_is_published(project: Project, listener: Listener) -> None:
    before = publications(project)
    code, output = night(project, listener)
    assert code == 0, output
    assert PAGES in output
    assert len(publications(project)) == len(before) + 1
    assert listener.bodies == []


def test_a_night_whose_alerts_are_not_taken_has_failed(
    project: Project, listener: Listener
) -> None:
    check = project.root / "tests/assert_sound.sql"
    check.write_text("{{ config(severity='warn') }} select 1 from {{ ref('lines') }}")
    listener.status = 503
    code, output = night(project, listener)
    assert PAGES in output
    assert "did not take the alert about" in output
    assert code == 1
