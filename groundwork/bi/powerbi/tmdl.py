"""TMDL: the text of a semantic model, one object after the other, indented with tabs."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

# Names the objects of all models that are generated, the same each time.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://groundwork.example/powerbi")


@dataclass(frozen=True)
class Block:
    """An object: `kind name`, or `kind name = value`, with properties and objects below it.

    properties: in the order of writing; True stands alone as `isHidden` does, None is left out
    """

    kind: str
    name: str
    value: str | None = None
    description: str = ""
    properties: dict[str, str | int | bool | None] = field(default_factory=dict)
    children: tuple[Block, ...] = ()

    def lines(self, depth: int = 0) -> Iterable[str]:
        """Yield the lines, the first at `depth` tabs."""
        tabs = "\t" * depth
        if self.description:
            yield f"{tabs}/// {self.description}"
        head = f"{self.kind} {quoted(self.name)}" if self.name else self.kind
        if self.value is None:
            yield tabs + head
        elif "\n" in self.value:
            yield f"{tabs}{head} ="
            yield from (f"{tabs}\t\t{line}" for line in self.value.splitlines())
        else:
            yield f"{tabs}{head} = {self.value}"
        for name, value in self.properties.items():
            if value is True:
                yield f"{tabs}\t{name}"
            elif isinstance(value, str) and "\n" in value:
                yield f"{tabs}\t{name} ="
                yield from (f"{tabs}\t\t\t{line}" for line in value.splitlines())
            elif value is not None:
                yield f"{tabs}\t{name}: {value}"
        for child in self.children:
            if child.kind != "annotation":
                yield ""
            yield from child.lines(depth + 1)


def quoted(name: str) -> str:
    """Return a name, in quotes where it needs them."""
    return "'" + name.replace("'", "''") + "'" if re.search(r"[\s.=:']", name) else name


def tag(*path: str) -> str:
    """Return the identity of an object, which stays while its path does."""
    return str(uuid.uuid5(NAMESPACE, "/".join(path)))


def annotation(name: str, value: str | int) -> Block:
    """Return a note that tools read and people do not see."""
    return Block("annotation", name, str(value))


def document(*blocks: Block) -> str:
    """Return the text of a file."""
    return "\n\n".join("\n".join(block.lines()) for block in blocks) + "\n"
