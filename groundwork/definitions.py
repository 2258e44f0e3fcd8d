"""Metric definitions under version control: a hash of each, held by `definitions.lock`.

A metric's canonical definition is what its values follow from: type, inputs, measures with
aggregation, expression, filters, time dimension and window, entities and the dimensions it is
filtered by; and the text of every model and macro between these marts and the raw contract, with
the columns of the contract. Comments, layout, letter case outside quotes and trailing commas are no
part of it; nor is what describes a metric (label, description, owner, target, the dimensions it is
published by), nor the machinery that aggregates all metrics alike, which tests hold against
independent recomputations, nor the engine and the variables of a run.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from groundwork.lock import warehouse_lock
from groundwork.project import (
    GroundworkError,
    Project,
    project_option,
    read_yaml,
    run_dbt,
    see_that_it_can_be_written,
)
from groundwork.trouble import one_line

LOCK_FILE = "definitions.lock"
HEADER = (
    "# Written by `groundwork lock`: the version of each metric and the hash of its definition.\n"
)
DAYS = {"day": 1, "week": 7}

# dbt's text: SQL with Jinja in it. Possessive, so that odd quotes never cost more than one pass.
JINJA_TEXT = r"""'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+\""""
JINJA_COMMENT = r"\{\#.*?\#\}"
JINJA = (
    rf"\{{\{{(?:{JINJA_TEXT}|(?!\}}\}}).)*+\}}\}}"
    rf"|\{{%(?:{JINJA_TEXT}|(?!%\}}).)*+%\}}"
)
SQL_TOKEN = re.compile(
    rf"(?P<space>\s+|{JINJA_COMMENT})"
    rf"|(?P<jinja>{JINJA})"
    rf"|(?P<comment>--(?:{JINJA}|[^\n])*+|/\*(?:{JINJA}|(?!\*/).)*+\*/)"
    rf"|(?P<text>'(?:{JINJA}|''|[^'])*+'|\"(?:{JINJA}|\"\"|[^\"])*+\")"
    r"|(?P<word>\w+)"
    r"|(?P<sign>\|\||::|<=|>=|!=|<>|==|->>?|=>|.)",
    re.DOTALL,
)
JINJA_TOKEN = re.compile(
    rf"(?P<space>\s+)|(?P<text>{JINJA_TEXT})|(?P<word>\w+)|(?P<sign>[=!<>]=|//|\*\*|.)", re.DOTALL
)
ANY_JINJA = re.compile(JINJA, re.DOTALL)
# Behind a comma, these make it a trailing one.
CLOSING = {")", "]", "}", "from"}
DIMENSION = re.compile(r"""\{\{\s*Dimension\(\s*['"](\w+)['"]\s*\)\s*\}\}""")
# In Jinja as `normalised` writes it.
QUOTED = re.compile(JINJA_TEXT, re.DOTALL)
CALLED = re.compile(r"(?<!\.)(?<!\. )\b(\w+)\s*\(")
DISPATCHED = re.compile(r"adapter \. dispatch \( ['\"](\w+)['\"]")
ADAPTERS = re.compile(r"^(?:default|duckdb|spark)__(?=\w)")
CHANGELOG_LINE = r"{version} \(\d{{4}}-\d{{2}}-\d{{2}}\): \S"

Manifest = Mapping[str, Any]
Canonical = dict[str, Any]


@dataclass(frozen=True)
class Definition:
    """One metric: its name, the version and changelog that its YAML states, and its hash.

    bound: the relative change of a closed value above which a restatement is warned about, where
        the metric has one of its own
    """

    name: str
    version: int
    changelog: tuple[str, ...]
    hash: str
    bound: float | None = None

    @property
    def statement(self) -> str:
        """The changelog line of the version; empty where there is none."""
        line = re.compile(CHANGELOG_LINE.format(version=self.version))
        return next((text for text in self.changelog if line.match(text)), "")


@dataclass(frozen=True)
class Locked:
    """An entry of the lock file."""

    version: int
    hash: str


@click.command()
@project_option
@click.option("--check", is_flag=True, help="Write nothing; fail where the file would change.")
def lock(project: Project, check: bool) -> None:
    """Write definitions.lock: the version of each metric and the hash of its definition."""
    with warehouse_lock(project):
        definitions = read_definitions(_parsed(project))
    locked = read_lock(project)
    if check:
        see_that_nothing_is_wrong(problems(definitions, locked))
        click.echo(f"{LOCK_FILE}: {len(definitions)} definitions, all as locked")
        return
    see_that_nothing_is_wrong(refusals(definitions, locked))
    changed = write_lock(project, definitions, locked)
    click.echo(f"{LOCK_FILE}: {len(definitions)} definitions, {changed} changed")


def _parsed(project: Project) -> Manifest:
    """Parse the project beside the artifacts of the last build, which stay as they are."""
    target = project.target / "definitions"
    outcome = run_dbt(project, ["parse", "--quiet"], {}, target=target)
    if not outcome.success:
        reason = one_line(outcome.exception or "") or "see above"
        raise GroundworkError(f"the project cannot be parsed ({reason}); correct it")
    return json.loads((target / "manifest.json").read_text(encoding="utf-8"))


def see_that_nothing_is_wrong(found: list[str]) -> None:
    """Stop with a line for each problem."""
    for problem in found:
        click.echo(problem, err=True)
    if found:
        raise GroundworkError(
            f"{len(found)} metric definitions are not as {LOCK_FILE} holds them (above); "
            "put them right and run `groundwork lock`"
        )


def see_that_definitions_are_locked(project: Project, manifest: Manifest) -> None:
    """Stop where a definition is not the one that the lock file holds."""
    see_that_nothing_is_wrong(problems(read_definitions(manifest), read_lock(project)))


def read_lock(project: Project) -> dict[str, Locked]:
    """Read the lock file; nothing is locked where there is none."""
    path = project.root / LOCK_FILE
    if not path.exists():
        return {}
    try:
        entries = read_yaml(path) or {}
        return {
            name: Locked(int(entry["version"]), str(entry["hash"]))
            for name, entry in entries.items()
        }
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise GroundworkError(
            f"{LOCK_FILE} cannot be read ({one_line(error)}); take it from version control"
        ) from error


def write_lock(
    project: Project, definitions: Mapping[str, Definition], locked: Mapping[str, Locked]
) -> int:
    """Write the lock file; return the number of entries that are new, changed or gone."""
    entries = {name: Locked(found.version, found.hash) for name, found in definitions.items()}
    lines = [
        f"{name}: {{version: {entry.version}, hash: {entry.hash}}}\n"
        for name, entry in sorted(entries.items())
    ]
    see_that_it_can_be_written(project, project.root)
    (project.root / LOCK_FILE).write_text(HEADER + "".join(lines), encoding="utf-8")
    return sum(entries.get(name) != locked.get(name) for name in {*entries, *locked})


def problems(definitions: Mapping[str, Definition], locked: Mapping[str, Locked]) -> list[str]:
    """Return one line for each way in which the definitions are not as they are locked."""
    found = refusals(definitions, locked)
    refused = {line.split(":")[0] for line in found}
    for name, definition in definitions.items():
        entry = locked.get(name)
        if f"metric {name}" in refused or entry == Locked(definition.version, definition.hash):
            continue
        what = f"version {definition.version} is not" if entry else "it is not"
        found.append(f"metric {name}: {what} in {LOCK_FILE}; run `groundwork lock`")
    found += [
        f"metric {name}: it is in {LOCK_FILE} and not in the project; run `groundwork lock`"
        for name in locked
        if name not in definitions
    ]
    return found


def refusals(definitions: Mapping[str, Definition], locked: Mapping[str, Locked]) -> list[str]:
    """Return one line for each definition that must not be locked as it is."""
    found = []
    for name, definition in definitions.items():
        entry = locked.get(name)
        if entry and definition.version < entry.version:
            found.append(
                f"metric {name}: its version {definition.version} is lower than the locked "
                f"{entry.version}; versions only grow"
            )
        elif entry and definition.hash != entry.hash and definition.version == entry.version:
            found.append(
                f"metric {name}: its definition (YAML, or SQL that it rests on) has changed and "
                f"its version is still {entry.version}; raise it to {entry.version + 1}, add the "
                f'changelog line "{entry.version + 1} (<yyyy-mm-dd>): <change>" and run '
                "`groundwork lock`"
            )
        elif (not entry or definition.version != entry.version) and not definition.statement:
            found.append(
                f"metric {name}: its version {definition.version} has no changelog line; add "
                f'"{definition.version} (<yyyy-mm-dd>): <change>"'
            )
    same = defaultdict(list)
    for name, definition in definitions.items():
        same[definition.hash].append(name)
    found += [
        f"metric {names[1]}: it has the same definition as {', '.join([names[0], *names[2:]])}; "
        "keep one of them"
        for names in same.values()
        if len(names) > 1
    ]
    return found


def read_definitions(manifest: Manifest) -> dict[str, Definition]:
    """Compute the definition of every metric of a manifest, by name."""
    project = _Definitions(manifest)
    return {name: project.definition(name) for name in sorted(project.metrics)}


class _Definitions:
    """The metrics of a manifest, and what they rest on."""

    def __init__(self, manifest: Manifest) -> None:
        self.nodes = manifest["nodes"]
        self.sources = manifest["sources"]
        self.package = manifest["metadata"]["project_name"]
        self.metrics = {metric["name"]: metric for metric in manifest.get("metrics", {}).values()}
        self.macros = {
            name: macro
            for name, macro in manifest["macros"].items()
            if macro["package_name"] == self.package
        }
        self.implementations = defaultdict(list)
        for name, macro in self.macros.items():
            if ADAPTERS.match(macro["name"]):
                self.implementations[ADAPTERS.sub("", macro["name"])].append(name)
        self.semantic_models = list(manifest.get("semantic_models", {}).values())
        self.measures = {
            measure["name"]: (measure, semantic_model)
            for semantic_model in self.semantic_models
            for measure in semantic_model["measures"]
        }
        self.texts: dict[str, object] = {}

    def definition(self, name: str) -> Definition:
        metric = self.metrics[name]
        meta = metric["config"].get("meta") or metric.get("meta") or {}
        marts: set[str] = set()
        canonical = self.metric(name, [], marts)
        upstream = sorted(self.upstream_hashes(marts))
        changelog = tuple(map(str, meta.get("changelog") or ()))
        version = meta.get("version")
        return Definition(
            name,
            version if isinstance(version, int) else 0,
            changelog,
            _hash([canonical, upstream]),
            meta.get("restatement_warning"),
        )

    def metric(self, name: str, filters: list[str], marts: set[str]) -> Canonical:
        """Resolve a metric, with the filters that come with it, into what it computes."""
        metric = self.metrics[name]
        params = metric["type_params"]
        filters = filters + _filters(metric.get("filter"))
        kind = metric["type"]
        canonical: Canonical = {"type": kind}
        if kind == "ratio":
            for part in ("numerator", "denominator"):
                canonical[part] = self.input(params[part], filters, marts)
        elif kind == "derived":
            expression = normalised(params["expr"] or "")
            for given in params["metrics"]:
                mark = _hash(self.input(given, filters, marts))
                alias = given.get("alias") or given["name"]
                expression = re.sub(rf"\b{re.escape(alias.lower())}\b", f"<{mark}>", expression)
            canonical["expression"] = expression
        elif kind == "conversion":
            conversion = params["conversion_type_params"]
            canonical |= {
                "entity": conversion["entity"],
                "calculation": conversion["calculation"],
                "days": _days(conversion["window"]),
                "constant_properties": conversion.get("constant_properties"),
            }
            for part in ("base", "conversion"):
                given = conversion[f"{part}_measure"]
                _, semantic_model = self.measures[given["name"]]
                keys = _expressions(semantic_model["entities"])
                canonical[part] = self.measure(given, filters, marts) | {
                    "key": keys.get(conversion["entity"])
                }
        else:
            canonical["measure"] = self.measure(params["measure"], filters, marts)
            if cumulative := params.get("cumulative_type_params"):
                canonical |= {
                    "days": _days(cumulative.get("window")),
                    "grain_to_date": cumulative.get("grain_to_date"),
                    "period_agg": cumulative.get("period_agg"),
                }
        return canonical

    def input(self, given: Mapping[str, Any], filters: list[str], marts: set[str]) -> Canonical:
        canonical = self.metric(given["name"], filters + _filters(given.get("filter")), marts)
        offsets = {name: given.get(name) for name in ("offset_window", "offset_to_grain")}
        return canonical | {name: value for name, value in offsets.items() if value}

    def measure(self, given: Mapping[str, Any], filters: list[str], marts: set[str]) -> Canonical:
        measure, semantic_model = self.measures[given["name"]]
        mart = semantic_model["depends_on"]["nodes"][0]
        marts.add(mart)
        templates = {*filters, *_filters(given.get("filter"))}
        time_dimension = (
            measure.get("agg_time_dimension") or (semantic_model["defaults"]["agg_time_dimension"])
        )
        keys = _expressions(semantic_model["entities"])
        counted = ((measure.get("config") or {}).get("meta") or {}).get("entity")
        names = {name for template in templates for name in DIMENSION.findall(template)}
        return {
            "fact": mart.rpartition(".")[2],
            "aggregation": measure["agg"],
            "expression": normalised(measure.get("expr") or measure["name"]),
            "counted": [counted, keys.get(counted)],
            "time": _expressions(semantic_model["dimensions"])[time_dimension],
            "non_additive_dimension": measure.get("non_additive_dimension"),
            "join_to_timespine": given.get("join_to_timespine"),
            "fill_nulls_with": given.get("fill_nulls_with"),
            "filters": sorted(map(normalised, templates)),
            "filtered_by": {
                name: [keys.get(name.partition("__")[0]), self.dimension(name, marts)]
                for name in sorted(names)
            },
        }

    def dimension(self, name: str, marts: set[str]) -> Canonical:
        """Say where a dimension that a filter names comes from."""
        entity, _, dimension = name.partition("__")
        for semantic_model in self.semantic_models:
            primary = [e["name"] for e in semantic_model["entities"] if e["type"] == "primary"]
            expressions = _expressions(semantic_model["dimensions"])
            if primary == [entity] and dimension in expressions:
                mart = semantic_model["depends_on"]["nodes"][0]
                marts.add(mart)
                return {
                    "model": mart.rpartition(".")[2],
                    "key": _expressions(semantic_model["entities"])[entity],
                    "expression": expressions[dimension],
                }
        return {}

    def upstream_hashes(self, marts: Iterable[str]) -> set[str]:
        """Hash each model, table of the contract and macro that marts rest on."""
        found: set[str] = set()
        left = list(marts)
        while left:
            name = left.pop()
            if name in found or name.startswith("seed."):
                continue
            found.add(name)
            if name in self.nodes:
                left += self.nodes[name]["depends_on"]["nodes"]
            left += self.macros_called(self.text_of(name))
        return {self.hash_of(name) for name in found}

    def macros_called(self, text: object) -> Iterable[str]:
        """Name the project's macros that a text calls, and what implements them on any engine.

        dbt's own list holds those that the last command happened to call.
        """
        for block in ANY_JINJA.findall(text) if isinstance(text, str) else ():
            names = [*DISPATCHED.findall(block), *CALLED.findall(QUOTED.sub("", block))]
            for called in names:
                if (name := f"macro.{self.package}.{called}") in self.macros:
                    yield name
                yield from self.implementations[called]

    def hash_of(self, name: str) -> str:
        return _hash([name, self.text_of(name)])

    def text_of(self, name: str) -> object:
        if name not in self.texts:
            if name in self.sources:
                self.texts[name] = _contract(self.sources[name])
            elif name in self.macros:
                self.texts[name] = normalised(self.macros[name]["macro_sql"])
            else:
                self.texts[name] = normalised(self.nodes[name]["raw_code"])
        return self.texts[name]


def _contract(source: Mapping[str, Any]) -> Canonical:
    """Return what staging reads of a table's contract."""
    meta = source["config"].get("meta") or {}
    return {
        "table": {name: meta.get(name) for name in ("kind", "key", "loaded_at_fallback")},
        "columns": {
            name: {
                "data_type": column["data_type"],
                "not_null": bool((column["config"].get("meta") or {}).get("not_null")),
                "personal": bool((column["config"].get("meta") or {}).get("personal")),
            }
            for name, column in source["columns"].items()
        },
    }


def _expressions(parts: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    return {part["name"]: normalised(part.get("expr") or part["name"]) for part in parts}


def _filters(given: Mapping[str, Any] | None) -> list[str]:
    if not given:
        return []
    return [one["where_sql_template"] for one in given["where_filters"]]


def _days(window: Mapping[str, Any] | None) -> object:
    if not window:
        return None
    days = DAYS.get(window["granularity"])
    return window["count"] * days if days else dict(window)


def _hash(value: object) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def normalised(text: str) -> str:
    """Write SQL with Jinja so that texts which differ in comments or layout alone are the same.

    Tokens stand with one space between them, lower case outside quotes, without trailing commas.
    Jinja that touches a word is written with `~`, for there a space makes another name.
    """
    tokens: list[str] = []
    joins = False
    last_kind = ""
    for match in SQL_TOKEN.finditer(str(text)):
        kind, token = match.lastgroup or "", match.group()
        if kind == "space":
            # a dash in the braces of an expression takes the space away
            trims = last_kind == "jinja" and tokens[-1].endswith("-}}")
            joins = joins and (trims or token.startswith("{#"))
            continue
        if kind == "comment":
            # dbt renders what is in a comment, too
            tokens += [_normalised_jinja(block) for block in ANY_JINJA.findall(token)]
            joins, last_kind = False, ""
            continue
        if kind == "jinja":
            joins = (joins or token.startswith("{{-")) and not token.startswith("{%-")
        if joins and {last_kind, kind} in ({"jinja"}, {"jinja", "word"}):
            tokens.append("~")
        tokens.append(token if kind in ("text", "jinja") else token.lower())
        joins, last_kind = not token.endswith("-%}"), kind
    return " ".join(
        _without_trailing_commas(
            [_normalised_jinja(t) if ANY_JINJA.fullmatch(t) else t for t in tokens]
        )
    )


def _normalised_jinja(block: str) -> str:
    inner = block[2:-2].removeprefix("-").removesuffix("-")
    tokens = [
        match.group() if match.lastgroup == "text" else match.group().lower()
        for match in JINJA_TOKEN.finditer(inner)
        if match.lastgroup != "space"
    ]
    return " ".join([block[:2], *_without_trailing_commas(tokens), block[-2:]])


def _without_trailing_commas(tokens: list[str]) -> list[str]:
    return [
        token
        for token, following in zip(tokens, [*tokens[1:], ")"], strict=True)
        if token != "," or following not in CLOSING
    ]
