"""What the page of the catalogue shows, read from a published database.

The page carries every table and column that the catalogue has. A description that several columns
share is carried once.
"""

from __future__ import annotations

from typing import Any

from duckdb import DuckDBPyConnection

from groundwork.site.data import Head, has_tables, read_head, rows_of
from groundwork.site.quality import QUALITY_TABLES

METRICS = """
    select
        metric_name,
        coalesce(label, metric_name) as label,
        description,
        owner,
        tier,
        unit,
        status
    from metrics.metric_catalog
    order by tier nulls last, lower(coalesce(label, metric_name)), metric_name
"""
TABLES = """
    select
        data_name,
        layer,
        schema_name,
        table_name,
        description,
        owner,
        tier,
        is_published,
        is_absent,
        is_personal,
        days_behind,
        coalesce(string_split(upstream, ', '), []) as upstream,
        coalesce(string_split(downstream_metrics, ', '), []) as metrics,
        coalesce(string_split(downstream_exposures, ', '), []) as exposures,
        last_test_count,
        last_failed_count
    from quality.data_catalog
    where column_name = '(table)'
    order by data_name
"""
COLUMNS = """
    select data_name, column_name, data_type, description, is_personal
    from quality.data_catalog
    where column_name != '(table)'
    order by data_name, column_name
"""


class CataloguePage(Head):
    """Everything on the page of the catalogue.

    has_tables: whether the database has a catalogue of tables
    metrics: columns as in METRICS
    tables: columns as in TABLES, with `columns`: of each its name, its type, the place of its
        description among `texts` (or None), and whether it is personal
    texts: descriptions of columns
    """

    has_tables: bool
    metrics: list[dict[str, Any]]
    tables: list[dict[str, Any]]
    texts: list[str]


def read_catalogue(
    connection: DuckDBPyConnection, project_name: str, database_name: str
) -> CataloguePage:
    """Read the page's data from the connection's default database."""
    page: CataloguePage = {
        **read_head(connection, project_name, database_name),
        "has_tables": has_tables(connection, QUALITY_TABLES, database_name),
        "metrics": rows_of(connection, METRICS),
        "tables": [],
        "texts": [],
    }
    if not page["has_tables"]:
        return page
    by_name = {row["data_name"]: {**row, "columns": []} for row in rows_of(connection, TABLES)}
    page["tables"] = list(by_name.values())
    places: dict[str, int] = {}
    for row in rows_of(connection, COLUMNS):
        text = row["description"]
        place = None if text is None else places.setdefault(text, len(places))
        column = [row["column_name"], row["data_type"], place, row["is_personal"]]
        by_name[row["data_name"]]["columns"].append(column)
    page["texts"] = list(places)
    return page
