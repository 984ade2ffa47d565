"""Made-up facts that the writing tests share: one customer, one quote, and what can be odd about them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

from bot.model import Address
from bot.writing.facts import DraftFacts, Matter, ReminderFacts, Rep
from bot.writing.templates import Templates, packaged_sources
from bot.writing.values import Item, ItemKind

TEMPLATES = Templates.from_sources(packaged_sources())
TODAY = dt.date(2026, 3, 9)
SENT = dt.date(2026, 3, 2)

COUNTRY = {"en": "US", "de": "DE", "fr": "FR", "es": "ES"}
CURRENCY = {"US": "USD", "GB": "GBP", "IN": "INR", "DE": "EUR", "FR": "EUR", "ES": "EUR", "CH": "CHF"}
PEOPLE = {
    "en": Address("nora.blake@harbor.example", "Nora Blake"),
    "de": Address("jana.vogt@hafen.example", "Jana Vogt"),
    "fr": Address("l.garnier@port.example", "Lise Garnier"),
    "es": Address("marta@puerto.example", "Marta Ibáñez"),
}
SUBJECT = {
    "en": "Cold store doors, bay 4",
    "de": "Kühlraumtore Halle 4",
    "fr": "Portes de chambre froide, quai 4",
    "es": "Puertas de cámara fría, muelle 4",
}
WORDS = {
    "en": ("try me again in June", "I'll send the drawing on Friday"),
    "de": ("bitte im Juni noch einmal", "die Zeichnung schicke ich am Freitag"),
    "fr": ("rappelez-moi en juin", "je vous envoie le plan vendredi"),
    "es": ("llámeme en junio", "le mando el plano el viernes"),
}
LAST = {
    "en": "we talk about it on Thursday",
    "de": "wir besprechen das am Donnerstag",
    "fr": "nous en parlons jeudi",
    "es": "lo hablamos el jueves",
}
NOTE = {
    "en": "Your insurer asks for doors of this class from next year on.",
    "de": "Ihr Versicherer verlangt Tore dieser Klasse ab dem nächsten Jahr.",
    "fr": "Votre assureur exige des portes de cette classe dès l'an prochain.",
    "es": "Su aseguradora pide puertas de esta clase a partir del año que viene.",
}
ARTICLE = {
    "en": ("Five ways to lose cold air at a door", "Two pages with drawings."),
    "de": ("Fünf Wege, auf denen Kälte am Tor verloren geht", "Zwei Seiten mit Zeichnungen."),
    "fr": ("Cinq façons de perdre du froid à une porte", "Deux pages avec des dessins."),
    "es": ("Cinco maneras de perder frío en una puerta", "Dos páginas con dibujos."),
}


def article(language: str = "en") -> Item:
    title, summary = ARTICLE[language]
    return Item("cold-air", ItemKind.ARTICLE, title, "https://northwind.example/cold-air", summary)


def open_day() -> Item:
    return Item(
        "open-day",
        ItemKind.EVENT,
        "Open day at our workshop",
        "https://northwind.example/day",
        "Try the doors yourself.",
        place="Leeds",
        begins=dt.date(2026, 5, 5),
        ends=dt.date(2026, 5, 6),
    )


def matter(language: str = "en", country: str = "", **changes: Any) -> Matter:
    facts = Matter(
        subject=SUBJECT[language],
        number="NW-2207",
        amount=Decimal("18450"),
        currency=CURRENCY[country or COUNTRY[language]],
        sent_on=SENT,
    )
    return dataclasses.replace(facts, **changes)


def draft(step: str, language: str = "en", country: str = "", **changes: Any) -> DraftFacts:
    """A draft of which the usual things are known; `changes` replace fields."""
    home = country or COUNTRY[language]
    facts = DraftFacts(
        step=step,
        key=f"key of {step}",
        language=language,
        country=home,
        today=TODAY,
        rep=Rep("Tom Adler", "tom@northwind.example", "+1 312 555 0142", "Northwind Doors"),
        people=(PEOPLE[language],),
        matter=matter(language, home),
    )
    return dataclasses.replace(facts, **changes)


def reminder(step: str, language: str = "en", **changes: Any) -> ReminderFacts:
    """A reminder of which the usual things are known; `changes` replace fields."""
    theirs, own = WORDS[language]
    facts = ReminderFacts(
        step=step,
        key=f"key of {step}",
        language=language,
        country=COUNTRY[language],
        today=TODAY,
        rep=Rep("Tom Adler", "tom@northwind.example", "+1 312 555 0142", "Northwind Doors"),
        people=(PEOPLE[language],),
        matter=matter(language),
        their_words=theirs if step == "callback" else "",
        asked_on=dt.date(2026, 3, 6) if step == "callback" else None,
        agreed=dt.date(2026, 6, 1) if step == "callback" else None,
        agreed_to=dt.date(2026, 6, 30) if step == "callback" else None,
        rep_words=own if step == "promised" else "",
        promised_on=dt.date(2026, 3, 4) if step == "promised" else None,
        phone="mobile +1 312 555 0199",
        last_words=LAST[language] if step == "call" else "",
        last_on=dt.date(2026, 3, 4) if step == "call" else None,
        next_step="mail" if step in ("call", "callback") else "",
        next_on=dt.date(2026, 3, 12) if step in ("call", "callback") else None,
        address=PEOPLE[language].email if step == "mend_address" else "",
        reason="550 5.1.1 user unknown" if step == "mend_address" else "",
    )
    return dataclasses.replace(facts, **changes)
