"""The command `groundwork generate`."""

from __future__ import annotations

from pathlib import Path

import click
import duckdb

from groundwork.generator.generate import FORMATS, MIN_SCALE, Request, generate


@click.command("generate")
@click.option(
    "--scale",
    type=float,
    default=1.0,
    show_default=True,
    help="Size: 1 is the demo (3,000 learners), 1700 has 10 million orders, 50 million events.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed, other rows.")
@click.option(
    "--format", "file_format", type=click.Choice(FORMATS), default="csv", show_default=True
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
@click.option("--clean", "is_clean", is_flag=True, help="Without planted faults.")
@click.option("--threads", type=int, default=None, help="Threads (default: all cores).")
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
    if not scale >= MIN_SCALE:
        raise click.ClickException(
            f"--scale {scale:g} is too small for the planted faults: give {MIN_SCALE} or more."
        )
    request = Request(scale, seed, file_format, out, is_clean, threads, memory_limit)
    try:
        generate(request, report=click.echo)
    except OSError as error:
        raise click.ClickException(
            f"{out} cannot be written ({error.strerror}): give a folder you may write to as --out."
        ) from error
    except duckdb.Error as error:
        raise click.ClickException(f"generating into {out} failed: {error}") from error
