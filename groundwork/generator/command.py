"""The command `groundwork generate`."""

from __future__ import annotations

from pathlib import Path

import click
import duckdb

from groundwork.generator.generate import (
    FORMATS,
    MAX_SCALE,
    MIN_SCALE,
    OtherFormatError,
    Request,
    generate,
)


@click.command("generate")
@click.option(
    "--scale",
    type=float,
    default=1.0,
    show_default=True,
    help="Size: 1 is the demo (3,000 learners), 1620 has 11 million orders, 50 million events.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    default=1,
    show_default=True,
    help="Another seed, other rows.",
)
@click.option(
    "--format", "file_format", type=click.Choice(FORMATS), default="csv", show_default=True
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@click.option("--clean", "is_clean", is_flag=True, help="Without planted faults.")
@click.option("--threads", type=click.IntRange(min=1), help="Threads (default: all cores).")
@click.option("--memory-limit", default="4GB", show_default=True, help="DuckDB's memory limit.")
def generate_command(
    scale: float,
    seed: int,
    file_format: str,
    out: Path,
    is_clean: bool,
    threads: int | None,
    memory_limit: str,
) -> None:
    """Write generated raw rows to OUT/<source>/<table>.csv or .parquet.

    The same scale and seed give the same files, byte for byte. OUT/planted_rows.csv lists every
    planted faulty row with the reason for which staging must set it aside.
    """
    if not MIN_SCALE <= scale <= MAX_SCALE:
        raise click.ClickException(
            f"--scale {scale:g} is out of range (too small, the planted faults find no rows):"
            f" give a number from {MIN_SCALE} to {MAX_SCALE}."
        )
    request = Request(scale, seed, file_format, out, is_clean, threads, memory_limit)
    try:
        generate(request, report=click.echo)
    except OtherFormatError as error:
        raise click.ClickException(
            f"{error} exists, so the table would be there in two formats:"
            " remove it or give another --out."
        ) from error
    except OSError as error:
        raise click.ClickException(
            f"{out} cannot be written ({error.strerror}): give a folder you may write to as --out."
        ) from error
    except duckdb.Error as error:
        raise click.ClickException(
            f"writing into {out} failed ({str(error).splitlines()[0]}):"
            " give another --memory-limit, or an --out with more space."
        ) from error
