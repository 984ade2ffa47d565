"""Whom a mail points at: "ask Jane in purchasing", "my colleague (tom@acme.example) looks after this"."""

from __future__ import annotations

import re

from bot.model import Message
from bot.reading.sentences import Words
from bot.reading.settings import ReadSettings

REACH = 140  # characters behind the deciding words in which the person is looked for

_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_TITLE = r"(?:Mr|Mrs|Ms|Miss|Dr|Prof|Sir|Herrn?|Frau|Mme|Mlle|M|Sr|Sra|Srta|Don|Doña|Dhr|Mevr|Sig|Dott|Ing)\.?"
_PART = r"(?:[A-ZÀ-ÖØ-ÞŁŚŽČ][\w'’-]*[a-zà-ÿ][\w'’-]*|[A-Z]\.|[A-Z]{2,3}\b(?= [A-Z][a-z]))"
_NAME = re.compile(rf"(?:{_TITLE} )?{_PART}(?: (?:(?:de|del|della|di|da|dos|van|von|der|den|ten|la|le|el|al|bin|st\.|y) ){{0,2}}{_PART}){{0,3}}")
_LOWER_NAME = re.compile(r"\b(?:ask|contact|try)\s+([a-z]{3,12})\b")
_ROLE = re.compile(
    r"\b(?:our |the |my |in |your |a |unser\w* |den |die |notre |nuestr[oa] |ons |il |la |o )?((?:[a-z]+ ){0,2}?(?:purchasing|procurement|facilities|accounts|"
    r"maintenance|buying|buyer|landlord|owner|engineering|finance|head office|it|hr|marketing|sales|operations|legal|admin|administration|"
    r"property manager|site manager|project manager|office manager|facility manager|plant manager|general contractor|contractor|architect|"
    r"colleagues?|boss|manager|supervisor|director|successor|replacement|wife|husband|partner|business partner|dad|father|brother|mum|mother|son|"
    r"einkauf|einkaufsabteilung|buchhaltung|kolleg\w+|chef|hausverwaltung|service achats|achats|collègue|compras|compañer[oa]|"
    r"inkoop|collega|ufficio acquisti|acquisti|department|team|dept|office|agent|secretary|assistant|pa)"
    r"(?: (?:department|team|dept|manager|office|head|lead|guy|people|group|desk|side|director|officer|agent))?)\b",
    re.IGNORECASE,
)
# Words that begin a sentence, or are written large, and are nobody's name.
_NOBODY = frozenset(
    "i we you he she they it the a an this that these those my our your his her their please kindly thanks thank hi hello dear hey sorry "
    "unfortunately regards best cheers no not yes ok okay if when once as for in on at to from by and but or so since because just also all any "
    "quote quotation offer proposal estimate po order invoice price project company ltd inc gmbh llc plc re fw fwd monday tuesday wednesday "
    "thursday friday saturday sunday january february march april may june july august september october november december mon tue wed thu fri "
    "sat sun jan feb mar apr jun jul aug sep sept oct nov dec easter christmas today tomorrow what who where how why which is are was were do "
    "does did can could will would should shall try ask contact speak talk call email send forward direct copying adding looping passing wrong "
    "right mail person department best good great not me unfortunately actually however maybe perhaps let then there here after before until "
    "till until again later now back anyone someone them him her around "
    "going only don't i'm i've i'll we're we've we'll he's she's it's that's you're you'd you'll q1 q2 q3 q4 ceo cfo coo cto md gm hr it qs pm vp "
    "purchasing procurement facilities accounts anfrage angebot bitte danke hallo guten sehr ich wir sie er es der die das ein eine dafür dafur da "
    "leider zuständig zustandig ansprechpartner einkauf firma für fur am im mit bei von herr herrn frau mr mrs ms merci bonjour je nous il elle vous "
    "le la les un une c'est veuillez contactez non désolé hola gracias no yo nosotros usted por favor contacte eso el ella ik wij u neem bel dank "
    "grazie deve lei noi obrigado deve fale o a os as um uma mein unser meine unsere ihr ihre aktuell künftig".split()
)


def person_near(
    words: Words, start: int, end: int, message: Message, settings: ReadSettings, *, gone: bool = False
) -> str | None:
    """The person, address or department that the words at start..end point at, as "Name <address>", a name, an address or a
    role; None where nobody is. With `gone` the words say that somebody left: who is meant is the one who takes over."""
    known = _known(message, settings)
    first, last = words.sentence(start)
    email = _email(words.text, first, known)
    text = words.text[first:]
    behind = words.text[end : end + REACH]
    if gone:
        name = _named(_after_gone(text), known)
    else:
        name = _named(behind, known, within=60) or _named(words.text[first:start][-80:], known)
    if email and name and not _belongs(name, email):
        return email
    if email or name:
        return f"{name} <{email}>" if email and name else email or name
    if gone:
        mine = re.search(r"\b(?:contact|write to|email|call|reach|deal with|speak to|send)\b[^.?!]{0,30}\bme\b|\bI(?:'m| am|'ve| have|)\b[^.?!]{0,20}\b(?:took|taken|taking|replac|success|predecess)", text)
        return str(message.sender) if mine else None
    if found := _ROLE.search(behind[:60]) or _ROLE.search(words.text[first:start]):
        return found[1].strip()
    lower = _LOWER_NAME.search(words.folded[start : end + 20])
    return lower[1] if lower and lower[1] not in _NOBODY and lower[1] not in known else None


_SUBJECT = re.compile(
    r"(?:([A-Z][\w'’.-]+)|\b(?:he|she|He|She|who|colleague|predecessor|boss|manager|buyer|employee|lady|gentleman|person|guy))"
    r"(?: (?:has|have|had|is|was|just|recently|also|sadly|now|since|no|longer))*\s*$"
)


def named_before(text: str) -> bool:
    """Whether a text ends in a person as its subject: "Dana has", "my colleague just"."""
    found = _SUBJECT.search(text)
    return found is not None and not (found[1] and found[1].casefold() in _NOBODY)


def named_next(text: str, message: Message, settings: ReadSettings) -> bool:
    """Whether a text begins with the name of a third person or house: neither of the two who write, nor the rep's company."""
    own = {domain.partition(".")[0] for domain in settings.own_domains}
    return _named(text.lstrip(), _known(message, settings) | own, within=0) is not None


def _known(message: Message, settings: ReadSettings) -> frozenset[str]:
    """Names and addresses of the two who are writing to each other."""
    people = (message.sender, *(a for a in message.to if settings.is_own(a)))
    names = {part.casefold() for a in people for part in re.findall(r"\w+", a.name)}
    return frozenset(names | {a.email for a in people} | settings.me)


def _email(text: str, start: int, known: frozenset[str]) -> str | None:
    """The first foreign address from a place on, else the first in the text."""
    found = [(m.start() < start, m[0].rstrip(".").casefold()) for m in _EMAIL.finditer(text)]
    return next((e for _, e in sorted(found, key=lambda f: f[0]) if e not in known), None)


def _named(text: str, known: frozenset[str], within: int | None = None) -> str | None:
    """The first name of a third person in a text."""
    for found in _NAME.finditer(text):
        if within is not None and found.start() > within:
            return None
        parts = [p for p in found[0].split(" ")]
        while parts and (parts[0].casefold().strip(".") in _NOBODY and not re.fullmatch(_TITLE, parts[0])):
            parts.pop(0)
        while parts and parts[-1].casefold() in _NOBODY:
            parts.pop()
        bare = [p for p in parts if not re.fullmatch(_TITLE, p)]
        if bare and not all(p.casefold() in known or p.casefold() in _NOBODY for p in bare) and "@" not in text[found.end() : found.end() + 1]:
            return " ".join(parts).rstrip(".'’")
    return None


def _after_gone(text: str) -> str:
    """What follows the news that somebody has left: from the first word that points at another."""
    found = re.search(
        r"\b(?i:contact|write to|speak (?:to|with)|talk to|ask|e-?mail|call|reach(?: out to)?|replacement|successor|replaced by|taken over by|"
        r"is now with|now with|handled by|get in touch with|direct|refer to|in h(?:is|er) place|nachfolger(?:in)?|wenden sie sich an|"
        r"ansprechpartner(?:in)?|contactez|adressez|remplac\w+|contacte|dirígete|sustitut\w+|neem contact|opvolger|sostitu\w+|contattare)\b", text)
    if found:
        return text[found.end() :]
    other = re.search(r"(?<=[.!;,] )" + _PART + r"[\w ]{0,30}\b(?:has taken over|is taking over|took over|takes over|will take over|now handles|is now|übernimmt|übernommen)\b", text)
    return text[other.start() :] if other else ""


def _belongs(name: str, email: str) -> bool:
    """Whether an address looks like a name's."""
    local = email.partition("@")[0]
    return any(len(p) > 2 and p.casefold()[:4] in local for p in re.findall(r"\w+", name)) or not re.search(r"[a-z]{3,}[._][a-z]{3,}", local)
