"""A second opinion on an answer: what mails of such words have meant, learned from examples.

The rules know what they were told; people say a thing in more ways than anybody lists. So an answer is weighed a second time,
by a linear classifier over its words, pairs of words and letters in a row, to which the rules' own verdict is one more sign.
Its examples (training/mails) were written for it, `training/train.py` makes `learned.json` of them, and nothing is learned
when the program runs. An opinion is explained by the sentence that spoke most for it.

What is decided is not the likeliest kind but the one whose mistakes would cost least (`costs.toml`): to take an answer for a
receipt chases a customer who has answered; to take a receipt for an answer merely shows it to the rep. [C. Elkan, The
Foundations of Cost-Sensitive Learning, IJCAI 2001.]
"""

from __future__ import annotations

import base64
import functools
import importlib.resources
import itertools
import json
import math
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.model import Kind, Reading
from bot.reading.sentences import Words

FILE = "learned.json"
GRAM = 5  # letters in a row
MOST_SENTENCES = 24  # of a mail are weighed: what a person means stands at the top
RAISED = 128  # what is added to a weight, so that it is a byte without a sign
FIELD = 4  # bytes in which a byte's sums have room

_TOKEN = re.compile(
    r"[\w.+-]{1,64}@[\w.-]{1,80}|https?://\S{1,200}|[^\W\d_]{1,40}(?:'[^\W\d_]{1,20})?|\d[\d.,:/]{0,20}|[?€£$]"
)


@dataclass(frozen=True, slots=True)
class Opinion:
    """How likely each kind is (they add up to 1), and where the sentence begins that speaks most for it."""

    likely: Mapping[Kind, float]
    places: Mapping[Kind, int]

    def safest(self) -> Kind:
        """The kind whose mistakes would cost least."""
        table = costs()

        def risk(read: Kind) -> float:
            return sum(chance * table[true][read] for true, chance in self.likely.items())

        return min(self.likely, key=risk)


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned: for each sign its row, and for what the rules said its weights; `sharpness` makes chances of scores.

    A row is one whole number of FIELD-byte fields, so that rows add up at once: for each kind the weight in units of `unit`,
    raised by RAISED to be positive, and last the square of the sign's rarity in units of `rarity`.
    """

    kinds: tuple[Kind, ...]
    languages: frozenset[str]
    unit: float
    rarity: float
    sharpness: float
    bias: tuple[float, ...]
    rows: Mapping[str, int]
    rules: Mapping[str, tuple[float, ...]]

    def opinion(self, words: Words, ruled: Reading) -> Opinion:
        """What an answer probably means, of which the rules said `ruled`."""
        seen: set[str] = set()
        places, parts = [0], [[0] * (len(self.kinds) + 1)]
        for place, sentence in itertools.islice(_sentences(words), MOST_SENTENCES):
            fresh = signs(sentence) - seen
            seen |= fresh
            places.append(place)
            parts.append(self._added_up([row for sign in fresh if (row := self.rows.get(sign)) is not None]))
        *sums, rarity = map(sum, zip(*parts, strict=True))
        scale = self.unit / (math.sqrt(rarity * self.rarity) or 1.0)
        said = [self.rules[sign] for sign in rule_signs(ruled) if sign in self.rules]
        scores = [bias + scale * sums[k] + sum(row[k] for row in said) for k, bias in enumerate(self.bias)]
        best = [
            max(range(len(parts) > 1, len(parts)), key=[part[k] for part in parts].__getitem__)
            for k in range(len(sums))
        ]
        return Opinion(
            dict(zip(self.kinds, _chances(scores, self.sharpness), strict=True)),
            {kind: places[i] for kind, i in zip(self.kinds, best, strict=True)},
        )

    def _added_up(self, rows: list[int]) -> list[int]:
        """The sum of each field of some rows."""
        width = len(self.kinds) + 1
        fields = memoryview(sum(rows).to_bytes(FIELD * width, sys.byteorder)).cast("I").tolist()
        if sys.byteorder == "big":
            fields.reverse()
        return [*(value - RAISED * len(rows) for value in fields[:-1]), fields[-1]]


def signs(sentence: str) -> set[str]:
    """The signs in a folded sentence: its words, neighbours, words two apart, and letters in a row (after "#"). Numbers are
    all "0", addresses "@", links "//"."""
    said = ["^", *[token if token.isalpha() else _plain(token) for token in _TOKEN.findall(sentence)], "$"]
    found = set(said[1:-1])
    found.update([f"{a} {b}" for a, b in itertools.pairwise(said)])
    found.update([f"{a} _ {b}" for a, b in zip(said, said[2:], strict=False)])
    line = f" {' '.join(said[1:-1])} "
    found.update(["#" + line[i : i + GRAM] for i in range(len(line) - GRAM + 1)])
    return found


def rule_signs(ruled: Reading) -> tuple[str, str]:
    """The signs in what the rules said: its kind, and the rule that decided."""
    return f"kind {ruled.kind}", f"rule {ruled.rule.partition('+')[0]}"


@functools.cache
def learned() -> Model:
    """The model that ships with the package."""
    table = json.loads(_file(FILE).read_text(encoding="utf-8"))
    width = len(table["kinds"]) + 1
    packed = base64.b64decode(table["rows"])
    fields = bytearray(FIELD * len(packed))
    fields[::FIELD] = packed
    step = FIELD * width
    return Model(
        kinds=tuple(Kind(kind) for kind in table["kinds"]),
        languages=frozenset(table["languages"]),
        unit=table["unit"],
        rarity=table["rarity"],
        sharpness=table["sharpness"],
        bias=tuple(table["bias"]),
        rows={
            sign: int.from_bytes(fields[at : at + step], "little")
            for sign, at in zip(table["signs"].split("\n"), range(0, len(fields), step), strict=True)
        },
        rules={sign: tuple(row) for sign, row in table["rules"].items()},
    )


@functools.cache
def costs() -> Mapping[Kind, Mapping[Kind, float]]:
    """True kind -> kind read -> what the mistake costs; a right reading costs nothing, a mistake nobody priced 1."""
    table = tomllib.loads(_file("costs.toml").read_text(encoding="utf-8"))
    base, priced = table["read"], table["true"]
    return {
        true: {
            read: 0.0 if read is true else float(priced.get(true, {}).get(read, base.get(read, 1.0))) for read in Kind
        }
        for true in Kind
    }


def _file(name: str) -> importlib.resources.abc.Traversable:
    return importlib.resources.files("bot.reading").joinpath(name)


def _sentences(words: Words) -> Iterator[tuple[int, str]]:
    """Each sentence that says something, with its place."""
    place = 0
    for part in words.folded.split("\n"):
        if part.strip():
            yield place + len(part) - len(part.lstrip()), part
        place += len(part) + 1


def _plain(token: str) -> str:
    if "@" in token:
        return "@"
    if token[0].isdigit():
        return "0"
    return "//" if token.startswith("http") else token


def _chances(scores: list[float], sharpness: float) -> list[float]:
    """The softmax of scores."""
    top = max(scores)
    raised = [math.exp(sharpness * (score - top)) for score in scores]
    whole = sum(raised)
    return [value / whole for value in raised]
