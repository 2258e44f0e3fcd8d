"""LookML: the text of views, explores and what is in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

# Parameters that hold SQL end with two semicolons.
SQL = ("sql", "sql_on", "sql_always_where", "sql_table_name", "expression")
# Parameters whose value is a word and not a text.
WORDS = ("type", "relationship", "datatype", "week_start_day")


@dataclass(frozen=True)
class Block:
    """An object, `kind: name {` with parameters and objects in it; a name may be empty.

    parameters: in the order of writing; True and False are yes and no, a tuple is a list of words
        (`timeframes`) or texts (`tags`), None is left out
    """

    kind: str
    name: str = ""
    parameters: dict[str, str | bool | tuple[str, ...] | None] = field(default_factory=dict)
    children: tuple[Block, ...] = ()

    def lines(self, depth: int = 0) -> Iterable[str]:
        """Yield the lines, the first at `depth` steps of two spaces."""
        indent = "  " * depth
        yield f"{indent}{self.kind}: {self.name}{' ' if self.name else ''}{{"
        for name, value in self.parameters.items():
            if value is not None:
                yield f"{indent}  {parameter(name, value)}"
        for child in self.children:
            yield ""
            yield from child.lines(depth + 1)
        yield f"{indent}}}"


def parameter(name: str, value: str | bool | tuple[str, ...]) -> str:
    """Return a parameter with its value."""
    if isinstance(value, bool):
        return f"{name}: {'yes' if value else 'no'}"
    if isinstance(value, tuple):
        words = [_text(item) for item in value] if name == "tags" else value
        return f"{name}: [{', '.join(words)}]"
    if name in SQL:
        return f"{name}: {value} ;;"
    return f"{name}: {value if name in WORDS else _text(value)}"


def document(head: Iterable[str], *blocks: Block) -> str:
    """Return the text of a file: single parameters, then objects."""
    parts = ["\n".join(head), *("\n".join(block.lines()) for block in blocks)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _text(value: str) -> str:
    return '"' + value.replace('"', "'") + '"'
