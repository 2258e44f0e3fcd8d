"""LookML as Looker reads it: the SQL of a query for a measure by fields of an explore."""

from __future__ import annotations

import re
from pathlib import Path

import lkml

TIMEFRAMES = {"raw": "{}", "date": "cast({} as date)"}
AGGREGATES = {
    "sum": "coalesce(sum({}), 0)",
    "count_distinct": "count(distinct {})",
    "min": "min({})",
    "max": "max({})",
    "number": "({})",
}


class Looker:
    """The views and explores of a folder, with constants put in."""

    def __init__(self, folder: Path) -> None:
        self.views: dict[str, dict] = {}
        self.explores: dict[str, dict] = {}
        manifest = lkml.load((folder / "manifest.lkml").read_text(encoding="utf-8"))
        constants = {x["name"]: x["value"] for x in manifest["constants"]}
        for path in sorted(folder.rglob("*.lkml")):
            text = path.read_text(encoding="utf-8")
            for name, value in constants.items():
                text = text.replace(f"@{{{name}}}", value)
            parsed = lkml.load(text)
            self.views |= {view["name"]: view for view in parsed.get("views", [])}
            self.explores |= {explore["name"]: explore for explore in parsed.get("explores", [])}

    def measures(self) -> dict[str, tuple[str, dict]]:
        """Return view and parameters of each visible measure; one name must not be there twice."""
        found: dict[str, tuple[str, dict]] = {}
        for view in self.views.values():
            for measure in view.get("measures", []):
                if measure.get("hidden") != "yes":
                    assert measure["name"] not in found, measure["name"]
                    found[measure["name"]] = (view["name"], measure)
        return found

    def query(self, explore: str, measure: str, fields: list[str], where: str = "true") -> str:
        """Return the SQL for a measure of the explore's own view by fields, `view.field` each."""
        asked = self.explores[explore]
        groups = [self._put_in(f"${{{field}}}", explore) for field in fields]
        value = self._put_in(f"${{{explore}.{measure}}}", explore)
        source = f"{self._table(explore)} as {explore}"
        for join in asked.get("joins", []):
            assert join["relationship"] == "many_to_one"
            kind = {"inner": "inner", "left_outer": "left"}[join["type"]]
            condition = self._put_in(join["sql_on"], explore)
            name = join["name"]
            source += f" {kind} join {self._table(name)} as {name} on {condition}"
        always = self._put_in(_liquid(asked.get("sql_always_where", "true"), fields), explore)
        by = ", ".join(str(number + 1) for number in range(len(groups)))
        return (
            f"select {', '.join([*groups, value])} from {source} "
            f"where ({always}) and ({where}){f' group by {by}' if by else ''}"
        )

    def _table(self, view: str) -> str:
        for name in self._line(view):
            found = self.views[name]
            if "derived_table" in found:
                return f"({found['derived_table']['sql']})"
            if "sql_table_name" in found:
                return found["sql_table_name"]
        raise AssertionError(f"the view {view} has no table")

    def _line(self, view: str) -> list[str]:
        """Return a view and those that it extends."""
        extended = self.views[view].get("extends__all", [])
        return [view, *(name for names in extended for name in names)]

    def _put_in(self, sql: str, view: str) -> str:
        def field(found: re.Match) -> str:
            if found[1] == "TABLE":
                return view
            owner, _, name = found[1].rpartition(".")
            return self._field(owner or view, name)

        return re.sub(r"\$\{([\w.]+)\}", field, sql)

    def _field(self, view: str, name: str) -> str:
        for owner in self._line(view):
            for kind in ("dimensions", "measures"):
                for field in self.views[owner].get(kind, []):
                    if field["name"] == name:
                        sql = self._put_in(field["sql"], view)
                        form = AGGREGATES[field["type"]] if kind == "measures" else "({})"
                        return form.format(sql)
            for group in self.views[owner].get("dimension_groups", []):
                timeframe = name.removeprefix(f"{group['name']}_")
                if timeframe != name and timeframe in group["timeframes"]:
                    return TIMEFRAMES[timeframe].format(self._put_in(group["sql"], view))
        raise AssertionError(f"the view {view} has no field {name}")


def _liquid(text: str, fields: list[str]) -> str:
    def chosen(found: re.Match) -> str:
        return found[2] if found[1] in fields else found[3]

    branch = r"\{% if ([\w.]+)\._in_query %\}(.*?)\{% else %\}(.*?)\{% endif %\}"
    return re.sub(branch, chosen, text)
