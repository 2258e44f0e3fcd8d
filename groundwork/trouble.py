"""What disks and databases refuse, told in one line: the reason, and what to do about it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

MAGIC = b"DUCK"
MAGIC_PLACE = slice(8, 12)
REMOVE = "remove the file (`groundwork clean`) and build again"


@dataclass(frozen=True)
class Trouble:
    """A kind of refusal.

    pattern: what its messages say; remedy: what to do; is_broken: whether the file is lost anyway
    """

    pattern: str
    remedy: str
    is_broken: bool = False


LOCKED = Trouble(r"Could not set lock|Conflicting lock", "wait for that process or end it")
# "File too large" is what a process meets at its limit of file sizes.
FULL = Trouble(
    r"No space left|Disk quota exceeded|File too large|max_temp_directory_size",
    "make room on the disk and try again",
)
NEWER = Trouble(
    r"created with a(n older development| newer) version of DuckDB",
    "open it with the DuckDB that wrote it, or remove the file yourself and build again",
)
BROKEN = Trouble(
    r"not a valid DuckDB|Corrupt database|checksum|Could not read enough bytes"
    r"|[Ff]ailed to deserialize|replaying WAL",
    REMOVE,
    is_broken=True,
)
OUT_OF_MEMORY = Trouble(
    r"Out of Memory", "give it more with GROUNDWORK_MEMORY_LIMIT and build again"
)
REFUSED = Trouble(
    r"Permission denied|Read-only file system|Operation not permitted",
    "see that file and folder can be read and written",
)
KINDS = (LOCKED, FULL, NEWER, BROKEN, OUT_OF_MEMORY, REFUSED)


def trouble_in(text: object) -> Trouble | None:
    """Recognise what a message tells of."""
    return next((kind for kind in KINDS if re.search(kind.pattern, str(text))), None)


def remedy(text: object, otherwise: str) -> str:
    """Say what to do about a message; `otherwise` where it is none of the known ones."""
    kind = trouble_in(text)
    return kind.remedy if kind else otherwise


def one_line(error: object) -> str:
    """Shorten a message to its first paragraph, on one line; to its origin where it names one."""
    text = str(error).strip()
    # DuckDB refuses everything after a fatal error, and then quotes the first one
    _, _, origin = text.partition("Original error:")
    text = origin.strip().strip('"') or text
    if told := re.search(r'"exception_message": *("(?:[^"\\]|\\.)*")', text):
        text = json.loads(told[1])
    text = re.split(r"\n\s*\n|\s*Stack Trace:", text.strip())[0]
    # the line of a CSV that cannot be read may be personal
    text = re.sub(r"Original Line:.*?(?=Expected|Value with|Possible|$)", "", text, flags=re.S)
    return " ".join(text.split())


def is_duckdb(path: Path) -> bool:
    """Tell whether a file begins as a DuckDB database does.

    DuckDB itself would look for an extension that reads the files of another database.
    """
    with path.open("rb") as file:
        return file.read(MAGIC_PLACE.stop)[MAGIC_PLACE] == MAGIC
