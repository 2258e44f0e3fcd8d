"""One build at a time: an advisory lock on the warehouse, let go when its process ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from groundwork.project import GroundworkError, Project, cannot_be_written

POLL_SECONDS = 0.2

# Gives a command the parameter `wait`.
wait_option = click.option(
    "--wait",
    type=click.FloatRange(0),
    default=0,
    metavar="SECONDS",
    help="Wait that long for another build to end.",
)


@contextlib.contextmanager
def warehouse_lock(project: Project, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the warehouse, waiting at most `wait_seconds` for another holder.

    The file stays: were it deleted, a waiting process could hold a lock that nobody else sees.
    """
    path = project.warehouse / ".lock"
    try:
        path.parent.mkdir(exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise cannot_be_written(project, path, error) from error
    with file:
        deadline = time.monotonic() + wait_seconds
        while not _locked(file.fileno()):
            if time.monotonic() >= deadline:
                file.seek(0)
                raise GroundworkError(
                    f"the warehouse is in use by {file.read() or 'another process'}; "
                    "wait for it to end (`groundwork build --wait SECONDS` does)"
                )
            time.sleep(POLL_SECONDS)
        _sign(project, path)
        yield


def _sign(project: Project, path: Path) -> None:
    """Write into the lock who holds it."""
    holder = f"process {os.getpid()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC"
    try:
        with path.open("r+", encoding="utf-8") as file:
            file.truncate(0)
            file.write(holder)
    except OSError as error:
        raise cannot_be_written(project, path, error) from error


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
