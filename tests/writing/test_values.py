from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot.errors import UserMustAct
from bot.writing.values import Item, ItemKind, Reader, fitting, parse_items

TODAY = dt.date(2026, 3, 9)
ENGLISH = Reader("en")


def item(name: str, **fields: object) -> Item:
    return Item(name, ItemKind.ARTICLE, name.title(), "https://northwind.example", **fields)  # type: ignore[arg-type]


def chosen(items: list[Item], reader: Reader = ENGLISH, used: frozenset[str] = frozenset()) -> str | None:
    found = fitting(items, reader, TODAY, used)
    return found.id if found else None


def test_nothing_fits_an_empty_library() -> None:
    assert chosen([]) is None


def test_never_twice_to_one_person() -> None:
    assert chosen([item("a"), item("b")]) == "a"
    assert chosen([item("a"), item("b")], used=frozenset({"a"})) == "b"
    assert chosen([item("a")], used=frozenset({"a"})) is None


def test_never_after_its_last_day() -> None:
    assert chosen([item("a", expires=TODAY)]) == "a"
    assert chosen([item("a", expires=TODAY - dt.timedelta(days=1))]) is None
    assert chosen([item("a", begins=TODAY)]) is None  # an event that begins today comes too late
    assert chosen([item("a", begins=TODAY + dt.timedelta(days=1))]) == "a"
    assert chosen([item("a", begins=TODAY + dt.timedelta(days=9), expires=TODAY - dt.timedelta(days=1))]) is None


def test_only_in_the_persons_language_and_segment() -> None:
    assert chosen([item("a", language="de")]) is None
    assert chosen([item("a", language="en")]) == "a"
    assert chosen([item("a", segments=frozenset({"dental"}))]) is None
    assert chosen([item("a", segments=frozenset({"dental"}))], Reader("en", frozenset({"dental", "x"}))) == "a"


def test_what_fits_closest_comes_first_then_what_ages_soonest() -> None:
    plain, mine = item("a"), item("z", segments=frozenset({"food"}))
    assert chosen([plain, mine], Reader("en", frozenset({"food"}))) == "z"
    assert chosen([plain, item("b", expires=TODAY)]) == "b"
    assert chosen([item("b"), item("a")]) == "a"


def test_a_conference_far_from_a_known_town_is_left_out() -> None:
    fair = Item("fair", ItemKind.CONFERENCE, "Fair", "https://x.example", place="Leeds, UK")
    assert chosen([fair], Reader("en", place="Leeds")) == "fair"
    assert chosen([fair], Reader("en", place="Dublin")) is None
    assert chosen([fair]) == "fair"


def test_an_item_is_read_from_yaml() -> None:
    source = "id: a\nkind: event\ntitle: Open day\nsummary: R&D and coffee\nsegments: [Food]\nbegins: 2026-05-05\n"
    (found,) = parse_items(source, "x.yaml")
    assert found == Item(
        "a",
        ItemKind.EVENT,
        "Open day",
        summary="R&D and coffee",
        segments=frozenset({"food"}),
        begins=dt.date(2026, 5, 5),
    )
    assert parse_items("", "x.yaml") == ()
    assert (
        len(
            parse_items("- {id: a, kind: case, title: A, summary: B}\n- {id: b, kind: case, title: A, summary: B}", "x")
        )
        == 2
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("id: a\nkind: event\ntitle: [", r"x\.yaml:\d+: not readable"),
        ("just text", "a list of"),
        ("id: a\nkind: poem\ntitle: T\nsummary: S", "unknown kind"),
        ("kind: case\ntitle: T\nsummary: S", "'id' is missing"),
        ("id: a\nkind: case\nsummary: S", "'title' is missing"),
        ("id: a\nkind: case\ntitle: T", "neither url nor summary"),
        ("id: a\nkind: case\ntitle: T\nurl: javascript:alert(1)", "not a web address"),
        ("id: a\nkind: case\ntitle: T\nurl: ftp://x.example", "not a web address"),
        ("id: a\nkind: case\ntitle: T\nsummary: S\nprice: 3", "unknown key 'price'"),
        ("id: a\nkind: case\ntitle: T\nsummary: S\nexpires: soon", "'expires' is not a day"),
        ("id: a\nkind: case\ntitle: T\nsummary: S\nbegins: 2026-05-05 10:00:00", "'begins' is not a day"),
        ("id: a\nkind: case\ntitle: T\nsummary: S\nsegments: food", "segments is not a list"),
        ("id: a\nkind: case\ntitle: [T]\nsummary: S", "'title' is not a line"),
        ("id: a\nkind: case\nsummary: S\ntitle: " + "x" * 200, "too long"),
        ("a: &x [1]\nb: [*x, *x]", "anchors"),
        ("#" * 70_000, "longer than"),
        ("!!python/object/apply:os.getcwd []", "not readable"),
        ("[" * 600, "not readable"),
    ],
)
def test_what_is_no_item_is_refused_with_its_place(source: str, message: str) -> None:
    with pytest.raises(UserMustAct, match=message) as fault:
        parse_items(source, "x.yaml")
    assert str(fault.value).startswith("x.yaml")
    assert fault.value.advice


def test_the_example_library_can_be_read() -> None:
    folder = Path(__file__).parents[2] / "library.example"
    items = [
        i for file in sorted(folder.glob("*.yaml")) for i in parse_items(file.read_text(encoding="utf-8"), file.name)
    ]
    assert {i.kind for i in items} == set(ItemKind)
    assert len({i.id for i in items}) == len(items)
