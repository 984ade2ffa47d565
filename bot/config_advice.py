"""What is wrong with the settings, in words: the line, the key, and what to do about it."""

from __future__ import annotations

import re
import typing
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from bot.cadence.policy import STANDARD_LADDER, Policy, StepName
from bot.config_schema import ConfigModel, nearest
from bot.marked_yaml import Marked, Path, Value

_STANDARD = tuple(step.name for step in STANDARD_LADDER)
_RESERVED = frozenset(StepName) - frozenset(_STANDARD)
_STEP = re.compile(r"[a-z][a-z_]{0,30}")  # a template's file name
_NUMBER = re.compile(r"[0-9]{1,6}")
_SECRET = re.compile(r"passw|passphrase|secret|token|credential|api_?key|^pwd$", re.IGNORECASE)
_REFERENCE = re.compile(r"keyring:[^/\s]+/\S+")


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. `key` is written like accounts[0].zone; lines and positions as in the file and in lists."""

    line: int
    key: str
    message: str
    advice: str

    @classmethod
    def at(cls, line: int, path: Path, message: str, advice: str) -> Problem:
        """The problem of what a path leads to."""
        key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
        return cls(line, key.removeprefix("."), message, advice)


def problem_of(error: ErrorDetails, marked: Marked) -> Problem:
    """What pydantic found, in words."""
    path = tuple(error["loc"])
    message, advice = _words(error, path)
    return Problem.at(marked.line(path), path, message, advice)


def _words(error: ErrorDetails, path: Path) -> tuple[str, str]:
    context = error.get("ctx", {})
    match error["type"]:
        case "house":
            return context["message"], context["advice"]
        case "extra_forbidden":
            return "there is no such key", _other_key(str(path[-1]), _keys_at(path[:-1]))
        case "missing":
            return "is missing", f"add `{path[-1]}:` here, as in config.example.yaml"
        case "literal_error" | "enum":
            return "not a word known here", f"write {context['expected']}"
        case "int_parsing" | "int_type" | "int_from_float":
            return "not a whole number", "write digits alone, for example 10"
        case "bool_parsing" | "bool_type":
            return "neither yes nor no", "write true or false"
        case "list_type":
            return "not a list", "begin each item on a line of its own with a dash"
        case "model_type" if not path:
            return "the settings are not keys with values", "begin with a key and a colon, as in config.example.yaml"
        case "model_type":
            return "not a section", "write its keys below it, each indented by two spaces more"
        case "greater_than_equal":
            return "too small", f"write {context['ge']} or more"
        case "less_than_equal":
            return "too big", f"write {context['le']} or less"
        case "too_short" | "string_too_short":
            return "empty", "write at least one, or remove the key"
        case "too_long" | "string_too_long":
            return "too much", f"at most {context['max_length']} fit here"
    if error["type"].endswith("_type"):
        return "not a single value", "write one value behind the colon"
    return error["msg"], "compare with config.example.yaml"


def _other_key(key: str, keys: tuple[str, ...]) -> str:
    meant = nearest(key, keys)
    return f"did you mean {meant}?" if meant else f"the keys here are: {', '.join(keys)}"


def _keys_at(path: Path) -> tuple[str, ...]:
    """The keys that may stand in the section a path leads to."""
    model: Any = ConfigModel
    for part in path:
        if isinstance(part, str):
            model = _model_in(model.model_fields[part].annotation)
    return tuple(model.model_fields)


def _model_in(hint: Any) -> Any:
    """The model that a field's type is or holds."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return hint
    return next((m for m in map(_model_in, typing.get_args(hint)) if m is not None), None)


def secrets_in_clear(marked: Marked, written: Value) -> Iterator[Problem]:
    """Each key that sounds like a secret and holds anything but a keyring reference. The secret itself is never
    shown."""
    for path, text in _texts(written, ()):
        words = [part for part in path if isinstance(part, str)]
        if words and _SECRET.search(words[-1]) and not _REFERENCE.fullmatch(text):
            advice = 'put it into the keyring and write where it is: "keyring:service/name"'
            yield Problem.at(marked.line(path), path, "a secret must not be written in this file", advice)


def _texts(value: Value, path: Path) -> Iterator[tuple[Path, str]]:
    match value:
        case dict():
            for key, item in value.items():
                yield from _texts(item, (*path, key))
        case list():
            for position, item in enumerate(value):
                yield from _texts(item, (*path, position))
        case str():
            yield path, value


def cross_checks(marked: Marked, written: Value) -> Iterator[Problem]:
    """What no single key can know: names used twice, and a ladder out of order. What is wrong by itself is passed over
    here."""
    texts = dict(_texts(written, ()))
    yield from _names_twice(marked, texts)
    yield from _ladder(marked, texts)


def _names_twice(marked: Marked, texts: dict[Path, str]) -> Iterator[Problem]:
    names = {path: text for path, text in texts.items() if path[:1] == ("accounts",) and path[2:] == ("name",)}
    seen: Counter[str] = Counter()
    for path, name in names.items():
        seen[name] += 1
        if seen[name] > 1:
            yield Problem.at(marked.line(path), path, f"{name!r} is another account's name", "give each its own")


def _ladder(marked: Marked, texts: dict[Path, str]) -> Iterator[Problem]:
    """Steps in the order of their days, each once, each with a text, and all of them before the matter is closed."""
    last, names = 0, set()
    for path, text in texts.items():
        if path[:2] != ("policy", "ladder") or len(path) != 4:
            continue
        line = marked.line(path)
        if path[3] == "step":
            if text in names:
                yield Problem.at(line, path, f"{text!r} is another step's name", "give each step its own")
            names.add(text)
            if advice := _step_advice(text, own_texts=("templates",) in texts):
                yield Problem.at(line, path, f"there is no step {text!r}", advice)
        elif path[3] == "day" and _NUMBER.fullmatch(text):
            if int(text) <= last:
                yield Problem.at(line, path, "not later than the step before", f"write {last + 1} or more")
            last = max(last, int(text))
    closed_path = ("policy", "closed_day")
    closed = texts.get(closed_path, str(Policy().closed_day))
    last = last or max(step.day for step in STANDARD_LADDER)
    if _NUMBER.fullmatch(closed) and int(closed) <= last:
        path = closed_path if closed_path in texts else ("policy", "ladder")
        yield Problem.at(
            marked.line(path),
            path,
            f"closed_day {closed} is not after the last step",
            f"set closed_day to {last + 1} or more",
        )


def _step_advice(name: str, own_texts: bool) -> str:
    """What to write in place of a step nobody has a text for; nothing where the name is good."""
    if name in _STANDARD:
        return ""
    if own_texts and _STEP.fullmatch(name) and name not in _RESERVED:
        return ""
    meant = nearest(name, _STANDARD)
    known = f"did you mean {meant}?" if meant else f"the steps are: {', '.join(_STANDARD)}"
    return known if own_texts else f"{known} (a step of your own needs a text of your own: set templates)"
