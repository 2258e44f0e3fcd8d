"""Pages as one file each: template, style, script and data put together."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

TEMPLATE = Path(__file__).parent / "template"
INDEX = "index.html"
EXPERIMENTS = "experiments.html"
MODELS = "models.html"
TEAM = "team.html"
QUALITY = "quality.html"
CATALOGUE = "catalogue.html"
DOCS = "docs.html"
STYLES = {
    INDEX: ("style.css", "front.css"),
    EXPERIMENTS: ("style.css", "report.css", "experiments.css"),
    MODELS: ("style.css", "report.css", "models.css"),
    TEAM: ("style.css", "report.css", "sections.css", "team.css"),
    QUALITY: ("style.css", "report.css", "sections.css", "quality.css"),
    CATALOGUE: ("style.css", "catalogue.css"),
}
# In this order: each uses what stands before it.
SHARED_SCRIPTS = ("format.js", "nodes.js", "chart.js", "listing.js")
SCRIPTS = {
    INDEX: (
        *SHARED_SCRIPTS,
        "metric.js",
        "spark.js",
        "front.js",
        "overview.js",
        "query.js",
        "context.js",
        "detail.js",
        "app.js",
    ),
    EXPERIMENTS: (
        *SHARED_SCRIPTS,
        "report.js",
        "experiment.js",
        "forest.js",
        "band.js",
        "experiments_overview.js",
        "experiments_effects.js",
        "experiments_checks.js",
        "experiments_detail.js",
        "experiments_app.js",
    ),
    MODELS: (
        *SHARED_SCRIPTS,
        "report.js",
        "model.js",
        "forest.js",
        "band.js",
        "trend.js",
        "models_overview.js",
        "models_performance.js",
        "models_drift.js",
        "models_registry.js",
        "models_detail.js",
        "models_app.js",
    ),
    TEAM: (
        *SHARED_SCRIPTS,
        "report.js",
        "band.js",
        "trend.js",
        "sections.js",
        "team.js",
        "team_requests.js",
        "team_decisions.js",
        "team_pipelines.js",
        "team_worth.js",
        "team_assets.js",
        "team_people.js",
        "team_app.js",
    ),
    QUALITY: (
        *SHARED_SCRIPTS,
        "report.js",
        "band.js",
        "trend.js",
        "sections.js",
        "quality.js",
        "quality_app.js",
    ),
    CATALOGUE: (*SHARED_SCRIPTS, "catalogue.js", "catalogue_detail.js", "catalogue_app.js"),
}


def render(name: str, page: Mapping[str, Any], *, has_docs: bool) -> str:
    """Return the page `name` as HTML that needs no other file and no network."""
    style, script = _joined(STYLES[name]), _joined(SCRIPTS[name])
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(
        name=name,
        project=page["project"],
        has_docs=has_docs,
        policy=_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        data=Markup(embedded_json(page)),
    )


def embedded_json(value: object) -> str:
    """Write JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")


def _joined(names: tuple[str, ...]) -> str:
    return "\n".join((TEMPLATE / name).read_text(encoding="utf-8") for name in names)


def _policy(style: str, script: str) -> str:
    """Allow this style and this script alone: nothing from the network, nothing out of the data."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
