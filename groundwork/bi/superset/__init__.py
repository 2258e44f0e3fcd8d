"""The import bundle of Superset: a database, datasets, charts and dashboards."""
