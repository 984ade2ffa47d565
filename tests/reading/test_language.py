"""The rule engine: sound prefilters, and patterns that are unique, well formed and linear."""

from __future__ import annotations

import json
import pathlib
import re
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reading.language import MOST_STRETCHES, expand, fold, rule_set, stretches
from bot.reading.literals import kept, known, needs
from bot.reading.tongues import Tongue, tongues

TONGUES = tongues()
MAILS = (pathlib.Path(__file__).parent / "mails").glob("answers.*.txt")
LINES = [fold(line) for path in MAILS for line in path.read_text(encoding="utf-8").splitlines()]
SHORT, LONG = 2_048, 8_192
QUICK = 0.01  # seconds in which a pattern may do what it likes: too short to measure


def test_a_rule_set_gives_first_matches_in_the_rules_order() -> None:
    rules = rule_set([{"name": "b", "pattern": ["dog", "cat"], "kind": 1}, {"name": "a", "pattern": r"\bcow\b"}])
    found = [(rule.name, match[0]) for rule, match in rules.matches("A Cow, a CAT and a dog")]
    assert found == [("b", "dog"), ("a", "Cow")]
    assert rules.rules[0].data["kind"] == 1


def test_macros_may_use_macros_and_be_lists() -> None:
    macros = {"pet": ["cat", "dog"], "pets": "{pet}s?"}
    assert re.fullmatch(expand("two {pets}", macros), "two dogs")
    assert expand(r"\d{1,2}", macros) == r"\d{1,2}"


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"colou?r", "colr"),
        (r"(?:abc|abd)x", "abcx"),
        (r"(?:abc|)x", "x"),
        (r"(?:ab){0,2}c", "c"),
        (r"straße", "STRASSE"),
        (r"(?!no)yes", "yes"),
        (r"[ab]c|de", "de"),
    ],
)
def test_needs_never_hide_a_match(pattern: str, text: str) -> None:
    rules = rule_set([{"name": "x", "pattern": pattern}])
    found = re.search(pattern, text, re.IGNORECASE)
    assert bool(list(rules.matches(text))) is bool(found)


def test_needs_ask_for_every_group() -> None:
    groups = needs(r"\b(?:call|ring)\b.{0,9}\b(?:monday|june)\b")
    assert set(groups) == {frozenset({" monday ", " june "}), frozenset({" call ", " ring "})}


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        (r"\bwe (?:order|buy)\b", {" we "}),
        (r"order\w*", {"order"}),
        (r"(?:re)?order\b", {"order "}),
        (r"(?:\W|^)order(?:s|ing)?", {" order"}),
        (r"(?:please )?order[ ,]", {"order "}),
        (r"\b(?:please )?order[ ,]", {" order "}),
        (r"\b(?:in ){1,2}\border", {" order"}),
        (r"(?:go[- ])+ahead$", {" ahead "}),
        (r"\b(?:I|we)['’]d\b", {" d "}),
    ],
)
def test_blanks_stand_where_a_word_surely_begins_or_ends(pattern: str, literals: set[str]) -> None:
    assert literals in [set(group) for group in needs(pattern)]


WORDS = st.sampled_from(
    ["we", "order", "reorder", "orders", "it's", "x-ray", "_we", "Straße", "ok,", "\n", "  ", "été"]
)
PIECES = st.sampled_from(
    [
        r"\b",
        "we",
        "order",
        " ",
        "[ ,]",
        r"\W",
        r"\s",
        ".",
        "s?",
        "(?:re)?",
        "(?:we|it) ",
        "(?:or){1,2}",
        "(?!x)",
        "[a-z]",
        "$",
        "^",
    ]
)


@given(st.lists(PIECES, min_size=1, max_size=6), st.lists(WORDS, max_size=8), st.sampled_from(["", " "]))
def test_no_match_is_hidden(pieces: list[str], words: list[str], between: str) -> None:
    """Whatever the pattern: what it finds in a text lies in the stretches it is offered, and is found there too."""
    pattern, text = "".join(pieces), between.join(words)
    (rule,) = (rules := rule_set([{"name": "x", "pattern": pattern}])).rules
    found = [match.span() for match in re.finditer(pattern, text, re.IGNORECASE) if match[0].strip()]
    offered = [match.span() for _, part, spans in rules.candidates(text) for match in part.finds(text, spans)]
    assert found == [span for span in offered if text[slice(*span)].strip()], rule.parts[0].needs


@pytest.mark.parametrize(
    ("pattern", "stays"),
    [
        (r"we.{0,9}order", True),
        (r"we\sorder", False),
        (r"we[^x]order", False),
        (r"we[^\n]order$", False),
        (r"(?m)we[^\n]order$", True),
        (r"(?s)we.order", False),
        (r"we(?=[ \w]order)", True),
        (r"we(?!\s)", False),
        (r"(?<!\s)we", True),
    ],
)
def test_it_is_known_which_patterns_stay_in_their_line(pattern: str, stays: bool) -> None:
    assert known(pattern, re.IGNORECASE)[1] is stays


def test_a_text_of_many_lines_is_looked_over_in_few_stretches() -> None:
    text = "we order it\n" * 5_000
    assert len(stretches(text)) <= MOST_STRETCHES + 1
    assert "\n".join(text[slice(*stretch.span)] for stretch in stretches(text)) == text


@given(st.text())
def test_folding_keeps_every_place(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_folding_makes_letters_plain() -> None:
    assert fold("Grüße, ÉTÉ – “it’s”\u00a0Ł") == 'gruse, ete - "it\'s" l'


@pytest.mark.parametrize("tongue", TONGUES, ids=lambda tongue: tongue.code)
def test_rules_are_named_once_and_know_their_guards(tongue: Tongue) -> None:
    names = [rule.name for rule in tongue.rules.rules]
    assert len(names) == len(set(names))
    asked = {name for rule in tongue.rules.rules for key in ("unless", "only") for name in rule.data.get(key, ())}
    asked |= {name for names in tongue.always.values() for name in names}
    assert asked <= tongue.guards.keys()
    assert {guard.where for guard in tongue.guards.values()} <= {
        "clause",
        "through",
        "before",
        "near",
        "after",
        "sentence",
        "text",
    }


@pytest.mark.parametrize("tongue", TONGUES, ids=lambda tongue: tongue.code)
def test_the_prefilter_hides_no_match_in_the_mails(tongue: Tongue) -> None:
    for line in LINES[::7]:
        offered = {id(part) for _, part, _ in tongue.rules.candidates(line)}
        for rule in tongue.rules.rules:
            for part in rule.parts:
                assert id(part) in offered or not part.pattern.search(line), (
                    rule.name,
                    part.pattern.pattern[:80],
                    line,
                )


def patterns(tongue: Tongue) -> Iterator[tuple[str, re.Pattern[str], list[str]]]:
    """Every pattern of a language with a few of its own words to vex it with."""
    for rule in tongue.rules.rules:
        for part in rule.parts:
            yield rule.name, part.pattern, [min(group, key=len) for group in part.needs]
    for name, guard in tongue.guards.items():
        yield name, guard.pattern, ["not", "you"]
    for pattern in (tongue.courtesy_line, tongue.company, tongue.your_quote, tongue.business):
        if pattern:
            yield pattern.pattern[:40], pattern, ["thanks", "our"]


def seconds(pattern: re.Pattern[str], text: str) -> float:
    began = time.thread_time()
    for _ in pattern.finditer(text):
        pass
    return time.thread_time() - began


@pytest.mark.parametrize("tongue", TONGUES, ids=lambda tongue: tongue.code)
def test_patterns_run_in_linear_time(tongue: Tongue) -> None:
    """Four times the text may cost four times the time, give or take; ten times would be a square."""
    for name, pattern, words in patterns(tongue):
        for unit in ("a", " ", " ".join(words) + " "):
            if seconds(pattern, (unit * SHORT)[:SHORT]) > QUICK:
                ratios = [
                    seconds(pattern, (unit * LONG)[:LONG]) / seconds(pattern, (unit * SHORT)[:SHORT]) for _ in range(3)
                ]
                assert min(ratios) < 10, (name, unit, ratios)


def test_the_kept_literals_are_complete_and_fresh() -> None:
    """After a change to a rule: python -m bot.reading.needs. (Asked in a process of its own: what tests ask for counts not.)"""
    code = "import json; from bot.reading.needs import current; print(json.dumps(current()))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(said.stdout) == kept()
