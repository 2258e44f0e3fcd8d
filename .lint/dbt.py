"""Stand-ins for dbt's own macros, so that sqlfluff's jinja templater can render the models."""


def date_trunc(datepart: str, date: str) -> str:
    """Stand in for `dbt.date_trunc`."""
    return f"date_trunc('{datepart}', {date})"


def dateadd(datepart: str, interval: str | int, from_date_or_timestamp: str) -> str:
    """Stand in for `dbt.dateadd`."""
    return f"date_add({from_date_or_timestamp}, {interval}, '{datepart}')"
