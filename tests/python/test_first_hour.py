"""Every query of the page for a head of data gives rows on the demo."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT, Build

PAGE = (ROOT / "docs/first_hour.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_of_the_page_has_an_answer(query: str, demo: Build) -> None:
    assert demo.rows(query)


def test_the_page_names_every_table_of_the_team(demo: Build) -> None:
    models = demo.manifest["nodes"].values()
    of_team = {f"data_team.{node['name']}" for node in models if node["schema"] == "data_team"}
    named = set(re.findall(r"\bdata_team\.\w+", PAGE))
    assert len(of_team) >= 14
    assert named <= of_team
    assert of_team - named <= {"data_team.team_requests", "data_team.team_pipeline_runs"}
