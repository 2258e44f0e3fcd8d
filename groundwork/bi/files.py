"""A folder of generated files, written anew without a trace of the files before."""

from __future__ import annotations

from pathlib import Path

from groundwork.project import UNFINISHED, GroundworkError, Project, cannot_be_written

# Names what was written, so that the next time removes that, and nothing that somebody added.
WRITTEN = ".generated"


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
        out.mkdir(parents=True, exist_ok=True)
        # what is about to be written is named first: a kill leaves no file without a name
        _write(listing, "\n".join(sorted({*before, *files})) + "\n")
        for name, content in files.items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            _write(out / name, content)
        for name in set(before) - set(files):
            (out / name).unlink(missing_ok=True)
            _remove_empty(out, (out / name).parent)
        _write(listing, "\n".join(sorted(files)) + "\n")
    except OSError as error:
        raise cannot_be_written(project, out, error) from error


def _write(path: Path, content: str | bytes) -> None:
    unfinished = path.with_name(f"{UNFINISHED}{path.name}")
    unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
    unfinished.replace(path)


def _remove_empty(out: Path, folder: Path) -> None:
    while folder != out and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
