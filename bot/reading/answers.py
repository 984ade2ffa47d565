"""What a received mail of a person says.

A mail is laid out in sentences (sentences.py) and met by rules of concept, one file a language (languages/*.answers.toml):
every rule that finds its pattern, and whose guards let it stand, says a kind (finds.py). Then the kinds are weighed:

    opt_out, accepted, firm_no, left, later, referral, engaged, holding, early_no, away, acknowledged

save that a no which names a time to ask again is `later`, and a short no with a reason a firm one. Where no rule speaks, a
mail of nothing but courtesies is `acknowledged`; any other answer is `engaged`, the safe reading: the rep looks at it and
nobody is chased; and a mail that answers nothing is `nothing`.

An answer is then weighed a second time by what such words have meant (learned.py), to which the rules' verdict is one sign of
many. A request to be left in peace is beyond its reach.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.model import Kind, Mark, Message, Reading
from bot.reading.absence import absence_of, return_day
from bot.reading.body import Body
from bot.reading.courtesy import names_of, only_courtesy, small_talk
from bot.reading.dates import Moment, find_moments, nearest
from bot.reading.finds import Find, finds_in
from bot.reading.language import fold
from bot.reading.learned import learned
from bot.reading.mentions import mentions_in
from bot.reading.notice_rules import flat
from bot.reading.people import person_near
from bot.reading.sentences import MOST_OWN, Words, lay_out
from bot.reading.settings import ReadSettings
from bot.reading.tongues import Tongue, tongues_of

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
UNSPOKEN = "answers_nothing"  # the rule of a mail that answers nothing and on which no rule speaks
PLAIN = 0.7  # how likely a kind must be to be heard in such a mail
NOT_BY_WORDS = ("order_attached", "no_words_of_their_own")  # rules that look at more than words

_ANSWERS = re.compile(
    r"\s*(?:\[[^\]]{1,20}\]\s*)?(?:re|aw|antw|antwort|sv|ref|rif|rv|res|r|odp|vs|fwd?|wg|tr|i)\s*(?:\[\d+\])?\s*:",
    re.IGNORECASE,
)
_ORDER_FILE = re.compile(
    r"(?:^|[^a-z])(?:p\.?o|purchase[ _.-]?order|order|bestellung|auftrag|bon[ _.-]?de[ _.-]?commande|commande|pedido|"
    r"orden[ _.-]de[ _.-]compra|bestelling|inkooporder|ordine|encomenda|signed|countersigned|executed|unterschrieben|unterzeichnet|"
    r"signe|firmad[oa]|getekend|ondertekend|firmato|assinad[oa])(?:[^a-z]|$)"
)
_NO_ORDER_FILE = re.compile(
    r"confirm|acknowledg|bestatig|terms|template|form[ _.-]?blank|unsigned|invoice|rechnung|facture"
)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A mail laid out, and all that is needed to weigh it. `fresh`: it answers nothing."""

    message: Message
    body: Body
    settings: ReadSettings
    words: Words
    tongues: tuple[Tongue, ...]
    fresh: bool

    @property
    def beginning(self) -> str:
        return self.words.text[:MOST_WORDS].strip()

    def moments(self) -> tuple[Moment, ...]:
        return find_moments(self.words.text, self.message.at.astimezone(self.settings.zone), self.settings.country)

    def person(self, find: Find) -> str | None:
        gone = find.kind is Kind.LEFT
        return person_near(self.words, find.start, find.end, self.message, self.settings, gone=gone)


def read_answer(message: Message, body: Body, settings: ReadSettings, *, weighed: bool = True) -> Reading:
    """Read a mail somebody wrote to the rep: its kind, with the day, the person and the words that belong to it. Without
    `weighed` by rule alone."""
    mentions = mentions_in(f"{message.subject}\n{body.own[:MOST_OWN]}")
    if settings.is_colleague(message.sender):
        return Reading(Kind.NOTHING, rule="colleague", mentions=mentions)
    fresh = _is_fresh(message, body)
    words = lay_out(f"{message.subject}.\n\n{body.own}" if fresh else body.own, names_of(message.to))
    answer = _Answer(message, body, settings, words, tongues_of(words.folded), fresh)
    finds = finds_in(words, answer.tongues, message, settings, fresh)
    reading = _weigh(answer, [f for f in finds if not f.data.get("weak")] or finds)
    reading = _second_opinion(answer, reading) if weighed else reading
    language = reading.language or (answer.tongues[0].code if len(answer.tongues) == 1 else "")
    return replace(reading, mentions=mentions, language=language)


def _weigh(answer: _Answer, finds: list[Find]) -> Reading:
    """The reading that the finds come to."""
    firsts: dict[Kind, Find] = {}
    for find in finds:
        firsts.setdefault(find.kind, find)
    said = set(firsts)
    if (theirs := firsts.get(Kind.NOTHING)) and _is_theirs(answer, theirs, firsts):
        return _evidence(theirs, answer.words)
    if answer.fresh and said <= {Kind.ENGAGED, Kind.HOLDING} and _is_private(answer):
        return Reading(Kind.NOTHING, words=answer.beginning, rule="private_talk")
    if not said & {Kind.OPT_OUT, Kind.ACCEPTED, Kind.FIRM_NO, Kind.LATER} and (name := _order_file(answer.message)):
        return Reading(Kind.ACCEPTED, words=name, rule="order_attached")
    reason = next((f for f in finds if f.data.get("reason")), None)
    if Kind.EARLY_NO in said and reason and "?" not in answer.words.folded:
        return replace(
            _evidence(reason, answer.words), kind=Kind.FIRM_NO, rule=f"{firsts[Kind.EARLY_NO].rule}+{reason.rule}"
        )
    asks = any(f.kind is Kind.ENGAGED and f.data.get("asks") for f in finds)
    if asks and all(f.data.get("stated") for f in finds if f.kind is Kind.LATER):
        said.discard(Kind.LATER)  # "we can't before May. Does the price hold?" leaves the ball with the rep
    if Kind.LATER in said:
        said.discard(Kind.FIRM_NO)
    if not answer.fresh and Kind.HOLDING in said and all(f.data.get("mild") for f in finds if f.kind is Kind.ENGAGED):
        said.discard(Kind.ENGAGED)  # "looks good, I will let you know" leaves the ball with them
    kind = next((kind for kind in PRECEDENCE if kind in said), None)
    pleased = kind is Kind.ENGAGED and all(f.data.get("mild") for f in finds)
    if pleased and not answer.fresh and any(small_talk(answer.words, tongue) for tongue in answer.tongues):
        return Reading(Kind.ACKNOWLEDGED, words=answer.beginning, rule="small_talk")
    if kind is None:
        return _unspoken(answer)
    return _dress(firsts[kind], [f for f in finds if f.kind is kind], answer)


def _is_theirs(answer: _Answer, theirs: Find, firsts: Mapping[Kind, Find]) -> bool:
    """Whether a mail is their own bill or selling: not where they plainly order, or ask us to stop; and an answer in the
    thread only where they pretend to answer."""
    order, stop = firsts.get(Kind.ACCEPTED), firsts.get(Kind.OPT_OUT)
    if answer.fresh:
        long = len(answer.words.text) > MOST_WORDS
        return not (order and order.data.get("sure")) and not (stop and not (long and stop.data.get("bare")))
    return bool(theirs.data.get("selling")) and not (order or stop or Kind.FIRM_NO in firsts)


def _unspoken(answer: _Answer) -> Reading:
    """What a mail comes to on which no rule speaks."""
    words = answer.words
    if answer.fresh:
        for tongue in answer.tongues:
            if tongue.your_quote and (found := tongue.your_quote.search(words.folded)):
                return Reading(Kind.ENGAGED, words=words.text[found.start() : found.end()], rule="about_our_quote")
        return Reading(Kind.NOTHING, words=answer.beginning, rule=UNSPOKEN)
    if not words.sentences():
        seen = answer.body.quoted or answer.message.attachments or answer.message.html
        return Reading(Kind.ENGAGED if seen else Kind.ACKNOWLEDGED, rule="no_words_of_their_own")
    if any(only_courtesy(answer.words, answer.message, tongue) for tongue in answer.tongues):
        return Reading(Kind.ACKNOWLEDGED, words=answer.beginning, rule="only_courtesy")
    if any(small_talk(answer.words, tongue) for tongue in answer.tongues):
        return Reading(Kind.ACKNOWLEDGED, words=answer.beginning, rule="small_talk")
    return Reading(Kind.ENGAGED, words=answer.beginning, rule="an_answer")


def _second_opinion(answer: _Answer, ruled: Reading) -> Reading:
    """The reading of an answer once what such words have meant is weighed too; of a mail that answers nothing only where no
    rule spoke and the words are plain."""
    language = ruled.language or answer.tongues[0].code
    beyond = ruled.kind in (Kind.OPT_OUT, Kind.NOTHING) or ruled.rule in NOT_BY_WORDS or answer.fresh
    unspoken = answer.fresh and ruled.rule == UNSPOKEN
    if (beyond and not unspoken) or not answer.words.sentences() or language not in learned().languages:
        return ruled
    opinion = learned().opinion(answer.words, ruled)
    kind = opinion.safest()
    if kind in (ruled.kind, Kind.NOTHING) or (unspoken and opinion.likely[kind] < PLAIN):
        return ruled
    start, end = answer.words.sentence(opinion.places[kind])
    find = Find(kind, f"words_like_{kind}", start, end, language, {})
    return _dress(find, [find], answer)


# -------------------------------------------------------------------------------------------------- what belongs to a kind


def _dress(find: Find, same: list[Find], answer: _Answer) -> Reading:
    """The reading of a find with the day, the person and the marks that its kind carries. `same`: all finds of its kind."""
    reading = _evidence(find, answer.words)
    match find.kind:
        case Kind.LATER | Kind.HOLDING:
            return _with_day(reading, find, same, answer)
        case Kind.AWAY:
            return _with_return(reading, find, answer)
        case Kind.REFERRAL | Kind.LEFT:
            people = [person for f in same if (person := answer.person(f))]
            return replace(reading, contact=next((p for p in people if "<" in p), people[0] if people else None))
        case Kind.OPT_OUT:
            whole = any(t.company and t.company.search(answer.words.folded) for t in answer.tongues)
            return replace(reading, marks=frozenset({Mark.WHOLE_COMPANY}) if whole else frozenset())
        case _:
            return reading


def _with_day(reading: Reading, find: Find, same: list[Find], answer: _Answer) -> Reading:
    """Add the day to come back, or by which they will: the moment in a deciding sentence, else the nearest one."""
    moments = answer.moments()
    for one in sorted(same, key=lambda f: not f.data.get("told")):  # what they ask or promise, before what they report
        start, end = answer.words.sentence(one.start)
        if chosen := _narrowed([m for m in moments if start <= m.start < end], one):
            return replace(_evidence(one, answer.words), date=chosen.first, date_to=chosen.last)
    if chosen := _narrowed(moments, find):
        return replace(reading, date=chosen.first, date_to=chosen.last)
    return reading


def _narrowed(moments: Sequence[Moment], find: Find) -> Moment | None:
    """The moment nearest to a find; of "next year in February" the narrower."""
    chosen = nearest(moments, find.start, find.end)
    if chosen is None or chosen.last is None:
        return chosen
    last = chosen.last
    inside = [m for m in moments if m.last and chosen.first <= m.first <= m.last <= last and m.end + 8 >= chosen.start]
    close = [m for m in inside if m.start <= chosen.end + 8 and not (m.past or m.negated or m.ambiguous)]
    return min(close, key=lambda m: (m.last or m.first) - m.first, default=chosen)


def _with_return(reading: Reading, find: Find, answer: _Answer) -> Reading:
    """Add the first day back, and the deputy, of an absence written by hand."""
    known = {answer.message.sender.email, *answer.settings.me}
    at = answer.message.at.astimezone(answer.settings.zone)
    text, country = answer.words.text, answer.settings.country
    absence = absence_of(text, at, country, known)
    until = absence.until if absence else None
    until = until or return_day(flat(text), at, country, [answer.words.sentence(find.start)])
    return replace(reading, until=until, contact=absence.contact if absence else None)


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
    return not (message.answers or message.references or body.quoted or _ANSWERS.match(message.subject))


def _is_private(answer: _Answer) -> bool:
    """Whether a mail that answers nothing is chat: it speaks of private things, and not of wares, prices or work."""

    def speaks(pattern: Callable[[Tongue], re.Pattern[str] | None]) -> bool:
        return any(one is not None and one.search(answer.words.folded) for one in map(pattern, answer.tongues))

    return speaks(lambda t: t.private) and not speaks(lambda t: t.business)


def _order_file(message: Message) -> str | None:
    """The name of an attachment that says it is an order or a signed paper."""
    for attachment in message.attachments:
        name = fold(attachment.name)
        if _ORDER_FILE.search(name.rpartition(".")[0] or name) and not _NO_ORDER_FILE.search(name):
            return attachment.name
    return None
