"""backup, restore, forget, service install, status: as the commands do them, over real files."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from bot import app
from bot.commands import installing, ops
from bot.commands.installing import unit_text
from bot.commands.ops import Noting
from bot.config import Place, load
from bot.errors import UserMustAct
from bot.jobs.health import Trouble, Vital
from bot.model import Instruction, State
from bot.pipeline import turn
from bot.store.sql import open_memory
from bot.world import REFUSED
from tests.storekit import NOON, mail, standing

OTTO = "otto@bricks.example"
CONFIG = """
accounts:
  - name: iris
    me: iris@kiln.example
    rep: {name: Iris Moss}
    zone: Europe/Berlin
    country: DE
    mail: {kind: maildir, path: mail}
store: {path: memory.sqlite3}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    for part in ("cur", "new", "tmp"):
        (tmp_path / "mail" / part).mkdir(parents=True)
    (tmp_path / "followup.yaml").write_text(CONFIG)
    memory = open_memory(tmp_path / "memory.sqlite3")
    memory.absorb("iris", "mail", [mail("q1", "1")], cursor="1")
    memory.close()
    return tmp_path / "followup.yaml"


def beside(config: Path, name: str) -> Path:
    return config.with_name(name)


def test_status_tells_what_cannot_be_written_and_why(config: Path) -> None:
    memory = open_memory(beside(config, "memory.sqlite3"))
    memory.intend("iris", standing("k1"))
    memory.intend("iris", standing("k2"))
    memory.set_fact("iris", REFUSED, json.dumps({"k1": ["q1@kiln.example", "first", "no wording fits"]}))
    memory.close()
    (iris,) = ops.status(config).accounts
    assert (iris.refused, iris.unsettled) == (("first: no wording fits",), 1)


def test_a_backup_comes_back(config: Path) -> None:
    copy = beside(config, "copy")
    ops.backup(config, copy)
    memory = open_memory(beside(config, "memory.sqlite3"))
    memory.absorb("iris", "mail", [mail("q2", "2")], cursor="2")
    memory.close()
    before = copy.read_bytes()
    kept = ops.restore(config, copy)
    assert copy.read_bytes() == before and kept is not None
    memory, replaced = open_memory(beside(config, "memory.sqlite3")), open_memory(kept)
    assert (memory.records_count("iris"), memory.cursor("iris", "mail"), memory.check()) == (1, "1", ())
    assert replaced.records_count("iris") == 2
    assert beside(config, "memory.sqlite3").stat().st_mode & 0o077 == 0
    memory.close()
    replaced.close()


def test_what_only_memory_knows_survives_a_restore(config: Path) -> None:
    """Who said no since the backup, what was refused, and what was put."""
    copy, store = beside(config, "copy"), beside(config, "memory.sqlite3")
    ops.backup(config, copy)
    memory = open_memory(store)
    memory.instruct("iris", Instruction("stop", OTTO, NOON))
    memory.suppress("iris", "@rubble.example", NOON)
    memory.settle("iris", standing("k1", State.DISCARDED))
    memory.settle("iris", standing("k2", State.STANDING))
    memory.intend("iris", standing("k3"))
    memory.forget("iris", "gone@sand.example", NOON)
    memory.close()
    ops.restore(config, copy)
    memory = open_memory(store)
    everyone = [OTTO, "max@rubble.example", "gone@sand.example", "free@lime.example"]
    assert memory.suppressed(everyone) == frozenset(everyone[:3])
    assert {k: s.state for k, s in memory.standings("iris").items()} == {
        "k1": State.DISCARDED,
        "k2": State.STANDING,
        "k3": State.INTENDED,
    }
    assert [i.verb for i in memory.instructions("iris")] == ["stop"]
    memory.close()


def test_a_damaged_memory_is_replaced_all_the_same(config: Path) -> None:
    copy, store = beside(config, "copy"), beside(config, "memory.sqlite3")
    ops.backup(config, copy)
    store.write_bytes(b"no database at all" * 100)
    with pytest.raises(UserMustAct):
        ops.status(config)
    assert ops.restore(config, copy) is not None
    assert ops.status(config).accounts[0].name == "iris"


@pytest.mark.parametrize("what", ["nothing", "damaged", "another program's", "newer"])
def test_what_is_no_backup_changes_nothing(config: Path, what: str) -> None:
    copy, store = beside(config, "copy"), beside(config, "memory.sqlite3")
    match what:
        case "damaged":
            copy.write_bytes(b"x" * 9000)
        case "another program's":
            with sqlite3.connect(copy) as db:
                db.execute("CREATE TABLE recipes (name TEXT)")
            db.close()
        case "newer":
            ops.backup(config, copy)
            with sqlite3.connect(copy) as db:
                db.execute("UPDATE alembic_version SET version_num = 'ffff'")
            db.close()
    before = store.read_bytes()
    with pytest.raises(UserMustAct):
        ops.restore(config, copy)
    assert store.read_bytes() == before
    assert not [p.name for p in config.parent.iterdir() if "restore" in p.name]


def test_the_service_does_not_start_on_a_newer_or_damaged_memory(config: Path) -> None:
    store = beside(config, "memory.sqlite3")
    with sqlite3.connect(store) as db:
        db.execute("UPDATE alembic_version SET version_num = 'ffff'")
    db.close()
    with pytest.raises(UserMustAct, match="newer"):
        ops.serve(config, None)
    store.write_bytes(store.read_bytes()[:4096] + b"\xff" * 8192)
    with pytest.raises(UserMustAct):
        ops.serve(config, None)


def test_a_backup_is_never_written_over_memory(config: Path) -> None:
    with pytest.raises(UserMustAct, match="itself"):
        ops.backup(config, beside(config, "memory.sqlite3"))


def test_a_forgotten_person_leaves_a_digest_and_nothing_else(config: Path) -> None:
    assert ops.forget(config, "Otto@Bricks.example") == (("iris", 1),)
    store = beside(config, "memory.sqlite3")
    data = b"".join(p.read_bytes() for p in config.parent.glob("memory.sqlite3*"))
    assert b"otto" not in data.lower() and b"bricks.example" not in data
    memory = open_memory(store)
    assert memory.suppressed([OTTO]) == {OTTO}
    memory.close()
    for nobody in ("bricks", "@bricks.example", ""):
        with pytest.raises(UserMustAct):
            ops.forget(config, nobody)


def test_status_tells_what_a_person_must_do(config: Path) -> None:
    memory = open_memory(beside(config, "memory.sqlite3"))
    alerts = beside(config, "alerts")
    noting = Noting(memory, alerts)
    vital = Vital(NOON, NOON, NOON, 1, Trouble.PERSON, "signed out", "sign in again")
    noting("iris", vital)
    assert "iris: signed out" in alerts.read_text() and alerts.stat().st_mode & 0o077 == 0
    (found,) = ops.status(config).accounts
    assert (found.trouble, found.text, found.advice, found.lag) == ("person", "signed out", "sign in again", None)
    noting("iris", replace(vital, trouble=Trouble.NONE, text="", advice="", failures=0))
    assert not alerts.exists()
    memory.settle("iris", standing("k1", State.EDITED))
    with memory.turn("iris", dt.datetime.now(dt.UTC)):
        pass
    memory.close()
    (found,) = ops.status(config).accounts
    assert (found.trouble, found.drafts, found.edited) == ("", 1, 1) and found.lag is not None
    assert found.hashed not in (found.name, "")


def test_an_account_nobody_has_signed_in_for_keeps_no_other_from_being_served(config: Path) -> None:
    more = CONFIG.replace(
        "store:",
        """  - name: gina
    me: gina@kiln.example
    rep: {name: Gina}
    zone: Europe/Berlin
    country: DE
    mail: {kind: gmail}
store:""",
    )
    config.write_text(more)
    with app.opened(config) as opened:
        iris, gina = ops._roster(opened).worlds
        assert turn(iris, NOON).problems == ()
        (problem,) = turn(gina, NOON).problems
        assert isinstance(problem, UserMustAct) and problem.advice


# --- the unit


def test_the_unit_opens_no_more_than_the_config_needs(config: Path) -> None:
    here = load(config)
    on_disk = unit_text(here, Path("/etc/followup/followup.yaml"))
    assert "IPAddressDeny=any" in on_disk and "RestrictAddressFamilies=AF_UNIX\n" in on_disk
    assert f"ReadWritePaths={config.parent / 'mail'}" in on_disk and "User=" in on_disk
    account = replace(here.accounts[0], mail=Place("gmail", Path("x")))
    remote = unit_text(
        replace(here, accounts=(account,), store=Path("/var/lib/followup/m.sqlite3")),
        Path("/etc/followup/followup.yaml"),
    )
    assert "DynamicUser=yes" in remote and "IPAddressDeny=any" not in remote and "ReadWritePaths" not in remote
    assert "{" not in remote.replace("{", "", 0).split("[Service]")[1]


def test_a_path_in_the_unit_is_one_word(config: Path) -> None:
    odd = replace(load(config), store=Path('/srv/a b%n"$x/m.sqlite3'))
    assert 'ReadWritePaths="/srv/a b%%n\\"$$x"' in unit_text(odd, Path("/etc/followup.yaml"))
    with pytest.raises(UserMustAct):
        unit_text(replace(odd, store=Path("/srv/a\nExecStart=/bin/sh/m")), Path("/etc/followup.yaml"))


def test_somebody_else_s_unit_is_left_alone(config: Path) -> None:
    target = beside(config, "other.service")
    target.write_text("[Service]\nExecStart=/bin/true\n")
    with pytest.raises(UserMustAct, match="not written by followup"):
        installing.install(config, target)
    written = installing.install(config, beside(config, "followup.service"))
    assert installing.install(config, written) == written


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_finds_the_unit_shut_in(config: Path) -> None:
    unit = installing.install(config, beside(config, "followup.service"))
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", str(unit)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout[-300:] + told.stderr
