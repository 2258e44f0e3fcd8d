"""The docs of the dbt project as one file, made without touching the build."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

from groundwork.project import (
    GroundworkError,
    Project,
    attached,
    literal,
    quoted,
    run_dbt,
)
from groundwork.trouble import one_line, remedy


@dataclass(frozen=True)
class _Elsewhere(Project):
    """The project with what a sample build writes in another folder."""

    folder: Path
    database_name: str

    @property
    def sample_path(self) -> Path:
        """The database that dbt opens."""
        return self.folder / self.database_name

    @property
    def sample_target(self) -> Path:
        """The artifacts of dbt."""
        return self.folder / "target"


def docs_page(project: Project, database: Path) -> bytes:
    """Return the docs of the project as HTML, with the column types of `database`.

    dbt wants to open a database for writing and leaves artifacts that a publication is judged by.
    So it gets a copy of the database's empty tables, in a folder of its own.
    """
    with tempfile.TemporaryDirectory() as folder:
        elsewhere = _Elsewhere(project.root, Path(folder), database.name)
        _copy_shapes(project, database, elsewhere.sample_path)
        arguments = ["docs", "generate", "--static", "--quiet"]
        outcome = run_dbt(elsewhere, arguments, {}, sample=True)
        if not outcome.success:
            reason = f" ({one_line(outcome.exception)})" if outcome.exception else ""
            raise GroundworkError(
                f"dbt could not generate the docs{reason}; see what `dbt docs generate` says, "
                "or leave them out with --no-docs"
            )
        return (elsewhere.sample_target / "static_index.html").read_bytes()


def _copy_shapes(project: Project, database: Path, copy: Path) -> None:
    with attached(project, database) as connection:
        try:
            connection.execute(f"attach {literal(copy)} as shapes")
            connection.execute(f"copy from database {quoted(database.stem)} to shapes (schema)")
            connection.execute("detach shapes")
        except duckdb.Error as error:
            raise GroundworkError(
                f"the docs cannot be made ({one_line(error)}); "
                f"{remedy(error, 'leave them out with --no-docs')}"
            ) from error
