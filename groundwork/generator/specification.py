"""What a source consists of, read from its YAML files: tables, planted faults and truths."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

GENERATOR_DIR = Path(__file__).parent


@dataclass(frozen=True)
class Table:
    """One raw table: its columns in order, its business key, and how rows of it are spoilt."""

    name: str
    columns: list[str]
    key: list[str]
    new_key: Mapping[str, str]
    spoilable: str = "true"


@dataclass(frozen=True)
class Fault:
    """One planted fault; `kind` says how its rows are made."""

    name: str
    description: str
    table: str
    rows: int
    expected_reason: str
    column: str | None = None
    values: list[str | None] | None = None
    expression: str | None = None
    view: str | None = None
    copies: int = 1
    share: float | None = None

    @property
    def kind(self) -> str:
        """Return `view`, `spoilt` (a copy with one column replaced) or `copy`."""
        if self.view is not None:
            return "view"
        return "copy" if self.column is None else "spoilt"


@dataclass(frozen=True)
class Source:
    """One source: SQL files in the order they run, tables, faults and truths.

    `first_steps` run before the steps of any source.
    """

    name: str
    first_steps: list[Path]
    steps: list[Path]
    tables: list[Table]
    faults: list[Fault]
    truths: Mapping[str, Any] = field(default_factory=dict)

    def faults_of(self, table: Table) -> list[Fault]:
        """Return the faults planted in one table, in the order of planted.yml."""
        return [fault for fault in self.faults if fault.table == table.name]

    def parameters(self) -> dict[str, Any]:
        """Return what the SQL may read with getvariable().

        `<truth>_<key>` for every single value of the truths, `<source>_truths` for all of them as
        a JSON list of objects with their `name`, `<fault>_rows` for every fault.
        """
        values = {
            f"{truth}_{key}": value
            for truth, entry in self.truths.items()
            for key, value in entry.items()
            if not isinstance(value, list | dict)
        }
        listed = [{"name": truth, **entry} for truth, entry in self.truths.items()]
        values[f"{self.name}_truths"] = json.dumps(listed, default=str)
        return values | {f"{fault.name}_rows": fault.rows for fault in self.faults}


def load_source(name: str) -> Source:
    """Read the source whose folder is `groundwork/generator/<name>`."""
    folder = GENERATOR_DIR / name
    listed = _read_yaml(folder / "tables.yml")
    planted = _read_yaml(folder / "planted.yml")
    return Source(
        name=name,
        first_steps=[folder / "sql" / f"{step}.sql" for step in listed.get("first_steps", [])],
        steps=[folder / "sql" / f"{step}.sql" for step in listed["steps"]],
        tables=[Table(**table) for table in listed["tables"]],
        faults=[Fault(**fault) for fault in planted["faults"]],
        truths=planted["truths"],
    )


def _read_yaml(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
