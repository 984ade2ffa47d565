"""How a sentence leans on the moments it names: by, until, after, not before; and what "then" points back to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from bot.reading.moments import days
from bot.reading.moments.context import Context
from bot.reading.moments.days import Span, add_days, add_months, day, shift
from bot.reading.moments.lexicon import Lexicon
from bot.reading.moments.moment import Grain, Moment, Relation
from bot.reading.moments.words import Token

RELATIONS = {
    "@": Relation.ON,
    "I": Relation.ON,
    "e": Relation.ON,
    "b": Relation.BY,
    "u": Relation.UNTIL,
    "t": Relation.THROUGH,
    ">": Relation.AFTER,
    "<": Relation.BEFORE,
    "f": Relation.FROM,
}
REMOTE_YEARS = 3
DENIED_WITHIN = 10  # words behind a moment that opens its clause, in which a "not" still belongs to it


@dataclass(slots=True)
class Reader:
    """Turns the tokens of one stretch of text into moments. `last` is the moment that "then" would mean."""

    text: str
    context: Context
    words: Lexicon
    last: Span | None = None

    def moments(self, tokens: list[Token]) -> list[Moment]:
        """The moments of some tokens, in their order."""
        found: list[Moment] = []
        for index, token in enumerate(tokens):
            if token.tag == "Z":
                moment = self._moment(tokens, index, token.value)
                found.append(moment)
                if not (moment.past or moment.negated or moment.ambiguous):
                    self.last = token.value
            elif self.last is not None and token.tag in "=$?>Uu":
                pointed = self._backward(tokens, index, self.last)
                if pointed is not None:
                    found.append(pointed)
        return found

    # --- a moment and its preposition ---

    def _moment(self, tokens: list[Token], index: int, span: Span) -> Moment:
        at = index - 1
        while _tag(tokens, at) in "T~" and at >= 0:
            at -= 1
        relation = RELATIONS.get(_tag(tokens, at), Relation.ON)
        start = at if _tag(tokens, at) in RELATIONS else at + 1
        if _tag(tokens, at) == "n" or (_tag(tokens, at) in "Df" and _tag(tokens, at - 1) == "n"):
            span = self._of_the_past(span)
        elif span.rule == "weekday" and "d" in [_tag(tokens, at - n) for n in range(3)]:
            past = add_days(span.first, -7 if span.first < add_days(self.context.today, 7) else -14)
            span = replace(span, first=past, last=past)
        denied = self._denied(tokens, start, relation)
        if relation in (Relation.UNTIL, Relation.BEFORE) and (denied or self._denied_behind(tokens, start, index)):
            # What is not to be before a feast is not to be at the feast either.
            relation = Relation.AFTER if relation is Relation.BEFORE and span.rule == "holiday" else Relation.FROM
            denied = False
        elif relation is Relation.AFTER and RELATIONS.get(_tag(tokens, at - 1)) is Relation.UNTIL:
            denied = False  # "nothing moves until after Q3"
        end = index
        following = [_tag(tokens, index + n) for n in range(1, 4)]
        if following[0] == "^" and relation is Relation.AFTER:  # once it has started
            relation, end = Relation.FROM, index + 1
        elif "?" in following[:2] and relation not in (Relation.BY, Relation.BEFORE):
            relation, end = Relation.AFTER, index + 1 + following.index("?")
        elif following[0] == ";":
            relation, end = Relation.FROM, index + 1
        elif relation is Relation.UNTIL and "z" in following:
            relation, end = Relation.THROUGH, index + 1 + following.index("z")
        place = (tokens[min(start, index)].start, tokens[end].end)
        return self._made(span, relation, place, span.rule, negated=denied)

    def _made(self, span: Span, relation: Relation, place: tuple[int, int], rule: str, negated: bool = False) -> Moment:
        today = self.context.today
        first, last = _meant(span, relation)
        current = span.first <= today <= span.last and span.days > 1
        if current and relation in (Relation.ON, Relation.BY) and span.grain is not Grain.RANGE:
            first = max(first, today)
        return Moment(
            first,
            last,
            self.text[place[0] : place[1]],
            *place,
            rule,
            relation,
            span.grain,
            (span.first, span.last),
            past=span.last < today,
            current=current,
            negated=negated,
            ambiguous=span.ambiguous,
            exact=span.exact,
            remote=span.first.year > today.year + REMOTE_YEARS,
        )

    def _of_the_past(self, span: Span) -> Span:
        """ "Your mail of 3 March" is of the nearest 3 March, which may be over."""
        if not span.free or span.grain is not Grain.DAY:
            return span
        before = add_months(span.first, -12) if span.first.day < 29 or span.first.month != 2 else span.first
        if "month" not in span.rule and span.rule == "day":
            before = add_months(span.first, -1)
        near = self.context.today - before < span.first - self.context.today
        return replace(span, first=before, last=before) if near else span

    def _denied(self, tokens: list[Token], start: int, relation: Relation) -> bool:
        """Whether a "not" reaches the moment: close in front of it, or anywhere in the clause for "until" and
        "before"."""
        reach = 12 if relation in (Relation.UNTIL, Relation.BEFORE) else 3
        if relation in (Relation.BY, Relation.FROM, Relation.THROUGH):
            return False
        words = 0
        for at in range(start - 1, max(-1, start - 16), -1):
            tag = tokens[at].tag
            if tag == "!":
                return True
            if tag in "#,(.Z":
                return False
            words += tag in "_nV"
            if words > reach:
                return False
        return False

    def _denied_behind(self, tokens: list[Token], start: int, index: int) -> bool:
        """Whether a moment that opens its clause is denied in it: "before Easter we can't look at it"."""
        if _tag(tokens, start - 1) not in "#,.":
            return False
        for at in range(index + 1, min(len(tokens), index + 1 + DENIED_WITHIN)):
            if tokens[at].tag == "!":
                return True
            if tokens[at].tag in "#,(.Z":
                return False
        return False

    # --- pointing back ---

    def _backward(self, tokens: list[Token], index: int, last: Span) -> Moment | None:
        """ "Call me then", "after that", "till it's over", "the week after", "three months before that"."""
        tags = "".join(_tag(tokens, index + n) for n in range(4))
        before = _tag(tokens, index - 1)
        token = tokens[index]
        if tags[0] == "=" and before not in "Zhbu<f>v" and self._ends_clause(tokens, index):
            if index and tokens[index - 1].fold in self.words.then_never_after:
                return None
            return self._made(last, Relation.ON, (token.start, token.end), "then")
        if tags[0] == ">" and tags[1] in "$=" and tags[2] in "#.,)?_":
            return self._made(last, Relation.AFTER, (token.start, tokens[index + 1].end), "then")
        if tags[0] == "?" and before == "$" and last.days >= 1:
            return self._made(last, Relation.AFTER, (tokens[index - 1].start, token.end), "then")
        if tags[0] == "U" and tags[1] in "<>":
            return self._counted(tokens, index, last)
        return None

    def _counted(self, tokens: list[Token], index: int, last: Span) -> Moment | None:
        """The day after; three months before that."""
        pointer = _tag(tokens, index + 2)
        if not (pointer in "$=" or self._ends_clause(tokens, index + 1)):
            return None
        unit, sign = tokens[index].value, 1 if tokens[index + 1].tag == ">" else -1
        end = tokens[min(index + (2 if pointer in "$=" else 1), len(tokens) - 1)].end
        if _tag(tokens, index - 1) == "N":
            count = tokens[index - 1].value[0]
            span: Span | None = day(shift(last.last if sign > 0 else last.first, unit, sign * count))
            start = tokens[index - 1].start
        elif _tag(tokens, index - 1) in "TA":
            span = days.unit_span(shift(last.last if sign > 0 else last.first, unit, sign), unit)
            start = tokens[index - 1].start
        else:
            return None
        return self._made(span, Relation.ON, (start, end), "then") if span else None

    def _ends_clause(self, tokens: list[Token], index: int) -> bool:
        """Whether nothing of weight follows in the clause."""
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        return following is None or following.tag in "#,.)&" or following.fold in self.words.after_day


def _tag(tokens: list[Token], index: int) -> str:
    return tokens[index].tag if 0 <= index < len(tokens) else "#"


def _meant(span: Span, relation: Relation) -> tuple[dt.date, dt.date | None]:
    """First and last day once the preposition is heeded."""
    if relation is Relation.AFTER and span.rule not in ("offset", "next few"):
        return add_days(span.tail or span.last, 1), None
    if relation in (Relation.FROM, Relation.AFTER):
        return span.first, None
    return span.first, span.last
