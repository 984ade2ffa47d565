"""Mails of nothing but politeness: thanks, receipt, greetings, and the small talk that people put beside them."""

from __future__ import annotations

from collections.abc import Iterable

from bot.model import Address, Message
from bot.reading.language import fold
from bot.reading.sentences import Words
from bot.reading.tongues import Tongue, words_of

MOST_COURTESY = 40  # words of politeness; who writes more says something


def only_courtesy(words: Words, message: Message, tongue: Tongue) -> bool:
    """Whether every word is one of thanks, receipt, greeting and leave-taking, names of the two people included."""
    text = _without_name(words)
    said = words_of(tongue.courtesy_line.sub("thanks", text) if tongue.courtesy_line else text)
    names = names_of((*message.to, message.sender))
    if not said or len(said) > MOST_COURTESY or tongue.thanks.isdisjoint(said):
        return False
    return all(word in tongue.courtesy or word in names for word in said)


def small_talk(words: Words, tongue: Tongue) -> bool:
    """Whether a mail confirms receipt and beside it but wishes, praises the work or speaks of the weather: every sentence does
    one of the two, none asks, judges, counts or promises anything."""
    if tongue.receipt is None or tongue.pleasantry is None or tongue.substance is None:
        return False
    text = _without_name(words)
    said = [s for part in text.split("\n") if (s := part.strip())]
    if len(words_of(text)) > MOST_COURTESY or tongue.substance.search(text):
        return False
    received = [s for s in said if tongue.receipt.search(s)]
    return bool(received) and all(s in received or tongue.pleasantry.search(s) for s in said)


def _without_name(words: Words) -> str:
    """The folded text without a last sentence that is but a name: up to three words written large, or initials."""
    end = len(words.folded.rstrip("\n "))
    start = words.folded.rfind("\n", 0, end) + 1
    last = words.text[start:end].split()
    return words.folded[:start] if start and 0 < len(last) <= 3 and all(w[0].isupper() for w in last) else words.folded


def names_of(people: Iterable[Address]) -> frozenset[str]:
    """The names that addresses show, folded."""
    shown = (part for a in people for part in (a.name, a.email.partition("@")[0]))
    return frozenset(word for part in shown for word in words_of(fold(part)))
