"""Run adapter.sql: `python examples/uci_online_retail/adapt.py RAW_PATH`.

The source folder is $GROUNDWORK_REAL_DATA, by default `shared/data` beside the checkout.
"""

import os
import sys
from pathlib import Path

import duckdb

HERE = Path(__file__).resolve().parent
DEFAULT_DATA = HERE.parents[2] / "shared" / "data"


def main(raw_path: Path) -> None:
    """Write raw_path/product/orders.parquet and order_lines.parquet."""
    data = Path(os.environ.get("GROUNDWORK_REAL_DATA", DEFAULT_DATA))
    source_file = data / "uci_online_retail" / "online_retail.parquet"
    if not source_file.is_file():
        sys.exit(f"{source_file} is missing; set GROUNDWORK_REAL_DATA to the folder of real data")
    (raw_path / "product").mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("set variable source_file = $1", [str(source_file)])
        connection.execute("set variable raw_path = $1", [str(raw_path)])
        connection.execute((HERE / "adapter.sql").read_text(encoding="utf-8"))
        for table in ("orders", "order_lines"):
            rows = connection.execute(f"select count(*) from {table}").fetchone()[0]
            print(f"{raw_path / 'product' / table}.parquet: {rows:,} rows")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
