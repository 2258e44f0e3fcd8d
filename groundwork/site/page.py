"""The page as one file: template, style, script and data put together."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import jinja2
from markupsafe import Markup

from groundwork.site.data import Page

TEMPLATE = Path(__file__).parent / "template"
STYLES = ("style.css",)
# In this order: each uses what stands before it.
SCRIPTS = ("format.js", "chart.js", "metric.js", "overview.js", "detail.js", "app.js")


def render(page: Page, *, has_docs: bool) -> str:
    """Return the page as HTML that needs no other file and no network."""
    style, script = _joined(STYLES), _joined(SCRIPTS)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("index.html").render(
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
