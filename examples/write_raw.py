"""Write the raw tables of an example: `python examples/write_raw.py EXAMPLE RAW_PATH`.

Runs examples/EXAMPLE/adapter.sql and writes each of its views that is called <source>__<table> to
RAW_PATH/<source>/<table>.parquet. The adapter reads its files below the variable data_folder: the
environment variable GROUNDWORK_REAL_DATA, by default `shared/data` beside the checkout.
"""

import os
import sys
from pathlib import Path

import duckdb

HERE = Path(__file__).resolve().parent
DEFAULT_DATA = HERE.parents[1] / "shared" / "data"
RAW_VIEWS = r"""
    select view_name
    from duckdb_views()
    where temporary and not internal and view_name like '%\_\_%' escape '\'
    order by view_name
"""


def main(example: str, raw_path: Path) -> None:
    """Write the example's raw tables; a source file that is missing is named."""
    data = Path(os.environ.get("GROUNDWORK_REAL_DATA", DEFAULT_DATA))
    adapter = (HERE / example / "adapter.sql").read_text(encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute("set variable data_folder = $1", [str(data)])
        try:
            connection.execute(adapter)
        except duckdb.IOException as error:
            sys.exit(f"{error}\nset GROUNDWORK_REAL_DATA to the folder of real data")
        for (view,) in connection.execute(RAW_VIEWS).fetchall():
            source, table = view.split("__", maxsplit=1)
            path = raw_path / source / f"{table}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            connection.execute("set variable path = $1", [str(path)])
            connection.execute(f"copy (from {view} order by all) to (getvariable('path'))")
            (rows,) = connection.execute(
                "select count(*) from read_parquet($1)", [str(path)]
            ).fetchone()
            print(f"{path}: {rows:,} rows")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
