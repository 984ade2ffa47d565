"""Who the rep is, as his mailbox's vendor knows him: asked once a day, kept among memory's facts, laid under the config.

An address he may write from is his, whether the config names it or not: a mail from it read as a customer's would be
answered by a draft to himself.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.cadence.policy import Policy
from bot.errors import OutsideFault
from bot.model import Address
from bot.providers.base import Profile, Profiled, WorkingHours
from bot.store.base import Memory
from bot.world import Account, World

_FACT = "profile"
_USUAL = Policy()


def known(account: Account, memory: Memory) -> Account:
    """The account with what memory has of its rep's profile: more addresses than the config names, his hours for calls where
    the config leaves them as they are, and the profile itself."""
    _, profile = _kept(memory.facts(account.name))
    more = (a.email for a in profile.addresses if a.email not in account.me)
    policy = _in_hours(account.policy, profile.hours)
    return replace(account, me=(*account.me, *more), policy=policy, profile=profile)


def _in_hours(policy: Policy, hours: WorkingHours | None) -> Policy:
    left_alone = (policy.work_from, policy.work_to) == (_USUAL.work_from, _USUAL.work_to)
    if hours is None or not left_alone or hours.begin >= hours.end:  # whoever works through midnight says so himself
        return policy
    return replace(policy, work_from=hours.begin, work_to=hours.end)


def asked(world: World, now: dt.datetime) -> OutsideFault | None:
    """Ask the mailbox who its rep is, where it can tell and today's answer is not known yet. What went wrong, if anything did:
    the old answer stays until the next turn."""
    memory, name, today = world.memory, world.account.name, now.date().isoformat()
    if not isinstance(world.mailbox, Profiled) or _kept(memory.facts(name))[0] == today:
        return None
    try:
        profile = world.mailbox.profile()
    except OutsideFault as fault:
        return fault
    memory.set_fact(name, _FACT, _encoded(today, profile))
    return None


def _encoded(day: str, profile: Profile) -> str:
    hours = profile.hours
    row = {
        "asked": day,
        "addresses": [[a.email, a.name] for a in profile.addresses],
        "signature": profile.signature_html,
        "hours": hours and [sorted(hours.days), hours.begin.isoformat(), hours.end.isoformat()],
    }
    return json.dumps(row, ensure_ascii=False)


def _kept(facts: Mapping[str, str]) -> tuple[str, Profile]:
    """The day on which the profile was asked for, and the profile; both empty where there is none that can be read."""
    try:
        row: Any = json.loads(facts.get(_FACT, "{}"))
        addresses = tuple(Address(str(email), str(name)) for email, name in row["addresses"])
        hours = None
        if row["hours"] is not None:
            days, begin, end = row["hours"]
            hours = WorkingHours(frozenset(map(int, days)), dt.time.fromisoformat(begin), dt.time.fromisoformat(end))
        return str(row["asked"]), Profile(addresses, str(row["signature"]), hours)
    except (ValueError, TypeError, KeyError):
        return "", Profile()
