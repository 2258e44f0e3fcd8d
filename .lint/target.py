"""Stand-in for dbt's `target`, so that sqlfluff's jinja templater can render the models."""

type = "duckdb"
