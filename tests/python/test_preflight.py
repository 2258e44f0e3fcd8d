"""The preflight: each fault of the raw rows gives one clear line, all of them together."""

from pathlib import Path
from textwrap import dedent

import duckdb
import pytest
import yaml
from click.testing import CliRunner

from groundwork.cli import main
from groundwork.contract import read_contract
from groundwork.delivery import CHUNK_BYTES, first_bad_byte
from groundwork.preflight import preflight
from groundwork.project import GroundworkError, Project, find_project, parse_vars, vars_in_effect

ROOT = Path(__file__).resolve().parents[2]

CONTRACT = """
sources:
  - name: shop
    schema: "{{ var('raw_schema', {}).get('shop', 'raw') }}"
    tables:
      - name: orders
        identifier: "{{ 'orders' if 'shop' in var('raw_schema', {}) else 'raw_shop__orders' }}"
        config: {meta: {required: true, kind: event, key: [order_id]}}
        columns:
          - &order {name: order_id, data_type: text, config: {meta: {required: true}}}
          - {name: ordered_at, data_type: timestamp, config: {meta: {required: true}}}
          - {name: gross_amount, data_type: decimal, config: {meta: {required: true}}}
          - {name: born_on, data_type: date, config: {meta: {personal: true}}}
          - {name: Is_Gift, data_type: boolean}
          - &loaded {name: loaded_at, data_type: timestamp, config: {meta: {required: true}}}
      - name: lines
        config: {meta: {kind: event, key: [order_id]}}
        columns: [*order, {name: quantity, data_type: integer}, *loaded]
  - name: ml
    tables:
      - name: models
        config: {meta: {required: true, kind: entity, key: [model_id]}}
        columns: [{name: model_id, data_type: text}, {name: score, data_type: double}]
"""
ORDERS = """\
order_id,Ordered_At,gross_amount,born_on,is_gift,loaded_at,extra
1,2025-01-31T09:30:00.5+02:00,12.50,1990-01-01,true,2025-02-01 00:00:00,x
2,2025-01-31,,,,2025-02-01 00:00:00Z,x
"""


@pytest.fixture
def project(tmp_path):
    """A project with a contract, raw files that keep to it, and something published."""
    write(tmp_path / "dbt_project.yml", "name: tiny\nvars: {raw_path: raw, tiny: {absent: []}}\n")
    write(tmp_path / "models/staging/shop/_shop__sources.yml", CONTRACT)
    write(tmp_path / "raw/shop/orders.csv", ORDERS)
    write_parquet(
        tmp_path / "raw/shop/lines.parquet",
        "select 7 as order_id, '3' as quantity, date '2025-02-01' as loaded_at",
    )
    write_parquet(tmp_path / "raw/ml/models.parquet", "select 'a' as model_id, 0.5::float as score")
    write(tmp_path / "warehouse/groundwork.duckdb", "published")
    return Project(tmp_path)


def write(path, text, encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding=encoding)


def write_parquet(path, query):
    path.parent.mkdir(parents=True, exist_ok=True)
    duckdb.sql(query).write_parquet(str(path))


def problems(project, overrides=""):
    variables = vars_in_effect(project, parse_vars(overrides))
    return preflight(project, variables, project.build_path)


def orders_csv(old, new, encoding="utf-8"):
    return lambda raw: write(raw / "shop/orders.csv", ORDERS.replace(old, new), encoding)


def orders_parquet(replaced):
    """Deliver orders as Parquet with one column replaced."""

    def fault(raw):
        columns = "'1' as order_id, now() as ordered_at, 1.5 as gross_amount, null as born_on, "
        columns += "true as is_gift, now() as loaded_at"
        write_parquet(
            raw / "shop/orders.parquet", f"select * replace ({replaced}) from (select {columns})"
        )
        (raw / "shop/orders.csv").unlink()

    return fault


def lines_parquet(query):
    return lambda raw: write_parquet(raw / "shop/lines.parquet", query)


def corrupt(raw):
    path = raw / "shop/lines.parquet"
    path.write_bytes(path.read_bytes()[:-20])


def corrupt_pages(raw):
    path = raw / "shop/lines.parquet"
    write_parquet(
        path,
        "select i::text as order_id, i::text as quantity, now() as loaded_at from range(9999) t(i)",
    )
    content = path.read_bytes()
    path.write_bytes(content[:100] + bytes(len(content) - 2_000) + content[-1_900:])


FAULTS = {
    "source folder missing": (
        lambda raw: (raw / "ml/models.parquet").unlink() or (raw / "ml").rmdir(),
        "ml: the folder raw/ml is missing; add it with the source's files "
        "or declare `ml` in vars absent",
    ),
    "required file missing": (
        lambda raw: (raw / "shop/orders.csv").unlink(),
        "shop.orders: raw/shop has no orders.parquet or orders.csv; add the file (it is required)",
    ),
    "optional file missing": (
        lambda raw: (raw / "shop/lines.parquet").unlink(),
        "shop.lines: raw/shop has no lines.parquet or lines.csv; "
        "add the file or declare `shop.lines` in vars absent",
    ),
    "two files": (
        lambda raw: write(raw / "shop/lines.csv", "order_id,quantity,loaded_at\n"),
        "shop.lines: raw/shop has both lines.parquet and lines.csv; remove one",
    ),
    "required column missing": (
        orders_csv("gross_amount", "amount"),
        "shop.orders.gross_amount: the column is missing from raw/shop/orders.csv; "
        "deliver it (it is required)",
    ),
    "optional column missing": (
        orders_csv("is_gift", "gift"),
        "shop.orders.Is_Gift: the column is missing from raw/shop/orders.csv; "
        "deliver it or declare `shop.orders.Is_Gift` in vars absent",
    ),
    "loaded_at missing": (
        orders_csv("loaded_at", "written"),
        "shop.orders.loaded_at: the column is missing from raw/shop/orders.csv; "
        "deliver it or declare `shop.orders.loaded_at` in vars absent",
    ),
    "column missing from parquet": (
        lines_parquet("select 7 as order_id, now() as loaded_at"),
        "shop.lines.quantity: the column is missing from raw/shop/lines.parquet; "
        "deliver it or declare `shop.lines.quantity` in vars absent",
    ),
    "required table empty": (
        lambda raw: write(raw / "shop/orders.csv", ORDERS.splitlines()[0]),
        "shop.orders: raw/shop/orders.csv has no rows; deliver some (it is required)",
    ),
    "file without a header": (
        lambda raw: write(raw / "shop/orders.csv", ""),
        "shop.orders: raw/shop/orders.csv is empty; write at least the line of column names",
    ),
    "latin1": (
        orders_csv("2,2025", "é,2025", "latin1"),
        "shop.orders: raw/shop/orders.csv is not UTF-8 (line 3, byte 0xe9); "
        "convert it, e.g. iconv -f latin1 -t utf-8",
    ),
    "utf-16": (
        orders_csv("", "", "utf-16"),
        "shop.orders: raw/shop/orders.csv is not UTF-8 (line 1, byte 0xff); "
        "convert it, e.g. iconv -f utf-16 -t utf-8",
    ),
    **{
        f"delimiter {mark!r}": (
            orders_csv(",", mark),
            f"shop.orders: raw/shop/orders.csv is delimited by {mark!r}; write it with commas",
        )
        for mark in ";\t|"
    },
    "duplicate column": (
        orders_csv("extra", "Loaded_At"),
        "shop.orders: raw/shop/orders.csv has the column loaded_at twice "
        "(upper and lower case are the same); keep one",
    ),
    "line with another number of fields": (
        orders_csv("2,2025-01-31,,", "2,2025-01-31,secret,,,"),
        "shop.orders: raw/shop/orders.csv cannot be read (Invalid Input Error: "
        "CSV Error on Line: 3 Expected Number of Columns: 7 Found: 8); write it again",
    ),
    "timestamp as number": (
        orders_parquet("1738315800 as ordered_at"),
        "shop.orders.ordered_at: raw/shop/orders.parquet stores INTEGER, which cannot be read as "
        "timestamp; deliver timestamps, dates or text such as 2025-01-31 09:30:00",
    ),
    "decimal as boolean": (
        orders_parquet("true as gross_amount"),
        "shop.orders.gross_amount: raw/shop/orders.parquet stores BOOLEAN, which cannot be read as "
        "decimal; deliver numbers or text such as 12.50",
    ),
    "id as fraction": (
        orders_parquet("1.0::double as order_id"),
        "shop.orders.order_id: raw/shop/orders.parquet stores DOUBLE, which cannot be read as "
        "text; deliver text or whole numbers",
    ),
    "list": (
        lines_parquet("select 7 as order_id, [1] as quantity, now() as loaded_at"),
        "shop.lines.quantity: raw/shop/lines.parquet stores INTEGER[], which cannot be read as "
        "integer; deliver whole numbers or text such as 12",
    ),
    "text that is no timestamp": (
        lambda raw: orders_csv("2025-01-31", "31.01.2025")(raw),
        "shop.orders.ordered_at: none of 2 values in raw/shop/orders.csv can be read as timestamp "
        "(the first is '31.01.2025T09:30:00.5+02:00'); "
        "deliver timestamps, dates or text such as 2025-01-31 09:30:00",
    ),
    "text that is no number": (
        lines_parquet("select 7 as order_id, ' two ' as quantity, now() as loaded_at"),
        "shop.lines.quantity: none of 1 values in raw/shop/lines.parquet can be read as integer "
        "(the first is 'two'); deliver whole numbers or text such as 12",
    ),
    "personal text that is no date": (
        orders_csv("1990-01-01", "in May"),
        "shop.orders.born_on: none of 1 values in raw/shop/orders.csv can be read as date; "
        "deliver dates, timestamps or text such as 2025-01-31",
    ),
    "corrupt parquet": (corrupt, "shop.lines: raw/shop/lines.parquet cannot be read ("),
    "corrupt pages": (corrupt_pages, "shop.lines: raw/shop/lines.parquet cannot be read ("),
    "folder for a file": (
        lambda raw: (raw / "shop/orders.csv").unlink() or (raw / "shop/orders.csv").mkdir(),
        "shop.orders: raw/shop/orders.csv cannot be read (",
    ),
}


def test_raw_rows_that_keep_to_the_contract_pass(project):
    assert problems(project) == []


@pytest.mark.parametrize(("fault", "line"), FAULTS.values(), ids=FAULTS)
def test_a_fault_gives_one_line(project, fault, line):
    fault(project.root / "raw")
    found = problems(project)
    assert len(found) == 1, found
    assert (found[0][: len(line)] if line.endswith("(") else found[0]) == line
    assert "\n" not in found[0]


SETTINGS = {
    "{raw_path: elsewhere}": "raw_path: the folder elsewhere is missing; create it or correct",
    "{absent: [shp]}": "vars absent: 'shp' is not in the raw contract; known sources: shop, ml",
    "{absent: [shop.orderz]}": "'shop.orderz' is not in the raw contract; known tables of shop: ",
    "{absent: [shop.lines.qty]}": "known columns of shop.lines: order_id, quantity, loaded_at",
    "{absent: [shop.orders]}": "shop.orders is required; deliver it and remove it from absent",
    "{absent: [shop.orders.order_id]}": "vars absent: shop.orders.order_id is required; deliver it",
    "{absent: [1]}": "vars absent: [1] has the wrong shape",
    "{absent: ml}": "vars absent: 'ml' has the wrong shape; write it like absent: [ml, ",
    "{raw_path: [a]}": "vars raw_path: ['a'] has the wrong shape",
    "{raw_path: , raw_schema: shop}": "vars raw_schema: 'shop' has the wrong shape; write it like",
    "{raw_schema: {shop: s}}": "vars raw_path and raw_schema: rows come from one place",
    "{raw_path: , raw_schema: {shop: s}}": "warehouse/build.duckdb does not exist; load",
}


@pytest.mark.parametrize(("variables", "line"), SETTINGS.items(), ids=SETTINGS)
def test_a_setting_that_cannot_hold_gives_one_line(project, variables, line):
    found = problems(project, variables)
    assert len(found) == 1, found
    assert line in found[0]


@pytest.mark.parametrize(
    ("fault", "absent"),
    [
        ("source folder missing", "ml"),
        ("optional file missing", "shop.lines"),
        ("optional column missing", "shop.orders.Is_Gift"),
        ("loaded_at missing", "shop.orders.loaded_at"),
    ],
)
def test_what_is_declared_absent_is_not_missed(project, fault, absent):
    FAULTS[fault][0](project.root / "raw")
    assert problems(project, f"absent: [{absent}]") == []


def test_all_problems_come_together_and_nothing_is_touched(project):
    FAULTS["latin1"][0](project.root / "raw")
    for fault in ("text that is no number", "source folder missing"):
        FAULTS[fault][0](project.root / "raw")
    variables = "{absent: [nope], raw_path: raw}"
    arguments = ["build", "--project-dir", str(project.root), "--vars", variables]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    lines = result.output.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "vars absent",
        "shop.orders",
        "shop.lines.quantity",
        "ml",
        "Error",
    ]
    assert "nothing was built (problems with the raw rows, above: 4)" in lines[-1]
    assert project.published_path.read_text() == "published"
    assert {path.name for path in project.warehouse.iterdir()} == {".lock", "groundwork.duckdb"}


def test_a_fault_behind_the_sample_is_not_searched(project, monkeypatch):
    monkeypatch.setattr("groundwork.delivery.SAMPLE_ROWS", 1)
    header, first, second = ORDERS.replace("1990-01-01", "").splitlines()
    second = second.replace("2,2025-01-31,,,", "2,2025-01-31,,in May,")
    write(project.root / "raw/shop/orders.csv", "\n".join([header, first, second]))
    assert problems(project) == []


def test_a_mistyped_row_is_left_to_staging(project):
    orders_csv("2,2025-01-31,,,,", "2,soon,much,1990,perhaps,")(project.root / "raw")
    assert problems(project) == []


def test_a_byte_order_mark_and_a_sign_cut_by_a_chunk_are_utf8(project, tmp_path):
    path = tmp_path / "long.csv"
    path.write_bytes(b"x" * (CHUNK_BYTES - 1) + "é\n".encode() + b"y\n\xe9")
    assert first_bad_byte(path) == (3, 0xE9)
    orders_csv("", "", "utf-8-sig")(project.root / "raw")
    assert problems(project) == []


def test_seeds_are_read_where_no_other_place_is_given(project):
    write(project.root / "seeds/shop/raw_shop__orders.csv", ORDERS)
    write(project.root / "seeds/ml/raw_ml__models.csv", "model_id,score\na,high\n")
    assert problems(project, "raw_path: ") == [
        "shop.lines: seeds/shop has no raw_shop__lines.csv; "
        "add the file or declare `shop.lines` in vars absent",
        "ml.models.score: none of 1 values in seeds/ml/raw_ml__models.csv can be read as double "
        "(the first is 'high'); deliver numbers or text such as 0.25",
    ]


def test_tables_are_read_from_the_schemas_of_raw_schema(project):
    with duckdb.connect(project.build_path) as connection:
        connection.execute(
            """
            create schema s;
            create table s.orders (
                ORDER_ID integer, ordered_at bigint, gross_amount double, is_gift text,
                loaded_at timestamptz
            );
            """
        )
    assert problems(project, "{raw_path: , raw_schema: {shop: S, shp: x}}") == [
        "vars raw_schema: 'shp' is not in the raw contract; known: shop, ml",
        "shop.orders.ordered_at: S.orders stores BIGINT, which cannot be read as timestamp; "
        "deliver timestamps, dates or text such as 2025-01-31 09:30:00",
        "shop.orders.born_on: the column is missing from S.orders; "
        "deliver it or declare `shop.orders.born_on` in vars absent",
        "shop.orders: S.orders has no rows; deliver some (it is required)",
        "shop.lines: warehouse/build.duckdb has no S.lines; "
        "load it or declare `shop.lines` in vars absent",
        "ml: raw_schema names no schema for it; add `ml: SCHEMA` or declare `ml` in vars absent",
    ]


def test_variables_of_the_command_line_hold_over_those_of_the_file(project):
    write(
        project.root / "dbt_project.yml", "name: tiny\nvars: {a: 1, b: 1, c: 1, tiny: {b: 2, c: 2}}"
    )
    in_effect = vars_in_effect(project, parse_vars("c: 3"))
    assert [in_effect[name] for name in "abc"] == [1, 2, 3]


@pytest.mark.parametrize("text", ["just text", "{a: "])
def test_variables_that_are_no_mapping_give_one_line(project, text):
    arguments = ["build", "--project-dir", str(project.root), "--vars", text]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert result.output.startswith("Error: --vars: ") and result.output.count("\n") == 1


def test_the_project_is_found_upwards(project, tmp_path_factory):
    assert find_project(project.root / "models/staging") == project
    arguments = ["build", "--project-dir", str(tmp_path_factory.mktemp("none"))]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert "has a dbt_project.yml; change into the project" in result.output


def test_the_contract_of_this_project_is_read_whole():
    contract = read_contract(ROOT)
    paths = sorted(ROOT.glob("models/staging/*/_*__sources.yml"))
    declared = [yaml.safe_load(path.read_text())["sources"][0] for path in paths]
    declared = [source for source in declared if source["name"] != "history"]
    assert [source.name for source in contract] == [source["name"] for source in declared]
    orders = {table.path: table for source in contract for table in source.tables}["product.orders"]
    assert (orders.required, orders.kind, orders.key) == (True, "event", ("order_id",))
    columns = {column.name: column for column in orders.columns}
    assert columns["gross_amount"].data_type == "decimal"
    assert columns["gross_amount"].required and columns["gross_amount"].not_null
    assert not columns["session_id"].required


def test_a_contract_that_is_no_yaml_gives_one_line(project):
    write(project.root / "models/staging/shop/_shop__sources.yml", "sources: [")
    with pytest.raises(GroundworkError, match=r"_shop__sources.yml cannot be read \(while parsing"):
        problems(project)


def test_an_unknown_type_in_the_contract_gives_one_line(project):
    write(
        project.root / "models/staging/shop/_shop__sources.yml",
        dedent(CONTRACT).replace("data_type: boolean", "data_type: flag"),
    )
    with pytest.raises(
        GroundworkError, match=r"shop.orders.Is_Gift: the contract's data_type 'flag'"
    ):
        problems(project)


def test_a_late_line_that_cannot_be_read_is_found_and_not_quoted(project, monkeypatch):
    # dbt would meet it, and keep it in its log
    monkeypatch.setattr("groundwork.delivery.SAMPLE_ROWS", 10)
    monkeypatch.setattr("groundwork.delivery.SAMPLE_VALUES", 10)
    header, first, *_ = ORDERS.splitlines()
    rows = [header, *([first] * 400_000), f"{first},secret of a person"]
    write(project.root / "raw/shop/orders.csv", "\n".join(rows))
    (problem,) = problems(project)
    assert problem.startswith("shop.orders: raw/shop/orders.csv cannot be read (")
    assert "Line: 400002" in problem and "secret" not in problem
