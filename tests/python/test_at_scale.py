"""The whole project on many generated rows: every dbt test passes, and no raw row is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import run_dbt

pytestmark = pytest.mark.soak

# about 370,000 orders and 1.9 million events
SCALE = 60
MIN_RAW_ROWS = 3_000_000


def test_no_row_is_lost_at_scale(tmp_path: Path) -> None:
    generate = ["generate", "--scale", str(SCALE), "--format", "parquet", "--out", str(tmp_path)]
    groundwork = Path(sys.executable).with_name("groundwork")
    subprocess.run([groundwork, *generate], check=True, capture_output=True)

    build = run_dbt("build", folder=tmp_path / "build", variables={"raw_path": str(tmp_path)})

    assert build.exit_code == 0, build.output[-5000:]
    raw_file = "read_parquet('" + str(tmp_path) + "/{source_name}/{name}.parquet')"
    counts = build.rows(
        "select (select count(*) from staging.rejected_rows),"
        + ", ".join(
            f"(select count(*) from staging.{source['identifier'].replace('raw_', 'stg_', 1)}),"
            f"(select count(*) from {raw_file.format_map(source)})"
            for source in build.manifest["sources"].values()
        )
    )[0]
    rejected, accepted, raw = counts[0], sum(counts[1::2]), sum(counts[2::2])
    assert raw == accepted + rejected >= MIN_RAW_ROWS
    assert rejected > 0
