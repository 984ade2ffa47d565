"""The cast: Alex, who looks at his drafts, and the customers, who answer what he sends. What each does stands in the story."""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from enum import StrEnum
from pathlib import Path

from bot.cadence.worktime import WorkTime
from bot.demo import post
from bot.demo.post import Thread
from bot.demo.story import Beat, Customer, Story
from bot.jobs.playground import Playground
from bot.jobs.replay import Arrival, Coming, Handled, Told
from bot.model import Form, Instruction, Put, Touch
from bot.pipeline import Done


class Deed(StrEnum):
    """What somebody did, other than the bot."""

    QUOTE = "quote"
    ANSWER = "answer"
    WRITES = "writes"  # Alex, by hand
    ENTRY = "entry"
    NOTE = "note"
    OTHER = "other"  # the rest of a mailbox
    SENT = "sent"
    EDITED = "edited"
    LEFT = "left"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True, order=True)
class Acted:
    """Something that somebody did, for who watches."""

    at: dt.datetime
    deed: Deed
    who: str
    firm: str
    step: str = ""
    words: str = ""


class Cast:
    """Plays the story on a playground: a `People` of replay."""

    def __init__(self, story: Story, playground: Playground, worktime: WorkTime) -> None:
        self.story, self.playground, self.worktime = story, playground, worktime
        self._acted: list[Acted] = []  # a heap: what has been done or is to come, and was not told yet
        rep = story.setting.rep
        self._rep, self._signature = f"{rep.name} <{rep.email}>", rep.signature
        self._threads: dict[str, Thread] = {}
        self._openings: dict[str, Customer] = {}
        self._edited: set[str] = set()
        self._answered: set[tuple[str, str]] = set()
        self._n = 0

    # --- what comes by itself

    def coming(self) -> list[Coming]:
        """The quotes and what follows them by itself, and everything else in a mailbox and a calendar."""
        return [*self._quotes(), *self._newsletters(), *self._loose()]

    def _quotes(self) -> Iterator[Coming]:
        for c in self.story.customers:
            at = self._local(c.quote.sent)
            id_ = self._id(c.id, self._rep)
            made = post.quote_mail(c, self.story.setting, id_, at)
            thread = self._threads[c.id] = Thread(str(made["Subject"]))
            yield self._sends(c, made, at, Deed.QUOTE, sent=True)
            thread.went(id_, self._rep, at, post.words_of(made.as_bytes()))
            yield from self._follow(c, c.then, at)

    def _newsletters(self) -> Iterator[Coming]:
        for letter in self.story.chatter.newsletters:
            for number in range(len(letter.issues)):
                at = self._local(letter.first + dt.timedelta(days=number * letter.every))
                made = post.newsletter_mail(letter, number, self._id("news", letter.sender), at, self._rep)
                yield self._arrival(made, at, sent=False)

    def _loose(self) -> Iterator[Coming]:
        for one in self.story.chatter.mails:
            at = self._local(one.at)
            made = post.loose_mail(one, self._id("mail", one.sender or self._rep), at, self._rep)
            yield self._arrival(made, at, sent=bool(one.to))
        for number, entry in enumerate(self.story.chatter.entries):
            at = self._local(entry.created)
            data = post.loose_entry(f"own-{number}@northwind.example", entry, at, self._local(entry.start))
            yield Arrival(at, data, f"own-{number}.ics", True)

    def told_until(self, at: dt.datetime) -> Iterator[Acted]:
        """What people have done up to a moment, in order of time, each told once."""
        while self._acted and self._acted[0].at <= at:
            yield heapq.heappop(self._acted)

    # --- what Alex does with a draft, and what he gets for it

    def look(self, touch: Touch, draft: Path, now: dt.datetime) -> Handled:
        """Send the draft, or do what the story says of this customer and step. An edited one is sent at the next look."""
        customer = self._openings[touch.opening]
        match customer.does.get(touch.step):
            case "edit" if touch.key not in self._edited:
                self._edited.add(touch.key)
                self.playground.rewrite(draft, post.with_words(draft.read_bytes(), customer.adds))
                self._tell(now, Deed.EDITED, customer, touch.step, customer.adds)
                return Handled(acted=True, again=True)
            case "leave":
                self._tell(now, Deed.LEFT, customer, touch.step)
                return Handled(acted=False)
            case "discard":
                self.playground.discard(draft)
                self._tell(now, Deed.DISCARDED, customer, touch.step)
                return Handled(acted=True)
            case _:
                data = draft.read_bytes()
                self.playground.send(draft, now)
                self._tell(now, Deed.SENT, customer, touch.step)
                id_ = post.header_of(data, "Message-ID").strip("<> ")
                self._threads[customer.id].went(id_, self._rep, now, post.words_of(data))
                return Handled(acted=True, follows=self._answers(customer, touch.step, now))

    def see(self, done: Done, now: dt.datetime) -> Sequence[Coming]:
        """A reminder was put: what Alex does once its day has come."""
        effect = done.effect
        if not isinstance(effect, Put) or effect.touch.form is not Form.REMINDER or effect.touch.start is None:
            return ()
        touch = effect.touch
        customer = self._openings.get(touch.opening)
        day_begins = self._at(self.worktime.day(effect.touch.start), dt.time(8))
        return self._answers(customer, touch.step, max(now, day_begins)) if customer else ()

    def _answers(self, customer: Customer, step: str, since: dt.datetime) -> Sequence[Coming]:
        """What follows a step, the first time it comes: a later round of the same step gets no answer."""
        if (customer.id, step) in self._answered:
            return ()
        self._answered.add((customer.id, step))
        return self._follow(customer, customer.answers.get(step, ()), since)

    # --- beats become mails and entries

    def _follow(self, customer: Customer, beats: Sequence[Beat], since: dt.datetime) -> list[Coming]:
        follows = []
        for beat in beats:
            at = self._at(self.worktime.add(self.worktime.day(since), beat.after), beat.at)
            if at <= since:
                raise ValueError(f"{customer.id}: a beat at {at} does not follow what was at {since}")
            follows.append(self._beat(customer, beat, at))
            since = at
        return follows

    def _beat(self, customer: Customer, beat: Beat, at: dt.datetime) -> Coming:
        if beat.note:
            self._tell(at, Deed.NOTE, customer, "", beat.note)
            return Told(at, Instruction("note", parseaddr(customer.who)[1], at, text=beat.note))
        if beat.entry is not None:
            start = self._at(self.worktime.add(self.worktime.day(at), beat.entry.in_days), beat.entry.time)
            uid = self._id(customer.id, self._rep)
            self._openings[uid] = customer
            self._tell(at, Deed.ENTRY, customer, "", beat.entry.title)
            data = post.entry(uid, at, start, beat.entry, customer.who, self._rep)
            return Arrival(at, data, f"{uid.partition('@')[0]}.ics", True)
        thread = self._threads[customer.id]
        if beat.bounce:
            made = post.bounce_mail(beat, thread, self._id(customer.id, customer.who), at, customer.who, self._rep)
            return self._sends(customer, made, at, Deed.ANSWER, sent=False, words=str(made["Subject"]))
        sender, to = (self._rep, customer.who) if beat.rep else (beat.sender or customer.who, self._rep)
        id_ = self._id(customer.id, sender)
        made = post.beat_mail(beat, thread, id_, at, sender, to, self._signature)
        if not beat.machine:
            thread.went(id_, sender, at, beat.says or beat.rep)
        deed = Deed.WRITES if beat.rep else Deed.ANSWER
        return self._sends(customer, made, at, deed, sent=bool(beat.rep), words=beat.says or beat.rep)

    def _sends(
        self, customer: Customer, made: EmailMessage, at: dt.datetime, deed: Deed, *, sent: bool, words: str = ""
    ) -> Arrival:
        self._openings[str(made["Message-ID"]).strip("<>")] = customer
        self._tell(at, deed, customer, "", words)
        return Arrival(at, made.as_bytes(), "", False, sent)

    def _arrival(self, made: EmailMessage, at: dt.datetime, *, sent: bool) -> Arrival:
        heapq.heappush(self._acted, Acted(at, Deed.OTHER, str(made["From"]), ""))
        return Arrival(at, made.as_bytes(), "", False, sent)

    def _tell(self, at: dt.datetime, deed: Deed, customer: Customer, step: str, words: str = "") -> None:
        heapq.heappush(self._acted, Acted(at, deed, parseaddr(customer.who)[0], customer.firm, step, words))

    def _id(self, stem: str, sender: str) -> str:
        """The next Message-ID of the story, in the sender's domain."""
        self._n += 1
        return f"{stem}.{self._n:04d}@{parseaddr(sender)[1].partition('@')[2]}"

    def _local(self, at: dt.datetime) -> dt.datetime:
        return at.replace(tzinfo=self.worktime.zone)

    def _at(self, day: dt.date, time: dt.time) -> dt.datetime:
        return dt.datetime.combine(day, time, self.worktime.zone)
