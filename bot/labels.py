"""Labels on the rep's mail: those by which he tells us something, and those by which we show him how a matter stands.

What has been taken and what is shown is among memory's facts, so that a label that stays where it is says something once,
and a turn without news writes nothing.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any

from bot.cadence.opportunity import Opportunity
from bot.cadence.shown import changed, shown
from bot.cadence.worktime import WorkTime
from bot.errors import OutsideFault
from bot.model import Instruction, Message, Shown, Wish
from bot.providers.base import Marker
from bot.store.base import Memory
from bot.world import World

_TAKEN, _SHOWN = "labels taken", "labels shown"


def take(world: World, messages: Iterable[Message], now: dt.datetime) -> None:
    """What the rep asks for by labels becomes instructions about the threads. A wish counts when it is put on; taking it
    off takes nothing back."""
    memory, account = world.memory, world.account
    known = _fact(memory, account.name, _TAKEN)
    after, spoken = dict(known), set[str]()
    for m in messages:
        thread = {m.id, *m.references, *filter(None, [m.answers])}
        if m.wish is None:
            after.pop(m.id, None)
        elif known.get(m.id) != m.wish:
            after[m.id] = m.wish
            if not thread & spoken:  # a mail program labels every mail of a thread at once
                memory.instruct(account.name, _instruction(world, m, m.wish, now))
            spoken |= thread
    if after != known:
        memory.set_fact(account.name, _TAKEN, json.dumps(after) if after else None)


def _instruction(world: World, message: Message, wish: Wish, now: dt.datetime) -> Instruction:
    account, ours = world.account, world.memory.standings(world.account.name).get(message.key or "")
    subject = ours.opening if ours is not None else f"<{message.id}>"  # a draft of ours is in no thread yet
    if wish is Wish.STOP:
        return Instruction("stop", subject, now)
    worktime = WorkTime(account.country, account.zone, (), account.weekdays)
    return Instruction("snooze", subject, now, worktime.add(worktime.day(now), account.policy.snooze_days))


def show(world: World, opportunities: Iterable[Opportunity]) -> OutsideFault | None:
    """Let the mails show how their matters stand, where the mailbox can and what it shows is to change. What went wrong, if
    anything did: then it is done again in the next turn."""
    memory, name, mailbox = world.memory, world.account.name, world.mailbox
    if not isinstance(mailbox, Marker) or not mailbox.marks:
        return None
    wanted = shown(opportunities, memory.standings(name).values(), memory.records(name))
    known = {ref: Shown(word) for ref, word in _fact(memory, name, _SHOWN).items()}
    change = changed(wanted, known)
    if not change:
        return None
    try:
        mailbox.mark(change)
    except OutsideFault as fault:
        return fault
    memory.set_fact(name, _SHOWN, json.dumps(wanted))
    return None


def _fact(memory: Memory, account: str, name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(memory.facts(account).get(name) or "{}")
    return found
