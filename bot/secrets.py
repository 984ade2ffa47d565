"""Where sign-ins keep their tokens: the keyring of the desktop, or on a server a file under a key that is not in it.

Which of them is said in the config (`secrets.keep`) and never guessed: a keyring that is missing is told, and nothing is
ever put down in clear instead. Names are of our own making, such as "gmail:alex"; values are text of any length.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import importlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bot.errors import TryLater, UserMustAct

if sys.platform != "win32":
    import fcntl

SERVICE = "followup-bot"  # the name under which a keyring shows our entries
CREDENTIAL = (
    "followup-key"  # the systemd credential (systemd.exec(5), LoadCredentialEncrypted=) that holds the file's key
)
KEY_VARIABLE, KEY_FILE_VARIABLE = "FOLLOWUP_KEY", "FOLLOWUP_KEY_FILE"
LEAST_KEY = 32  # characters: 24 random bytes as base64

# The backends that keep what they are given encrypted. Others (plain files, "null", whatever a plug-in brings) are not
# on the list: https://keyring.readthedocs.io, "Third-Party Backends".
BACKENDS: Mapping[str, tuple[str, str]] = {
    "secret-service": (
        "keyring.backends.SecretService",
        "the Secret Service of the desktop (GNOME Keyring, KeePassXC)",
    ),
    "kwallet": ("keyring.backends.kwallet", "KDE Wallet"),
    "macos": ("keyring.backends.macOS", "the macOS Keychain"),
    "windows": ("keyring.backends.Windows", "the Windows Credential Manager"),
}
_CLASSES = {"kwallet": "DBusKeyring", "windows": "WinVaultKeyring"}
# The Credential Manager takes 2,560 bytes an entry (CRED_MAX_CREDENTIAL_BLOB_SIZE, wincred.h), in UTF-16.
_MOST_ON_WINDOWS = 1_200


class Secrets(Protocol):
    """A place for secrets. Every method may raise UserMustAct (locked, missing, a wrong key) and TryLater (busy)."""

    def get(self, name: str) -> str | None:
        """The secret of that name; None: there is none."""
        ...

    def set(self, name: str, value: str) -> None:
        """Keep a secret, in place of the one that was there. It is safe when this returns."""
        ...

    def delete(self, name: str) -> None:
        """Drop a secret; nothing happens where there is none."""
        ...

    def strength(self) -> Strength:
        """Where secrets lie, and how strong that is: for the doctor. It looks, and never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Strength:
    """How secrets are kept: in words, whether that works and is strong, and what to do where it is not."""

    found: str
    good: bool
    advice: str = ""


def default_keep(platform: str = sys.platform) -> str:
    """What `secrets.keep` is where nothing is written: the platform's own keyring."""
    return {"darwin": "macos", "win32": "windows"}.get(platform, "secret-service")


def open_secrets(keep: str, path: Path, environ: Mapping[str, str]) -> Secrets:
    """The place that the config names: a key of BACKENDS, or "file" for the encrypted file at `path`, whose key is looked
    for in `environ`. Opens nothing yet, so that a config without sign-ins asks for no keyring."""
    return FileSecrets(path, environ) if keep == "file" else KeyringSecrets(keep)


class KeyringSecrets:
    """The keyring of this desktop, its backend pinned."""

    def __init__(self, kind: str, backend: Any = None) -> None:
        self._kind = kind
        self._loaded = backend

    def get(self, name: str) -> str | None:
        with self._faults():
            first = self._backend().get_password(SERVICE, name)
            if first is None or not first.startswith("\x1f"):
                return None if first is None else str(first)
            rest = (self._backend().get_password(SERVICE, f"{name}#{i}") for i in range(1, int(first[1:]) + 1))
            return "".join(piece or "" for piece in rest)

    def set(self, name: str, value: str) -> None:
        pieces = self._pieces(value)
        with self._faults():
            for i, piece in enumerate(pieces if len(pieces) > 1 else (), start=1):
                self._backend().set_password(SERVICE, f"{name}#{i}", piece)
            self._backend().set_password(SERVICE, name, value if len(pieces) == 1 else f"\x1f{len(pieces)}")

    def delete(self, name: str) -> None:
        with self._faults():
            backend = self._backend()
            first = backend.get_password(SERVICE, name)
            if first is None:
                return
            for i in range(1, int(first[1:]) + 1) if first.startswith("\x1f") else ():
                if backend.get_password(SERVICE, f"{name}#{i}") is not None:
                    backend.delete_password(SERVICE, f"{name}#{i}")
            backend.delete_password(SERVICE, name)

    def strength(self) -> Strength:
        words = BACKENDS[self._kind][1]
        try:
            self.get("followup doctor")
        except (UserMustAct, TryLater) as fault:
            return Strength(f"{words}: {fault}", False, getattr(fault, "advice", ""))
        return Strength(f"{words}: encrypted under your login, open while you are logged in", True)

    def _pieces(self, value: str) -> list[str]:
        size = _MOST_ON_WINDOWS if self._kind == "windows" else len(value) or 1
        return [value[i : i + size] for i in range(0, len(value), size)] or [""]

    def _backend(self) -> Any:
        if self._loaded is None:
            # By name, and only when a secret is asked for: the others' modules do not import on this platform.
            module = importlib.import_module(BACKENDS[self._kind][0])
            self._loaded = getattr(module, _CLASSES.get(self._kind, "Keyring"))()
            _ = self._loaded.priority  # raises where the backend cannot work here
        return self._loaded

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        """A keyring's many faults (its own, those of the bus or the platform) as one of ours."""
        try:
            yield
        except Exception as fault:
            raise UserMustAct(
                f"{BACKENDS[self._kind][1]} cannot be used: {type(fault).__name__}",
                "unlock it (log in to the desktop); on a server write secrets: {keep: file} into the config",
            ) from fault


class FileSecrets:
    """A file of secrets, encrypted and authenticated as a whole (Fernet: AES-128-CBC and HMAC-SHA-256). Its key lies
    elsewhere; readable by its owner alone; replaced whole, so that a crash leaves the old or the new one."""

    def __init__(self, path: Path, environ: Mapping[str, str]) -> None:
        self._path = path
        self._environ = environ

    def get(self, name: str) -> str | None:
        return self._read().get(name)

    def set(self, name: str, value: str) -> None:
        with self._only_writer():
            self._write({**self._read(), name: value})

    def delete(self, name: str) -> None:
        with self._only_writer():
            kept = self._read()
            if name in kept:
                self._write({n: v for n, v in kept.items() if n != name})

    def strength(self) -> Strength:
        try:
            _, source, strong = file_key(self._environ)
            self._read()
        except (UserMustAct, TryLater) as fault:
            return Strength(str(fault), False, getattr(fault, "advice", ""))
        advice = "" if strong else "a systemd credential is stronger: `followup service install` shows how"
        return Strength(f"{self._path}: encrypted, the key from {source}", True, advice)

    def _read(self) -> dict[str, str]:
        try:
            sealed = self._path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as fault:
            raise UserMustAct(f"cannot read {self._path}: {fault.strerror}", "give followup the right to it") from fault
        fernet = importlib.import_module("cryptography.fernet")
        try:
            opened = json.loads(self._fernet().decrypt(sealed))
        except (fernet.InvalidToken, ValueError) as fault:
            raise UserMustAct(
                f"{self._path} does not open with this key", "give followup the key it was made with, or sign in anew"
            ) from fault
        return {str(name): str(value) for name, value in opened.items()}

    def _write(self, kept: Mapping[str, str]) -> None:
        sealed = self._fernet().encrypt(json.dumps(kept).encode())
        try:
            handle, partial = tempfile.mkstemp(prefix=f".{self._path.name}-", dir=self._path.parent)  # mode 0600
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(sealed)
                    file.flush()
                    os.fsync(file.fileno())
                Path(partial).replace(self._path)
            except BaseException:
                Path(partial).unlink(missing_ok=True)
                raise
        except OSError as fault:
            raise UserMustAct(f"cannot write {self._path}: {fault.strerror}", "make its folder writable") from fault

    def _fernet(self) -> Any:
        # By name, and only where secrets lie in a file: it costs as much as a quarter of a start.
        key, _, _ = file_key(self._environ)
        return importlib.import_module("cryptography.fernet").Fernet(base64.urlsafe_b64encode(key))

    @contextlib.contextmanager
    def _only_writer(self) -> Iterator[None]:
        """Other processes of ours wait while one reads and writes: a refreshed token must not undo a new sign-in."""
        if sys.platform == "win32":
            yield
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path.with_name(f"{self._path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as fault:
            raise UserMustAct(
                f"cannot write beside {self._path}: {fault.strerror}", "make its folder writable"
            ) from fault
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def file_key(environ: Mapping[str, str]) -> tuple[bytes, str, bool]:
    """The key of the encrypted file: its 32 bytes, where it was found, and whether that is the strong way. Looked for as a
    systemd credential, then in the file that FOLLOWUP_KEY_FILE names, then in FOLLOWUP_KEY (an environment file). Raises
    UserMustAct where there is none, where it is too short, or where others may read the file it lies in."""
    folder = environ.get("CREDENTIALS_DIRECTORY", "")
    if folder and (credential := Path(folder) / CREDENTIAL).is_file():
        return _derived(_text_of(credential)), "a systemd credential", True
    if named := environ.get(KEY_FILE_VARIABLE, ""):
        path = Path(named)
        text = _text_of(path)
        if sys.platform != "win32" and path.stat().st_mode & 0o077:
            raise UserMustAct(f"{path} may be read by others", f"run: chmod 600 {path}")
        return _derived(text), f"the file {path}", False
    if text := environ.get(KEY_VARIABLE, ""):
        return _derived(text), "the environment", False
    raise UserMustAct(
        "there is no key for the file of secrets",
        f"give a systemd credential named {CREDENTIAL}, or {KEY_FILE_VARIABLE} naming a file only you may read; "
        "make a key with: openssl rand -base64 32",
    )


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as fault:
        raise UserMustAct(
            f"cannot read the key in {path}: {fault.strerror}", "name a file that followup may read"
        ) from fault


def _derived(text: str) -> bytes:
    """A key of the right size. A fast hash will do, since what it is made from is random and long, no password."""
    plain = text.strip()
    if len(plain) < LEAST_KEY:
        raise UserMustAct(f"the key is shorter than {LEAST_KEY} characters", "make one with: openssl rand -base64 32")
    return hashlib.blake2b(plain.encode(), digest_size=32, person=b"followup-secrets").digest()
