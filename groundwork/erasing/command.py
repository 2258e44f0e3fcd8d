"""Erase a user from all that groundwork keeps; raw rows are the owner's to delete.

What the next build makes again goes as a whole: build file, sample, dbt's artifacts and log. So no
byte of a deleted row stays behind in a database's free space, and the next build is a full one.
What cannot be made again is written anew without the user: the history, and every publication that
is kept, under the name of a next edition (`<id>.2`). Each step is done at once or not at all, so an
erasure that broke off is simply repeated.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import duckdb

from groundwork.artifacts import last_vars
from groundwork.contract import read_contract
from groundwork.erasing.person import Person, person_of
from groundwork.erasing.rewriting import history_rewritten, published_again, without_built_tables
from groundwork.erasing.traces import (
    built_databases,
    database_holds,
    file_names,
    files,
    history_holds,
    left_elsewhere,
    raw_rows,
)
from groundwork.lock import wait_option, warehouse_lock
from groundwork.project import (
    GroundworkError,
    Project,
    parse_vars,
    project_option,
    remove,
    see_that_it_opens,
    vars_in_effect,
)
from groundwork.publish import DATABASE, current_publication, publications, remove_unfinished
from groundwork.trouble import one_line, remedy

SPARK_VARIABLE = "GROUNDWORK_SPARK_WAREHOUSE"


@click.command()
@project_option
@click.option("--user", "user_id", required=True, metavar="ID", help="The user's id, as in raw.")
@click.option(
    "--vars",
    "overrides",
    default="",
    metavar="YAML",
    help="Where raw is, as for the build (default: as in the last build).",
)
@wait_option
def erase(project: Project, user_id: str, overrides: str, wait: float) -> None:
    """Erase a user from all that groundwork keeps, and say what is left in raw."""
    with warehouse_lock(project, wait), _explained():
        variables = vars_in_effect(project, last_vars(project) | parse_vars(overrides))
        person = _person(project, user_id)
        databases = built_databases(project)
        for path in databases:
            see_that_it_opens(project, path)
        in_raw = list(raw_rows(project, variables, person))
        remove_unfinished(project)
        held = _Held.find(project, person, databases)
        if not any(count for count, _ in in_raw) and not held.anything:
            raise GroundworkError(
                "nothing was erased: no raw row and nothing that groundwork keeps names the user "
                f"{person.user_id!r}; write the id as in raw, and give --vars as for the build"
            )
        for line in _erased(project, variables, person, held):
            click.echo(line)
        left = [line for _, line in in_raw] + list(left_elsewhere(project, variables, person))
    click.echo("published totals stay as they are until the next build")
    if not left:
        click.echo(f"no raw row of the user is left in {_raw_place(project, variables)}")
        return
    click.echo("left for its owner to delete, for the next build brings it back:")
    for line in left:
        click.echo(f"  {line}")


def _raw_place(project: Project, variables: dict[str, Any]) -> str:
    """Say where raw rows were looked for: an erasure removes what tells the next one."""
    if schemas := variables.get("raw_schema"):
        return f"{', '.join(sorted(schemas.values()))} of {project.name(project.build_path)}"
    return project.name(project.root / (variables.get("raw_path") or "seeds"))


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Turn what a disk or database refuses into one line."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        what_to_do = remedy(error, "put that right and try again")
        raise GroundworkError(
            f"the erasure broke off ({one_line(error)}); {what_to_do}, which takes it to its end"
        ) from error


def _person(project: Project, user_id: str) -> Person:
    if not user_id.strip():
        raise GroundworkError("--user is empty; write the user's id as in raw")
    person = person_of(read_contract(project.root), user_id)
    if not person.columns:
        raise GroundworkError(
            "the raw contract says of no column that it identifies users; "
            "mark them with `meta: {user: true}`"
        )
    return person


@dataclass(frozen=True)
class _Held:
    """Where the user was found.

    made_again: whether something holds them that the next build makes again; the rest are paths
    """

    made_again: bool
    history: list[Path]
    published: list[Path]
    pages: list[Path]

    @property
    def anything(self) -> bool:
        return bool(self.made_again or self.history or self.published or self.pages)

    @staticmethod
    def find(project: Project, person: Person, databases: list[Path]) -> _Held:
        published = [project.publications / name / DATABASE for name in publications(project)]
        if project.published_path.exists() and current_publication(project) is None:
            published.append(project.published_path)
        return _Held(
            made_again=any(database_holds(project, person, path) for path in databases)
            or any(file_names(person, path) for path in files(project.target, project.logs)),
            history=[
                path for path in files(project.history_path) if history_holds(project, person, path)
            ],
            published=[path for path in published if database_holds(project, person, path)],
            pages=[path for path in files(project.root / "site") if file_names(person, path)],
        )


def _erased(
    project: Project, variables: dict[str, Any], person: Person, held: _Held
) -> Iterator[str]:
    """Erase the user; yield what was done.

    The artifacts go last: they say which tables of the build file are not of the build's making.
    """
    for path in built_databases(project):
        yield without_built_tables(project, variables, path)
    spark = project.root / os.environ.get(SPARK_VARIABLE, "warehouse/spark")
    if (spark / "metastore_db").is_dir():
        yield _removed(project, spark)
    for path in held.history:
        yield history_rewritten(project, person, path)
    for path in held.published:
        yield published_again(project, person, path)
    for path in (*held.pages, project.logs, project.target):
        if path.exists():
            yield _removed(project, path)


def _removed(project: Project, path: Path) -> str:
    remove(path)
    return f"removed {project.name(path)}"
