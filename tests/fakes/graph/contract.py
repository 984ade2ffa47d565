"""Every body in and out against the vendor's own types, where their schemas lie beside the project."""

from __future__ import annotations

import importlib.util
import os
from functools import cache
from pathlib import Path
from typing import Any

_PLACES = (os.environ.get("FOLLOWUP_CONTRACTS", ""), str(Path(__file__).parents[4] / "shared" / "contracts"))


@cache
def schemas() -> Any:
    """The module of the schemas, or None where it is not there (then nothing is checked, and a test says so)."""
    if importlib.util.find_spec("jsonschema") is None:
        return None
    for place in _PLACES:
        path = Path(place) / "schemas.py"
        if place and path.is_file():
            spec = importlib.util.spec_from_file_location("graph_contract_schemas", path)
            assert spec is not None and spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    return None


@cache
def _validator(kind: str, collection: bool) -> Any:
    return schemas().graph(kind, collection=collection)


def check(kind: str, body: Any, *, collection: bool = False) -> str:
    """What is wrong with the body, "" where nothing is, or nothing can be checked."""
    if schemas() is None:
        return ""
    wrong = next(iter(_validator(kind, collection).iter_errors(body)), None)
    return "" if wrong is None else f"{kind}: {list(wrong.absolute_path)}: {wrong.message[:200]}"
