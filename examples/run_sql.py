"""Run the statements of a SQL file and print what they return.

`python examples/run_sql.py FILE [DATABASE]`: DATABASE is opened read-only; without one the
statements run in memory. DuckDB's command line does the same: `duckdb [-readonly DATABASE] < FILE`.
"""

import sys
from pathlib import Path

import duckdb


def main(file: Path, database: str = ":memory:") -> None:
    """Run each statement in turn; those that return columns are printed as a table."""
    with duckdb.connect(database, read_only=database != ":memory:") as connection:
        connection.execute("set TimeZone = 'UTC'")
        for statement in connection.extract_statements(file.read_text(encoding="utf-8")):
            connection.execute(statement)
            if statement.type == duckdb.StatementType.SELECT:
                print(as_table([column[0] for column in connection.description], connection))


def as_table(names: list[str], connection: duckdb.DuckDBPyConnection) -> str:
    """Write the pending rows as columns that line up."""
    rows = [names, *([str(value) for value in row] for row in connection.fetchall())]
    widths = [max(len(row[place]) for row in rows) for place in range(len(names))]
    return "\n".join(
        "  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:3])
