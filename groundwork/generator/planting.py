"""SQL that plants faults: which clean rows are copied, and what is spoilt in the copies.

A table has the view `<table>` of its clean rows, typed; `sample_<table>`, those of them that are
copied; and `planted_<table>`, the planted rows as text.
"""

from __future__ import annotations

from datetime import date

from groundwork.generator.specification import Fault, Table


def written_rows(table: Table) -> str:
    """Return the query for the rows of a table's file, all columns text: clean ones and planted."""
    return (
        f"select {_as_text(table)} from {table.name}"
        f" union all select {', '.join(table.columns)} from planted_{table.name}"
    )


def sample_table(table: Table) -> str:
    """Return the statement for `sample_<table>`: clean rows to copy, by `place` from 0."""
    key = ", ".join(f"length({_text(column)}), {_text(column)}" for column in table.key)
    return (
        f"create table sample_{table.name} as"
        f" select row_number() over (order by {key}) - 1 as place, {', '.join(table.columns)}"
        f" from {table.name} where {table.spoilable}"
    )


def planted_table(table: Table) -> str:
    """Return the statement for the empty `planted_<table>`."""
    columns = ", ".join(f"{column} varchar" for column in table.columns)
    return f"create table planted_{table.name} (fault varchar, expected_reason varchar, {columns})"


def plant(table: Table, fault: Fault, slots: list[int], slot_count: int) -> str:
    """Return the statement that adds one fault's rows to `planted_<table>`.

    `slots` are the places of this fault among the `slot_count` of its table; they are spread
    evenly over the sample, so that a clean row is copied at most once.
    """
    label = f"{literal(fault.name)}, {literal(fault.expected_reason)}"
    if fault.kind == "view":
        rows = f"select {label}, {_as_text(table)} from {fault.view}"
    else:
        rows = (
            f"select {label}, {_as_text(table, _replaced(table, fault))}"
            f" from (values {_values(fault, slots)}) as slots (slot, value)"
            f" join sample_{table.name} on place = (slot - 1)"
            f" * (select count(*) from sample_{table.name}) // {slot_count}"
            f" order by slot"
        )
    return f"insert into planted_{table.name} {rows}"


def planted_rows(source: str, table: Table) -> str:
    """Return the query for one table's part of planted_rows."""
    key = " || '|' || ".join(table.key)
    return (
        f"select {literal(source)} as source, {literal(table.name)} as table_name,"
        f" {key} as business_key, fault, nullif(expected_reason, '') as expected_reason,"
        f" count(*) as rows from planted_{table.name} group by all"
    )


def _values(fault: Fault, slots: list[int]) -> str:
    spoilt = fault.values or [None]
    return ", ".join(
        f"({slot}, {literal(spoilt[turn % len(spoilt)])})"
        for turn, slot in enumerate(slot for slot in slots for _ in range(fault.copies))
    )


def _replaced(table: Table, fault: Fault) -> dict[str, str]:
    """Return the expressions of the columns in which the copy differs from the clean row."""
    if fault.kind == "copy":
        return {}
    return {**table.new_key, str(fault.column): fault.expression or "value"}


def _as_text(table: Table, replaced: dict[str, str] | None = None) -> str:
    expressions = replaced or {}
    return ", ".join(
        f"{_text(expressions.get(column, column))} as {column}" for column in table.columns
    )


def _text(expression: str) -> str:
    return f"cast({expression} as varchar)"


def literal(value: object) -> str:
    """Return a value of YAML as a SQL literal."""
    if value is None:
        return "null"
    if isinstance(value, int | float):
        return str(value)
    kind = "date " if isinstance(value, date) else ""
    return kind + "'" + str(value).replace("'", "''") + "'"
