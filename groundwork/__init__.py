"""groundwork: a data team's warehouse as one dbt project (the Python side)."""
