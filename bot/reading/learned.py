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
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.model import Kind, Reading
from bot.reading.sentences import Words

FILE = "learned.json"
GRAMS = (4, 5)  # letters in a row
MOST_SENTENCES = 24  # of a mail are weighed: what a person means stands at the top
PER_RARITY = 25.0  # steps of a sign's rarity in one unit of inverse document frequency

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
    """What was learned. A sign has a row: a byte of `rarity`, and of `weights` a signed byte for each kind, `unit` being one.
    `rules` holds the weights of what the rules said; `sharpness` makes chances of scores, as fitted on examples held out."""

    kinds: tuple[Kind, ...]
    languages: frozenset[str]
    unit: float
    sharpness: float
    bias: tuple[float, ...]
    rows: Mapping[str, int]
    rarity: bytes
    weights: memoryview
    rules: Mapping[str, tuple[float, ...]]

    def opinion(self, words: Words, ruled: Reading) -> Opinion:
        """What an answer probably means, of which the rules said `ruled`."""
        sentences = list(itertools.islice(_sentences(words), MOST_SENTENCES))
        rows: set[int] = set()
        parts: list[list[int]] = []
        for _, sentence in sentences:
            fresh = {row for sign in signs(sentence) if (row := self.rows.get(sign)) is not None} - rows
            rows |= fresh
            parts.append(self._weighed(fresh))
        length = math.sqrt(sum((self.rarity[row] / PER_RARITY) ** 2 for row in rows)) or 1.0
        said = [self.rules[sign] for sign in rule_signs(ruled) if sign in self.rules]
        scores = [
            bias + self.unit * sum(part[k] for part in parts) / length + sum(row[k] for row in said)
            for k, bias in enumerate(self.bias)
        ]
        best = {
            kind: max(range(len(parts)), key=lambda i: parts[i][k], default=-1) for k, kind in enumerate(self.kinds)
        }
        return Opinion(
            dict(zip(self.kinds, _chances(scores, self.sharpness), strict=True)),
            {kind: sentences[i][0] if i >= 0 else 0 for kind, i in best.items()},
        )

    def _weighed(self, rows: set[int]) -> list[int]:
        """The weights of some signs, added up for each kind."""
        width = len(self.kinds)
        sums = [0] * width
        for row in rows:
            for k, weight in enumerate(self.weights[row * width : row * width + width]):
                sums[k] += weight
        return sums


def signs(sentence: str) -> set[str]:
    """The signs in a folded sentence: its words, neighbours, words two apart, and letters in a row (after "#"). Numbers are
    all "0", addresses "@", links "//"."""
    said = ["^", *(_plain(token) for token in _TOKEN.findall(sentence)), "$"]
    found = set(said[1:-1])
    found.update(f"{a} {b}" for a, b in itertools.pairwise(said))
    found.update(f"{a} _ {b}" for a, b in zip(said, said[2:], strict=False))
    line = f" {' '.join(said[1:-1])} "
    found.update("#" + line[i : i + n] for n in GRAMS for i in range(len(line) - n + 1))
    return found


def rule_signs(ruled: Reading) -> tuple[str, str]:
    """The signs in what the rules said: its kind, and the rule that decided."""
    return f"kind {ruled.kind}", f"rule {ruled.rule.partition('+')[0]}"


@functools.cache
def learned() -> Model:
    """The model that ships with the package."""
    table = json.loads(_file(FILE).read_text(encoding="utf-8"))
    return Model(
        kinds=tuple(Kind(kind) for kind in table["kinds"]),
        languages=frozenset(table["languages"]),
        unit=table["unit"],
        sharpness=table["sharpness"],
        bias=tuple(table["bias"]),
        rows={sign: row for row, sign in enumerate(table["signs"].split("\n"))},
        rarity=base64.b85decode(table["rarity"]),
        weights=memoryview(base64.b85decode(table["weights"])).cast("b"),
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
