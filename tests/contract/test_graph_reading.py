"""Reading Microsoft 365: filing, replays, partial changes, reports, files, folders, series, zones; and what it costs."""

from __future__ import annotations

import datetime as dt
import time
import zoneinfo
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from bot.errors import CursorExpired, TryLater
from bot.model import Entry, Mark, Message
from bot.providers import graph_news
from bot.providers.base import Profile, Profiled, WorkingHours
from bot.providers.graph_calendar import GraphCalendar
from bot.providers.graph_mail import GraphMail
from bot.providers.graph_zones import moment_of, zone_of
from bot.reading.read import read_entry
from bot.reading.settings import ReadSettings
from tests.contract.samples import BUYER, REP, Known, draft, mail, reminder
from tests.fakes.graph import exchange
from tests.fakes.graph.server import serving
from tests.fakes.graph.service import Reply, Service
from tests.fakes.graph.store import Store
from tests.fakes.graph.worlds import NOW, ZONE, GraphMailWorld, connected, when


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[GraphMailWorld]:
    monkeypatch.setattr(graph_news, "PAGE_MAILS", 20)
    with serving(Service(Store())) as server:
        world = GraphMailWorld(server)
        yield world
        world.close()
        assert server.service.violations == [] and server.service.most_at_once <= 2


def listed(world: GraphMailWorld) -> Known[Message]:
    known: Known[Message] = Known()
    known.take(world.open().changes(None))
    return known


def test_an_answer_that_is_filed_away_is_still_known(world: GraphMailWorld) -> None:
    world.receive(mail("in-1"))
    known = listed(world)
    (ref,) = known.items
    customers = world.store.make_folder("Customers")
    world.store.move(world.store.find(ref), customers)
    known.take(world.open().changes(known.cursor))
    assert list(known.items) == [ref], "it bears the same id in the other folder, and is not gone for a moment"


def test_a_mail_moved_after_its_new_folder_was_asked_is_not_gone(world: GraphMailWorld) -> None:
    world.receive(mail("in-1"))
    known = listed(world)
    (ref,) = known.items
    moved = world.store.find(ref)

    def moves(number: int, method: str, path: str) -> Reply | None:
        if f"mailFolders('{world.store.roles['inbox']}')" in path and moved.folder == world.store.roles["inbox"]:
            world.store.move(moved, "archive")  # which has answered in this batch already, or will only now
        return None

    world.service.inner_fault = moves
    pages = known.take(world.open().changes(known.cursor))
    assert ref in known.items and not any(ref in page.removals for page in pages)


def test_mail_that_rules_put_into_folders_is_read(world: GraphMailWorld) -> None:
    below = world.store.make_folder("Acme", parent=world.store.make_folder("Customers"))
    thrown = world.store.make_folder("Old", parent=world.store.roles["deleteditems"])
    exchange.take_in(world.store, mail("in-1"), below)
    exchange.take_in(world.store, mail("in-2"), thrown)
    exchange.take_in(world.store, mail("in-3"), "junkemail")
    found = world.store.make_folder("Unread mail")
    world.store.folders[found]["@odata.type"] = "#microsoft.graph.mailSearchFolder"
    exchange.take_in(world.store, mail("in-5"), found)
    known = listed(world)
    assert {m.id for m in known.items.values()} == {"in-1@harbour.example"}
    later = world.store.make_folder("Made later")
    exchange.take_in(world.store, mail("in-4"), later)
    known.take(world.open().changes(known.cursor))
    assert {m.id for m in known.items.values()} == {"in-1@harbour.example", "in-4@harbour.example"}


def test_a_folder_that_goes_takes_no_turn_along(world: GraphMailWorld) -> None:
    folder = world.store.make_folder("Customers")
    known = listed(world)
    world.store.remove_folder(folder)
    world.receive(mail("in-1"))
    known.take(world.open().changes(known.cursor))
    assert len(known.items) == 1
    assert list(world.open().changes(known.cursor)) == []


def test_replays_change_nothing(world: GraphMailWorld) -> None:
    world.service.deltas.replays = world.service.deltas.disorder = True
    for number in range(5):
        world.receive(mail(f"in-{number}"))
    known = listed(world)
    world.delete("in-3@harbour.example")
    for _ in range(3):
        known.take(world.open().changes(known.cursor))
    assert {m.id for m in known.items.values()} == {f"in-{n}@harbour.example" for n in (0, 1, 2, 4)}


def test_reading_a_mail_is_no_news(world: GraphMailWorld) -> None:
    world.receive(mail("in-1"))
    known = listed(world)
    message = world.store.find(next(iter(known.items)))
    message.resource["isRead"] = True
    world.store.changed(message, "read")
    assert list(world.open().changes(known.cursor)) == []


def test_a_link_that_leads_elsewhere_is_not_followed(world: GraphMailWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fakes.graph.service.HOST", "graph.evil.example")
    with pytest.raises(TryLater, match="elsewhere"):
        list(world.open().changes(None))


@pytest.mark.parametrize("status", [400, 410])
def test_a_dead_token_is_a_fresh_listing(world: GraphMailWorld, status: int) -> None:
    known = listed(world)
    dead = Reply(status, {"error": {"code": "syncStateNotFound", "message": "gone"}})
    world.service.inner_fault = lambda number, method, path: dead if path.endswith("/delta") else None
    with pytest.raises(CursorExpired):
        list(world.open().changes(known.cursor))


def test_a_busy_service_says_when_to_come_again(world: GraphMailWorld) -> None:
    known = listed(world)
    busy = Reply(429, {"error": {"code": "ApplicationThrottled", "message": ""}}, {"Retry-After": "37"})
    world.service.inner_fault = lambda number, method, path: busy if "inbox" in path or "messages" in path else None
    with pytest.raises(TryLater) as told:
        list(world.open().changes(known.cursor))
    assert told.value.after == dt.timedelta(seconds=37)


def test_a_report_comes_with_its_parts(world: GraphMailWorld) -> None:
    bounce = b"""From: Mail Delivery <mailer-daemon@kiln.example>\r
To: nora@kiln.example\r
Subject: Undeliverable: Kiln shelves\r
Date: Tue, 07 Apr 2026 09:30:00 +0200\r
Message-ID: <b1@kiln.example>\r
Content-Type: multipart/report; report-type=delivery-status; boundary=x\r
\r
--x\r
Content-Type: text/plain\r
\r
Delivery has failed to these recipients.\r
--x\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; kiln.example\r
\r
Final-Recipient: rfc822; ivo@harbour.example\r
Action: failed\r
Status: 5.1.1\r
--x\r
Content-Type: text/rfc822-headers\r
\r
Message-ID: <q1@kiln.example>\r
--x--\r
"""
    world.receive(bounce)
    (seen,) = listed(world).items.values()
    assert "Status: 5.1.1" in seen.report and "q1@kiln.example" in seen.returned


def with_file(name: str, sender: object, to: object) -> bytes:
    m = EmailMessage()
    m["From"], m["To"], m["Subject"], m["Message-ID"] = str(sender), str(to), "Quotation", f"<{name}@kiln.example>"
    m["Date"] = dt.datetime(2026, 4, 7, 9, 0, tzinfo=dt.UTC)
    m.set_content("See the file.")
    m.add_attachment(b"%PDF-1.4 price", maintype="application", subtype="pdf", filename="Q-7.pdf")
    return m.as_bytes(policy=SMTP)


def test_files_are_named_and_our_own_papers_are_read(world: GraphMailWorld) -> None:
    world.send(with_file("out-1", REP, BUYER))
    world.receive(with_file("in-1", BUYER, REP))
    known = listed(world)
    files = {m.id: m.attachments[0] for m in known.items.values()}
    assert files["out-1@kiln.example"].decoded() == b"%PDF-1.4 price"
    assert files["in-1@kiln.example"].name == "Q-7.pdf" and files["in-1@kiln.example"].encoded == b""


def test_a_sent_mail_keeps_its_thread_without_headers(world: GraphMailWorld) -> None:
    m = EmailMessage()
    m["From"], m["To"], m["Subject"], m["Message-ID"] = str(REP), str(BUYER), "Re: shelves", "<o@kiln.example>"
    m["Date"], m["In-Reply-To"], m["References"] = NOW, "<b@x.example>", "<a@x.example> <b@x.example>"
    m.set_content("> Which day?\n\nTuesday.\n\n-- \nNora\n")
    world.send(m.as_bytes(policy=SMTP))
    (seen,) = listed(world).items.values()
    assert (seen.answers, seen.references) == ("b@x.example", ("a@x.example", "b@x.example"))
    assert seen.plain == "> Which day?\n\nTuesday.\n\n-- \nNora\n", "a plain mail is plain again"


def test_what_cannot_be_replied_to_gets_a_new_draft(world: GraphMailWorld) -> None:
    exchange.take_in(world.store, mail("in-1"), "inbox", properties={exchange.CLASS: "IPM.Schedule.Meeting.Request"})
    known = listed(world)
    assert world.open().put(draft(source=next(iter(known.items)))) is not None
    (data,) = world.drafts()
    assert b"Shelves arrived" in data and b"In-Reply-To: <q1@kiln.example>" in data


def test_our_text_stands_above_what_the_service_quotes(world: GraphMailWorld) -> None:
    world.receive(mail("in-1", text="Which day suits?"))
    known = listed(world)
    first = world.open().put(draft(source=next(iter(known.items))))
    world.open().put(draft(text="Shall I move it to May?", source=next(iter(known.items))), first)
    (one,) = [m for m in world.store.living() if m.folder == world.store.roles["drafts"]]
    page = one.resource["body"]["content"]
    assert page.index("to May?") < page.index("divRplyFwdMsg") < page.index("Which day suits?")
    assert "keep the kiln date" not in page and "followup-draft-" not in page and page.count("Which day") == 1


def test_a_reply_whose_making_was_broken_off_is_finished(world: GraphMailWorld) -> None:
    for takes in (True, False):
        world.service.takes_reply_properties = takes
        world.receive(mail(f"in-{takes}"))
        known = listed(world)
        source = next(ref for ref, m in known.items.items() if m.id == f"in-{takes}@harbour.example")
        key = f"key{takes}"
        busy = Reply(503, {"error": {"code": "ServiceUnavailable", "message": ""}})
        world.service.inner_fault = lambda number, method, path: busy if method == "PATCH" else None  # noqa: B023
        with pytest.raises(TryLater):
            world.open().put(draft(key, source=source))
        world.service.inner_fault = lambda number, method, path: None
        assert world.open().put(draft(key, source=source)) is not None
        texts = [data for data in world.drafts() if f"X-Followup-Key: {key}".encode() in data]
        assert len(texts) == 1 and len(world.drafts()) == (1 if takes else 2)


def test_what_was_sent_leaves_no_twin_behind(world: GraphMailWorld) -> None:
    world.open().put(draft())
    twin = world.keyed("7f3a9c")
    world.store.add("drafts", dict(twin.resource), properties=dict(twin.properties))
    twin.resource["isDraft"] = False
    world.store.move(twin, "sentitems")
    assert world.open().put(draft()) is None and world.drafts() == []


def test_a_turn_without_news_is_one_batch(world: GraphMailWorld) -> None:
    world.receive(mail("in-1"))
    graph = connected(world.server)
    mailbox, calendar = GraphMail(graph), GraphCalendar(graph, ZONE)
    mails: Known[Message] = Known()
    entries: Known[Entry] = Known()
    mails.take(mailbox.changes(None))
    entries.take(calendar.changes(None))
    for _ in range(3):
        before = len(world.server.requests)
        assert not mails.take(mailbox.changes(mails.cursor)) and not entries.take(calendar.changes(entries.cursor))
        assert world.server.requests[before:] == [("POST", "/v1.0/$batch")]
    graph.wire.close()


def test_links_are_renewed_every_day(world: GraphMailWorld) -> None:
    known = listed(world)
    graph = connected(world.server, clock=NOW + dt.timedelta(days=2))
    pages = known.take(GraphMail(graph).changes(known.cursor))
    assert [(p.upserts, p.removals, p.begins, p.ends) for p in pages] == [((), (), False, False)]
    assert list(GraphMail(graph).changes(known.cursor)) == []
    graph.wire.close()


def test_the_first_listing_pays_no_request_a_mail(world: GraphMailWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_news, "PAGE_MAILS", 100)
    one = exchange.take_in(world.store, mail("in-0"), "inbox").resource
    for number in range(1, 1500):
        world.store.add("inbox" if number % 5 else "sentitems", {**one, "internetMessageId": f"<m{number}@x.example>",
                        "parentFolderId": world.store.roles["inbox" if number % 5 else "sentitems"]})  # fmt: skip
    began, before = time.monotonic(), len(world.service.calls)
    known = listed(world)
    calls = len(world.service.calls) - before
    print(f"1,500 mails: {calls} calls, {time.monotonic() - began:.1f} s")
    assert len(known.items) == 1500 and calls <= 15 + 12 + 10


# --- the calendar


def test_occurrences_take_the_rest_from_their_series(world: GraphMailWorld) -> None:
    start = dt.datetime(2026, 5, 4, 9, 0, tzinfo=dt.UTC)
    span = {"start": when(start), "end": when(start + dt.timedelta(hours=1))}
    master = world.store.add_event({**span, "type": "seriesMaster", "subject": "Weekly call with Ivo"})
    for week in (1, 2):
        at = start + dt.timedelta(weeks=week)
        world.store.add_event({"type": "occurrence", "seriesMasterId": master.immutable, "start": when(at),
                               "end": when(at + dt.timedelta(hours=1)), "subject": None})  # fmt: skip
    graph = connected(world.server)
    known: Known[Entry] = Known()
    known.take(GraphCalendar(graph, ZONE).changes(None))
    assert sorted((e.title, e.start.day) for e in known.items.values()) == [
        ("Weekly call with Ivo", 11),
        ("Weekly call with Ivo", 18),
    ]
    assert len({e.uid for e in known.items.values()}) == 2
    graph.wire.close()


def test_a_whole_day_is_the_reps_own(world: GraphMailWorld) -> None:
    first, last = ({"dateTime": f"2026-05-0{n}T00:00:00.0000000", "timeZone": "UTC"} for n in (4, 6))
    world.store.add_event({"isAllDay": True, "subject": "Leave", "start": first, "end": last})
    graph = connected(world.server)
    (page,) = GraphCalendar(graph, ZONE).changes(None)
    (entry,) = page.upserts
    assert (entry.start, entry.end) == (dt.datetime(2026, 5, 4, tzinfo=ZONE), dt.datetime(2026, 5, 6, tzinfo=ZONE))
    graph.wire.close()


def test_a_calendar_is_listed_afresh_every_week(world: GraphMailWorld) -> None:
    graph = connected(world.server)
    known: Known[Entry] = Known()
    known.take(GraphCalendar(graph, ZONE).changes(None))
    GraphCalendar(graph, ZONE).put(reminder())
    later = connected(world.server, clock=NOW + dt.timedelta(days=8))
    pages = known.take(GraphCalendar(later, ZONE).changes(known.cursor))
    assert [(p.begins, p.ends, len(p.upserts)) for p in pages] == [(True, True, 1)]
    assert next(iter(known.items.values())).key == reminder().key, "by its transactionId alone"
    graph.wire.close()
    later.wire.close()


def test_automatic_replies_for_a_time_are_leave(world: GraphMailWorld) -> None:
    graph = connected(world.server)
    known: Known[Entry] = Known()
    calendar = GraphCalendar(graph, ZONE)
    known.take(calendar.changes(None))
    assert not known.items
    world.service.settings["automaticRepliesSetting"] = {
        "status": "scheduled",
        "scheduledStartDateTime": {"dateTime": "2026-05-08T15:00:00.0000000", "timeZone": "UTC"},
        "scheduledEndDateTime": {"dateTime": "2026-05-18T06:00:00.0000000", "timeZone": "UTC"},
    }
    known.take(calendar.changes(known.cursor))
    (entry,) = known.items.values()
    assert (entry.start.date(), entry.end.date(), entry.all_day) == (dt.date(2026, 5, 9), dt.date(2026, 5, 18), True)
    settings = ReadSettings.of([REP.email], "Europe/Berlin", "DE")
    assert Mark.LEAVE in read_entry(entry, settings).marks
    assert list(calendar.changes(known.cursor)) == []
    world.service.settings["automaticRepliesSetting"] = {"status": "disabled"}
    known.take(GraphCalendar(graph, ZONE).changes(known.cursor))
    assert not known.items
    graph.wire.close()


def test_whole_days_marked_as_out_of_office_are_leave(world: GraphMailWorld) -> None:
    days = {"start": when(dt.datetime(2026, 5, 4, tzinfo=ZONE)), "end": when(dt.datetime(2026, 5, 9, tzinfo=ZONE))}
    hour = {
        "start": when(dt.datetime(2026, 6, 1, 9, tzinfo=ZONE)),
        "end": when(dt.datetime(2026, 6, 1, 10, tzinfo=ZONE)),
    }
    world.store.add_event({**days, "subject": "Gozo", "showAs": "oof"})
    world.store.add_event({**days, "subject": "Gozo", "showAs": "busy"})
    world.store.add_event({**hour, "subject": "Dentist", "showAs": "oof"})
    graph = connected(world.server)
    known: Known[Entry] = Known()
    known.take(GraphCalendar(graph, ZONE).changes(None))
    graph.wire.close()
    settings = ReadSettings.of([REP.email], "Europe/Berlin", "DE")
    told = {entry.title: Mark.LEAVE in read_entry(entry, settings).marks for entry in known.items.values()}
    assert told == {"Out of office: Gozo": True, "Gozo": False, "Dentist": False}


def test_the_rep_as_far_as_the_sign_in_may_see_him(world: GraphMailWorld) -> None:
    mailbox = world.open()
    assert isinstance(mailbox, Profiled)
    assert mailbox.profile() == Profile(), (
        "no right to the directory, and settings without hours: nothing, and no fault"
    )
    world.service.person = {
        "displayName": "Nora Falk",
        "mail": "Nora@kiln.example",
        "proxyAddresses": ["smtp:sales@kiln.example", "SMTP:nora@kiln.example", "SIP:nora@kiln.example", "X500:/o=x"],
    }
    world.service.settings["workingHours"] = {
        "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday"],
        "startTime": "08:30:00.0000000",
        "endTime": "17:00:00.0000000",
        "timeZone": {"name": "W. Europe Standard Time"},
    }
    seen = mailbox.profile()
    assert [(a.email, a.name) for a in seen.addresses] == [
        ("nora@kiln.example", "Nora Falk"), ("sales@kiln.example", "Nora Falk"),
    ]  # fmt: skip
    assert seen.hours == WorkingHours(frozenset((0, 1, 2, 3)), dt.time(8, 30), dt.time(17))
    world.service.settings["workingHours"] = {"daysOfWeek": [], "startTime": "early", "endTime": "late"}
    assert mailbox.profile().hours is None


@pytest.mark.parametrize(
    ("name", "iana"),
    [("W. Europe Standard Time", "Europe/Berlin"), ("Central Standard Time", "America/Chicago"),
     ("India Standard Time", "Asia/Kolkata"), ("Europe/Lisbon", "Europe/Lisbon")],
)  # fmt: skip
def test_zones_by_windows_and_iana_names(name: str, iana: str) -> None:
    at = moment_of({"dateTime": "2026-07-01T09:00:00.0000000", "timeZone": name}, dt.UTC)
    assert at is not None and at.utcoffset() == dt.datetime(2026, 7, 1, 9, tzinfo=zoneinfo.ZoneInfo(iana)).utcoffset()


def test_a_zone_somebody_made_up_is_the_reps() -> None:
    assert zone_of("tzone://Microsoft/Custom", ZONE) is ZONE and zone_of("../../etc/passwd", ZONE) is ZONE
    assert moment_of({"dateTime": "9999-12-31T23:59:59", "timeZone": "Pacific Standard Time"}, ZONE) is None
