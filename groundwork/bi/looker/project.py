"""The files of a LookML project: manifest, model with its explores, and views."""

from __future__ import annotations

from groundwork.bi.definitions import Definitions, Metric
from groundwork.bi.looker.lookml import Block, document, parameter
from groundwork.bi.looker.views import (
    GOVERNED,
    Place,
    dimensions_of,
    governed_view,
    group_of,
    measures_view,
    periods_view,
    place_of,
    table_view,
)

CATALOG = "metric_catalog"
# A week or month in a query has to be whole; a day always is.
WHOLE_PERIODS = " AND ".join(
    f"({{% if periods.{name}._in_query %}} ${{periods.is_whole_{name}}} {{% else %}} 1 = 1 "
    "{% endif %})"
    for name in ("week", "month")
)


def project_files(definitions: Definitions) -> dict[str, str | bytes]:
    """Return the files of the project by path."""
    placed: dict[Place, list[Metric]] = {}
    governed = []
    for metric in definitions.metrics:
        place = place_of(metric)
        if place:
            placed.setdefault(place, []).append(metric)
        else:
            governed.append(metric)
    views = _table_views(definitions, list(placed))
    views += [measures_view(place, metrics) for place, metrics in placed.items()]
    views.append(periods_view(definitions.table("time_spine")))
    views.append(governed_view(definitions.table(GOVERNED), governed))
    explores = [_explore(place, metrics) for place, metrics in placed.items()]
    explores.append(_governed_explore())
    name = definitions.project
    model = [
        parameter("connection", "@{connection}"),
        parameter("label", name),
        parameter("week_start_day", "monday"),
        parameter("include", "/views/*.view.lkml"),
    ]
    constants = [
        Block("constant", key, {"value": value, "export": "override_optional"})
        for key, value in (("connection", name), ("catalog", ""))
    ]
    files = {
        "manifest.lkml": document([parameter("project_name", name)], *constants),
        f"{name}.model.lkml": document(model, *explores),
    }
    for view in views:
        # what a view extends has to be known before it
        extended = view.parameters.get("extends", ())
        head = [parameter("include", f"/views/{other}.view.lkml") for other in extended]
        files[f"views/{view.name}.view.lkml"] = document(head, view)
    return files


def _table_views(definitions: Definitions, places: list[Place]) -> list[Block]:
    dimensions = dimensions_of(definitions)
    keys = {
        dimension.model: dimension.key for several in dimensions.values() for dimension in several
    }
    dated: dict[str, set[str]] = {}
    for place in places:
        dated.setdefault(place.fact, set()).add(place.time_column)
    return [
        table_view(
            definitions.table(name),
            dated.get(name, set()),
            dimensions.get(name, []),
            "metric_name" if name == CATALOG else keys.get(name),
        )
        for name in sorted({*dated, *dimensions, CATALOG})
    ]


def _explore(place: Place, metrics: list[Metric]) -> Block:
    joins = {
        dimension.model: (dimension.fact_key, dimension.key)
        for metric in metrics
        for measure in metric.measures
        for dimension in measure.dimensions
        if dimension.model != place.fact
    }
    blocks = [
        Block(
            "join",
            "periods",
            {
                "type": "inner",
                "relationship": "many_to_one",
                "sql_on": f"${{{place.name}.{group_of(place.time_column)}_raw}} = "
                "${periods.date_day}",
            },
        )
    ]
    for model, (fact_key, key) in sorted(joins.items()):
        on = f"${{{place.name}.{fact_key}}} = ${{{model}.{key}}}"
        blocks.append(
            Block(
                "join",
                model,
                {"type": "left_outer", "relationship": "many_to_one", "sql_on": on},
            )
        )
    parameters = {
        "label": f"{place.fact} by {place.time_column}",
        "description": f"Metrics over the rows of {place.fact}, by {place.time_column}.",
        "sql_always_where": WHOLE_PERIODS,
    }
    return Block("explore", place.name, parameters, tuple(blocks))


def _governed_explore() -> Block:
    join = Block(
        "join",
        CATALOG,
        {
            "type": "left_outer",
            "relationship": "many_to_one",
            "sql_on": f"${{{GOVERNED}.metric_name}} = ${{{CATALOG}.metric_name}}",
        },
    )
    parameters = {
        "label": "Published metric values",
        "description": "Values as published; a measure is empty where they must not be summed.",
        "sql_always_where": f"${{{GOVERNED}.is_complete_period}}",
    }
    return Block("explore", GOVERNED, parameters, (join,))
