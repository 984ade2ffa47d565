"""How a quote, or a talk without one, is named in a sentence: by its number, else by what its subject says."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.writing.customs import custom, joined, money_text
from bot.writing.facts import Matter
from bot.writing.lines import line

MAX_SUBJECT = 200  # characters of a subject; a mail's may be of any length
MAX_TOPIC = 80  # characters of a subject named inside a sentence

# Prefixes by which mail programs mark an answer or a forward (RFC 5322, 3.6.5, and what is common in other languages).
_PREFIX = re.compile(
    r"\s*(?:re|aw|antw|antwort|sv|vs|ref|rv|fw|fwd|wg|tr|doorst|i|r)(?:\[\d{1,3}\])?\s?:", re.IGNORECASE
)
_TAG = re.compile(r"\s*\[[^\[\]]{1,20}\](?=\s*\S)")  # "[EXTERNAL]", which a mail gateway puts before a subject


def quote_of(matter: Matter, language: str, country: str) -> str:
    """The quote without its sum ("quote Q-1042", "quote “Dock levelers”", "quote"), or the talk where there is none."""
    words = custom(language, country)
    number, topic = line(matter.number or "", MAX_TOPIC), topic_of(matter.subject)
    if matter.quoted and number:
        return str(words["quote"]).format(number=number)
    if matter.quoted:  # "Quote for dock levelers" would read: our quote "Quote for dock levelers"
        topic = re.sub(f"^{words['quote_head']}{_AFTER_HEAD}", "", topic, count=1, flags=re.IGNORECASE).strip(' "')
        topic = "" if _shouts(topic) else topic
    kind = "quote" if matter.quoted else "talk"
    return str(words[f"{kind}_named"]).format(subject=topic) if topic else str(words[f"{kind}_bare"])


# What may follow the word for a quote at the head of a subject: nothing, a mark, the thing quoted, or only the day of it.
_AFTER_HEAD = (
    r"""(?:$|\s*[:–#-]\s*|\s+(?=["“„«])| (?:for|für|über|pour|para|de)\b |\s+(?:of|from|dated|vom|du|del)\s.*$)"""
)


def _shouts(topic: str) -> bool:
    """Whether a subject is in capitals: nobody would write it so in the middle of a sentence."""
    return topic.isupper() and sum(c.isalpha() for c in topic) > 12


def quote_sum(matter: Matter, language: str, country: str) -> str:
    """The same with its sum, where one is known."""
    quote, money = quote_of(matter, language, country), sum_of(matter, language, country)
    return str(custom(language, country)["with_sum"]).format(quote=quote, sum=money) if money else quote


def listed(matters: Sequence[Matter], language: str, country: str) -> str:
    """Several quotes in a row; where the language wants it, each but the first with the word for "our"."""
    named = [quote_sum(matter, language, country) for matter in matters]
    each = str(custom(language, country).get("each", "{quote}"))
    return joined([*named[:1], *(each.format(quote=one) for one in named[1:])], language)


def sum_of(matter: Matter, language: str, country: str) -> str:
    """The sum as the country writes it; "" where none is known."""
    return "" if matter.amount is None else money_text(matter.amount, matter.currency, country, language)


def topic_of(subject: str) -> str:
    """What a subject says, without the marks of answers, forwards and gateways, short enough for a sentence."""
    text = line(subject, MAX_SUBJECT)
    for _ in range(8):
        match = _PREFIX.match(text) or _TAG.match(text)
        if not match:
            break
        text = text[match.end() :].strip()
    text = text.strip(" “”„«».,;:!-–")
    if (text.startswith('"') and text.endswith('"')) or text.count('"') % 2:
        text = text.replace('"', "").strip()
    return text if len(text) <= MAX_TOPIC else text[:MAX_TOPIC].rsplit(" ", 1)[0] + " …"
