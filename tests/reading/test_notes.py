"""A rep's own calendar: telegraphic notes, and what they must not be taken for."""

from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest

from bot.model import Address, Attendee, Entry, Kind, Mark, Reading, mention
from bot.reading.notes import read_note
from bot.reading.settings import ReadSettings

DENVER = zoneinfo.ZoneInfo("America/Denver")
SETTINGS = ReadSettings.of(["mia@ridgeway.example", "mia.lund@ridgeway.example"], "America/Denver", "US")
CUSTOMER = ("owen@kestrelbakery.example",)
COLLEAGUE = ("pat@ridgeway.example",)


def note(
    title: str,
    notes: str = "",
    *,
    start: str = "2027-02-09T09:00",
    end: str = "2027-02-09T09:30",
    created: str = "2027-02-09T10:00",
    guests: tuple[str, ...] = (),
    all_day: bool = False,
    cancelled: bool = False,
) -> Reading:
    """The reading of an entry, by default one of this morning."""
    begins, ends, made = (dt.datetime.fromisoformat(t).replace(tzinfo=DENVER) for t in (start, end, created))
    entry = Entry(
        "ref", "etag", "uid", made, begins, ends, all_day, title, notes,
        tuple(Attendee(Address(g), "ACCEPTED") for g in guests), cancelled=cancelled,
    )  # fmt: skip
    return read_note(entry, SETTINGS)


def ahead(title: str, notes: str = "", guests: tuple[str, ...] = ()) -> Reading:
    """An entry made today for 19 April."""
    return note(title, notes, start="2027-04-19T09:00", end="2027-04-19T09:15", guests=guests)


@pytest.mark.parametrize(
    ("title", "notes", "first"),
    [
        ("Owen Pratt", "call in eight weeks", "2027-04-06"),
        ("Owen Pratt", "asked me to ring him back in June", "2027-06-01"),
        ("Owen Pratt", "oven is fine for now. f/u early May", "2027-05-01"),
        ("Owen Pratt: says try again after Labor Day", "", "2027-09-08"[:7] + "-07"),
        ("Owen Pratt", "budget opens in July, email him then", "2027-07-01"),
        ("Owen Pratt", "left a voicemail, will try again Thursday", "2027-02-11"),
        ("NO SHOW Owen Pratt", "phone tomorrow to rebook", "2027-02-10"),
        ("Owen Pratt", "Don't call before September", "2027-09-01"),
        ("Owen Pratt", "nothing until the fall, then we talk", "2027-09-01"),
        ("Frau Huber", "nicht erreicht, nächste Woche nochmal anrufen", "2027-02-15"),
        ("M. Lenoir", "à rappeler en septembre", "2027-09-01"),
    ],
)
def test_a_request_to_call_later_beats_all(title: str, notes: str, first: str) -> None:
    reading = note(title, notes)
    assert (reading.kind, str(reading.date)) == (Kind.CALLBACK_NOTE, first)


@pytest.mark.parametrize("title", ["Call back Owen re R-2207", "Ring Owen about the oven", "Follow up: Kestrel quote"])
def test_a_call_entered_for_a_later_day_is_due_on_that_day(title: str) -> None:
    reading = ahead(title)
    assert (reading.kind, str(reading.date)) == (Kind.CALLBACK_NOTE, "2027-04-19")


def test_without_a_time_the_request_has_no_date() -> None:
    reading = note("Kestrel Bakery", "follow up once the bank agrees")
    assert (reading.kind, reading.date) == (Kind.CALLBACK_NOTE, None)


def test_dates_count_from_the_day_the_entry_was_made() -> None:
    reading = note(
        "Owen", "call in a month", start="2027-01-20T09:00", end="2027-01-20T10:00", created="2027-01-25T08:00"
    )
    assert str(reading.date) == "2027-02-25"


@pytest.mark.parametrize(
    ("title", "notes"),
    [
        ("Owen Pratt", "no need to call back"),
        ("Owen Pratt", "he will call me back in May"),
        ("Owen Pratt", "asked him to call back next week"),
        ("Owen Pratt", "called him back, all settled"),
        ("Team call on Thursdays", ""),
        ("6 month review with Pat", ""),
        ("Sales call prep", ""),
        ("Write proposals", "Kestrel, Alder, Finch"),
        ("Owen Pratt", "never call him after 5pm"),
        ("Taxes due", ""),
    ],
)
def test_what_asks_nothing(title: str, notes: str) -> None:
    assert note(title, notes).kind is Kind.NOTHING


def test_among_colleagues_nothing_is_asked() -> None:
    assert note("Pipeline", "call Owen back in June", guests=COLLEAGUE).kind is Kind.NOTHING


@pytest.mark.parametrize(
    ("title", "notes"),
    [
        ("Owen Pratt", "no answer"),
        ("Called Owen, LVM", ""),
        ("Owen - voicemail full", ""),
        ("Rang Owen twice", "went straight to voicemail"),
        ("Owen Pratt", "couldn't get through"),
        ("Owen Pratt", "left a message with his sister, asking him to call back"),
        ("Tried Owen", "out to lunch"),
        ("Kunde nicht erreicht", ""),
    ],
)
def test_a_call_that_reached_nobody(title: str, notes: str) -> None:
    assert note(title, notes).kind is Kind.CALL_ATTEMPTED


@pytest.mark.parametrize(
    ("title", "notes"),
    [
        ("no-show Owen", ""),
        ("Demo Owen", "waited in the lobby 20 min"),
        ("Demo Owen", "sat alone in the meeting"),
        ("Site visit Kestrel", "Owen never showed up"),
        ("Demo Kestrel", "nobody joined"),
        ("Site visit Kestrel", "waited 20 minutes, no sign of anyone"),
        ("Owen stood me up", ""),
    ],
)
def test_a_customer_who_did_not_come(title: str, notes: str) -> None:
    assert note(title, notes, guests=CUSTOMER).kind is Kind.NO_SHOW


@pytest.mark.parametrize(
    ("title", "notes"),
    [
        ("Zoom Kestrel", "Owen didn't connect, gave it 15 min"),
        ("Lunch Owen", "He left me waiting at the restaurant"),
        ("Demo Kestrel - DNA", ""),
        ("Site visit", "waited for 25 minutes - no show"),
        ("Zoom", "on the call by myself for 20 min"),
        ("Walkthrough", "should've been there at 9, nobody came"),
        ("Termin Bäckerei Falk", "Herr Falk war nicht da, 30 min vor verschlossener Tür."),
        ("Call Falk", "Kunde hat sich nicht eingewählt"),
        ("Teams Falk", "Saß 15 Minuten allein im Call"),
        ("Visio Boulangerie Roux", "Personne ne s'est connecté"),
        ("RDV Roux", "Client absent, porte close"),
        ("RDV Roux", "M. Roux n'est jamais arrivé"),
        ("RDV Roux", "il ne s'est pas présenté"),
        ("Visita Panadería Sol", "no se ha presentado nadie"),
        ("Reunión Sol", "Me dejaron plantado"),
        ("Incontro Rossi", "non si è presentato"),
        ("Afspraak Bakker", "klant niet komen opdagen"),
        ("Visita Silva", "o cliente não apareceu"),
    ],
)
def test_an_appointment_made_long_before_says_afterwards_that_nobody_came(title: str, notes: str) -> None:
    assert ahead(title, notes, CUSTOMER).kind is Kind.NO_SHOW
    assert note(title, notes, guests=CUSTOMER).kind is Kind.NO_SHOW


@pytest.mark.parametrize(
    ("title", "notes"),
    [
        ("Tasting", "If nobody joins after 10 minutes please dial the office"),
        ("Survey", "No-show fee of 50 applies"),
        ("Demo", "He was a no show last time, confirm by phone"),
        ("Demo", "in case of no-show rebook"),
        ("Besichtigung", "Falls keiner da ist, Schlüssel beim Pförtner"),
        ("Visite", "Si personne sur place, voir le gardien"),
        ("Visita", "si no vino nadie avisar"),
        ("DNA Labs tour", "bring the samples"),
        ("Review", "The samples never arrived, send new ones"),
        ("Termin Falk", "Nächsten Termin nicht vergessen, Gerüst stehen lassen"),
        ("Termin Falk", "Das Muster ist nicht gekommen"),
        ("RDV Roux", "Client absent du 3 au 15 août"),
        ("RDV Roux", "Le colis n'est jamais venu"),
        ("Visita Sol", "El pedido no ha llegado todavía"),
        ("Lieferung", "Herr Falk ist nach Bonn versetzt, Gespräch mit Nachfolgerin"),
    ],
)
def test_a_no_show_that_is_only_thought_of_leaves_the_meeting(title: str, notes: str) -> None:
    assert ahead(title, notes, CUSTOMER).kind is Kind.MEETING


@pytest.mark.parametrize(
    "notes",
    [
        "phone switched off",
        "not lifting, tried 3 times",
        "nobody lifting",
        "hebt nicht ab",
        "niemanden erreicht",
        "2x versucht",
        "ne décroche pas",
        "tombé sur la messagerie",
        "no me coge el teléfono",
        "móvil apagado",
        "le he llamado tres veces",
        "non risponde",
        "geen gehoor",
        "não atende",
    ],
)
def test_a_phone_that_nobody_takes_up_in_many_languages(notes: str) -> None:
    assert note("Owen Pratt", notes).kind is Kind.CALL_ATTEMPTED


def test_who_was_reached_in_the_end_was_reached() -> None:
    assert note("Owen Pratt", "tried twice, then got him, ordered").kind is Kind.NOTHING


@pytest.mark.parametrize(
    ("notes", "day"),
    [
        ("Falk will Mitte Mai kontaktiert werden", "2027-05-11"),
        ("Chef bittet um Anruf nach dem 12. April", "2027-04-13"),
        ("wir sollen uns im Juni wieder melden", "2027-06-01"),
        ("souhaite être rappelé le 3 mai", "2027-05-03"),
        ("veut qu'on le recontacte en juin", "2027-06-01"),
        ("quiere que le llamemos en mayo", "2027-05-01"),
        ("she wants us to call after 12 April", "2027-04-13"),
        ("asked to be called in May", "2027-05-01"),
    ],
)
def test_who_asks_to_be_called_in_a_meeting_is_called(notes: str, day: str) -> None:
    reading = note("Site visit", "Took measurements. " + notes, guests=CUSTOMER)
    assert (reading.kind, str(reading.date)) == (Kind.CALLBACK_NOTE, day)


@pytest.mark.parametrize("notes", ["Kunde wurde angerufen, alles gut", "il rappellera en mai", "me llamará en mayo"])
def test_who_calls_himself_asks_for_no_call(notes: str) -> None:
    assert note("Site visit", notes, guests=CUSTOMER).kind is Kind.MEETING


def test_not_coming_to_terms_is_no_no_show() -> None:
    assert note("Talk with Owen", "we did not come to an agreement", guests=CUSTOMER).kind is Kind.MEETING


def test_a_meeting_is_with_somebody_from_outside() -> None:
    assert ahead("Tasting", guests=CUSTOMER).kind is Kind.MEETING
    assert ahead("Tasting", guests=COLLEAGUE).kind is Kind.NOTHING
    assert ahead("Tasting").kind is Kind.NOTHING


def test_a_cancelled_entry_is_nothing() -> None:
    assert note("Call back Owen in May", guests=CUSTOMER, cancelled=True).kind is Kind.NOTHING


@pytest.mark.parametrize(
    "title",
    [
        "Vacation",
        "Mia PTO",
        "Summer holiday - Norway",
        "OOO",
        "Annual leave (approved)",
        "Out of office",
        "Urlaub",
        "Congés",
        "ferie",
    ],
)
def test_leave(title: str) -> None:
    reading = note(title, start="2027-07-12T00:00", end="2027-07-17T00:00", all_day=True)
    assert (reading.kind, reading.marks) == (Kind.NOTHING, {Mark.LEAVE})


def test_leave_from_midnight_to_midnight_counts_and_an_afternoon_off_does_not() -> None:
    assert Mark.LEAVE in note("Vacation", start="2027-07-12T00:00", end="2027-07-14T00:00").marks
    assert Mark.LEAVE not in note("Vacation", start="2027-07-12T12:00", end="2027-07-12T18:00").marks


@pytest.mark.parametrize(
    "title",
    [
        "Lake Vacation Homes",
        "Pat on vacation",
        "Leave for Denver",
        "Holiday party",
        "Vacation Rentals Ltd visit",
        "Holiday Inn",
    ],
)
def test_what_only_sounds_like_leave(title: str) -> None:
    assert note(title, start="2027-07-12T00:00", end="2027-07-13T00:00", all_day=True).marks == frozenset()


def test_with_an_outsider_it_is_no_leave() -> None:
    reading = note("Holiday", start="2027-07-12T00:00", end="2027-07-13T00:00", all_day=True, guests=CUSTOMER)
    assert reading.marks == frozenset()


def test_a_talk_that_took_place() -> None:
    assert Mark.TALK in note("Phone call Owen", "went through the options, he likes B").marks
    assert Mark.TALK not in note("Phone call Owen", "no answer").marks
    assert Mark.TALK not in ahead("Phone call Owen").marks
    assert Mark.TALK not in note("1:1", "talked about targets", guests=COLLEAGUE).marks


@pytest.mark.parametrize(
    ("title", "notes", "contact"),
    [
        ("Call back Owen Pratt re R-2207", "", "Owen Pratt"),
        ("Site visit Kestrel Bakery", "call in May", "Kestrel Bakery"),
        ("lunch", "Ring Owen in May", "Owen"),
        ("Zoom w/ Owen (Kestrel)", "follow up in May", "Owen"),
        ("call back in May", "", None),
    ],
)
def test_whom_to_call(title: str, notes: str, contact: str | None) -> None:
    assert note(title, notes).contact == contact


def test_words_names_and_numbers_are_kept_as_digests() -> None:
    mentions = note("Owen Pratt re R-2207", "cc owen@kestrelbakery.example").mentions
    assert {mention("Owen"), mention("pratt"), mention("R-2207"), mention("owen@kestrelbakery.example")} <= mentions


def test_the_evidence_is_verbatim() -> None:
    reading = note("Owen", "Likes it.  Call him back in 6 weeks, not before.")
    assert reading.words == "Call him back in 6 weeks"


@pytest.mark.parametrize(
    "text", ["call " * 3000, "no " * 4000, "a" * 20000, "\x00\ud800", "in May, " * 2000, "(" * 5000]
)
def test_hostile_notes_do_no_harm(text: str) -> None:
    note(text, text)
