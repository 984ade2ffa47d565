"""What a mail folder is for, told by its name where the server does not say (RFC 6154 has marks, a Maildir has
none)."""

from __future__ import annotations

import base64
import re
import unicodedata
from enum import StrEnum


class Role(StrEnum):
    """What a folder holds."""

    MAIL = "mail"
    SENT = "sent"
    DRAFTS = "drafts"
    TRASH = "trash"
    IGNORED = "ignored"  # spam and templates: nothing in it is a word between the rep and a customer


# The names that mail programs and servers give these folders, casefolded.
NAMES: dict[Role, frozenset[str]] = {
    Role.SENT: frozenset(
        (
            "sent", "sent items", "sent messages", "sent mail", "sent-mail",
            "gesendet", "gesendete elemente", "gesendete objekte", "gesendete nachrichten",
            "envoyés", "envoyes", "éléments envoyés", "messages envoyés", "objets envoyés",
            "enviados", "elementos enviados", "mensajes enviados", "itens enviados", "mensagens enviadas",
            "inviati", "inviata", "posta inviata", "elementi inviati", "messaggi inviati",
            "verzonden", "verzonden items", "verzonden berichten", "wysłane", "elementy wysłane",
            "skickat", "skickade objekt", "sendt", "sendt post", "sendte elementer",
        )
    ),
    Role.DRAFTS: frozenset(
        (
            "drafts", "draft", "postponed", "entwürfe", "entwurf", "brouillons", "brouillon", "borradores", "rascunhos",
            "bozze", "concepten", "kladder", "utkast", "szkice", "wersje robocze", "kopie robocze",
        )
    ),
    Role.TRASH: frozenset(
        (
            "trash", "bin", "deleted", "deleted items", "deleted messages", "papierkorb", "gelöscht",
            "gelöschte elemente", "gelöschte objekte", "corbeille", "éléments supprimés", "messages supprimés",
            "papelera", "elementos eliminados", "lixeira", "itens excluídos", "cestino", "posta eliminata",
            "elementi eliminati", "prullenbak", "verwijderde items", "kosz", "elementy usunięte", "papperskorg",
            "papirkurv",
        )
    ),
    Role.IGNORED: frozenset(
        (
            "junk", "junk mail", "junk e-mail", "junk email", "spam", "bulk mail", "spamverdacht", "unerwünscht",
            "unerwünschte werbung", "courrier indésirable", "indésirables", "pourriel", "correo no deseado",
            "no deseado", "lixo eletrônico", "lixo eletrónico", "posta indesiderata", "ongewenst", "ongewenste e-mail",
            "ongewenste reclame", "wiadomości-śmieci", "skräppost", "søppelpost", "templates", "vorlagen", "modèles",
            "chat", "chats",
        )
    ),
}  # fmt: skip
_ROLES = {name: role for role, names in NAMES.items() for name in names}
_SHIFTED = re.compile(r"&([A-Za-z0-9+,]*)-")


def role_of(name: str) -> Role:
    """The role of a folder from its path below the root: ".INBOX.Sent", "[Gmail]/Drafts", "Entw&APw-rfe", "Trash/2025".
    A folder inside one with a role has that role."""
    plain = unicodedata.normalize("NFC", decode_utf7(name)).casefold()
    for part in re.split(r"[./]", plain):
        if (role := _ROLES.get(part.strip())) is not None:
            return role
    return Role.MAIL


def decode_utf7(name: str) -> str:
    """A mailbox name in modified UTF-7 (RFC 3501, 5.1.3) as text; what is not well formed is left as it stands."""

    def shifted(found: re.Match[str]) -> str:
        coded = found[1]
        if not coded:
            return "&"
        try:
            return base64.b64decode(coded.replace(",", "/") + "=" * (-len(coded) % 4)).decode("utf-16-be")
        except ValueError:  # binascii.Error and UnicodeDecodeError are kinds of it
            return found[0]

    return _SHIFTED.sub(shifted, name)
