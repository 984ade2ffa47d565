"""Mail that came back: whose address failed, and whether for good.

First the report made for machines (RFC 3464, and Exim's X-Failed-Recipients), then the words made for people, which
every mail server writes in its own way. "For good" follows the status code: class 5 is, class 4 is not (RFC 3463
section 2); a full mailbox is not, whatever its code.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from bot.model import Kind, Mark, Message, Reading
from bot.reading.body import Body
from bot.reading.notice_rules import MOST_TEXT, flat, rules, server
from bot.reading.settings import ReadSettings

_MACHINE = frozenset({Mark.MACHINE})
_MOST_ADDRESSES = 100
_MOST_NOTICE = 12 * 1024  # characters that a mail server says itself
_ADDRESS = re.compile(r"[\w.+'=&/-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}")
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.\d{1,3}(?![\d.])")
_SMTP = re.compile(
    r"(?<![\w.:/-])(4(?:21|5[0-4]|7[0-9])|5(?:0[0-4]|1[0-3]|2[0-3]|3[045]|5[0-9]|7[01]|98))(?=[ :)\-,'\"]|$)"
)
_ANSWERED = re.compile(r"^\W{0,3}(?:re|aw|sv|fwd?|wg|rif|rv|enc|tr|odp|antw|res)\s?:", re.IGNORECASE)
_POINTS = (  # what stands around the failed address, and how much it says
    (re.compile(r"^[\s>*-]*<?$"), re.compile(r"^>?\s*:?\s*$"), 4),  # alone on its line
    (re.compile(r"^[\s>*-]*<?$"), re.compile(r"^>?\s*(?::|\(|\.\.\.|-|,| )"), 3),  # begins its line
    (re.compile(r"(?:rcpt to:|\bsmtp=)\s*<?$", re.IGNORECASE), re.compile(""), 4),
    (
        re.compile(r"(?:recipients?|rfc822|failed|undeliverable)\W{0,12}(?:address\W{0,4})?$", re.IGNORECASE),
        re.compile(""),
        3,
    ),
    (
        re.compile(
            r"\b(?:to|user|addressed,?|address|mailbox|account|an|[àa]|para|für|for)\W{0,6}(?:mailto:)?$", re.IGNORECASE
        ),
        re.compile(""),
        2,
    ),
    (
        re.compile(""),
        re.compile(r"^>?\W{0,6}(?:failed|unknown|not|is|was|could|does|unbekannt|nicht|inconnu|\d\d\d)", re.IGNORECASE),
        2,
    ),
)
_FIELD = re.compile(r"^([A-Za-z-]{2,40})\s*:[ \t]*(.*(?:\n[ \t]+.*){0,20})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Failure:
    """One recipient's fields of a delivery report."""

    address: str
    action: str  # failed | delayed | delivered
    status: str
    diagnostic: str


def read_bounce(message: Message, body: Body, settings: ReadSettings) -> Reading | None:
    """A delivery that failed or is late; AUTOMATIC where a report only says that all went well; None for any other
    mail."""
    return _from_report(message, body, settings) or _from_words(message, body, settings)


def is_daemon(message: Message) -> bool:
    """Whether a mail server itself is the sender."""
    if not message.sender.email:  # the null sender shows through
        return True
    local = message.sender.email.partition("@")[0]
    return bool(server("sender").search(local) or server("name").search(message.sender.name))


# --- the report for machines (RFC 3464 section 2.3) ---


def _from_report(message: Message, body: Body, settings: ReadSettings) -> Reading | None:
    if not message.report:
        return None
    recipients = _recipients(message.report[:MOST_TEXT])
    chosen = next((r for action in ("failed", "delayed", "delivered") for r in recipients if r.action == action), None)
    if chosen is None:
        return None
    evidence = (chosen.diagnostic or chosen.status or chosen.action)[:300]
    if chosen.action == "delivered":
        return Reading(Kind.AUTOMATIC, words=evidence, rule="delivery report: delivered", marks=_MACHINE)
    late = chosen.action == "delayed"
    full = _is_full(chosen, _notice_part(body.text))
    return Reading(
        Kind.BOUNCED,
        address=chosen.address or _address(message, _notice_part(body.text), settings),
        permanent=not (late or full or _class(chosen) == "4"),
        words=evidence,
        rule=f"delivery report: {chosen.action}",
        marks=_MACHINE | {Mark.DELAYED} if late else _MACHINE,
    )


def _recipients(report: str) -> list[_Failure]:
    """The recipients of a report, one a block of fields; the blocks about the server itself name none."""
    found = []
    for block in re.split(r"\n[ \t]*\n", report.replace("\r", "")):
        fields: dict[str, str] = {}
        for name, value in _FIELD.findall(block):
            fields.setdefault(name.lower(), " ".join(value.split()))
        address = _typed(fields.get("original-recipient", "")) or _typed(fields.get("final-recipient", ""))
        action = _action(fields.get("action", ""), fields.get("status", ""))
        if action and (address or "final-recipient" in fields or "original-recipient" in fields):
            found.append(_Failure(address, action, fields.get("status", ""), fields.get("diagnostic-code", "")))
    return found


def _typed(value: str) -> str:
    """The address of "rfc822; someone@example.org" (also with angle brackets, or without a type)."""
    found = _ADDRESS.search(value.rpartition(";")[2])
    return found.group().strip("'").casefold() if found else ""


def _action(action: str, status: str) -> str:
    word = action.split(" ")[0].strip().lower()
    if word.startswith("fail"):
        return "failed"
    if word.startswith("delay"):
        return "delayed"
    if word.startswith(("deliver", "relay", "expand")):
        return "delivered"
    return {"5": "failed", "4": "delayed", "2": "delivered"}.get(status[:1], "")


def _class(failure: _Failure) -> str:
    """The class of the status; one that says nothing (5.0.0) yields to the code in the diagnosis."""
    vague = not failure.status or failure.status.startswith(("5.0.0", "4.0.0"))
    if vague and (inner := _ENHANCED.search(failure.diagnostic)):
        return inner.group(1)
    return failure.status[:1]


def _is_full(failure: _Failure, notice: str) -> bool:
    """Mailbox full: X.2.2 (RFC 3463 section 3.3), or words that say so."""
    if re.match(r"[45]\.2\.2\b", failure.status) or re.search(r"(?<![\d.])[45]\.2\.2(?![\d.])", failure.diagnostic):
        return True
    said = flat(failure.diagnostic + "\n\n" + notice)
    return any(rule.data.get("says") == "full" for rule, _ in rules("bounced").matches(said))


# --- the words for people ---


def _from_words(message: Message, body: Body, settings: ReadSettings) -> Reading | None:
    failed = message.signs.get("x-failed-recipients", "")
    daemon = bool(failed) or is_daemon(message) or "delivery-status" in message.signs.get("content-type", "")
    named = bool(server("subject").match(message.subject))
    if not (daemon or named) or _ANSWERED.match(message.subject):
        return None
    notice = _notice_part(body.text)
    said = flat(notice)
    hits = list(rules("bounced").matches(said))
    codes = bool(_ENHANCED.search(said) or _SMTP.search(said))
    others = _others(notice, message, settings)
    pointed = daemon and any(points >= 3 for _, points in others)
    if not (failed or pointed or _convinces(daemon, named, len(hits), codes, bool(others))):
        return None
    says = {str(rule.data.get("says", "")) for rule, _ in hits}
    if says and says <= {"full", "soft"} and not (failed or named or others):
        return None  # the rep's own mailbox is filling up
    late = "delayed" in says and "final" not in says and not _is_final_code(said)
    rule, found = hits[0] if hits else (None, None)
    return Reading(
        Kind.BOUNCED,
        address=_address(message, notice, settings),
        permanent=not late and _for_good(said, says),
        words=_line_of(said, found.start() if found else 0),
        rule=f"bounce: {rule.name}" if rule else "bounce: subject",
        marks=_MACHINE | {Mark.DELAYED} if late else _MACHINE,
    )


def _convinces(daemon: bool, named: bool, hits: int, codes: bool, addressed: bool) -> bool:
    """Whether it is a bounce: a mail server that speaks of failure, or a mail that looks like one in subject, words
    and code."""
    if daemon:
        return named or hits > 0 or codes
    return named and hits > 0 and addressed and (codes or hits > 1)


def _is_final_code(said: str) -> bool:
    found = _ENHANCED.search(said)
    return bool(found and found.group(1) == "5")


def _for_good(said: str, says: set[str]) -> bool:
    """Whether the words mean for good: not for a full mailbox, else as the code says, else as the words do."""
    if "full" in says or re.search(r"(?<![\d.])[45]\.2\.2(?![\d.])", said):
        return False
    if found := _ENHANCED.search(said) or _SMTP.search(said):
        return found.group(1)[0] != "4"
    return "final" in says or "soft" not in says


def _notice_part(text: str) -> str:
    """What the server itself says: the text without the copy of the mail that came back."""
    text = text[:_MOST_NOTICE]
    for cut in server("copy").finditer(text):
        if len(text[: cut.start()].strip()) > 60:
            return text[: cut.start()]
    return text


def _address(message: Message, notice: str, settings: ReadSettings) -> str | None:
    """The failed address: named by header, else the one that the notice's words point at, else the one the mail was
    for."""
    if found := _ADDRESS.search(message.signs.get("x-failed-recipients", "")):
        return found.group().casefold()
    meant = _returned_to(message, settings)
    best = max(_others(notice + "\n\n" + message.subject, message, settings), key=lambda pair: pair[1], default=None)
    if best is None or (meant and best[1] < 2):
        return meant or (best[0] if best else None)
    return best[0]


def _others(notice: str, message: Message, settings: ReadSettings) -> list[tuple[str, int]]:
    """The addresses in a notice, without the rep's own and the servers', each with how much points at it."""
    meant = _returned_to(message, settings)
    # a bounce comes back to whom the mail was from: that address is not the one that failed
    avoid = {message.sender.email, *(to.email for to in message.to)} - {meant}
    found = []
    for one in itertools.islice(_ADDRESS.finditer(notice), _MOST_ADDRESSES):
        address = one.group().casefold().rpartition("smtp=")[2].strip("'.-=")
        local, _, domain = address.partition("@")
        if address in settings.me or address in avoid or server("sender").search(local) or not domain:
            continue
        line_start = notice.rfind("\n", 0, one.start()) + 1
        line_end = notice.find("\n", one.end())
        begins = one.start() + one.group().casefold().find(address)  # "smtp=" may stand glued before it
        before = notice[max(line_start, begins - 60) : begins]
        after = notice[one.end() : min(line_end if line_end >= 0 else len(notice), one.end() + 60)]
        points = max((p for b, a, p in _POINTS if b.search(before) and a.search(after)), default=0)
        found.append((address, points + (3 if address == meant else 0) - (0 if "." in domain else 2)))
    return found


def _returned_to(message: Message, settings: ReadSettings) -> str | None:
    """The first other recipient in the headers of the mail that came back."""
    for name, value in _FIELD.findall(message.returned[:MOST_TEXT].replace("\r", "")):
        if name.lower() in ("to", "x-failed-recipients", "cc"):
            for one in _ADDRESS.finditer(value):
                if one.group().casefold() not in settings.me:
                    return one.group().casefold()
    return None


def _line_of(said: str, at: int) -> str:
    """The words around a place, for evidence."""
    first = max(said.rfind("\n", 0, at) + 1, at - 80)
    return said[first : at + 160].strip()
