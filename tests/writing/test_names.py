from __future__ import annotations

import pytest

from bot.model import Address
from bot.writing.names import display, greeting_line


def greet(
    *names: str, own: str = "", language: str = "en", country: str = "US", email: str = "x@harbor.example"
) -> str:
    return greeting_line(own, tuple(Address(email, name) for name in names), language, country)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Nora Blake", "Hi Nora,"),
        ("Blake, Nora", "Hi Nora,"),
        ("BLAKE Nora", "Hi Nora,"),
        ("Nora BLAKE", "Hi Nora,"),
        ("NORA BLAKE", "Hi Nora,"),
        ("nora blake", "Hi Nora,"),
        ("'Nora Blake'", "Hi Nora,"),
        ("Nora Blake (Purchasing)", "Hi Nora,"),
        ("Nora Blake | Harbor Foods", "Hi Nora,"),
        ("Nora Blake - Harbor", "Hi Nora,"),
        ("Nora", "Hi Nora,"),
        ("Jean-Luc Moreau", "Hi Jean-Luc,"),
        ("Siân O'Neill", "Hi Siân,"),
        ("Nora Blake, MBA", "Hi Nora,"),
        ("Walter Finch Jr.", "Hi Walter,"),
        ("Zoë van Dyk", "Hi Zoë,"),
        ("Dr. Meier", "Dear Dr Meier,"),
        ("Dr. Hanna Meier", "Dear Dr Meier,"),
        ("Meier, Dr. Hanna", "Dear Dr Meier,"),
        ("Mrs. Okoro", "Dear Mrs Okoro,"),
        ("Prof. Dr. Lindt", "Dear Professor Dr Lindt,"),
        ("Don Fields", "Hi Don,"),
        # nobody's name, or nobody we could be sure of
        ("Frau Vogt", "Hello,"),
        ("Mme Garnier", "Hello,"),
        ("Sra. Ibáñez", "Hello,"),
        ("", "Hello,"),
        ("N. Blake", "Hello,"),
        ("J.R. Blake", "Hello,"),
        ("JR Blake", "Hello,"),
        ("LI Ming", "Hello,"),
        ("nora.blake", "Hello,"),
        ("nora@harbor.example", "Hello,"),
        ("Harbor", "Hello,"),
        ("Harbor Foods", "Hello,"),
        ("Sales", "Hello,"),
        ("Front Office", "Hello,"),
        ("Accounts Payable", "Hello,"),
        ("Purchasing Dept", "Hello,"),
        ("The Customer Service Team", "Hello,"),
        ("Blake & Sons", "Hello,"),
        ("Blake Roofing Ltd", "Hello,"),
        ("Acme, Inc.", "Hello,"),
        ("Blake Dental", "Hello,"),
        ("van Dyk", "Hello,"),
        ("山田 太郎", "Hello,"),
        ("Agent 47", "Hello,"),
        ("{{ 7*7 }}", "Hello,"),
        ("<b>Nora</b>", "Hello,"),
        ("Nora\r\nBcc: all@harbor.example", "Hello,"),
        ("a " * 500, "Hello,"),
    ],
)
def test_a_person_is_greeted_by_first_name_and_every_doubt_neutrally(name: str, line: str) -> None:
    assert greet(name) == line


@pytest.mark.parametrize("local", ["sales", "office", "info", "purchasing", "Einkauf", "compras", "achats", "accounts"])
def test_a_mailbox_of_a_function_is_never_a_person(local: str) -> None:
    assert greet("Hendricks Vale", email=f"{local}@vale.example") == "Hello,"


@pytest.mark.parametrize(
    ("language", "country", "name", "line"),
    [
        ("en", "GB", "Nora Blake", "Hi Nora,"),
        ("en", "IN", "Priya Nair", "Dear Priya,"),
        ("de", "DE", "Jana Vogt", "Guten Tag Jana Vogt,"),
        ("de", "DE", "Frau Vogt", "Guten Tag Frau Vogt,"),
        ("de", "DE", "Dr. Vogt", "Guten Tag Dr. Vogt,"),
        ("de", "CH", "Jana Vogt", "Guten Tag Jana Vogt"),
        ("de", "DE", "Vertrieb", "Guten Tag,"),
        ("fr", "FR", "Lise Garnier", "Bonjour,"),
        ("fr", "FR", "Mme Garnier", "Bonjour Madame Garnier,"),
        ("es", "ES", "Marta Ibáñez", "Hola, Marta:"),
        ("es", "ES", "Compras", "Buenos días:"),
    ],
)
def test_each_language_greets_in_its_own_way(language: str, country: str, name: str, line: str) -> None:
    assert greet(name, language=language, country=country) == line


def test_several_people_are_joined_and_many_are_all() -> None:
    assert greet("Nora Blake", "Sam Okoro") == "Hi Nora and Sam,"
    assert greet("Nora Blake", "Sam Okoro", "Lee Park") == "Hi Nora, Sam and Lee,"
    assert greet("Nora Blake", "Sam Okoro", "Lee Park", "Kit Lowe") == "Hello all,"
    assert greet("Nora Blake", "Purchasing") == "Hello,"
    assert greet("Jana Vogt", "Uwe Rall", language="de", country="DE") == "Guten Tag Jana Vogt und Uwe Rall,"


@pytest.mark.parametrize(
    ("own", "line"),
    [
        ("Dear Nora", "Dear Nora,"),
        ("Dear Nora,", "Dear Nora,"),
        ("Hi Nora!", "Hi Nora,"),
        ("Hello Ms. Blake", "Hello Ms. Blake,"),
        ("Nora", "Nora,"),
        ("Hey there", "Hey there,"),
        ("Hi Nora, thanks for the call", "Hi Nora,"),
        ("Good afternoon Nora", "Hello Nora,"),  # the hour has passed
        ("Good morning", "Hello,"),
        ("Dear Sir or Madam", "Dear Sir or Madam,"),
        # not reusable: made anew from the display name
        ("Dear Sales", "Hi Nora,"),
        ("Hi Purchasing team", "Hi Nora,"),
        ("Dear Walter", "Hi Nora,"),  # somebody else
        ("Hi Nora and Walter", "Hi Nora,"),  # one of them is no longer written to
        ("As requested, here is the price", "Hi Nora,"),
        ("Please find attached", "Hi Nora,"),
        ("Dear {{ name }}", "Hi Nora,"),
        ("Hi N0ra <nora@x.example>", "Hi Nora,"),
        ("", "Hi Nora,"),
        ("\n\n", "Hi Nora,"),
    ],
)
def test_the_reps_own_salutation_is_kept_where_it_still_fits(own: str, line: str) -> None:
    assert greet("Nora Blake", own=own) == line


def test_short_names_belong_to_their_long_ones() -> None:
    assert greet("Robert Finch", own="Dear Bob") == "Dear Bob,"
    assert greet("William Finch", own="Hi Bill") == "Hi Bill,"
    assert greet("", own="Dear Hugh", email="hf@harbor.example") == "Dear Hugh,"


def test_the_reps_own_list_of_names_survives() -> None:
    assert greet("Nora Blake", "Sam Okoro", own="Hi Nora, Sam") == "Hi Nora, Sam,"
    assert greet("Nora Blake", "Sam Okoro", own="Hi Nora and Sam") == "Hi Nora and Sam,"
    assert greet("Jana Vogt", own="Sehr geehrte Frau Vogt", language="de", country="DE") == "Sehr geehrte Frau Vogt,"
    assert greet("Uwe Rall", own="Guten Abend Herr Rall", language="de", country="DE") == "Guten Tag Herr Rall,"


def test_a_reminder_names_people_as_they_write_themselves() -> None:
    assert display(Address("n@harbor.example", "Blake, Nora (Purchasing)")) == "Blake, Nora"
    assert display(Address("n@harbor.example")) == "n@harbor.example"
