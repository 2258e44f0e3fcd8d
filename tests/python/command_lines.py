"""Commands of groundwork as other files write them, read as the command line reads them."""

from __future__ import annotations

import shlex

import click
from conftest import ROOT

from groundwork.cli import main


def parsed(call: str) -> click.Context:
    """Parse the words after `groundwork` without running the command."""
    name, *arguments = shlex.split(call)
    return main.commands[name].make_context(name, [*arguments, "--project-dir", str(ROOT)])
