"""Superset on this machine alone, for the published tables.

What it remembers (users, dashboards that somebody changed) is in the folder that SUPERSET_HOME
names. For a Superset that others reach, read its own guide on security first.
"""

import os
from pathlib import Path

HOME = Path(os.environ["SUPERSET_HOME"])

SECRET_KEY = (HOME / "secret_key").read_text(encoding="utf-8")
SQLALCHEMY_DATABASE_URI = f"sqlite:///{HOME / 'superset.db'}?timeout=30"

# Numbers are those of the newest publication at the next query.
CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}

SQLLAB_TIMEOUT = 60
SUPERSET_WEBSERVER_TIMEOUT = 60


def DB_CONNECTION_MUTATOR(uri, params, username, security_manager, source):
    """Open the publication itself, not the name that the next publication takes over.

    DuckDB shares one open database among all connections to a path, so a connection that is still
    open when a publication replaces the file would keep the earlier one for everybody.
    """
    if uri.drivername == "duckdb":
        named = Path(uri.database)
        published = (named.parent / "parquet").resolve().parent / named.name
        if published.is_file():
            uri = uri.set(database=str(published))
    return uri, params
