"""What closes a mail: the closing phrase and the rep's signature, as plain text and as HTML.

The signature is the rep's own where he has one, else it is made from what is known of him; his phone number is always in
it where it is known. Of an HTML signature, which comes from outside, only harmless markup is kept: what shapes text and
shows pictures, nothing that runs, covers the page or asks for something.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from bot.writing.customs import custom
from bot.writing.facts import Rep
from bot.writing.lines import line, text_of

MAX_NAME = 80  # characters of a name, a company, a phone number
MAX_TEXT = 1500  # characters of a signature's text
MAX_HTML = 20_000  # characters of a signature's HTML; what is longer is a newsletter


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a mail. `page` is its HTML where the rep's signature has one of its own, else ""."""

    text: str
    page: str = ""


def ending_of(rep: Rep, language: str, country: str, *, familiar: bool = False) -> Ending:
    """The closing phrase, unless the signature brings its own, and the signature."""
    words = custom(language, country)
    phrase = words.get("closing_familiar", words["closing"]) if familiar else words["closing"]
    closing = str(phrase) + str(words.get("closing_comma", ","))
    phone = line(rep.phone, MAX_NAME)
    if not rep.signature.strip():
        name = line(rep.name, MAX_NAME) or rep.email
        return Ending("\n".join([closing, name, *filter(None, (line(rep.company, MAX_NAME), phone))]))
    own = text_of(rep.signature, MAX_TEXT).splitlines()
    before = [] if _closes(own[0]) else [closing]
    after = [phone] if _digits(phone) and _digits(phone)[-6:] not in _digits(rep.signature) else []
    page = harmless(rep.signature_html)
    if page:
        first, last = ("".join(f"<p>{html.escape(one)}</p>\n" for one in some) for some in (before, after))
        page = f"{first}<div>{page}</div>\n{last}"
    return Ending("\n".join([*before, *own, *after]), page)


def _closes(text: str) -> bool:
    """Whether a signature brings its own closing phrase: "Best regards," or "Mit freundlichen Grüßen"; "Tom Best" is none."""
    return _CLOSING.search(text.casefold()) is not None


_CLOSING = re.compile(
    r"regards|wishes|grü(?:ß|ss)|gru(?:ß|ss)|cordialement|salutations|saludo"
    r"|^(?:many )?(?:best|sincerely|yours|thanks|cheers)\s*(?:[,!.]|$)"
)


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


# --- HTML from outside

_SHAPES = frozenset(
    "a b strong i em u s small big sub sup br hr p div span font table tbody thead tr td th img".split()
)
_VOID = frozenset(("br", "hr", "img"))
_SILENT = frozenset("script style head title template svg math object iframe noscript textarea select".split())
_LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\s\"'<>]{1,1000}", re.IGNORECASE)
_PICTURE = re.compile(r"https://[^\s\"'<>]{1,1000}", re.IGNORECASE)
_PLAIN = re.compile(r"[\w .,#%+-]{1,100}")
_STYLE = re.compile(
    r"(?:color|background-color|font|font-family|font-size|font-weight|font-style|text-decoration|text-align|line-height|"
    r"margin|margin-\w{3,6}|padding|padding-\w{3,6}|border|border-[\w-]{3,12}|width|max-width|height|vertical-align)"
    r"\s{0,9}:[\w\s.,#%\"'()+-]{1,200}",
    re.IGNORECASE,
)
_VALUES = {
    "href": _LINK, "src": _PICTURE, "alt": _PLAIN, "width": _PLAIN, "height": _PLAIN, "color": _PLAIN, "face": _PLAIN,
    "size": _PLAIN, "align": _PLAIN, "valign": _PLAIN, "cellpadding": _PLAIN, "cellspacing": _PLAIN, "border": _PLAIN,
}  # fmt: skip


def harmless(page: str) -> str:
    """HTML from outside with nothing left in it but text, shapes, links and pictures, every tag closed; "" where it says
    nothing, or more than a signature does."""
    if not page.strip() or len(page) > MAX_HTML:
        return ""
    cleaner = _Cleaner()
    at = 0
    while at < len(page):
        if page.startswith("<!--", at):
            end = page.find("-->", at)
            at = end + 3 if end >= 0 else len(page)
            continue
        found = _TOKEN.match(page, at)
        assert found is not None  # any single character is a token
        if found["name"]:
            cleaner.tag(found["name"].lower(), found["given"], is_end=bool(found["end"]))
        elif not found["mark"]:
            cleaner.text(html.unescape(found[0]))
        at = found.end()
    return cleaner.outcome()


_TOKEN = re.compile(
    r"<(?P<end>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]{0,20})(?P<given>[^<>]{0,4000})>|(?P<mark><[!?][^<>]{0,4000}>)|[^<]+|<"
)
_GIVEN = re.compile(
    r"""([a-z]{1,20})\s{0,9}=\s{0,9}(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\s"']{1,2000}))""", re.IGNORECASE
)


@dataclass(slots=True)
class _Cleaner:
    """Writes down what is allowed, as it comes by."""

    kept: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    silent: str = ""  # an open element of which not even the text is shown
    says: bool = False

    def outcome(self) -> str:
        """The page, closed."""
        return "".join([*self.kept, *(f"</{name}>" for name in reversed(self.opened))]) if self.says else ""

    def text(self, words: str) -> None:
        """Words come."""
        if not self.silent:
            self.kept.append(html.escape("".join(c for c in words if c.isprintable() or c in "\n\t")))
            self.says = self.says or bool(words.strip())

    def tag(self, name: str, given: str, *, is_end: bool) -> None:
        """An element begins or ends."""
        if self.silent or name in _SILENT:
            ends = is_end and name == self.silent
            self.silent = "" if ends or (is_end and not self.silent) else self.silent or name
        elif is_end:
            self._end(name)
        elif name in _SHAPES:
            said = {m[1].lower(): html.unescape(m[2] or m[3] or m[4] or "").strip() for m in _GIVEN.finditer(given)}
            allowed = {key: value for key in _NAMES if (value := _value(key, said.get(key, "")))}
            if name == "img" and "src" not in allowed:
                return
            said_again = "".join(f' {key}="{html.escape(value)}"' for key, value in allowed.items())
            self.kept.append(f"<{name}{said_again}>")
            self.opened += [] if name in _VOID else [name]

    def _end(self, name: str) -> None:
        if name not in self.opened:
            return
        while self.opened:
            last = self.opened.pop()
            self.kept.append(f"</{last}>")
            if last == name:
                return


_NAMES = (*_VALUES, "style")


def _value(name: str, given: str) -> str:
    """An attribute's value where it is harmless; of a style those rules that are."""
    if name == "style":
        rules = (rule.strip() for rule in given.split(";"))
        return ";".join(r for r in rules if _STYLE.fullmatch(r) and not re.search("url|expression", r, re.IGNORECASE))
    return given if _VALUES[name].fullmatch(given) else ""
