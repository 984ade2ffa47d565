"""Effects become the world: each written down, put or taken away, and settled, so that doing it again does no harm."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import replace

from bot.drafting import Written, written
from bot.errors import NotWritable, OutsideFault
from bot.model import (
    Draft,
    Effect,
    Form,
    Put,
    Standing,
    State,
    Withdraw,
)
from bot.providers.base import Calendar, Mailbox
from bot.recording import listed_keys
from bot.world import REFUSED, Done, Refusal, View, World, to_look_for
from bot.writing.templates import WritingRefusal


def act(
    world: World, seen: View, unread: frozenset[Form] = frozenset()
) -> tuple[tuple[Done, ...], tuple[OutsideFault, ...], tuple[Refusal, ...]]:
    """Carry out the effects, each by itself: written down, put, settled. What could not be done is told and comes again.
    `unread`: where the world could not be read it is not written to either. A bug at one effect shows itself once the
    others are carried out: a matter that nobody foresaw keeps no other waiting."""
    done: list[Done] = []
    faults: list[OutsideFault] = []
    refusals: list[Refusal] = []
    bugs: list[Exception] = []
    broken: set[Form] = set(unread)
    for form in {effect.touch.form for effect in seen.effects if isinstance(effect, Put)} - broken:
        world.memory.set_fact(world.account.name, to_look_for(form), "to do")
    kept: set[str] = set()  # whose old draft could not be taken away: no second one beside it
    for effect in seen.effects:
        form = effect.touch.form if isinstance(effect, Put) else effect.standing.form
        if form in broken or (isinstance(effect, Put) and form is Form.DRAFT and _people(effect) & kept):
            continue
        try:
            match effect:
                case Put():
                    content = _put(world, seen, effect)
                    if content is not None:
                        done.append(Done(effect, content))
                case Withdraw():
                    if _withdraw(world, effect, seen.now):
                        done.append(Done(effect, None))
                    elif form is Form.DRAFT:
                        kept |= set(effect.standing.people)
        except (WritingRefusal, NotWritable) as refusal:
            refusals.append(_refusal(effect, str(refusal)))
        except OutsideFault as fault:
            faults.append(fault)
            broken.add(form)
        except Exception as bug:
            bugs.append(bug)
            if isinstance(effect, Withdraw):
                kept |= set(effect.standing.people)
        world.progress("put", 1)
    _note(world, refusals)
    if bugs:
        raise bugs[0]
    return tuple(done), tuple(faults), tuple(refusals)


def _refusal(effect: Effect, reason: str) -> Refusal:
    about = effect.touch if isinstance(effect, Put) else effect.standing
    return Refusal(about.key, about.opening, about.step, reason)


def _note(world: World, refusals: Sequence[Refusal]) -> None:
    """What cannot be written, kept with its reasons for whoever asks how the account is."""
    name, rows = world.account.name, {r.key: [r.opening, r.step, r.reason] for r in refusals}
    packed = json.dumps(rows) if rows else None
    if world.memory.facts(name).get(REFUSED) != packed:
        world.memory.set_fact(name, REFUSED, packed)


def _people(effect: Put) -> set[str]:
    return {a.email for a in effect.touch.people}


def _put(world: World, seen: View, effect: Put) -> Written | None:
    touch, known, memory, name = effect.touch, effect.known, world.memory, world.account.name
    people = tuple(a.email for a in touch.people if a.email)
    if memory.suppressed(people):  # asked last, before each write
        return None
    content = written(touch, seen.desk)
    base = known or Standing(
        touch.key, touch.form, State.INTENDED, touch.opening, touch.step, touch.round, people, seen.now, seen.now
    )
    intended = replace(
        base,
        opening=touch.opening,  # of one that was adopted it was not known
        step=touch.step,
        round=touch.round,
        people=people,
        changed=seen.now,
        fingerprint=touch.fingerprint,
        because=touch.because,
        covers=touch.covers,
        start=touch.start,
        wording=content.wording,
        item=content.item,
        sketch=content.sketch,
    )
    if known is None or known.state is not State.STANDING:
        intended = replace(intended, state=State.INTENDED, at=seen.now)
        memory.intend(
            name, replace(intended, fingerprint="")
        )  # found after a crash, it is put again and so fully known
    else:  # if we die now, what lies there may be of either writing: neither is a person's edit
        memory.settle(name, replace(known, etag="", start=None, fingerprint=""))
    before = known if known is not None and known.state is State.STANDING else None
    try:
        if isinstance(content.content, Draft):
            standing = world.mailbox.put(content.content, before)
        else:
            assert world.calendar is not None
            standing = world.calendar.put(content.content, before)
    except NotWritable:
        if before is not None:  # what stands goes on standing as it was
            memory.settle(name, before)
        raise
    if standing is None:
        memory.settle(name, replace(intended, state=State.DISCARDED, changed=seen.now))
        return None
    settled = replace(intended, state=standing.state, ref=standing.ref, etag=standing.etag, digest=standing.digest)
    if standing.state is State.EDITED and known is not None:  # what lies there was written before
        settled = replace(settled, wording=known.wording, sketch=known.sketch)
    memory.settle(name, settled)
    return content if standing.state is State.STANDING else None


def _withdraw(world: World, effect: Withdraw, now: dt.datetime) -> bool:
    s, memory, name = effect.standing, world.memory, world.account.name
    port: Mailbox | Calendar | None = world.mailbox if s.form is Form.DRAFT else world.calendar
    if port is None:
        return False
    intended = replace(s, state=State.INTENDED, changed=now, because=effect.because)
    memory.intend(name, intended)  # if we die behind the next line, its going is not taken for a person's refusal
    taken = port.withdraw(s) if s.ref else True
    if not taken and memory.standings(name)[s.key].state is State.WITHDRAWN:  # by another instance, meanwhile
        return True
    if not taken and s.state is not State.STANDING:  # we died there, or another has done it, or a person has changed it
        taken = s.key not in listed_keys(memory.records(name))
    memory.settle(name, replace(intended, state=State.WITHDRAWN if taken else State.EDITED))
    return taken
