"""Let jinja compile each macro once in a process, and not anew for every file that is linted.

sqlfluff's jinja templater reads all macros twice a file, which took four fifths of the time to
lint; jinja caches the bytecode of templates that a loader finds, not of texts.
"""

from functools import wraps
from types import CodeType

from jinja2 import Environment

if not hasattr(Environment.compile, "codes"):  # sqlfluff runs this module for every file, too
    compile_text = Environment.compile
    codes: dict[tuple[type, str], CodeType] = {}

    @wraps(compile_text)
    def compile_once(environment: Environment, source: object, *others, **options) -> CodeType:
        """Stand in for `Environment.compile`: with a text alone, look it up first."""
        if others or options or not isinstance(source, str):
            return compile_text(environment, source, *others, **options)
        key = (type(environment), source)
        if key not in codes:
            codes[key] = compile_text(environment, source)
        return codes[key]

    compile_once.codes = codes
    Environment.compile = compile_once
