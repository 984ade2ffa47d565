"""Make bot/reading/learned.json of training/mails: `python -m training.train` (needs scikit-learn; see README.md here).

Prints how well the model reads mails it was not shown (five folds), beside the rules alone, and with what mistakes.
"""

from __future__ import annotations

import argparse
import base64
import datetime as dt
import json
import math
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
from scipy.sparse import csr_matrix, hstack
from scipy.special import log_softmax, softmax
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from bot.model import Address, Kind, Message, Reading
from bot.reading.answers import read_answer
from bot.reading.body import Body
from bot.reading.learned import RAISED, costs, rule_signs, signs
from bot.reading.sentences import lay_out
from bot.reading.settings import ReadSettings
from tests.reading.test_answers import MAILS, mails

HERE = Path(__file__).parent
TARGET = HERE.parent / "bot" / "reading" / "learned.json"
SELDOM = 8  # a sign in fewer mails is dropped: it teaches more noise than sense
RULES = 0.25  # how much a rule's verdict counts beside a mail's words, which have length 1
FIT = 2.0  # inverse strength of regularisation
FOLDS = 5
ZONES = {
    "en": ("Europe/London", "GB"),
    "de": ("Europe/Berlin", "DE"),
    "fr": ("Europe/Paris", "FR"),
    "es": ("Europe/Madrid", "ES"),
}
REP = Address("sam@seller.example", "Sam Seller")
CUSTOMER = Address("chris@buyer.example", "Chris Buyer")
MONDAY = dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Example:
    """An answer and its kind. `fair`: no rule was made to read it, so what the rules say of it teaches how far to trust them."""

    language: str
    kind: str
    text: str
    fair: bool


def examples() -> Iterator[Example]:
    """The mails written for this, and those of the rules' own tests."""
    for path in sorted((HERE / "mails").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield Example(path.name[:2], row["kind"], row["text"], fair=True)
    for path in MAILS:
        language = path.stem.partition(".")[2]
        for kinds, fresh, text, _ in mails(path):
            if len(kinds) == 1 and not fresh and language not in ("it", "nl", "pt"):
                yield Example(language if language in ZONES else "en", min(kinds), text, fair=False)


def ruled(example: Example) -> Reading:
    """What the rules alone say of an answer."""
    zone, country = ZONES[example.language]
    settings = ReadSettings.of([REP.email], zone, country)
    message = Message(
        "1", "1", "1@buyer.example", MONDAY, CUSTOMER, (REP,), subject="Re: Quote 1042", plain=example.text
    )
    return read_answer(message, Body(example.text, example.text), settings, weighed=False)


class Table:
    """Examples as rows of numbers: signs weighed by rarity and brought to length 1, and what the rules say beside them."""

    def __init__(self, found: list[set[str]], verdicts: list[tuple[str, ...]]) -> None:
        seen = Counter(sign for one in found for sign in one)
        self.signs = sorted(sign for sign, n in seen.items() if n >= SELDOM)
        rarity = [(math.log((1 + len(found)) / (1 + seen[sign])) + 1) ** 2 for sign in self.signs]
        self.unit = max(rarity) / 255
        self.rarity = [round(square / self.unit) for square in rarity]  # as the model will know it
        self.rules = sorted({sign for one in verdicts for sign in one})
        column = {sign: i for i, sign in enumerate(self.signs)}
        self.weights = numpy.sqrt(numpy.array(self.rarity) * self.unit)
        words = [sorted(column[sign] for sign in one if sign in column) for one in found]
        values = [self.weights[row] / max(numpy.linalg.norm(self.weights[row]), 1e-9) for row in words]
        place = {sign: i for i, sign in enumerate(self.rules)}
        said = [[place[sign] for sign in one] for one in verdicts]
        self.rows = hstack(
            [
                _sparse(words, values, len(self.signs)),
                _sparse(said, [numpy.full(len(row), RULES) for row in said], len(self.rules)),
            ]
        ).tocsr()


def _sparse(columns: list[list[int]], values: list[Any], width: int) -> Any:
    ends = numpy.cumsum([0, *map(len, columns)])
    return csr_matrix(
        (numpy.concatenate(values), numpy.concatenate([numpy.array(c, dtype=int) for c in columns]), ends),
        shape=(len(columns), width),
    )


def held_out(rows: Any, kinds: Any) -> tuple[Any, list[str]]:
    """The scores of each example by a model that was not shown it, and the kinds in their columns."""
    names = sorted(set(kinds))
    scores = numpy.zeros((len(kinds), len(names)))
    for shown, kept in StratifiedKFold(FOLDS, shuffle=True, random_state=1).split(rows, kinds):
        scores[kept] = LinearSVC(C=FIT).fit(rows[shown], kinds[shown]).decision_function(rows[kept])
    return scores, names


def sharpness(scores: Any, truth: Any) -> float:
    """The factor by which scores become the likeliest chances."""
    steps = numpy.arange(1, 8, 0.25)
    return float(min(steps, key=lambda s: -log_softmax(scores * s, axis=1)[range(len(truth)), truth].mean()))


def report(scores: Any, names: list[str], kinds: Any, by_rule: list[str], sharp: float) -> None:
    """Print how many of the examples held out are read right, by the rules and by both, and the mistakes made most."""
    table = costs()
    risk = numpy.array([[table[Kind(true)][Kind(read)] for read in names] for true in names])
    chosen = [names[i] for i in (softmax(scores * sharp, axis=1) @ risk).argmin(axis=1)]
    both = [
        rule if rule == "opt_out" or kind == "nothing" else kind for rule, kind in zip(by_rule, chosen, strict=True)
    ]
    for title, read in (("rules alone", by_rule), ("weighed", both)):
        right = sum(a == b for a, b in zip(read, kinds, strict=True))
        dear = sum(a != b and table[Kind(b)][Kind(a)] >= 3 for a, b in zip(read, kinds, strict=True))
        print(
            f"{title}: right {100 * right / len(kinds):.1f} %, costly {100 * dear / len(kinds):.1f} % of {len(kinds)}"
        )
    wrong = Counter(f"{true} read as {read}" for true, read in zip(kinds, both, strict=True) if true != read)
    print("; ".join(f"{what} {n}" for what, n in wrong.most_common(10)))


def write(table: Table, model: Any, languages: list[str], sharp: float) -> None:
    """Write the model, a signed byte for each weight."""
    coefficients = model.coef_.T
    words = coefficients[: len(table.signs)] * table.weights[:, None]
    unit = float(abs(words).max() / (RAISED - 1))
    packed = numpy.column_stack([numpy.round(words / unit) + RAISED, table.rarity]).astype(numpy.uint8)
    said = coefficients[len(table.signs) :] * RULES
    content = {
        "kinds": list(model.classes_),
        "languages": languages,
        "unit": unit,
        "rarity": table.unit,
        "sharpness": sharp,
        "bias": [round(float(b), 4) for b in model.intercept_],
        "rules": {sign: [round(float(w), 4) for w in row] for sign, row in zip(table.rules, said, strict=True)},
        "signs": "\n".join(table.signs),
        "rows": base64.b64encode(packed.tobytes()).decode(),
    }
    TARGET.write_text(json.dumps(content, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="write the model without measuring it on examples held out; keeps the sharpness",
    )
    quick = parser.parse_args().quick
    rows = list(examples())
    readings = [ruled(row) for row in rows]
    found = [set().union(*map(signs, lay_out(row.text).sentences())) for row in rows]
    table = Table(found, [rule_signs(reading) if row.fair else () for row, reading in zip(rows, readings, strict=True)])
    kinds = numpy.array([row.kind for row in rows])
    if quick:
        sharp = json.loads(TARGET.read_text(encoding="utf-8"))["sharpness"]
    else:
        scores, names = held_out(table.rows, kinds)
        sharp = sharpness(scores, [names.index(kind) for kind in kinds])
        fair = [i for i, row in enumerate(rows) if row.fair]
        report(scores[fair], names, kinds[fair], [str(readings[i].kind) for i in fair], sharp)
    write(table, LinearSVC(C=FIT).fit(table.rows, kinds), sorted({row.language for row in rows}), sharp)
    print(f"{TARGET.name}: {len(rows)} mails, {len(table.signs)} signs, {TARGET.stat().st_size // 1024} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
