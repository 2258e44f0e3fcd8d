"""A folder of generated files, written anew without a trace of the files before."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

from groundwork.project import GroundworkError, Project, cannot_be_written, write_at_once

# Names what was written, so that the next time removes that, and nothing that somebody added.
WRITTEN = ".generated"


def out_option(tool: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the parameter `out`: a folder, or None for the tool's own."""
    return click.option(
        "--out",
        metavar="DIR",
        type=click.Path(path_type=Path),
        help=f"Folder to write to (default: {_generated(tool)} in the project).",
    )


def folder_of(project: Project, tool: str, out: Path | None) -> Path:
    """Return where the files of a tool go."""
    return (out or project.root / _generated(tool)).resolve()


def write_files(project: Project, out: Path, files: dict[str, str | bytes]) -> None:
    """Write files by their path in `out`; remove those of the last time that are not among them.

    Each file is switched to in one step. A folder that has files, and none of ours, is refused.
    """
    listing = out / WRITTEN
    if out.is_dir() and any(out.iterdir()) and not listing.is_file():
        raise GroundworkError(
            f"{project.name(out)} holds files that groundwork did not write; "
            "name an empty folder with --out, or remove it"
        )
    try:
        before = listing.read_text(encoding="utf-8").splitlines() if listing.is_file() else []
        # what is about to be written is named first: a kill leaves no file without a name
        write_at_once(listing, _lines({*before, *files}))
        for name, content in files.items():
            write_at_once(out / name, content.encode() if isinstance(content, str) else content)
        for name in set(before) - set(files):
            (out / name).unlink(missing_ok=True)
            _remove_empty(out, (out / name).parent)
        write_at_once(listing, _lines(files))
    except OSError as error:
        raise cannot_be_written(project, out, error) from error


def _generated(tool: str) -> str:
    return f"integrations/{tool}/generated"


def _lines(names: Iterable[str]) -> bytes:
    return ("\n".join(sorted(names)) + "\n").encode()


def _remove_empty(out: Path, folder: Path) -> None:
    while folder != out and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
