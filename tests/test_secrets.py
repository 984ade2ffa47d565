"""Secrets: never in clear, never lost, told how strong."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import UserMustAct
from bot.secrets import BACKENDS, CREDENTIAL, FileSecrets, KeyringSecrets, default_keep, file_key, open_secrets

KEY = {"FOLLOWUP_KEY": "k9" * 20}


class Ring:
    """A keyring's backend, as the library's interface has it."""

    priority = 5

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get(name)

    def set_password(self, service: str, name: str, value: str) -> None:
        assert len(value.encode("utf-16-le")) <= 2560
        self.kept[name] = value

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[name]


def test_a_secret_comes_back_and_goes(tmp_path: Path) -> None:
    secrets = FileSecrets(tmp_path / "deep" / "secrets", KEY)
    assert secrets.get("gmail:iris") is None
    secrets.set("gmail:iris", "tok\nen ü")
    secrets.set("graph:iris", "other")
    assert FileSecrets(tmp_path / "deep" / "secrets", KEY).get("gmail:iris") == "tok\nen ü"
    secrets.delete("gmail:iris")
    secrets.delete("gmail:iris")
    assert (secrets.get("gmail:iris"), secrets.get("graph:iris")) == (None, "other")


def test_the_file_says_nothing_and_belongs_to_its_owner(tmp_path: Path) -> None:
    FileSecrets(tmp_path / "secrets", KEY).set("gmail:iris", "refresh-token-1234")
    data = (tmp_path / "secrets").read_bytes()
    assert b"refresh" not in data and b"gmail" not in data
    assert sys.platform == "win32" or (tmp_path / "secrets").stat().st_mode & 0o777 == 0o600


def test_another_key_or_a_changed_byte_opens_nothing_and_overwrites_nothing(tmp_path: Path) -> None:
    path = tmp_path / "secrets"
    FileSecrets(path, KEY).set("a", "b")
    sealed = path.read_bytes()
    other = FileSecrets(path, {"FOLLOWUP_KEY": "another" * 8})
    for attempt in (lambda: other.get("a"), lambda: other.set("a", "c"), lambda: other.delete("a")):
        with pytest.raises(UserMustAct, match="does not open"):
            attempt()
    assert path.read_bytes() == sealed and not other.strength().good
    path.write_bytes(sealed[:40] + bytes([sealed[40] ^ 1]) + sealed[41:])
    with pytest.raises(UserMustAct, match="does not open"):
        FileSecrets(path, KEY).get("a")


def test_without_a_key_nothing_is_written(tmp_path: Path) -> None:
    secrets = FileSecrets(tmp_path / "secrets", {})
    with pytest.raises(UserMustAct, match="no key"):
        secrets.set("a", "b")
    assert not (tmp_path / "secrets").exists()
    with pytest.raises(UserMustAct, match="shorter"):
        file_key({"FOLLOWUP_KEY": "hunter2"})


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_where_the_key_comes_from_and_how_strong_that_is(tmp_path: Path) -> None:
    credential, named = tmp_path / CREDENTIAL, tmp_path / "key"
    credential.write_text("c" * 40 + "\n")
    named.write_text("n" * 40)
    named.chmod(0o640)
    with pytest.raises(UserMustAct, match="read by others"):
        file_key({"FOLLOWUP_KEY_FILE": str(named), **KEY})
    named.chmod(0o400)
    everything = {"CREDENTIALS_DIRECTORY": str(tmp_path), "FOLLOWUP_KEY_FILE": str(named), **KEY}
    found = [file_key(e) for e in (everything, {"FOLLOWUP_KEY_FILE": str(named), **KEY}, KEY)]
    assert [strong for _, _, strong in found] == [True, False, False]
    assert len({key for key, _, _ in found}) == 3 and all(len(key) == 32 for key, _, _ in found)
    strength = FileSecrets(tmp_path / "secrets", KEY).strength()
    assert strength.good and "systemd credential" in strength.advice
    assert FileSecrets(tmp_path / "secrets", everything).strength().advice == ""


def write_some(path: Path, who: int) -> None:
    for i in range(10):
        FileSecrets(path, KEY).set(f"{who}:{i}", str(i))


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "secrets"
    writers = [multiprocessing.get_context("fork").Process(target=write_some, args=(path, who)) for who in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    kept = FileSecrets(path, KEY)
    assert all(kept.get(f"{who}:{i}") == str(i) for who in range(2) for i in range(10))
    assert {p.name for p in tmp_path.iterdir()} == {"secrets", "secrets.lock"}


@pytest.mark.parametrize("kind", BACKENDS)
@pytest.mark.parametrize("length", [0, 5, 1_200, 9_000])
def test_a_keyring_keeps_secrets_of_any_length(kind: str, length: int) -> None:
    ring = Ring() if kind == "windows" else Unbounded()
    secrets = KeyringSecrets(kind, ring)
    secrets.set("graph:iris", "x" * length)
    assert secrets.get("graph:iris") == "x" * length
    secrets.delete("graph:iris")
    secrets.delete("graph:iris")
    assert secrets.get("graph:iris") is None and not ring.kept


class Unbounded(Ring):
    def set_password(self, service: str, name: str, value: str) -> None:
        self.kept[name] = value


def test_a_keyring_that_is_not_there_is_told_and_nothing_stands_in_for_it(tmp_path: Path) -> None:
    class Gone(Ring):
        def get_password(self, service: str, name: str) -> str | None:
            raise RuntimeError("no bus")

    secrets = KeyringSecrets("secret-service", Gone())
    with pytest.raises(UserMustAct, match="cannot be used") as told:
        secrets.get("a")
    assert "file" in told.value.advice
    assert not secrets.strength().good


def test_the_config_pins_the_backend(tmp_path: Path) -> None:
    assert isinstance(open_secrets("file", tmp_path / "secrets", KEY), FileSecrets)
    assert isinstance(open_secrets("macos", tmp_path / "secrets", KEY), KeyringSecrets)
    assert [default_keep(p) for p in ("linux", "darwin", "win32")] == ["secret-service", "macos", "windows"]
    assert set(BACKENDS) & {"null", "chainer", "fail"} == set()


REAL = """
from bot.secrets import KeyringSecrets
secrets = KeyringSecrets("secret-service")
secrets.set("gmail:iris", "tok" * 2000)
assert KeyringSecrets("secret-service").get("gmail:iris") == "tok" * 2000
assert secrets.strength().good
secrets.delete("gmail:iris")
assert secrets.get("gmail:iris") is None
print("kept and gone")
"""


def _has(program: str) -> bool:
    return any(os.access(Path(folder) / program, os.X_OK) for folder in os.environ.get("PATH", "").split(os.pathsep))


@pytest.mark.skipif(
    not (_has("gnome-keyring-daemon") and _has("dbus-run-session")) and not os.environ.get("CI"),
    reason="needs gnome-keyring and dbus",
)
def test_the_real_secret_service(tmp_path: Path) -> None:
    script = 'printf pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec "$0" -c "$1"'
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path / "data"),
                   "XDG_RUNTIME_DIR": str(tmp_path)}  # fmt: skip
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", script, sys.executable, REAL],
        env=environment, capture_output=True, text=True, timeout=60, check=False, cwd=Path(__file__).parents[1],
    )  # fmt: skip
    assert done.stdout.strip() == "kept and gone", done.stderr
