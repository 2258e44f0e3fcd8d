"""The files of the bundle: what Superset calls assets, each with an id that stays."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import yaml

from groundwork.bi.definitions import Definitions
from groundwork.bi.superset.dashboards import dashboard_assets
from groundwork.bi.superset.datasets import datasets
from groundwork.bi.superset.ids import VERSION, stable_id

# Nothing but the published file can be read from SQL Lab either, and nothing be written.
READ_ONLY = {
    "read_only": True,
    "config": {"enable_external_access": False, "lock_configuration": True},
}
BUNDLE = "bundle.zip"
EARLIEST = (1980, 1, 1, 0, 0, 0)


def bundle_files(definitions: Definitions, uri: str) -> dict[str, str | bytes]:
    """Return the content of every file by its path, and all of them together as a zip.

    The same definitions give the same files.
    """
    files: dict[str, str | bytes] = {
        path: yaml.safe_dump(asset, sort_keys=False, allow_unicode=True, width=100)
        for path, asset in _assets(definitions, uri).items()
    }
    return {**files, BUNDLE: _zipped(definitions.project, files)}


def _assets(definitions: Definitions, uri: str) -> dict[str, dict[str, Any]]:
    charts, dashboards = dashboard_assets(definitions)
    return {
        "metadata.yaml": {"version": VERSION, "type": "assets"},
        f"databases/{definitions.project}.yaml": _database(definitions, uri),
        **{f"datasets/{name}.yaml": asset for name, asset in datasets(definitions).items()},
        **{f"charts/{name}.yaml": asset for name, asset in charts.items()},
        **{f"dashboards/{name}.yaml": asset for name, asset in dashboards.items()},
    }


def _database(definitions: Definitions, uri: str) -> dict[str, Any]:
    is_duckdb = uri.startswith("duckdb:")
    return {
        "database_name": definitions.project,
        "sqlalchemy_uri": uri,
        "cache_timeout": -1,
        "expose_in_sqllab": True,
        "allow_run_async": False,
        "allow_ctas": False,
        "allow_cvas": False,
        "allow_dml": False,
        "allow_csv_upload": False,
        "extra": {
            "allows_virtual_table_explore": True,
            "engine_params": {"connect_args": READ_ONLY} if is_duckdb else {},
        },
        "uuid": stable_id(definitions.project, "database", definitions.project),
        "version": VERSION,
    }


def _zipped(root: str, files: dict[str, str | bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(
                zipfile.ZipInfo(f"{root}/{path}", EARLIEST), text, zipfile.ZIP_DEFLATED
            )
    return content.getvalue()
