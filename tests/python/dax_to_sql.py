"""DAX evaluated by DuckDB: a model read from TMDL files, and measures asked by period and column.

What is here follows the semantics of DAX (filter context, blanks, expanded tables, relationships),
for the functions that a generated model uses; anything else stops.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>\d+(?:\.\d+)?) | "(?P<text>(?:[^"]|"")*)" |
    '(?P<table>[^']+)'(?:\[(?P<column>[^\]]+)\])? | \[(?P<name>[^\]]+)\] |
    (?P<word>[A-Za-z_]\w*) | (?P<sign>&&|\|\||==|<>|>=|<=|[-+*/&<>=(),])
    )""",
    re.VERBOSE,
)
# From the loosest to the tightest; NOT stands between `&&` and the comparisons.
BINARY = [
    ["||"],
    ["&&"],
    ["==", "=", "<>", ">=", "<=", "<", ">", "IN"],
    ["&"],
    ["+", "-"],
    ["*", "/"],
]


@dataclass(frozen=True)
class Node:
    """kind: call, column, table, name, number, text, word or an operator; parts: its operands."""

    kind: str
    value: str
    parts: tuple[Node, ...] = ()


@dataclass
class Table:
    source: str
    columns: dict[str, str | None] = field(default_factory=dict)  # DAX where it is computed


@dataclass
class Model:
    tables: dict[str, Table]
    measures: dict[str, str]
    properties: dict[str, dict[str, str]]
    links: list[tuple[str, str, str, str, bool]]  # from table, column, to table, column, active
    days: str = ""
    day: str = ""


@dataclass(frozen=True)
class Context:
    """What CALCULATE changed: the dates in sight, conditions on columns, relationships in use."""

    dates: str | int = "period"  # or `all`, or the days of a trailing window
    filters: tuple[Node, ...] = ()
    uses: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Relation:
    name: str
    columns: tuple[str, ...]
    by_period: bool


def read_model(folder: Path) -> Model:
    """Read the tables, measures and relationships of `definition/`."""
    model = Model({}, {}, {}, [])
    for path in sorted((folder / "tables").glob("*.tmdl")):
        _read_table(model, path.read_text(encoding="utf-8"))
    ends: dict[str, str] = {}
    text = (folder / "relationships.tmdl").read_text(encoding="utf-8")
    for block in re.split(r"^relationship .*$", text, flags=re.M)[1:]:
        ends = dict(re.findall(r"^\t(\w+): (.*)$", block, flags=re.M))
        start, to = ends["fromColumn"].split("."), ends["toColumn"].split(".")
        model.links.append((*start, *to, ends.get("isActive") != "false"))
    return model


def _read_table(model: Model, text: str) -> None:
    name = re.search(r"^table (.+)$", text, flags=re.M)[1].strip("'")
    source = re.search(r'ParquetFolder & "\\(\w+)\\(\w+)\.parquet"', text)
    table = model.tables[name] = Table(f"{source[1]}.{source[2]}")
    if re.search(r"^\tdataCategory: Time$", text, flags=re.M):
        model.days = name
    for block in re.split(r"^\t(?=column |measure |partition )", text, flags=re.M)[1:]:
        head, _, rest = block.partition("\n")
        kind, named = head.split(" ", 1)
        label, _, dax = named.partition(" =")
        label = label.strip("'").replace("''", "'")
        lines = rest.split("\n")
        deep = [line.strip() for line in lines if line.startswith("\t\t\t")]
        dax = dax.strip() or "\n".join(deep)
        flags = {}
        for line in lines:
            if found := re.fullmatch(r"\t\t(annotation )?(\w+)(?:: | = )?(.*)", line):
                flags[found[2]] = found[3]
        if kind == "measure":
            model.measures[label] = dax
            model.properties[label] = flags
        elif kind == "column":
            table.columns[label] = dax or None
            model.properties[f"{name}[{label}]"] = flags
            if "isKey" in flags:
                model.day = label


def parse(dax: str) -> Node:
    """Parse an expression."""
    tokens = []
    at = 0
    dax = dax.strip()
    while at < len(dax):
        found = TOKEN.match(dax, at)
        assert found, f"no DAX: {dax[at : at + 40]}"
        tokens.append((found.lastgroup, found))
        at = found.end()
    parser = _Parser(tokens)
    node = parser.expression()
    assert parser.at == len(tokens), f"not read to its end: {dax}"
    return node


class _Parser:
    def __init__(self, tokens: list) -> None:
        self.tokens, self.at = tokens, 0

    def peek(self) -> str:
        return self.tokens[self.at][1][0].strip() if self.at < len(self.tokens) else ""

    def take(self, expected: str | None = None) -> str:
        taken = self.peek()
        assert expected is None or taken == expected, f"{expected} expected, not {taken}"
        self.at += 1
        return taken

    def expression(self) -> Node:
        if self.peek() != "VAR":
            return self.binary(0)
        parts = []
        while self.peek() == "VAR":
            self.take()
            name = self.take()
            self.take("=")
            parts.append(Node("var", name, (self.binary(0),)))
        self.take("RETURN")
        return Node("let", "", (*parts, self.binary(0)))

    def binary(self, level: int) -> Node:
        if level == 2 and self.peek() == "NOT":
            self.take()
            return Node("not", "", (self.binary(2),))
        if level == len(BINARY):
            return self.primary()
        left = self.binary(level + 1)
        while self.peek() in BINARY[level]:
            sign = self.take()
            left = Node("op", sign, (left, self.binary(level + 1)))
        return left

    def primary(self) -> Node:
        kind, found = self.tokens[self.at]
        self.at += 1
        if kind == "sign" and found["sign"] == "(":
            node = self.expression()
            self.take(")")
            return node
        if kind == "sign" and found["sign"] == "-":
            return Node("minus", "", (self.primary(),))
        if kind == "column":
            return Node("column", f"{found['table']}.{found['column']}")
        if kind == "text":
            return Node("text", found["text"].replace('""', '"'))
        if kind == "word" and self.peek() == "(":
            self.take("(")
            parts = []
            while self.peek() != ")":
                parts.append(self.expression())
                if self.peek() == ",":
                    self.take()
            self.take(")")
            return Node("call", found["word"], tuple(parts))
        return Node(kind, found[kind])


class Evaluator:
    """Measures of a model on the tables of a DuckDB connection."""

    def __init__(self, model: Model, connection: duckdb.DuckDBPyConnection) -> None:
        self.model, self.connection = model, connection
        self.tables: dict[tuple[str, tuple], str] = {}
        self.trees = {name: parse(dax) for name, dax in model.measures.items()}
        for name in model.tables:
            self._load(name)

    def values(self, measure: str, period: str, column: tuple[str, str] | None) -> dict:
        """Return the measure by (period, value of the column); blanks are left out."""
        sql = self._query(Node("name", measure), Context(), period, column)
        rows = self.connection.execute(sql).fetchall()
        return {(g, d): float(v) for g, d, v in rows if v is not None}

    def _query(
        self, node: Node, context: Context, period: str, column: tuple[str, str] | None
    ) -> str:
        self.period, self.column = period, column
        self.ctes: list[str] = []
        days = f'"t_{self.model.days}"'
        groups = "select null as d"
        if column:
            groups = f'select distinct "{column[1]}" as d from "t_{column[0]}" union select null'
        self.ctes.append(
            f'contexts as (select p.g, v.d, p.first_day, p.last_day from (select "{period}" as g, '
            f'min("{self.model.day}") as first_day, max("{self.model.day}") as last_day '
            f"from {days} group by 1) as p cross join ({groups}) as v)"
        )
        self.ctes.append("groups as (select distinct d from contexts)")
        value = self.scalar(node, context)
        joins = "".join(
            f" left join {name} on contexts.g = {name}.g"
            f" and contexts.d is not distinct from {name}.d"
            for name in self._joined()
        )
        select = f"select contexts.g, contexts.d, {value} as v from contexts{joins}"
        return f"with {', '.join(self.ctes)} {select}"

    def _joined(self) -> Iterator[str]:
        return (c.split(" ")[0] for c in self.ctes if c.startswith("value_"))

    # tables

    def _load(self, name: str) -> None:
        table = self.model.tables[name]
        columns = []
        for column, dax in table.columns.items():
            if dax:
                sql = _RowOfTable(name).sql(parse(dax))
                columns.append(f'{sql} as "{column}"')
            else:
                columns.append(f'"{column}"')
        self.connection.execute(
            f'create or replace temp table "t_{name}" as '
            f"select {', '.join(columns)} from {table.source}"
        )

    def _links(self, table: str, context: Context) -> Iterator[tuple[str, str, str, str]]:
        replaced = {fact for fact, _ in context.uses}
        for start, column, to, key, active in self.model.links:
            if start != table:
                continue
            if to == self.model.days and table in replaced:
                active = (table, column) in context.uses
            if active:
                yield start, column, to, key

    def _rows(self, table: str, context: Context) -> str:
        """Return the expanded table: its columns, and those that it can be filtered by."""
        columns, joins, day = (
            [f'"t_{table}"."{c}" as "{table}.{c}"' for c in self.model.tables[table].columns],
            [],
            "null::date",
        )
        if table == self.model.days:
            day = f'"t_{table}"."{self.model.day}"'
        for start, column, to, key in self._links(table, context):
            if to == self.model.days:
                day = f'"t_{start}"."{column}"'
                continue
            assert not [x for x in self._links(to, context) if x[2] != self.model.days], (
                "a snowflake"
            )
            joins.append(f'left join "t_{to}" on "t_{start}"."{column}" = "t_{to}"."{key}"')
            columns += [f'"t_{to}"."{c}" as "{to}.{c}"' for c in self.model.tables[to].columns]
        conditions = []
        seen = {c.split(" as ")[1].strip('"') for c in columns}
        for node in context.filters:
            if all(name in seen for name in _columns_of(node)):
                conditions.append(_RowOfTable(None).sql(node))
        where = f" where {' and '.join(conditions)}" if conditions else ""
        rows = f'select {", ".join(columns)}, {day} as "the day" from "t_{table}" {" ".join(joins)}'
        return f"(select * from ({rows}){where})"

    def _has_day(self, table: str, context: Context) -> bool:
        is_linked = any(to == self.model.days for _, _, to, _ in self._links(table, context))
        return table == self.model.days or is_linked

    def _in_sight(self, table: str, context: Context) -> tuple[str, bool]:
        """Return the rows of a table in each context, and whether they differ by period."""
        rows = self._rows(table, context)
        parts = []
        if self.column and f'as "{self.column[0]}.{self.column[1]}"' in rows:
            parts.append(f'r."{self.column[0]}.{self.column[1]}" is not distinct from c.d')
        if context.dates == "all" or not self._has_day(table, context):
            return f"{rows} as r join groups as c on {' and '.join(parts) or 'true'}", False
        if context.dates == "period":
            days = f'"t_{self.model.days}"'
            source = f'{rows} as r join {days} as s on r."the day" = s."{self.model.day}"'
            parts.append(f's."{self.period}" = c.g')
            return f"{source} join contexts as c on {' and '.join(parts)}", True
        days = int(context.dates)
        parts.append(f'r."the day" between c.last_day - {days - 1} and c.last_day')
        spine = f'r."the day" in (select "{self.model.day}" from "t_{self.model.days}")'
        return f"{rows} as r join contexts as c on {' and '.join([*parts, spine])}", True

    def table(self, node: Node, context: Context, names: dict[str, Relation]) -> Relation:
        if node.kind == "word":
            return names[node.value]
        if node.kind == "table":
            source, by_period = self._in_sight(node.value, context)
            return self._add(f"{'c.g, ' if by_period else ''}c.d, r.*", source, (), by_period)
        assert node.kind == "call", node
        match node.value:
            case "CALCULATETABLE":
                changed = self._changed(context, node.parts[1:])
                return self.table(node.parts[0], changed, names)
            case "DISTINCT":
                of = self.table(node.parts[0], context, names)
                return self._add("distinct *", of.name, of.columns, of.by_period)
            case "SELECTCOLUMNS":
                of = self.table(node.parts[0], context, names)
                pairs = list(zip(node.parts[1::2], node.parts[2::2], strict=True))
                columns = [f'{_Row().sql(value)} as "{name.value}"' for name, value in pairs]
                select = ", ".join([*self._keys(of), *columns])
                return self._add(select, of.name, tuple(n.value for n, _ in pairs), of.by_period)
            case "FILTER":
                of = self.table(node.parts[0], context, names)
                test = node.parts[1]
                if test.kind == "op" and test.value == "IN":
                    return self._in_period(of, test)
                source = f"{of.name} where coalesce({_Row().sql(test)}, false)"
                return self._add("*", source, of.columns, of.by_period)
            case "NATURALINNERJOIN":
                left, right = (self.table(part, context, names) for part in node.parts)
                both = [name for name in left.columns if name in right.columns]
                on = ["a.d is not distinct from b.d", *(f'a."{x}" = b."{x}"' for x in both)]
                assert not left.by_period and not right.by_period
                more = [f'b."{x}"' for x in right.columns if x not in both]
                columns = (*left.columns, *(x for x in right.columns if x not in both))
                source = f"{left.name} as a join {right.name} as b on {' and '.join(on)}"
                return self._add(", ".join(["a.*", *more]), source, columns, False)
            case "GROUPBY":
                of = self.table(node.parts[0], context, names)
                keys = [part.value for part in node.parts[1:-2]]
                largest = node.parts[-1]
                assert largest.value == "MAXX" and largest.parts[0].value == "CURRENTGROUP"
                name = node.parts[-2].value
                select = [*self._keys(of), *(f'"{key}"' for key in keys)]
                value = f'max({_Row().sql(largest.parts[1])}) as "{name}"'
                source = f"{of.name} group by all"
                columns = (*keys, name)
                return self._add(", ".join([*select, value]), source, columns, of.by_period)
        raise AssertionError(f"no table function: {node.value}")

    def _in_period(self, of: Relation, test: Node) -> Relation:
        value, dates = test.parts
        assert dates.value == "VALUES" and not of.by_period
        assert dates.parts[0].value == f"{self.model.days}.{self.model.day}"
        days = f'"t_{self.model.days}"'
        source = f'{of.name} as x join {days} as s on {_Row().sql(value)} = s."{self.model.day}"'
        return self._add(f'distinct s."{self.period}" as g, x.*', source, of.columns, True)

    def _keys(self, of: Relation) -> list[str]:
        return ["g", "d"] if of.by_period else ["d"]

    def _add(self, select: str, source: str, columns: tuple[str, ...], by_period: bool) -> Relation:
        name = f"table_{len(self.ctes)}"
        self.ctes.append(f"{name} as (select {select} from {source})")
        return Relation(name, columns, by_period)

    # scalars

    def scalar(self, node: Node, context: Context, names: dict | None = None) -> str:
        names = names or {}
        parts = node.parts
        match node.kind:
            case "number":
                return node.value
            case "name":
                return self.scalar(self.trees[node.value], context)
            case "not":
                return f"(not coalesce({self.scalar(parts[0], context)}, false))"
            case "op":
                return _operation(node.value, *(self.scalar(part, context) for part in parts))
            case "let":
                known: dict[str, Relation] = {}
                for var in parts[:-1]:
                    known[var.value] = self.table(var.parts[0], context, known)
                return self.scalar(parts[-1], context, known)
        assert node.kind == "call", node
        match node.value:
            case "IF" | "COALESCE" | "DIVIDE" | "ISBLANK" | "TRUE" | "FALSE" | "BLANK":
                return _function(node.value, [self.scalar(part, context) for part in parts])
            case "CALCULATE":
                return self.scalar(parts[0], self._changed(context, parts[1:]))
            case "LASTNONBLANKVALUE":
                return self._last_value(*parts, context)
            case "ISINSCOPE":
                name = parts[0].value
                grouped = [f"{self.model.days}.{self.period}", ".".join(self.column or ())]
                return "true" if name in grouped else "false"
            case "ISEMPTY":
                of = self.table(parts[0], context, names)
                return f"({self._value('count(*)', of)} is null)"
            case "COUNTROWS":
                return self._value("count(*)", self.table(parts[0], context, names))
            case "SUMX" | "MINX" | "MAXX":
                of = self.table(parts[0], context, names)
                return self._value(f"{node.value[:-1]}({_Row().sql(parts[1])})", of)
            case "SUM" | "MIN" | "MAX" | "DISTINCTCOUNTNOBLANK":
                table, name = parts[0].value.split(".")
                if table == self.model.days and name == self.model.day and node.value != "SUM":
                    return self._day(node.value, context)
                of = self.table(Node("table", table), context, names)
                value = f'"{table}.{name}"'
                if node.value == "DISTINCTCOUNTNOBLANK":
                    return self._value(f"nullif(count(distinct {value}), 0)", of)
                return self._value(f"{node.value}({value})", of)
        raise AssertionError(f"no function: {node.value}")

    def _last_value(self, day: Node, value: Node, context: Context) -> str:
        """Return the value of the last day in the period that has one, each day alone."""
        assert day.value == f"{self.model.days}.{self.model.day}"
        period, ctes = self.period, self.ctes
        by_day = self._query(value, context, self.model.day, self.column)
        self.period, self.ctes = period, ctes
        name = f"value_{len(self.ctes)}"
        self.ctes.append(
            f'{name} as (select s."{period}" as g, x.d, arg_max(x.v, x.g) as v '
            f"from ({by_day}) as x "
            f'join "t_{self.model.days}" as s on x.g = s."{self.model.day}" '
            "where x.v is not null group by all)"
        )
        return f"{name}.v"

    def _day(self, function: str, context: Context) -> str:
        if context.dates == "all":
            return f'(select {function}("{self.model.day}") from "t_{self.model.days}")'
        assert context.dates == "period"
        return f"contexts.{'first_day' if function == 'MIN' else 'last_day'}"

    def _value(self, aggregate: str, of: Relation) -> str:
        name = f"value_{len(self.ctes)}"
        keys = ", ".join(self._keys(of))
        select = f"select {keys}, {aggregate} as v from {of.name} group by all"
        if not of.by_period:
            select = (
                f"select c.g, c.d, x.v from contexts as c join ({select}) as x "
                "on c.d is not distinct from x.d"
            )
        self.ctes.append(f"{name} as ({select})")
        return f"{name}.v"

    def _changed(self, context: Context, arguments: tuple[Node, ...]) -> Context:
        for argument in arguments:
            assert argument.kind == "call", f"a filter that replaces others: {argument}"
            match argument.value:
                case "KEEPFILTERS":
                    context = replace(context, filters=(*context.filters, argument.parts[0]))
                case "USERELATIONSHIP":
                    start, to = (part.value for part in argument.parts)
                    assert to == f"{self.model.days}.{self.model.day}"
                    assert any(
                        (f"{x[0]}.{x[1]}", f"{x[2]}.{x[3]}") == (start, to)
                        for x in self.model.links
                    )
                    context = replace(context, uses=(*context.uses, tuple(start.split("."))))
                case "REMOVEFILTERS":
                    assert argument.parts[0].value == self.model.days
                    context = replace(context, dates="all")
                case "DATESINPERIOD":
                    column, last, shift, unit = argument.parts
                    assert column.value == f"{self.model.days}.{self.model.day}"
                    assert (last.value, last.parts[0].value) == ("MAX", column.value)
                    assert (shift.kind, unit.value) == ("minus", "DAY")
                    context = replace(context, dates=int(shift.parts[0].value))
                case other:
                    raise AssertionError(f"no filter: {other}")
        return context


class _Row:
    """Expressions on one row: of a table, or of columns that were named before."""

    def column(self, name: str) -> str:
        return f'"{name}"'

    def sql(self, node: Node) -> str:
        match node.kind:
            case "column":
                return self.column(node.value)
            case "name":
                return f'"{node.value}"'
            case "number":
                return node.value
            case "text":
                return "'" + node.value.replace("'", "''") + "'"
            case "not":
                return f"(not coalesce({self.sql(node.parts[0])}, false))"
            case "op":
                return _operation(node.value, *(self.sql(part) for part in node.parts))
            case "call":
                if node.value in ("MIN", "MAX"):
                    return self.of_table(node)
                return _function(node.value, [self.sql(part) for part in node.parts])
        raise AssertionError(f"no expression on a row: {node}")

    def of_table(self, node: Node) -> str:
        raise AssertionError(f"{node.value} of all rows in a row")


class _RowOfTable(_Row):
    """Expressions of computed columns, where MIN and MAX see the whole table; and of filters."""

    def __init__(self, table: str | None) -> None:
        self.table = table

    def column(self, name: str) -> str:
        return f'"{name.split(".")[1]}"' if self.table else f'"{name}"'

    def of_table(self, node: Node) -> str:
        assert self.table and node.parts[0].value.startswith(f"{self.table}.")
        return f"{node.value}({self.sql(node.parts[0])}) over ()"


def _columns_of(node: Node) -> Iterator[str]:
    if node.kind == "column":
        yield node.value
    for part in node.parts:
        yield from _columns_of(part)


def _operation(sign: str, left: str, right: str) -> str:
    match sign:
        case "&&" | "||":
            word = "and" if sign == "&&" else "or"
            return f"(coalesce({left}, false) {word} coalesce({right}, false))"
        case "==":
            return f"({left} is not distinct from {right})"
        case "<>":  # a blank is the empty text here
            return f"(coalesce({left}, '') <> coalesce({right}, ''))"
        case "&":
            return f"(coalesce({left}, '') || coalesce({right}, ''))"
        case "+" | "-" if "day" in left or "date" in left:
            return f"({left} {sign} {right})"
        case "+" | "-":
            blank = f"({left}) is null and ({right}) is null"
            sides = f"coalesce(({left}), 0)::double {sign} coalesce(({right}), 0)::double"
            return f"(case when {blank} then null else {sides} end)"
        case ">=" | "<=" | ">" | "<" | "*":
            return f"({left} {sign} {right})"
    raise AssertionError(f"no operator: {sign}")


def _function(name: str, parts: list[str]) -> str:
    match name:
        case "IF":
            return f"(case when {parts[0]} then {parts[1]} else {(*parts, 'null')[2]} end)"
        case "COALESCE":
            return f"coalesce({', '.join(parts)})"
        case "DIVIDE":
            return f"(({parts[0]})::double / nullif(({parts[1]})::double, 0))"
        case "ISBLANK":
            return f"(({parts[0]}) is null)"
        case "TRUE" | "FALSE":
            return name.lower()
        case "BLANK":
            return "null"
        case "EOMONTH":
            assert parts[1] == "0"
            return f"last_day({parts[0]})"
    raise AssertionError(f"no function: {name}")
