"""Stand-in for dbt's dispatch: a dispatched macro renders as a call of its name."""

from collections.abc import Callable


def dispatch(name: str, package: str) -> Callable[..., str]:
    """Stand in for `adapter.dispatch`."""
    return lambda *arguments: f"{name}({', '.join(map(str, arguments))})"
