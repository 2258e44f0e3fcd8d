"""One user's traces in a table: rows that are theirs, and texts that name them.

A row is the user's where a column that identifies users holds exactly their id, or where it hangs
on a row of theirs by its key (the lines of their orders). Any other text only names them: there the
id alone is blanked, as a whole word, so `u1` is not found in `u10`, nor in `u1-b`.

An id of digits alone or letters alone says too little to be looked for in texts (`42` is a user and
a number of rows): it is blanked only where JSON says that it is a user's (`"user_id": "42"`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from groundwork.contract import Source
from groundwork.project import literal, quoted

BLANK = "(erased)"
_TEXT = ("VARCHAR", "JSON")
_PARTS = r"\pL\pN_.@-"
_BEFORE = rf"(^|[^{_PARTS}])"
_AFTER_NUMBER = r"([\s,\]}])"
_AFTER = rf"($|[^{_PARTS}]|[.](?:$|[^{_PARTS}]))"


@dataclass(frozen=True)
class Person:
    """A user to be found.

    user_id: their id; columns: lower-case names of the columns that identify users; keys: those of
    rows that are a user's, such as order_id
    """

    user_id: str
    columns: frozenset[str]
    keys: frozenset[str]

    @property
    def _is_plain(self) -> bool:
        """Whether the id is a word or number that texts use for other things."""
        return self.user_id.isalpha() or self.user_id.isdigit()

    @property
    def _patterns(self) -> tuple[str, ...]:
        """Regular expressions of RE2 with one group before and one after the id."""
        spelled = "|".join(map(re2_escaped, self._spellings))
        names = "|".join(sorted(map(re2_escaped, self.columns)))
        in_json = (
            rf'((?i:"(?:{names})")\s*:\s*")(?:{spelled})(")',
            rf'((?i:"(?:{names})")\s*:\s*)(?:{spelled}){_AFTER_NUMBER}',
        )
        return in_json if self._is_plain else (f"{_BEFORE}(?:{spelled}){_AFTER}",)

    @property
    def _spellings(self) -> list[str]:
        """The id as it is, and as JSON writes it."""
        ways = (json.dumps(self.user_id), json.dumps(self.user_id, ensure_ascii=False))
        return sorted({self.user_id, *(written[1:-1] for written in ways)})

    def is_theirs(self, types: dict[str, str]) -> str:
        """Write the condition that a row of a table with these columns is the user's."""
        names = [name for name in types if name.lower() in self.columns]
        tests = [f"trim(cast({quoted(name)} as varchar)) = {self._literal}" for name in names]
        return f"coalesce({' or '.join(tests)}, false)" if tests else "false"

    def hangs_on(self, types: dict[str, str]) -> list[str]:
        """Return the columns by which rows without a user belong to rows of a user."""
        if any(name.lower() in self.columns for name in types):
            return []
        return [name for name in types if name.lower() in self.keys]

    def is_named(self, types: dict[str, str]) -> str:
        """Write the condition that a row's texts name the user."""
        tests = []
        for name in self._text_columns(types):
            text = f"cast({quoted(name)} as varchar)"
            # a plain search is many times faster, and finds nothing in nearly all rows
            has_it = " or ".join(f"contains({text}, {literal(way)})" for way in self._spellings)
            matches = " or ".join(
                f"regexp_matches({text}, {literal(pattern)})" for pattern in self._patterns
            )
            tests.append(f"({has_it}) and ({matches})")
        return f"coalesce({' or '.join(tests)}, false)" if tests else "false"

    def blanked(self, types: dict[str, str]) -> Iterator[str]:
        """Write a select list with the user's id blanked in every text."""
        texts = set(self._text_columns(types)) - self.cannot_be_blanked(types).keys()
        for name, stored in types.items():
            column = quoted(name)
            if name not in texts:
                yield column
            elif stored == "VARCHAR[]":
                yield f"list_transform({column}, lambda x: {self._replaced('x')}) as {column}"
            else:
                replaced = self._replaced(f"cast({column} as varchar)")
                yield f"cast({replaced} as {stored}) as {column}"

    def cannot_be_blanked(self, types: dict[str, str]) -> dict[str, str]:
        """Return the columns whose texts lie too deep: their rows go as a whole."""
        return {
            name: stored
            for name, stored in types.items()
            if "VARCHAR" in stored and stored not in (*_TEXT, "VARCHAR[]")
        }

    def names_in(self, text: str) -> bool:
        """Tell whether a text has the id as a whole word."""
        return self._word.search(text) is not None

    def blank(self, text: str) -> str:
        """Blank the id in a text."""
        return self._word.sub(BLANK, text)

    @property
    def _word(self) -> re.Pattern[str]:
        spelled = "|".join(map(re.escape, self._spellings))
        return re.compile(rf"(?<![\w.@-])(?:{spelled})(?![\w@-]|[.][\w@-])")

    @property
    def _literal(self) -> str:
        return literal(self.user_id)

    def _text_columns(self, types: dict[str, str]) -> list[str]:
        return [
            name
            for name, stored in types.items()
            if "VARCHAR" in stored or stored == "JSON"
            if name.lower() not in self.columns
        ]

    def _replaced(self, expression: str) -> str:
        # twice, for two ids may share the character between them
        for pattern in self._patterns * 2:
            blank = f'"{BLANK}"' if pattern.endswith(_AFTER_NUMBER) else BLANK
            expression = f"regexp_replace({expression}, {literal(pattern)}, '\\1{blank}\\2', 'g')"
        return expression


def person_of(contract: tuple[Source, ...], user_id: str) -> Person:
    """Make the person of an id, with the columns that the raw contract says identify users."""
    tables = [table for source in contract for table in source.tables]
    marked = {column.name.lower() for table in tables for column in table.columns if column.user}
    of_users = [table for table in tables if any(column.user for column in table.columns)]
    keys = {table.key[0].lower() for table in of_users if len(table.key) == 1} - marked
    return Person(
        user_id=user_id.strip(),
        columns=frozenset(marked | {name.removesuffix("_id") + "_key" for name in marked}),
        keys=frozenset(keys),
    )


def re2_escaped(text: str) -> str:
    """Escape a text for the regular expressions of DuckDB."""
    return "".join(c if c.isalnum() or c == "_" else rf"\x{{{ord(c):x}}}" for c in text)
