"""The files of a Power BI project: a semantic model, and a report with an empty page to open it."""

from __future__ import annotations

import json

from groundwork.bi.definitions import Definitions
from groundwork.bi.powerbi.measures import HOME, measures
from groundwork.bi.powerbi.star import star_of
from groundwork.bi.powerbi.tables import relationships, table_block
from groundwork.bi.powerbi.tmdl import Block, annotation, document, tag

SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric"
# What Power BI Desktop asks for when it opens the project.
FOLDER = (
    '"C:\\groundwork\\warehouse\\parquet" '
    'meta [IsParameterQuery=true, Type="Text", IsParameterQueryRequired=true]'
)
# From here on models are written as TMDL by default.
COMPATIBILITY = 1567


def project_files(definitions: Definitions) -> dict[str, str | bytes]:
    """Return the files of the project by path."""
    name = definitions.project
    model, report = f"{name}.SemanticModel", f"{name}.Report"
    star = star_of(definitions)
    files = {
        f"{name}.pbip": _json(
            "pbip/pbipProperties/1.0.0",
            version="1.0",
            artifacts=[{"report": {"path": report}}],
            settings={"enableAutoRecovery": True},
        ),
        f"{model}/.platform": _platform("SemanticModel", name),
        f"{model}/definition.pbism": _json(
            "item/semanticModel/definitionProperties/1.0.0", version="4.2", settings={}
        ),
        f"{model}/definition/database.tmdl": document(
            Block("database", name, properties={"compatibilityLevel": COMPATIBILITY})
        ),
        f"{model}/definition/model.tmdl": _model([table.name for table in star.tables]),
        f"{model}/definition/expressions.tmdl": document(
            Block(
                "expression",
                "ParquetFolder",
                FOLDER,
                "Folder of the published Parquet files, with a folder per schema in it.",
                {"lineageTag": tag("expression", "ParquetFolder")},
            )
        ),
        f"{model}/definition/relationships.tmdl": document(*relationships(star)),
    }
    for table in star.tables:
        held = measures(definitions, star) if table.name == HOME else ()
        block = table_block(star, table, held)
        files[f"{model}/definition/tables/{table.name}.tmdl"] = document(block)
    return {**files, **_report(report, name, model)}


def _model(tables: list[str]) -> str:
    model = Block(
        "model",
        "Model",
        properties={
            "culture": "en-US",
            "defaultPowerBIDataSourceVersion": "powerBI_V3",
            "discourageImplicitMeasures": True,
            "sourceQueryCulture": "en-US",
        },
        children=(annotation("__PBI_TimeIntelligenceEnabled", 0),),
    )
    return document(model, *(Block("ref table", table) for table in tables))


def _report(report: str, name: str, model: str) -> dict[str, str]:
    page = tag("page", name).replace("-", "")[:20]
    return {
        f"{report}/.platform": _platform("Report", name),
        f"{report}/definition.pbir": _json(
            "item/report/definitionProperties/1.0.0",
            version="4.0",
            datasetReference={"byPath": {"path": f"../{model}"}},
        ),
        f"{report}/definition/version.json": _json(
            "item/report/definition/versionMetadata/1.0.0", version="1.0.0"
        ),
        f"{report}/definition/report.json": _json(
            "item/report/definition/report/1.0.0", themeCollection={}, layoutOptimization="None"
        ),
        f"{report}/definition/pages/pages.json": _json(
            "item/report/definition/pagesMetadata/1.0.0", pageOrder=[page], activePageName=page
        ),
        f"{report}/definition/pages/{page}/page.json": _json(
            "item/report/definition/page/1.0.0",
            name=page,
            displayName="Metrics",
            displayOption="FitToPage",
            height=720,
            width=1280,
        ),
    }


def _platform(kind: str, name: str) -> str:
    return _json(
        "gitIntegration/platformProperties/2.0.0",
        metadata={"type": kind, "displayName": name},
        config={"version": "2.0", "logicalId": tag(kind, name)},
    )


def _json(schema: str, **content: object) -> str:
    return json.dumps({"$schema": f"{SCHEMAS}/{schema}/schema.json", **content}, indent=2) + "\n"
