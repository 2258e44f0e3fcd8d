"""The project on disk: where things are, which variables hold, and how dbt is run."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import duckdb
import yaml

from groundwork.trouble import REMOVE, is_duckdb, one_line, remedy

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

# Read by profiles.yml; relative paths are relative to the project.
BUILD_PATH_VARIABLE = "GROUNDWORK_BUILD_PATH"
MEMORY_LIMIT_VARIABLE = "GROUNDWORK_MEMORY_LIMIT"
# Read by the macro history_files().
HISTORY_PATH_VARIABLE = "GROUNDWORK_HISTORY_PATH"
# dbt copies variables with this prefix into the metadata of its manifest.
CODE_VERSION_VARIABLE = "DBT_ENV_CUSTOM_ENV_CODE_VERSION"
# What has a name that begins so is never complete, and is removed by the next publication.
UNFINISHED = ".unfinished-"


class GroundworkError(click.ClickException):
    """A user's error in one line: the thing, the reason, the remedy."""


@dataclass(frozen=True)
class Project:
    """Paths of one dbt project."""

    root: Path

    @property
    def warehouse(self) -> Path:
        """Folder of everything that is built or published."""
        return self.root / "warehouse"

    @property
    def build_path(self) -> Path:
        """The database that dbt writes."""
        return self.root / os.environ.get(BUILD_PATH_VARIABLE, "warehouse/build.duckdb")

    @property
    def sample_path(self) -> Path:
        """The database that a development build on the last days writes."""
        return self.warehouse / "sample.duckdb"

    @property
    def published_path(self) -> Path:
        """The database that readers open."""
        return self.warehouse / "groundwork.duckdb"

    @property
    def parquet_path(self) -> Path:
        """The published tables as files; a link into the current publication."""
        return self.warehouse / "parquet"

    @property
    def publications(self) -> Path:
        """The last publications, one folder each."""
        return self.warehouse / "publications"

    @property
    def history_path(self) -> Path:
        """What must outlive a full rebuild; nothing removes it."""
        return self.root / os.environ.get(HISTORY_PATH_VARIABLE, "warehouse/history")

    @property
    def target(self) -> Path:
        """The artifacts of the last dbt command."""
        return self.root / "target"

    @property
    def logs(self) -> Path:
        """The log of dbt."""
        return self.root / "logs"

    @property
    def sample_target(self) -> Path:
        """The artifacts of the last sample build, apart so that the two do not force parses."""
        return self.target / "sample"

    def name(self, path: Path) -> str:
        """Name a path as short as messages can: from the project, where it lies inside."""
        return str(path.relative_to(self.root) if path.is_relative_to(self.root) else path)


@dataclass(frozen=True)
class Elsewhere(Project):
    """The project with what a sample build writes in another folder.

    dbt opens a database for writing even where it only reads definitions, and leaves artifacts that
    a publication is judged by: so it gets one of its own.
    """

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


def find_project(start: Path) -> Project:
    """Find the nearest folder with a dbt_project.yml, from `start` upwards."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "dbt_project.yml").is_file():
            return Project(folder)
    raise GroundworkError(
        f"no dbt project: neither {start} nor a folder above it has a dbt_project.yml; "
        "change into the project or name it with --project-dir"
    )


def parse_vars(text: str) -> dict[str, Any]:
    """Read the YAML mapping of a `--vars` option."""
    try:
        variables = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise GroundworkError(
            f"--vars: not YAML ({one_line(error)}); write it as 'name: value'"
        ) from error
    if not isinstance(variables, dict | None):
        raise GroundworkError(f"--vars: {text!r} is not a mapping; write it as 'name: value'")
    return variables or {}


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file of the project."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise GroundworkError(f"{path} cannot be read ({one_line(error)}); correct it") from error


def vars_in_effect(project: Project, overrides: dict[str, Any]) -> dict[str, Any]:
    """Variables of dbt_project.yml (those of the project over general ones) under `overrides`."""
    settings = read_yaml(project.root / "dbt_project.yml")
    general = settings.get("vars") or {}
    return {**general, **(general.get(settings["name"]) or {}), **overrides}


# Gives a command the parameter `overrides`, for `parse_vars`.
vars_option = click.option(
    "--vars", "overrides", default="", metavar="YAML", help="Variables, as for dbt."
)
# Gives a command the parameter `project`.
project_option = click.option(
    "--project-dir",
    "project",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    callback=lambda _context, _option, folder: find_project(folder),
    help="Folder of the dbt project (default: the nearest one upwards).",
)


def run_dbt(
    project: Project,
    arguments: list[str],
    variables: dict[str, Any],
    *,
    sample: bool = False,
    target: Path | None = None,
    manifest: Manifest | None = None,
) -> dbtRunnerResult:
    """Run one dbt command in this process, inside the project's folder.

    The artifacts go to `target`; without it, to where the project has those of its last command.
    Start-up and parsing cost seconds: call it once per process, or with the manifest of a project
    that was parsed before. Afterwards the database is closed.
    """
    from dbt.adapters.factory import reset_adapters
    from dbt.cli.main import dbtRunner

    target = target or (project.sample_target if sample else project.target)
    for folder in (target, project.logs):
        see_that_it_can_be_written(project, folder)

    environment = {CODE_VERSION_VARIABLE: code_version(project.root)}
    if sample:
        environment[BUILD_PATH_VARIABLE] = str(project.sample_path)
    places = {
        "--project-dir": project.root,
        "--profiles-dir": project.root,
        "--target-path": target,
    }
    options = [str(word) for place in places.items() for word in place]
    if variables:
        options += ["--vars", json.dumps(variables)]
    with contextlib.chdir(project.root), _environment(environment), _dbt_kept_short() as lost:
        try:
            outcome = dbtRunner(manifest=manifest).invoke([*arguments, *options])
        finally:
            reset_adapters()
            _close_dbt_database()
    if lost and outcome.success:
        raise cannot_be_written(project, project.logs, lost[0])
    return outcome


@contextlib.contextmanager
def _dbt_kept_short() -> Iterator[list[OSError]]:
    """Keep tracebacks in dbt's log, and collect what kept the log itself from being written.

    dbt prints a traceback for all that it does not expect, such as a full disk, and Python's
    logging one for every line that it cannot write.
    """
    from dbt.events.types import MainStackTrace
    from dbt_common.events.base_types import EventLevel

    lost: list[OSError] = []

    def collect(handler: logging.Handler, _record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        if isinstance(handler, logging.FileHandler) and isinstance(error, OSError):
            lost.append(error)

    places = {
        (MainStackTrace, "level_tag"): lambda _: EventLevel.DEBUG,
        (logging.Handler, "handleError"): collect,
    }
    before = {place: getattr(*place) for place in places}
    for (owner, name), replacement in places.items():
        setattr(owner, name, replacement)
    try:
        yield lost
    finally:
        for (owner, name), original in before.items():
            setattr(owner, name, original)


def see_that_it_can_be_written(project: Project, folder: Path) -> None:
    """Write into a folder, which tells before the work what would stop it."""
    probe = folder / f"{UNFINISHED}probe"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            probe.write_bytes(bytes(4096))
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        raise cannot_be_written(project, folder, error) from error


def cannot_be_written(project: Project, path: Path, error: OSError) -> GroundworkError:
    """Explain in one line why a file or folder could not be written."""
    what_to_do = remedy(error, "see that file and folder can be written")
    reason = error.strerror or one_line(error)
    return GroundworkError(f"{project.name(path)} cannot be written ({reason}); {what_to_do}")


def _close_dbt_database() -> None:
    """Close the database that dbt-duckdb keeps open until the process ends."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()


@contextlib.contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        for name in values:
            os.environ.pop(name)
            if name in before:
                os.environ[name] = before[name]


def code_version(root: Path) -> str:
    """Name the code: git commit, `-dirty` with uncommitted changes; `unknown` without git."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(root), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    try:
        commit = git("rev-parse", "HEAD")
        return f"{commit}-dirty" if git("status", "--porcelain", "--", ".") else commit
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def code_print(root: Path, variables: dict[str, Any]) -> str:
    """Fingerprint what tables are made by: models, macros, settings, and `variables`."""
    files = [
        root / "dbt_project.yml",
        *(path for folder in ("macros", "models") for path in (root / folder).rglob("*.sql")),
    ]
    digest = hashlib.sha256(json.dumps(variables, sort_keys=True, default=str).encode())
    for path in sorted(files):
        digest.update(str(path.relative_to(root)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@contextlib.contextmanager
def attached(project: Project, path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Attach a database read-only, under the name it has for dbt, and make it the default.

    As long as it lasts, nobody can write to the file.
    """
    see_that_it_is_a_database(project, path)
    settings = {"temp_directory": str(project.warehouse / f"{UNFINISHED}spill")}
    if limit := os.environ.get(MEMORY_LIMIT_VARIABLE):
        settings["memory_limit"] = limit
    with duckdb.connect(config=settings) as connection:
        try:
            connection.execute(f"attach {literal(path)} as {quoted(path.stem)} (read_only)")
            connection.execute(f"use {quoted(path.stem)}")
        except duckdb.Error as error:
            raise cannot_open(project, path, error) from error
        yield connection


def see_that_it_is_a_database(project: Project, path: Path) -> None:
    """Stop where there is no file, or one that is no DuckDB database."""
    name = project.name(path)
    if path.is_dir():
        raise GroundworkError(f"{name} cannot be opened (it is a folder); {REMOVE}")
    if not path.exists():
        raise GroundworkError(f"{name} does not exist; run `groundwork build`")
    try:
        if not is_duckdb(path):
            raise cannot_open(project, path, "it is not a valid DuckDB database file")
    except OSError as error:
        raise cannot_open(project, path, error.strerror) from error


def see_that_it_opens(project: Project, path: Path) -> None:
    """Open a database as dbt will, which tells why it cannot be opened in one line."""
    see_that_it_is_a_database(project, path)
    try:
        duckdb.connect(path).close()
    except duckdb.Error as error:
        raise cannot_open(project, path, error) from error


def cannot_open(project: Project, path: Path, error: object) -> GroundworkError:
    """Explain in one line why a database could not be opened."""
    what_to_do = remedy(error, "see that file and folder can be read and written")
    if what_to_do == REMOVE and path == project.published_path.resolve():
        what_to_do = "publish again (`groundwork publish`)"
    return GroundworkError(
        f"{project.name(path)} cannot be opened ({one_line(error)}); {what_to_do}"
    )


def code_mark(path: Path) -> Path:
    """Return the file beside a build's database that tells what it is made by."""
    return path.with_name(f"{path.name}.code")


def beside(path: Path) -> list[Path]:
    """Return what a build leaves beside its database, whether it is there or not."""
    return [path.with_name(f"{path.name}{ending}") for ending in (".wal", ".tmp")] + [
        code_mark(path)
    ]


def remove(path: Path) -> None:
    """Remove a file, a link or a folder with all that it holds."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def flush(path: Path) -> None:
    """Have the operating system write a file or folder to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_at_once(path: Path, content: bytes) -> None:
    """Write a file in one step, its folder as well: a reader has the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{UNFINISHED}{path.name}")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def quoted(identifier: str) -> str:
    """Quote a SQL identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def rows_by_name(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """Return the rows of a query, a dict per row."""
    result = connection.execute(query)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def literal(value: object) -> str:
    """Write a value as a SQL text."""
    return "'" + str(value).replace("'", "''") + "'"
