"""The command `groundwork site`."""

from __future__ import annotations

from pathlib import Path

import click
import duckdb

from groundwork.project import (
    GroundworkError,
    Project,
    attached,
    cannot_be_written,
    cannot_open,
    project_option,
    read_yaml,
    vars_in_effect,
    write_at_once,
)
from groundwork.site.catalogue import CataloguePage, read_catalogue
from groundwork.site.docs import docs_page
from groundwork.site.experiments import ExperimentsPage, read_experiments
from groundwork.site.front import FrontPage, read_front
from groundwork.site.models import ModelsPage, read_models
from groundwork.site.page import (
    CATALOGUE,
    DOCS,
    EXPERIMENTS,
    INDEX,
    MODELS,
    QUALITY,
    TEAM,
    render,
)
from groundwork.site.quality import QualityPage, read_quality
from groundwork.site.team import TeamPage, read_team
from groundwork.trouble import one_line, trouble_in

SitePage = FrontPage | ExperimentsPage | ModelsPage | QualityPage | TeamPage | CataloguePage


@click.command()
@project_option
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder to write to (default: site in the project).",
)
@click.option(
    "--database",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Database to read (default: the published one).",
)
@click.option("--docs/--no-docs", "with_docs", default=True, help="Write the dbt docs as well.")
def site(project: Project, out: Path | None, database: Path | None, with_docs: bool) -> None:
    """Write the pages of metrics and what is around them, and the docs; each opens from disk."""
    out = (out or project.root / "site").resolve()
    database = (database or project.published_path).resolve()
    pages = _read(project, database)
    files = {}
    if with_docs:
        files[DOCS] = docs_page(project, database)
    has_docs = with_docs or (out / DOCS).is_file()
    for name, page in reversed(pages.items()):
        files[name] = render(name, page, has_docs=has_docs).encode()
    for name, content in files.items():
        try:
            write_at_once(out / name, content)
        except OSError as error:
            raise cannot_be_written(project, out / name, error) from error
        click.echo(f"wrote {project.name(out / name)} ({len(content) / 1e6:.1f} MB)")


def _read(project: Project, database: Path) -> dict[str, SitePage]:
    """Return the pages by file."""
    if not database.is_file():
        raise GroundworkError(
            f"{project.name(database)} does not exist; publish first: groundwork build"
        )
    settings = read_yaml(project.root / "dbt_project.yml")
    absent = vars_in_effect(project, {}).get("absent") or []
    with attached(project, database) as connection:
        try:
            names = settings["name"], project.name(database)
            return {
                INDEX: read_front(connection, *names, absent),
                EXPERIMENTS: read_experiments(connection, *names),
                MODELS: read_models(connection, *names),
                QUALITY: read_quality(connection, *names),
                TEAM: read_team(connection, *names),
                CATALOGUE: read_catalogue(connection, *names),
            }
        except duckdb.Error as error:
            if trouble_in(error):
                raise cannot_open(project, database, error) from error
            raise GroundworkError(
                f"{project.name(database)} does not fit this version of groundwork "
                f"({one_line(error)}); build and publish again: groundwork build"
            ) from error
