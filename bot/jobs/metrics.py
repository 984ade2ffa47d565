"""The service's figures in the text format of Prometheus, version 0.0.4. Pure.

(https://prometheus.io/docs/instrumenting/exposition_formats/). The service level is `followup_lag_seconds`: how far what the
bot knows of an account lies behind the world. Accounts are the salted hashes of the log.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping

from bot.jobs.health import Trouble, Vital

Sample = tuple[Mapping[str, str], float]


def render(
    vitals: Mapping[str, Vital], now: dt.datetime, still_for: float, hashed: Callable[[str], str], config_refused: bool,
    units: Mapping[str, int],
) -> str:  # fmt: skip
    """All figures. `units` are the quota units that each account has spent since the start, where its provider counts them."""
    named = [({"account": hashed(name)}, v) for name, v in sorted(vitals.items())]
    families: list[tuple[str, str, str, Iterable[Sample]]] = [
        ("followup_up", "gauge", "The service runs.", [({}, 1)]),
        ("followup_accounts", "gauge", "Accounts served.", [({}, len(named))]),
        ("followup_still_seconds", "gauge", "Seconds since anything was really done.", [({}, still_for)]),
        ("followup_config_refused", "gauge", "The last config was not taken over.", [({}, float(config_refused))]),
        ("followup_lag_seconds", "gauge", "Since the last good turn: the service level.",
         [(a, v.lag(now).total_seconds()) for a, v in named]),
        ("followup_needs_person", "gauge", "A person must act (sign in again, make room).",
         [(a, float(v.trouble is Trouble.PERSON)) for a, v in named]),
        ("followup_failures_in_a_row", "gauge", "Turns that failed since the last good one.",
         [(a, v.failures) for a, v in named]),
        ("followup_turns_total", "counter", "Turns by result.",
         [({**a, "result": r}, n) for a, v in named for r, n in sorted(v.turns.items())]),
        ("followup_effects_total", "counter", "Touches by what was done.",
         [({**a, "effect": e}, n) for a, v in named for e, n in sorted(v.effects.items())]),
        ("followup_touches", "gauge", "Touches by what has become of them.",
         [({**a, "state": s}, n) for a, v in named for s, n in sorted(v.stock.standings.items())]),
        ("followup_ambiguous_writes", "gauge", "Writes whose answer never came and that were not found yet.",
         [(a, v.stock.ambiguous) for a, v in named]),
        ("followup_not_written", "gauge", "Touches that should stand and cannot be written as they are.",
         [(a, v.stock.refused) for a, v in named]),
        ("followup_quarantined", "gauge", "Mails and entries that cannot be read.",
         [(a, v.stock.quarantined) for a, v in named]),
        ("followup_quota_units_total", "counter", "Quota units spent with the vendor.",
         [({"account": hashed(name)}, n) for name, n in sorted(units.items())]),
    ]  # fmt: skip
    return "\n".join(line for family in families for line in _family(*family)) + "\n"


def _family(name: str, kind: str, words: str, samples: Iterable[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"{name}{{{inside}}} {value:g}" if inside else f"{name} {value:g}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
