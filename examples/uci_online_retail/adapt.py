"""Run adapter.sql and write its views: `python examples/uci_online_retail/adapt.py RAW_PATH`.

The source folder is $GROUNDWORK_REAL_DATA, by default `shared/data` beside the checkout.
"""

import os
import sys
from pathlib import Path

import duckdb

HERE = Path(__file__).resolve().parent
DEFAULT_DATA = HERE.parents[2] / "shared" / "data"


def main(raw_path: Path) -> None:
    """Write RAW_PATH/product/orders.parquet and order_lines.parquet."""
    data = Path(os.environ.get("GROUNDWORK_REAL_DATA", DEFAULT_DATA))
    source_file = data / "uci_online_retail" / "online_retail.parquet"
    if not source_file.is_file():
        sys.exit(f"{source_file} is missing; set GROUNDWORK_REAL_DATA to the folder of real data")
    folder = raw_path / "product"
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("set variable source_file = $1", [str(source_file)])
        connection.execute((HERE / "adapter.sql").read_text(encoding="utf-8"))
        for table in ("orders", "order_lines"):
            path = folder / f"{table}.parquet"
            connection.execute("set variable path = $1", [str(path)])
            connection.execute(f"copy (from {table} order by all) to (getvariable('path'))")
            (rows,) = connection.execute(
                "select count(*) from read_parquet($1)", [str(path)]
            ).fetchone()
            print(f"{path}: {rows:,} rows")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
