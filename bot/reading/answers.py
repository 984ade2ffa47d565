"""What a received mail of a person says.

A mail is laid out in sentences (sentences.py) and met by rules of concept, one file a language (languages/*.answers.toml):
every rule that finds its pattern, and whose guards let it stand, says a kind. Then the kinds are weighed:

    opt_out, accepted, firm_no, left, later, referral, engaged, holding, early_no, away, acknowledged

save that a no which names a time to ask again is `later`. Where no rule speaks, a
mail of nothing but courtesies is `acknowledged`; any other answer is `engaged`, the safe reading: the rep looks at it and
nobody is chased; and a mail that answers nothing is `nothing`.
"""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.model import Address, Kind, Mark, Message, Reading
from bot.reading.body import Body
from bot.reading.dates import Moment, Relation, find_moments, nearest
from bot.reading.language import PLAIN, Rule, RuleSet, expand, fold, rule_set, tables
from bot.reading.mentions import mentions_in
from bot.reading.people import named_before, named_next, person_near
from bot.reading.sentences import Words, lay_out
from bot.reading.settings import ReadSettings

PRECEDENCE = (
    Kind.OPT_OUT,
    Kind.ACCEPTED,
    Kind.FIRM_NO,
    Kind.LEFT,
    Kind.LATER,
    Kind.REFERRAL,
    Kind.ENGAGED,
    Kind.HOLDING,
    Kind.EARLY_NO,
    Kind.AWAY,
    Kind.NOTHING,
)
MOST_WORDS = 160  # characters of evidence
MOST_FINDS = 6  # places at which one rule is tried: a text that repeats itself says nothing new
NEAR = 40  # characters that a guard with where = "near" looks at
FEW_WORDS = 7  # a text this short betrays no language: the rules of all are tried

_DAY = dt.timedelta(days=1)
_ANSWER_SUBJECT = re.compile(r"\s*(?:\[[^\]]{1,20}\]\s*)?(?:re|aw|antw|antwort|sv|ref|rif|rv|res|r|odp|vs|fwd?|wg|tr|i)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
_SUBJECT_MARKS = re.compile(r"^(?:\s*(?:re|aw|antw|antwort|sv|ref|rif|rv|res|odp|vs|fwd?|wg|tr)\s*(?:\[\d+\])?\s*:)+\s*", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_ORDER_FILE = re.compile(
    r"(?:^|[^a-z])(?:p\.?o|purchase[ _.-]?order|order|bestellung|auftrag|bon[ _.-]?de[ _.-]?commande|commande|pedido|orden[ _.-]de[ _.-]compra|"
    r"bestelling|inkooporder|ordine|encomenda|signed|countersigned|executed|unterschrieben|unterzeichnet|signe|firmad[oa]|getekend|"
    r"ondertekend|firmato|assinad[oa])(?:[^a-z]|$)"
)
_NO_ORDER_FILE = re.compile(r"confirm|acknowledg|bestatig|terms|template|form[ _.-]?blank|unsigned|invoice|rechnung|facture")


@dataclass(frozen=True, slots=True)
class Guard:
    """A pattern that takes a rule's find back, and the part of the text in which it looks."""

    where: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Tongue:
    """What one language knows of answers."""

    code: str
    rules: RuleSet
    guards: Mapping[str, Guard]
    hints: frozenset[str]
    courtesy: frozenset[str]
    thanks: frozenset[str]
    courtesy_line: re.Pattern[str] | None
    company: re.Pattern[str] | None
    your_quote: re.Pattern[str] | None
    business: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Find:
    """A rule that spoke, and where."""

    kind: Kind
    rule: str
    start: int
    end: int
    language: str
    data: Mapping[str, Any]


def read_answer(message: Message, body: Body, settings: ReadSettings) -> Reading:
    """Read a mail somebody wrote to the rep: its kind, with the day, the person and the words that belong to it."""
    mentions = mentions_in(f"{message.subject}\n{body.own[:4096]}")
    if settings.is_colleague(message.sender):
        return Reading(Kind.NOTHING, rule="colleague", mentions=mentions)
    fresh = _is_fresh(message, body)
    words = lay_out(f"{message.subject}.\n\n{body.own}" if fresh else body.own, _names(message.to))
    tongues = _tongues_of(words.folded)
    finds = [find for tongue in tongues for find in _finds(words, tongue, message, settings, fresh)]
    reading = _weigh(words, finds, tongues, message, body, settings, fresh)
    language = reading.language or (tongues[0].code if len(tongues) == 1 else "")
    return replace(reading, mentions=mentions, language=language)


def _weigh(
    words: Words, finds: list[Find], tongues: tuple[Tongue, ...], message: Message, body: Body, settings: ReadSettings, fresh: bool
) -> Reading:
    """The reading that the finds come to."""
    by_kind: dict[Kind, Find] = {}
    for find in finds:
        by_kind.setdefault(find.kind, find)
    if nothing := by_kind.get(Kind.NOTHING):
        if fresh or (nothing.data.get("selling") and not {Kind.OPT_OUT, Kind.ACCEPTED, Kind.FIRM_NO} & set(by_kind)):
            return _evidence(nothing, words)
    if fresh and set(by_kind) <= {Kind.ENGAGED, Kind.HOLDING} and not _is_business(words, tongues):
        return Reading(Kind.NOTHING, words=words.text[:MOST_WORDS].strip(), rule="private_talk")
    if Kind.OPT_OUT not in by_kind and not {Kind.LATER, Kind.FIRM_NO, Kind.ACCEPTED} & set(by_kind) and (name := _order_file(message)):
        return Reading(Kind.ACCEPTED, words=name, rule="order_attached")
    if Kind.EARLY_NO in by_kind and not _asks(words) and (reason := next((f for f in finds if f.data.get("reason")), None)):
        return replace(_evidence(reason, words), kind=Kind.FIRM_NO, rule=f"{by_kind[Kind.EARLY_NO].rule}+{reason.rule}")
    if Kind.LATER in by_kind:
        by_kind.pop(Kind.FIRM_NO, None)
    if not fresh and Kind.HOLDING in by_kind and all(f.data.get("mild") for f in finds if f.kind is Kind.ENGAGED):
        by_kind.pop(Kind.ENGAGED, None)  # "looks good, I will let you know" leaves the ball with them
    for kind in PRECEDENCE:
        if find := by_kind.get(kind):
            return _dress(find, [f for f in finds if f.kind is kind], words, tongues, message, settings)
    return _unspoken(words, tongues, body, message, fresh)


def _unspoken(words: Words, tongues: tuple[Tongue, ...], body: Body, message: Message, fresh: bool) -> Reading:
    """What a mail comes to on which no rule speaks."""
    first = words.text[:MOST_WORDS].strip()
    if fresh:
        for tongue in tongues:
            if tongue.your_quote and (found := tongue.your_quote.search(words.folded)):
                return Reading(Kind.ENGAGED, words=words.text[found.start() : found.end()], rule="about_our_quote")
        return Reading(Kind.NOTHING, words=first, rule="answers_nothing")
    if not words.sentences():
        kind = Kind.ENGAGED if body.quoted or message.attachments or message.html else Kind.ACKNOWLEDGED
        return Reading(kind, rule="no_words_of_their_own")
    if any(_only_courtesy(words, tongue, message) for tongue in tongues):
        return Reading(Kind.ACKNOWLEDGED, words=first, rule="only_courtesy")
    return Reading(Kind.ENGAGED, words=first, rule="an_answer")


# ---------------------------------------------------------------------------------------------------------- what rules find


def _finds(words: Words, tongue: Tongue, message: Message, settings: ReadSettings, fresh: bool) -> Iterator[Find]:
    """Every rule of a language that speaks, each with the first place where it may."""
    spoken = None
    for rule, part in tongue.rules.candidates(words.folded):
        if rule is spoken or rule.data.get("fresh", fresh) != fresh:
            continue
        for found in itertools.islice(part.pattern.finditer(words.folded), MOST_FINDS):
            if found[0].strip() and _stands(rule, found, words, tongue, message, settings):
                yield Find(Kind(rule.data["kind"]), rule.name, found.start(), found.end(), tongue.code, rule.data)
                spoken = rule
                break


def _stands(rule: Rule, found: re.Match[str], words: Words, tongue: Tongue, message: Message, settings: ReadSettings) -> bool:
    """Whether no guard of the rule objects and everything it needs is there."""
    start, end = words.sentence(found.start())
    for name in rule.data.get("unless", ()):
        guard = tongue.guards[name]
        match guard.where:
            case "clause":
                part = words.folded[words.clause(found.start()) : found.start()]
            case "before":
                part = words.folded[start : found.start()]
            case "near":
                part = words.folded[found.end() : min(end, found.end() + NEAR)]
            case "after":
                part = words.folded[found.end() : end]
            case "sentence":
                part = words.folded[start:end]
            case _:
                part = words.folded
        if guard.pattern.search(part):
            return False
    match rule.data.get("needs"):
        case "person":
            return person_near(words, found.start(), found.end(), message, settings) is not None
        case "name":
            return named_before(words.text[max(start, found.start() - 40) : found.start()])
        case "other_name":
            return named_next(words.text[found.end() : end], message, settings)
    return True


def _is_business(words: Words, tongues: tuple[Tongue, ...]) -> bool:
    """Whether a mail speaks of wares, prices or work at all."""
    return any(t.business and t.business.search(words.folded) for t in tongues)


def _asks(words: Words) -> bool:
    return "?" in words.folded


# -------------------------------------------------------------------------------------------------- what belongs to a kind


def _dress(find: Find, same: list[Find], words: Words, tongues: tuple[Tongue, ...], message: Message, settings: ReadSettings) -> Reading:
    """The reading of a find with the day, the person and the marks that its kind carries."""
    reading = _evidence(find, words)
    match find.kind:
        case Kind.LATER | Kind.HOLDING:
            return _with_day(reading, find, same, words, message, settings)
        case Kind.AWAY:
            return replace(
                _with_return(reading, find, words, message, settings), contact=person_near(words, find.start, len(words.text), message, settings)
            )
        case Kind.REFERRAL | Kind.LEFT:
            people = (person_near(words, f.start, f.end, message, settings, gone=find.kind is Kind.LEFT) for f in same)
            return replace(reading, contact=next((p for p in people if p), None))
        case Kind.OPT_OUT:
            whole = any(t.company and t.company.search(words.folded) for t in tongues)
            return replace(reading, marks=frozenset({Mark.WHOLE_COMPANY}) if whole else frozenset())
        case _:
            return reading


def _moments(words: Words, message: Message, settings: ReadSettings) -> tuple[Moment, ...]:
    return find_moments(words.text, message.at.astimezone(settings.zone), settings.country)


def _with_day(reading: Reading, find: Find, same: list[Find], words: Words, message: Message, settings: ReadSettings) -> Reading:
    """Add the day to come back, or by which they will: the moment in the deciding sentence, else the nearest one."""
    moments = _moments(words, message, settings)
    for one in same:
        start, end = words.sentence(one.start)
        inside = [m for m in moments if start <= m.start < end]
        chosen = nearest(inside, one.start, one.end)
        if chosen:
            return replace(_evidence(one, words), date=chosen.first, date_to=chosen.last)
    if chosen := nearest(moments, find.start, find.end):
        return replace(reading, date=chosen.first, date_to=chosen.last)
    return reading


def _with_return(reading: Reading, find: Find, words: Words, message: Message, settings: ReadSettings) -> Reading:
    """Add the first day back of an absence written by hand."""
    usable = [m for m in _moments(words, message, settings) if not (m.past or m.negated or m.ambiguous)]
    for moment in sorted(usable, key=lambda m: m.start, reverse=True):
        if moment.relation in (Relation.THROUGH,) and moment.last:
            return replace(reading, until=moment.last + _DAY)
        if moment.relation is Relation.UNTIL:
            return replace(reading, until=moment.named[0] if moment.named[0] == moment.first else moment.first)
    return replace(reading, until=usable[-1].first) if usable else reading


def _evidence(find: Find, words: Words) -> Reading:
    """A reading with the sentence that decided, cut to a length that quotes and does not copy."""
    start, end = words.sentence(find.start)
    if end - start > MOST_WORDS:
        start = max(start, min(find.start - 20, end - MOST_WORDS))
        end = max(min(end, start + MOST_WORDS), min(find.end, start + 2 * MOST_WORDS))
    return Reading(find.kind, words=words.text[start:end].strip(" .,;"), rule=find.rule, language=find.language)


# ------------------------------------------------------------------------------------------------------------ small questions


def _is_fresh(message: Message, body: Body) -> bool:
    """Whether a mail answers nothing: no thread behind it, no "Re:", nothing quoted."""
    return not (message.answers or message.references or body.quoted or _ANSWER_SUBJECT.match(message.subject))


def _order_file(message: Message) -> str | None:
    """The name of an attachment that says it is an order or a signed paper."""
    for attachment in message.attachments:
        name = fold(attachment.name)
        if _ORDER_FILE.search(name.rpartition(".")[0] or name) and not _NO_ORDER_FILE.search(name):
            return attachment.name
    return None


def _only_courtesy(words: Words, tongue: Tongue, message: Message) -> bool:
    """Whether every word is one of thanks, receipt, greeting and leave-taking, names of the two people included."""
    rest = _without_signature(words)
    plain = tongue.courtesy_line.sub("thanks" if tongue.thanks else "", rest) if tongue.courtesy_line else rest
    said = _WORD.findall(plain)
    names = _names((*message.to, message.sender))
    if not said:
        return bool(words.folded.strip()) and not any(c.isdigit() for c in words.folded)
    return len(said) <= 40 and not tongue.thanks.isdisjoint(said) and all(w in tongue.courtesy or w in names for w in said)


def _without_signature(words: Words) -> str:
    """The folded text without a last sentence that is but a name: up to three words written large, or initials."""
    end = len(words.folded.rstrip("\n "))
    start = words.folded.rfind("\n", 0, end) + 1
    last = words.text[start:end].split()
    return words.folded[:start] if start and 0 < len(last) <= 3 and all(w[0].isupper() for w in last) else words.folded


def _names(people: Iterable[Address]) -> frozenset[str]:
    """The names that addresses show, folded."""
    shown = (part for a in people for part in (a.name, a.email.partition("@")[0]))
    return frozenset(fold(word) for part in shown for word in _WORD.findall(part))


# --------------------------------------------------------------------------------------------------------------- languages


@functools.cache
def _tongues() -> tuple[Tongue, ...]:
    """The languages that know answers, English first."""
    found = [_tongue(code, table["answers"]) for code, table in tables().items() if "answers" in table]
    return tuple(sorted(found, key=lambda t: (t.code != "en", t.code)))


def _tongue(code: str, table: Mapping[str, Any]) -> Tongue:
    macros = table.get("macros", {})

    def compiled(source: Any) -> re.Pattern[str]:
        return re.compile(expand(source, macros).translate(PLAIN), re.MULTILINE)

    def words_of(key: str) -> frozenset[str]:
        return frozenset(fold(table.get(key, "")).split())

    guards = {name: Guard(row["where"], compiled(row["pattern"])) for name, row in table.get("guards", {}).items()}
    return Tongue(
        code=code,
        rules=rule_set(table["rules"], macros, plain=True),
        guards=guards,
        hints=words_of("hints"),
        courtesy=words_of("courtesy") | words_of("thanks"),
        thanks=words_of("thanks"),
        courtesy_line=compiled(table["courtesy_line"]) if "courtesy_line" in table else None,
        company=compiled(table["company"]) if "company" in table else None,
        your_quote=compiled(table["your_quote"]) if "your_quote" in table else None,
        business=compiled(table["business"]) if "business" in table else None,
    )


def _tongues_of(folded: str) -> tuple[Tongue, ...]:
    """The languages a text may be in: those with at least half as many of their little words in it as the best has, and English,
    which everybody mixes in."""
    said = frozenset(_WORD.findall(folded[:1000]))
    counts = [(len(said & tongue.hints), tongue) for tongue in _tongues()]
    best = max((count for count, _ in counts), default=0)
    if best == 0 or (len(said) <= FEW_WORDS and best == 1):
        return _tongues()
    return tuple(t for count, t in sorted(counts, key=lambda c: -c[0]) if count * 2 >= best or (t.code == "en" and (count or best < 3)))
