"""The templates: what a rep edits, compiled once, and the small language they are written in.

A file is templates/<language>/<step>.j2. It holds one or more wordings, divided by a line of equals signs; which of
them a person gets is chosen by `bot.writing.write`. A wording is the body of a mail: greeting and signature are put
round it. The first line of a reminder's wording is its title. The language is Jinja2's, cut down to what a letter
needs:

    {{ slot }}      {% if slot %} ... {% elif country == "US" %} ... {% else %} ... {% endif %}      {# a remark #}

There are no loops, calls, filters, sums or attributes, so a template can neither run away nor reach anything: its
output is as long as its text and its slots. The sandbox stays on below that. A slot nobody can fill refuses the
wording (`EmptySlot`).

Over 300 lines: the little language and its checks belong together.
"""

from __future__ import annotations

import difflib
import functools
import hashlib
import importlib.resources
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NoReturn

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bot.errors import UserMustAct
from bot.writing.slots import FAMILIAR_STEPS, MAIL_STEPS, REMINDER_STEPS, SLOTS

MAX_SOURCE = 16 * 1024  # characters of one file: a dozen letters
MAX_OUTPUT = 16 * 1024  # characters of one rendered wording
MAX_WORDINGS = 12
MAX_DEPTH = 16  # nodes inside each other; a condition costs two
_STEPS = MAIL_STEPS + FAMILIAR_STEPS + REMINDER_STEPS
DIVIDER = re.compile(r"^={3,}[ \t]*$", re.MULTILINE)
FILE_NAME = re.compile(r"([a-z]{2})/([a-z][a-z_]{0,30})\.j2")

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.If,
    nodes.Not,
    nodes.And,
    nodes.Or,
    nodes.Compare,
    nodes.Operand,
    nodes.Const,
)


class WritingRefusal(ValueError):
    """No text can be written for this touch. The message says which template and why: the caller reports it and goes
    on."""


class EmptySlot(WritingRefusal):
    """A wording needs a fact that nobody knows. Nothing is guessed, so there is no draft."""

    def __init__(self, file: str, slot: str) -> None:
        super().__init__(f"templates/{file}: nothing to put into {{{{ {slot} }}}} ({SLOTS.get(slot, slot)})")
        self.file = file
        self.slot = slot


class NothingFresh(WritingRefusal):
    """This person has had the very text of every wording before."""


class NoTemplate(WritingRefusal):
    """There is no template for the step, in the language asked for or in English."""


class _Empty(jinja2.Undefined):
    """A known slot without a value: it may be asked about (`{% if %}`) and compared, but never printed."""

    __slots__ = ()

    def __str__(self) -> str:
        raise _Unfilled(self._undefined_name or "?")


class _Unfilled(Exception):
    """Carries the name of the empty slot out of the rendering."""


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to say a step. `id` is made from the text itself, so that an edited wording is a new one; `line` is
    where it begins in its file."""

    file: str
    id: str
    line: int
    source: str

    def render(self, slots: Mapping[str, Any]) -> str:
        """The text with the slots filled in. Slot values are text and nothing in them is ever treated as a template.

        Raises EmptySlot where a printed slot has no value, WritingRefusal where the text grows beyond MAX_OUTPUT.
        """
        filled = {name: value for name, value in slots.items() if value not in (None, "", False)}
        pieces: list[str] = []
        size = 0
        try:
            for piece in _compiled(self.source).generate(filled):
                pieces.append(piece)
                size += len(piece)
                if size > MAX_OUTPUT:
                    raise WritingRefusal(f"templates/{self.file}: the text is longer than {MAX_OUTPUT} characters")
        except _Unfilled as empty:
            raise EmptySlot(self.file, str(empty)) from None
        return _tidy("".join(pieces))


@dataclass(frozen=True, slots=True)
class Templates:
    """All wordings, by language and step."""

    _wordings: Mapping[tuple[str, str], tuple[Wording, ...]]

    @classmethod
    def from_sources(cls, *layers: Mapping[str, str]) -> Templates:
        """Templates from mappings of name ("en/first.j2") to source text; a file of a later layer replaces the
        earlier layers' file of that name, whole. Raises UserMustAct with file:line and advice for anything that
        cannot be used."""
        merged: dict[str, str] = {}
        for layer in layers:
            merged.update(layer)
        found: dict[tuple[str, str], tuple[Wording, ...]] = {}
        for name, source in sorted(merged.items()):
            match = FILE_NAME.fullmatch(name)
            if not match:
                raise UserMustAct(
                    f"templates/{name}: not a template's name", "Name it <language>/<step>.j2: en/first.j2."
                )
            if match[2] not in _STEPS:
                raise UserMustAct(
                    f"templates/{name}: there is no step {match[2]!r}",
                    _did_you_mean(match[2], _STEPS),
                )
            found[match[1], match[2]] = tuple(_wordings(name, match[2], source))
        return cls(found)

    @property
    def languages(self) -> frozenset[str]:
        """The languages there are templates in."""
        return frozenset(language for language, _ in self._wordings)

    def has(self, step: str, language: str) -> bool:
        """Whether the language has the step."""
        return (language, step) in self._wordings

    def wordings(self, step: str, language: str) -> tuple[Wording, ...]:
        """The wordings of a step; raises NoTemplate where the language lacks it."""
        found = self._wordings.get((language, step))
        if not found:
            raise NoTemplate(f"templates/{language}/{step}.j2 does not exist")
        return found

    def __iter__(self) -> Iterator[tuple[str, str, Wording]]:
        """Every wording with its language and step."""
        for (language, step), wordings in self._wordings.items():
            for wording in wordings:
                yield language, step, wording


@functools.cache
def packaged_sources() -> dict[str, str]:
    """The templates that come with the program, as name -> source: package data, beside `bot` in a checkout and
    inside it when installed."""
    folder = importlib.resources.files("bot") / "templates"
    if not folder.is_dir():
        folder = Path(__file__).parents[2] / "templates"
    return {f"{lang.name}/{file.name}": file.read_text(encoding="utf-8") for lang, file in _files(folder)}


def _files(folder: Traversable) -> Iterator[tuple[Traversable, Traversable]]:
    for language in sorted(folder.iterdir(), key=lambda f: f.name):
        if language.is_dir():
            for file in sorted(language.iterdir(), key=lambda f: f.name):
                if file.name.endswith(".j2"):
                    yield language, file


@functools.cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(undefined=_Empty, autoescape=False, cache_size=0, extensions=())
    for names in (environment.globals, environment.filters, environment.tests):
        names.clear()
    return environment


def _wordings(name: str, step: str, source: str) -> Iterator[Wording]:
    if len(source) > MAX_SOURCE:
        raise UserMustAct(f"templates/{name}: longer than {MAX_SOURCE} characters", "A few short letters are enough.")
    seen: set[str] = set()
    pieces = list(_divided(source.replace("\r\n", "\n")))
    if len(pieces) > MAX_WORDINGS:
        raise UserMustAct(f"templates/{name}: more than {MAX_WORDINGS} wordings", "Keep the best of them.")
    for line, piece in pieces:
        bare = re.sub(r"\{#.*?#\}", "", piece, flags=re.DOTALL).strip()
        if not bare:
            continue  # a head of remarks, or a divider too many
        digest = hashlib.blake2b(bare.encode(), digest_size=4).hexdigest()
        if digest in seen:
            raise UserMustAct(f"templates/{name}:{line}: this wording stands twice", "Change it or take it out.")
        seen.add(digest)
        _check(name, line, piece)
        yield Wording(name, f"{step}.{digest}", line, piece)
    if not seen:
        raise UserMustAct(
            f"templates/{name}: empty", "Write a wording, or delete the file to get the packaged one back."
        )


def _divided(source: str) -> Iterator[tuple[int, str]]:
    """The wordings of a file with the line each begins on."""
    begin = 0
    for divider in [*DIVIDER.finditer(source), None]:
        end = divider.start() if divider else len(source)
        yield source.count("\n", 0, begin) + 1, source[begin:end]
        begin = divider.end() + 1 if divider else end


_OPERAND = r'(?!(?:and|or)\b)\w{1,40}(?: == "\w{1,40}")?'
_CONDITION = rf"{_OPERAND}(?: (?:and|or) {_OPERAND}){{0,3}}"
_TAG = re.compile(r"\{\{ (\w{1,40}) \}\}|\{% (?:(if|elif) (" + _CONDITION + r")|(else|endif)) %\}|\{#[^#{}]{0,400}#\}")
_NAME = re.compile(r'(?<!")\b\w+')
_BRACES = re.compile(r"\{[{%#]|[}%#]\}")
_MAY_FOLLOW = {"if": ("elif", "else", "endif"), "elif": ("elif", "else", "endif"), "else": ("endif",)}


def _is_plain(source: str) -> bool:
    """Whether a wording plainly has nothing but slots, remarks and conditions, two inside each other at most. Nearly all are
    so and need no parser to be let through: with it, reading the wordings of all languages takes longer than a turn."""
    open_ones: list[str] = []
    for slot, begins, condition, goes_on in _TAG.findall(source):
        names = {slot} if slot else set(_NAME.findall(condition)) - {"and", "or"}
        if not names <= SLOTS.keys():
            return False
        step = begins or goes_on
        if step == "if":
            open_ones.append(step)
        elif step and (not open_ones or step not in _MAY_FOLLOW[open_ones[-1]]):
            return False
        elif step == "endif":
            open_ones.pop()
        elif step:
            open_ones[-1] = step
        if len(open_ones) > 2:
            return False
    return not open_ones and _BRACES.search(_TAG.sub("", source)) is None


def _check(name: str, line: int, source: str) -> None:
    """Refuse a wording whose text uses anything but slots and conditions, with file:line and advice."""
    if _is_plain(source):
        return

    def refuse(at: int | None, message: str, advice: str) -> NoReturn:
        raise UserMustAct(f"templates/{name}:{line + (at or 1) - 1}: {message}", advice)

    try:
        tree = _environment().parse(source)
    except jinja2.TemplateSyntaxError as fault:
        advice = "Slots are {{ name }}, conditions {% if name %} ... {% endif %}."
        refuse(fault.lineno, fault.message or "not a template", advice)
    except RecursionError:
        refuse(1, "nested too deeply", "Use fewer conditions inside each other.")
    stack: list[tuple[nodes.Node, int]] = [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        if not isinstance(node, _ALLOWED):
            what = type(node).__name__.lower()
            advice = "Use slots {{ name }} and {% if name %} only."
            refuse(node.lineno, f"{what} is not part of the template language", advice)
        if isinstance(node, nodes.Name) and node.name not in SLOTS:
            refuse(node.lineno, f"there is no slot {node.name!r}", _did_you_mean(node.name, SLOTS))
        if depth > MAX_DEPTH:
            refuse(node.lineno, "nested too deeply", "Use fewer conditions inside each other.")
        stack.extend((child, depth + 1) for child in node.iter_child_nodes())


# A condition or a remark alone on its line leaves no empty line behind; one inside a line leaves the line's end alone.
_LONE_TAG = re.compile(r"^[ \t]*(\{%[^%\n]*%\}|\{#[^#\n]*#\})[ \t]*\n", re.MULTILINE)


@functools.lru_cache(maxsize=512)
def _compiled(source: str) -> jinja2.Template:
    """The template of a text that `_check` has passed; only the few that are written are ever compiled."""
    return _environment().from_string(_LONE_TAG.sub(r"\1", source))


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    words = list(known)
    close = difflib.get_close_matches(word, words, n=1)
    return f"Did you mean {close[0]!r}?" if close else f"Known are: {', '.join(words)}."


def _tidy(text: str) -> str:
    """No blanks at line ends, single blank lines between paragraphs, none at the ends; double spaces that a condition
    left behind become one."""
    lines = [re.sub(r"[ \t]+", " ", line).strip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
