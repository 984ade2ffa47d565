"""The moments people name: a table of phrases, each read on a day that makes its trap visible."""

from __future__ import annotations

import datetime as dt
import time
import zoneinfo

import pytest

from bot.reading.dates import Grain, Relation, find_moments, nearest, when

CHICAGO = zoneinfo.ZoneInfo("America/Chicago")
TUESDAY = dt.datetime(2027, 2, 9, 15, 0, tzinfo=CHICAGO)


def span(text: str, at: dt.datetime = TUESDAY, country: str = "US") -> tuple[str, str] | None:
    """First and last day as text; "-" where the span is open."""
    found = when(text, at, country)
    return (str(found.first), str(found.last or "-")) if found else None


def on(day: str) -> dt.datetime:
    return dt.datetime.fromisoformat(day + "T10:00").replace(tzinfo=CHICAGO)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("give us two months and call again in two months", "2027-04-09", "2027-04-09"),
        ("in about ten days", "2027-02-19", "2027-02-19"),
        ("eight weeks from now", "2027-04-06", "2027-04-06"),
        ("in 3-4 weeks", "2027-03-02", "2027-03-09"),
        ("in three or four weeks", "2027-03-02", "2027-03-09"),
        ("in a week or two", "2027-02-16", "2027-02-23"),
        ("a fortnight from now", "2027-02-23", "2027-02-23"),
        ("in half a year", "2027-08-09", "2027-08-09"),
        ("in a year and a half", "2028-08-09", "2028-08-09"),
        ("in 5 business days", "2027-02-16", "2027-02-16"),
        ("after 3 months", "2027-05-09", "-"),
        ("another four weeks", "2027-03-09", "2027-03-09"),
        ("nine months again", "2027-11-09", "2027-11-09"),
        ("a week tomorrow", "2027-02-17", "2027-02-17"),
        ("in the next two weeks", "2027-02-10", "2027-02-23"),
    ],
)
def test_offsets(text: str, first: str, last: str) -> None:
    assert span(text) == (first, last)


@pytest.mark.parametrize(("at", "expected"), [("2027-08-31", "2028-02-29"), ("2026-08-31", "2027-02-28")])
def test_an_offset_is_clamped_at_the_end_of_a_short_month(at: str, expected: str) -> None:
    assert span("in six months", on(at)) == (expected, expected)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("Thursday", "2027-02-11", "2027-02-11"),
        ("Tuesday", "2027-02-16", "2027-02-16"),
        ("next Thursday", "2027-02-18", "2027-02-18"),
        ("this Thursday", "2027-02-11", "2027-02-11"),
        ("Thursday week", "2027-02-18", "2027-02-18"),
        ("a week on Thursday", "2027-02-18", "2027-02-18"),
        ("two weeks on Monday", "2027-03-01", "2027-03-01"),
        ("next week, ideally Wednesday", "2027-02-17", "2027-02-17"),
        ("Wednesday of next week", "2027-02-17", "2027-02-17"),
        ("next week", "2027-02-15", "2027-02-19"),
        ("the week after next", "2027-02-22", "2027-02-26"),
        ("early next week", "2027-02-15", "2027-02-17"),
        ("by the end of next week", "2027-02-19", "2027-02-19"),
        ("the week of the 22nd", "2027-02-22", "2027-02-26"),
        ("w/c 1 March", "2027-03-01", "2027-03-05"),
        ("calendar week 20", "2027-05-17", "2027-05-21"),
        ("first week of June", "2027-06-01", "2027-06-04"),
        ("in June first week", "2027-06-01", "2027-06-04"),
        ("the last week of April", "2027-04-26", "2027-04-30"),
        ("the second Tuesday in May", "2027-05-11", "2027-05-11"),
        ("Monday the 22nd", "2027-02-22", "2027-02-22"),
        ("tomorrow afternoon", "2027-02-10", "2027-02-10"),
        ("tomorrow week", "2027-02-17", "2027-02-17"),
        ("a fortnight today", "2027-02-23", "2027-02-23"),
        ("any day next week", "2027-02-15", "2027-02-19"),
        ("Still no. Six weeks again", "2027-03-23", "2027-03-23"),
        ("On Monday 8 March we decide", "2027-03-08", "2027-03-08"),
        ("close of business Friday", "2027-02-12", "2027-02-12"),
    ],
)
def test_weekdays_and_weeks(text: str, first: str, last: str) -> None:
    assert span(text) == (first, last)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("in May", "2027-05-01", "2027-05-31"),
        ("January", "2028-01-01", "2028-01-31"),
        ("mid-June", "2027-06-11", "2027-06-20"),
        ("late April", "2027-04-21", "2027-04-30"),
        ("at the beginning of July", "2027-07-01", "2027-07-10"),
        ("month end", "2027-02-21", "2027-02-28"),
        ("in May or June", "2027-05-01", "2027-06-30"),
        ("Jul/Aug", "2027-07-01", "2027-08-31"),
        ("Q2/Q3", "2027-04-01", "2027-09-30"),
        ("Spring 2028", "2028-03-01", "2028-05-31"),
        ("next month", "2027-03-01", "2027-03-31"),
        ("Q2", "2027-04-01", "2027-06-30"),
        ("third quarter", "2027-07-01", "2027-09-30"),
        ("next quarter", "2027-04-01", "2027-06-30"),
        ("after Q2", "2027-07-01", "-"),
        ("in H2", "2027-07-01", "2027-12-31"),
        ("the back half of the year", "2027-07-01", "2027-12-31"),
        ("Q1 2028", "2028-01-01", "2028-03-31"),
        ("in the new year", "2028-01-01", "2028-01-31"),
        ("after the summer", "2027-09-01", "-"),
        ("this fall", "2027-09-01", "2027-11-30"),
        ("early next year", "2028-01-01", "2028-03-31"),
    ],
)
def test_months_quarters_and_seasons(text: str, first: str, last: str) -> None:
    assert span(text) == (first, last)


def test_seasons_are_swapped_in_the_south() -> None:
    assert span("in spring", country="AU") == ("2027-09-01", "2027-11-30")
    assert span("after winter", country="NZ") == ("2027-09-01", "-")


@pytest.mark.parametrize(
    ("text", "country", "first"),
    [
        ("after Labor Day", "US", "2027-09-07"),
        ("after Thanksgiving", "US", "2027-11-26"),
        ("after Thanksgiving", "CA", "2027-10-12"),
        ("after Easter", "GB", "2027-03-30"),
        ("the week after Easter", "GB", "2027-03-29"),
        ("after the August bank holiday", "GB", "2027-08-31"),
        ("after Australia Day", "AU", "2028-01-27"),
        ("after Diwali", "IN", "2027-10-30"),
        ("the Tuesday after Memorial Day", "US", "2027-06-01"),
        ("two weeks before Christmas", "US", "2027-12-11"),
    ],
)
def test_named_days_are_the_countrys_own(text: str, country: str, first: str) -> None:
    found = when(text, TUESDAY, country)
    assert found is not None
    assert str(found.first) == first


def test_a_holiday_the_country_does_not_keep_is_no_date() -> None:
    assert span("after Thanksgiving", country="DE") is None


@pytest.mark.parametrize(
    ("text", "country", "first"),
    [
        ("in the new financial year", "GB", "2027-04-01"),
        ("in the new financial year", "AU", "2027-07-01"),
        ("in the new fiscal year", "US", None),
        ("Our year end is 30 September. Try us in the new financial year.", "GB", "2027-10-01"),
        ("Our fiscal year starts October 1, so come back in the new fiscal year.", "US", "2027-10-01"),
        ("after our year end (30 June)", "US", "2027-07-01"),
    ],
)
def test_the_financial_year_is_the_one_named_or_the_countrys(text: str, country: str, first: str | None) -> None:
    found = [m for m in find_moments(text, TUESDAY, country) if m.rule.startswith("financial")]
    assert [str(m.first) for m in found[-1:]] == ([first] if first else [])


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("on 5/11", "US", "2027-05-11"),
        ("on 5/11", "GB", "2027-11-05"),
        ("13/5", "US", "2027-05-13"),
        ("11/05/2027", "US", "2027-11-05"),
        ("11/05/2027", "GB", "2027-05-11"),
        ("11.05.2027", "DE", "2027-05-11"),
        ("2027-05-11", "US", "2027-05-11"),
        ("11-May-2027", "US", "2027-05-11"),
        ("May 11th, 2027", "GB", "2027-05-11"),
        ("the 11th of May", "US", "2027-05-11"),
        ("Feb. 3rd", "US", "2028-02-03"),
        ("on the 20th", "US", "2027-02-20"),
        ("the 3rd", "US", "2027-03-03"),
        ("21/22/2027", "US", None),
    ],
)
def test_figures_follow_the_country(text: str, country: str, expected: str | None) -> None:
    assert span(text, country=country) == ((expected, expected) if expected else None)


def test_where_both_orders_are_in_use_two_readings_are_none() -> None:
    (moment,) = find_moments("Call me on 05/11/2027", TUESDAY, "CA")
    assert moment.ambiguous
    assert span("Call me on 05/11/2027", country="CA") is None
    assert span("Call me on 25/11/2027", country="CA") == ("2027-11-25", "2027-11-25")


def test_a_weekday_settles_the_order() -> None:
    assert span("Friday 7.5", country="CA") == ("2027-05-07", "2027-05-07")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("I am away from 8 to 19 March", "2027-03-08", "2027-03-19"),
        ("June 7-11", "2027-06-07", "2027-06-11"),
        ("from Feb 1 through Feb 12", "2027-02-01", "2027-02-12"),
        ("12/20 - 1/3", "2027-12-20", "2028-01-03"),
        ("from Monday to Wednesday", "2027-02-15", "2027-02-17"),
        ("between April 28 and May 3", "2027-04-28", "2027-05-03"),
        ("from the end of May until mid June", "2027-05-21", "2027-06-20"),
    ],
)
def test_ranges(text: str, first: str, last: str) -> None:
    assert span(text) == (first, last)


@pytest.mark.parametrize(
    ("text", "relation", "first", "last"),
    [
        ("by Friday", Relation.BY, "2027-02-12", "2027-02-12"),
        ("until the 20th", Relation.UNTIL, "2027-02-20", "2027-02-20"),
        ("through February 26", Relation.THROUGH, "2027-02-26", "2027-02-26"),
        ("until 26 February inclusive", Relation.THROUGH, "2027-02-26", "2027-02-26"),
        ("after April 15", Relation.AFTER, "2027-04-16", "None"),
        ("before Friday", Relation.BEFORE, "2027-02-12", "2027-02-12"),
        ("not before September", Relation.FROM, "2027-09-01", "None"),
        ("nothing will move until July", Relation.FROM, "2027-07-01", "None"),
        ("once Q2 is over", Relation.AFTER, "2027-07-01", "None"),
        ("from March on", Relation.FROM, "2027-03-01", "None"),
    ],
)
def test_prepositions(text: str, relation: Relation, first: str, last: str) -> None:
    (moment,) = find_moments(text, TUESDAY, "US")
    assert (moment.relation, str(moment.first), str(moment.last)) == (relation, first, last)


def test_a_moment_says_where_it_stands_and_what_it_names() -> None:
    text = "Nobody knows yet, but ask me after Q3, will you?"
    (moment,) = find_moments(text, TUESDAY, "US")
    assert text[moment.start : moment.end] == moment.words == "after Q3"
    assert moment.named == (dt.date(2027, 7, 1), dt.date(2027, 9, 30))
    assert moment.grain is Grain.LONGER


@pytest.mark.parametrize("text", ["not this quarter", "there is no budget this quarter", "we can't meet this quarter"])
def test_what_is_denied_is_marked(text: str) -> None:
    (moment,) = find_moments(text, TUESDAY, "US")
    assert moment.negated
    assert when(text, TUESDAY, "US") is None


def test_the_one_that_is_not_denied_counts() -> None:
    assert span("Not in March. Try April.") == ("2027-04-01", "2027-04-30")
    assert span("No money this year, maybe in January") == ("2028-01-01", "2028-01-31")


@pytest.mark.parametrize("text", ["last week", "three days ago", "yesterday", "2/1/2027", "we spoke on Monday"])
def test_the_past_is_no_moment_to_come(text: str) -> None:
    assert span(text) is None


def test_a_mail_of_a_day_is_of_the_nearest_such_day() -> None:
    (moment,) = find_moments("Thank you for your letter of 3 February.", TUESDAY, "GB")
    assert (moment.past, str(moment.first)) == (True, "2027-02-03")
    (moment,) = find_moments("The trustees' meeting of 3 March decides.", TUESDAY, "GB")
    assert (moment.past, str(moment.first)) == (False, "2027-03-03")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("The lease ends in October. Call me then.", "2027-10-01"),
        ("The board sits on March 15 and I will tell you the day after.", "2027-03-16"),
        ("The board sits on March 15; write to her the week after.", "2027-03-22"),
        ("We meet on 22 February. After that you will hear from us.", "2027-02-23"),
        ("The fair is 4/12 - 4/18. Ring me when it's over.", "2027-04-19"),
        ("The contract runs until 6/30/2027. Ask two months before that.", "2027-04-30"),
    ],
)
def test_backward_references(text: str, first: str) -> None:
    found = when(text, TUESDAY, "US")
    assert found is not None
    assert (str(found.first), found.rule) == (first, "then")


@pytest.mark.parametrize("text", ["ok then", "Well then, in May", "we were closed back then"])
def test_then_that_is_no_time(text: str) -> None:
    assert all(m.rule != "then" for m in find_moments(text, TUESDAY, "US"))


@pytest.mark.parametrize(
    "text",
    [
        "That may take a while.",
        "May I ask what the lead time is?",
        "We march on regardless.",
        "The sun came out and he sat down.",
        "Just a second, he wed in haste.",
        "Fall protection and spring steel",
        "a 3/4 inch pipe and two 1/2 inch valves",
        "frames are 5 by 7",
        "we are open 24/7",
        "call (312) 555-0144 or 312-555-0144",
        "drawing 11-204-7, item 3/12",
        "firmware 4.11.2 and version 2.5",
        "see NW-27-0311 and BW/2027/0147",
        "net 30 days, warranty 12 months",
        "delivery takes 6-8 weeks",
        "$3,400 a month",
        "the 5th floor of the 2nd building",
        "every Monday we meet, and on Fridays too",
        "IP 10.0.12.4",
        "99.9 percent",
        "Have a nice day!",
        "both options, 1 and 2",
        "the first and the second",
        "Section 5/7 of the form",
        "at 4:30 pm",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert find_moments(text, TUESDAY, "US") == ()


def test_two_readings_are_none() -> None:
    assert span("either on Monday or on March 8") is None


@pytest.mark.parametrize(
    ("text", "country", "first", "last"),
    [
        ("Bitte rufen Sie in drei Monaten wieder an.", "DE", "2027-05-09", "2027-05-09"),
        ("Anfang Mai passt es uns besser.", "DE", "2027-05-01", "2027-05-10"),
        ("nicht vor Oktober", "DE", "2027-10-01", "-"),
        ("Melden Sie sich bitte in KW 20.", "DE", "2027-05-17", "2027-05-21"),
        ("nächsten Monat", "DE", "2027-03-01", "2027-03-31"),
        ("nach Pfingsten", "DE", "2027-05-18", "-"),
        ("Wir sind vom 1. bis 12. März im Urlaub.", "DE", "2027-03-01", "2027-03-12"),
        ("Rappelez-nous dans deux mois.", "FR", "2027-04-09", "2027-04-09"),
        ("Je suis absent jusqu'au 5 mars inclus.", "FR", "2027-03-05", "2027-03-05"),
        ("début juin, s'il vous plaît", "FR", "2027-06-01", "2027-06-10"),
        ("la semaine prochaine", "FR", "2027-02-15", "2027-02-19"),
        ("Llámenos en tres meses.", "ES", "2027-05-09", "2027-05-09"),
        ("a principios de mayo", "ES", "2027-05-01", "2027-05-10"),
        ("Estaré fuera hasta el 22 de febrero.", "ES", "2027-02-22", "2027-02-22"),
        ("Siamo chiusi fino al 6 marzo.", "IT", "2027-03-06", "2027-03-06"),
        ("Ik ben terug op 1 maart.", "NL", "2027-03-01", "2027-03-01"),
        ("Estou de férias até 26 de fevereiro.", "PT", "2027-02-26", "2027-02-26"),
        ("Jestem na urlopie do 5 marca.", "PL", "2027-03-05", "2027-03-05"),
        ("Jag är tillbaka den 1 mars.", "SE", "2027-03-01", "2027-03-01"),
    ],
)
def test_other_languages(text: str, country: str, first: str, last: str) -> None:
    assert span(text, country=country) == (first, last)


def test_nearest_prefers_what_follows() -> None:
    text = "The board meets in April. Please call me in June."
    place = text.index("call me")
    found = nearest(find_moments(text, TUESDAY, "US"), place, place + 7)
    assert found is not None
    assert found.words == "in June"


@pytest.mark.parametrize(
    "text",
    [
        "1/" * 9000,
        "may " * 5000,
        "next " * 5000,
        "the 14th of " * 2000,
        "9" * 20000,
        "a." * 10000,
        "in 2 weeks and " * 1500,
        "@" * 9000,
    ],
)
def test_hostile_text_costs_little(text: str) -> None:
    begin = time.process_time()
    find_moments(text, TUESDAY, "US")
    assert time.process_time() - begin < 2


@pytest.mark.parametrize(
    "text", ["in 999 years", "9999-12-31", "in 99 decades", "0001-01-01", "the year 2199", "Feb 29", "after 9998-12-31"]
)
def test_the_ends_of_the_calendar_do_not_raise(text: str) -> None:
    find_moments(text, TUESDAY, "US")


@pytest.mark.parametrize(
    ("text", "at", "country", "first"),
    [
        ("after the bank holiday", "2026-10-20", "IE", "2026-10-27"),
        ("once the bank holidays are over", "2026-03-24", "GB", "2026-04-07"),
        ("after the bank holiday weekend", "2026-08-19", "GB", "2026-09-01"),
        ("after the public holiday", "2026-01-19", "AU", "2026-01-27"),
        ("after the long weekend", "2026-08-31", "CA", "2026-09-08"),
        ("after Victoria Day", "2026-05-04", "CA", "2026-05-19"),
        ("after Cup Day", "2026-10-14", "AU", "2026-11-04"),
        ("nach den Feiertagen", "2026-03-16", "DE", "2026-04-07"),
        ("nach den Feiertagen", "2026-05-12", "DE", "2026-05-26"),
        ("nach den Feiertagen", "2026-11-30", "DE", "2027-01-02"),
        ("nach dem Feiertag", "2026-05-12", "DE", "2026-05-15"),
        ("après le pont", "2026-05-05", "FR", "2026-05-11"),
        ("después del puente", "2026-04-28", "ES", "2026-05-04"),
        ("after the new year", "2026-11-16", "GB", "2027-01-02"),
        ("nach dem Jahreswechsel", "2026-11-16", "DE", "2027-01-02"),
    ],
)
def test_after_days_off(text: str, at: str, country: str, first: str) -> None:
    assert span(text, on(at), country) == (first, "-")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Before Easter we can't look at anything.", "2026-04-07"),
        ("Until June nothing will move here.", "2026-06-01"),
        ("Vor Mai komme ich nicht dazu.", "2026-05-01"),
    ],
)
def test_what_is_denied_before_a_day_begins_on_it(text: str, first: str) -> None:
    assert span(text, on("2026-03-16"), "GB") == (first, "-")


def test_what_is_denied_elsewhere_leaves_the_limit() -> None:
    (moment,) = find_moments("Call me before Friday if you can't make it.", on("2026-03-16"), "GB")
    assert moment.relation is Relation.BEFORE


def test_a_good_morning_is_not_tomorrow() -> None:
    assert find_moments("Guten Morgen Frau Kern, wir sind uns einig.", on("2026-03-16"), "DE") == ()


def test_a_wish_for_the_days_off_names_no_time() -> None:
    assert find_moments("Enjoy the bank holiday!", on("2026-08-26"), "GB") == ()


def test_where_no_public_holidays_are_known_none_is_named() -> None:
    assert find_moments("after the bank holiday", on("2026-08-26"), "XX") == ()


@pytest.mark.parametrize(
    ("text", "at", "country", "first"),
    [
        ("once the new financial year has begun", "2026-11-17", "GB", "2027-04-01"),
        ("after the start of the new financial year", "2026-11-17", "IN", "2027-04-01"),
        ("once October is here", "2026-05-26", "US", "2026-10-01"),
        ("sobald der September begonnen hat", "2026-05-26", "DE", "2026-09-01"),
        ("once October is over", "2026-05-26", "US", "2026-11-01"),
    ],
)
def test_what_has_begun_is_not_over(text: str, at: str, country: str, first: str) -> None:
    assert span(text, on(at), country) == (first, "-")


@pytest.mark.parametrize(
    ("text", "country", "first"),
    [
        ("next to next Friday", "IN", "2026-03-27"),
        ("jeudi en huit", "FR", "2026-03-26"),
        ("vendredi en quinze", "FR", "2026-03-27"),
        ("lundi dans quinze jours", "FR", "2026-03-30"),
        ("Montag in acht Tagen", "DE", "2026-03-23"),
        ("Montag in 14 Tagen", "DE", "2026-03-30"),
        ("heute in acht Tagen", "DE", "2026-03-19"),
        ("el lunes que viene no, el siguiente", "ES", "2026-03-23"),
        ("dentro de dos viernes", "ES", "2026-03-20"),
        ("not next Monday, the one after", "GB", "2026-03-23"),
        ("not this Monday but the following one", "US", "2026-03-23"),
        ("pas lundi prochain mais le suivant", "FR", "2026-03-23"),
    ],
)
def test_the_weekday_after_the_next(text: str, country: str, first: str) -> None:
    assert span(text, on("2026-03-12"), country) == (first, first)


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("next to next week", "IN"),
        ("not next week but the week after", "GB"),
        ("la semana que viene no, la otra", "ES"),
    ],
)
def test_the_week_after_the_next(text: str, country: str) -> None:
    assert span(text, on("2026-03-12"), country) == ("2026-03-23", "2026-03-27")


def test_the_week_after_a_named_day_is_not_that_after_the_next() -> None:
    assert span("not next week but the week after Easter", on("2026-03-12"), "GB") == ("2026-04-06", "2026-04-10")
