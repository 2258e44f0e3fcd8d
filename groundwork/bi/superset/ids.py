"""Ids of Superset's assets: the same for the same name, so that an import replaces."""

from __future__ import annotations

import uuid

# Of Superset's export format.
VERSION = "1.0.0"


def stable_id(project: str, kind: str, name: str) -> str:
    """Return the id of an asset of a kind (database, dataset, chart, dashboard)."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"groundwork/superset/{project}/{kind}/{name}"))
