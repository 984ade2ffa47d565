"""YAML as plain values that know their lines, from text that need not be friendly.

Only mappings, lists and single values come out, and a single value always as the text that was written: what `no`,
`08:00` or `0123` mean is for the reader of the settings to say, who knows whether a country, a time or a phone number
is meant. An empty value is None. Aliases, tags, repeated keys, several documents, and text that is too long or too deep
are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

MAX_TEXT = 1024 * 1024  # characters: a thousand accounts
MAX_EVENTS = 50_000
MAX_DEPTH = 12

Value = None | str | list["Value"] | dict[str, "Value"]
Path = tuple[str | int, ...]  # the keys and positions that lead to a value

_NULL = "tag:yaml.org,2002:null"


class BadYaml(Exception):
    """Not YAML, or more of it than we take. `line` counts from one, `path` leads to the place where that is known."""

    def __init__(self, line: int, message: str, advice: str, path: Path = ()) -> None:
        super().__init__(message)
        self.line, self.message, self.advice, self.path = line, message, advice, path


@dataclass(frozen=True, slots=True)
class Marked:
    """A value, the line of each key and item in it, and what was wrong with single keys."""

    value: Value
    lines: dict[Path, int]
    faults: tuple[BadYaml, ...] = field(default=())

    def line(self, path: Path) -> int:
        """The line of what the path leads to or, where that is not written, of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(text: str) -> Marked:
    """The values and their lines. Raises BadYaml where no tree can be read; a fault of one key is in `faults`."""
    if len(text) > MAX_TEXT:
        raise BadYaml(1, f"longer than {MAX_TEXT:,} characters", "is this the right file?")
    try:
        _measure(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as fault:
        line = text.count("\n", 0, fault.position if isinstance(fault.position, int) else 0) + 1
        raise BadYaml(line, "a character that no text file should hold", "save the file as plain UTF-8 text") from fault
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        message = f"not YAML: {fault.problem or fault.context}"
        raise BadYaml(mark.line + 1 if mark else 1, message, _advice(fault.problem or "")) from fault
    if root is None:
        return Marked({}, {})
    lines: dict[Path, int] = {}
    faults: list[BadYaml] = []
    return Marked(_value(root, (), lines, faults), lines, tuple(faults))


def _measure(text: str) -> None:
    """Refuse what would be too much, before anything is built of it."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.SafeLoader)):
        if isinstance(event, yaml.AliasEvent):
            raise _refused(
                event, "an alias (*) is not taken here", "write the value out; put quotes round a text with *"
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH or count > MAX_EVENTS:
            raise _refused(event, "more, or more deeply nested, than settings ever are", "is this the right file?")
        tag = getattr(event, "tag", None)
        if tag not in (None, "!"):
            raise _refused(event, f"a tag ({tag}) is not taken here", "put quotes round a text with !")


def _refused(event: yaml.Event, message: str, advice: str) -> BadYaml:
    mark = event.start_mark
    return BadYaml(mark.line + 1 if mark else 1, message, advice)


def _value(node: Node, path: Path, lines: dict[Path, int], faults: list[BadYaml]) -> Value:
    lines.setdefault(path, node.start_mark.line + 1)
    match node:
        case MappingNode():
            return dict(_entries(node, path, lines, faults))
        case SequenceNode():
            return [_value(item, (*path, i), lines, faults) for i, item in enumerate(node.value)]
        case ScalarNode(tag=tag, value=value):
            return None if tag == _NULL else str(value)
    raise AssertionError(f"a kind of node that YAML does not have: {node}")


def _entries(
    node: MappingNode, path: Path, lines: dict[Path, int], faults: list[BadYaml]
) -> Iterator[tuple[str, Value]]:
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode):
            faults.append(
                BadYaml(line, "a key that is itself a list or a mapping", "write a plain word before the colon", path)
            )
            continue
        key = str(key_node.value)
        if (*path, key) in lines:
            first = lines[*path, key]
            faults.append(BadYaml(line, f"written twice, first in line {first}", "keep one of the two", (*path, key)))
            continue
        lines[*path, key] = line
        yield key, _value(value_node, (*path, key), lines, faults)


def _advice(problem: str) -> str:
    """What usually lies behind a complaint of the parser."""
    if r"'\t'" in problem or "tab" in problem:
        return "indent with spaces, never with tabs"
    if "mapping values are not allowed" in problem:
        return "put quotes round a value that has a colon in it, and check the indentation"
    if "another document" in problem:
        return "remove the line --- and what follows it"
    return "compare the indentation, the colons and the quotes with config.example.yaml"
