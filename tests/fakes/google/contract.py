"""Google's own description of its API, by which the fake holds every request and every answer.

The discovery documents come with google-api-python-client. Bodies are held against strict schemas where the repository
has a neighbour `shared/contracts/schemas.py`; elsewhere only methods, paths and parameters are checked.
"""

from __future__ import annotations

import functools
import importlib.resources
import importlib.util
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

DOCUMENTS = ("gmail.v1", "calendar.v3")
_SCHEMAS = Path(__file__).parents[4] / "shared" / "contracts" / "schemas.py"


@dataclass(frozen=True)
class Method:
    """One method of an API."""

    id: str
    document: str
    verb: str
    pattern: re.Pattern[str]
    parameters: dict[str, Any]
    takes: str | None
    gives: str | None


class Violation(Exception):
    """A request or an answer that Google's description does not know."""


@functools.cache
def methods() -> tuple[Method, ...]:
    """Every method of the two APIs."""
    return tuple(method for document in DOCUMENTS for method in _methods(document))


def _methods(document: str) -> Iterator[Method]:
    text = (
        importlib.resources.files("googleapiclient") / "discovery_cache" / "documents" / f"{document}.json"
    ).read_text()
    top = json.loads(text)

    def walk(node: dict[str, Any]) -> Iterator[Method]:
        for m in node.get("methods", {}).values():
            path = re.sub(r"\{\+?(\w+)\}", r"(?P<\1>[^/]+)", "/" + top["servicePath"] + m["path"])
            names = {**top["parameters"], **m.get("parameters", {})}
            yield Method(
                m["id"], document, m["httpMethod"], re.compile(path), names,
                m.get("request", {}).get("$ref"), m.get("response", {}).get("$ref"),
            )  # fmt: skip
        for inner in node.get("resources", {}).values():
            yield from walk(inner)

    yield from walk(top)


def find(verb: str, path: str) -> tuple[Method, dict[str, str]]:
    """The method that a request means. Raises Violation where there is none."""
    found = [(m, hit.groupdict()) for m in methods() if m.verb == verb and (hit := m.pattern.fullmatch(path))]
    if not found:
        raise Violation(f"there is no method {verb} {path}")
    return min(found, key=lambda pair: len(pair[1]))  # .../drafts/send is not the draft called "send"


def check_query(method: Method, query: dict[str, list[str]]) -> None:
    """Raises Violation for a parameter that the method does not have, or one of the wrong type."""
    for name, values in query.items():
        known = method.parameters.get(name)
        if known is None:
            raise Violation(f"{method.id} has no parameter {name}")
        for value in values:
            if known.get("type") == "integer" and not re.fullmatch(r"-?\d+", value):
                raise Violation(f"{method.id}: {name}={value} is no number")
            if known.get("type") == "boolean" and value not in ("true", "false"):
                raise Violation(f"{method.id}: {name}={value} is neither true nor false")
            if "enum" in known and value not in known["enum"]:
                raise Violation(f"{method.id}: {name}={value} is none of {known['enum']}")


def check_body(method: Method, body: Any, *, answer: bool) -> None:
    """Raises Violation for a body that the schema does not allow."""
    name = method.gives if answer else method.takes
    if name is None:
        if body:
            raise Violation(f"{method.id} has no {'answer' if answer else 'body'}")
    elif (known := schemas()) is not None:
        for error in known.google(method.document, name).iter_errors(body):
            raise Violation(f"{method.id}: {error.json_path}: {error.message}")


@functools.cache
def schemas() -> ModuleType | None:
    """The strict schemas; None where this machine has none."""
    if not _SCHEMAS.exists() or importlib.util.find_spec("jsonschema") is None:
        return None
    spec = importlib.util.spec_from_file_location("contract_schemas", _SCHEMAS)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
