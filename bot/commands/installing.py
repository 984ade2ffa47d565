"""Writing the unit by which systemd runs the service, shut in as far as the config allows."""

from __future__ import annotations

import importlib.resources
import re
import shutil
import sys
from pathlib import Path

from bot.config import Config, load
from bot.errors import UserMustAct

UNIT = "followup.service"
PLACE = Path("/etc/systemd/system") / UNIT
STATE = "/var/lib/followup/"  # StateDirectory= of the unit
_ON_DISK = frozenset({"maildir", "icsdir"})
_CREDENTIAL = "LoadCredentialEncrypted=followup-key:/etc/followup/followup-key.cred"


def install(config: Path, target: Path) -> Path:
    """Write the unit for this config, over an older one of ours. Raises UserMustAct for a config with mistakes, a unit that
    somebody else wrote, and a place that may not be written to."""
    text = unit_text(load(config.absolute()), config.absolute())
    try:
        if target.exists() and "followup-bot" not in target.read_text(encoding="utf-8"):
            raise UserMustAct(f"{target} was not written by followup", "name another file with --to")
        target.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise UserMustAct(
            f"cannot write {target}: {fault.strerror}", "run this as root, or name a file with --to"
        ) from fault
    return target


def unit_text(config: Config, path: Path) -> str:
    """The unit: only what the config's mailboxes need is open. Without a vendor among them there is no network at all."""
    places = [p for a in config.accounts for p in (a.mail, a.calendar) if p is not None]
    folders = sorted({str(p.path) for p in places if p.kind in _ON_DISK})
    others = [p for p in (config.templates, config.library) if p is not None]
    hook = config.service.alert_url or ""
    remote = any(p.kind not in _ON_DISK for p in places) or hook.startswith("https:")
    below_home = [p for p in (*folders, str(path), *map(str, others)) if p.startswith(("/home/", "/root/"))]
    lines = [f"ReadWritePaths={_quoted(f)}" for f in folders]
    kept_by_systemd = str(config.store).startswith(STATE)
    if not kept_by_systemd:
        lines.append(f"ReadWritePaths={_quoted(str(config.store.parent))}")
    shut = "IPAddressDeny=any\nIPAddressAllow=localhost"
    return _template().format(
        user=_user([*map(Path, folders), *([] if kept_by_systemd else [config.store.parent])]),
        program=_quoted(_program()),
        config=_quoted(str(path)),
        credential=_CREDENTIAL if config.secrets.keep == "file" else "# no file of secrets in the config: no key",
        home="read-only" if below_home else "yes",
        paths="\n".join(lines) or "# no folders of mail on this machine",
        families="AF_UNIX AF_INET AF_INET6" if remote or hook or config.service.port else "AF_UNIX",
        addresses="# the vendors' servers are reached over the network" if remote else shut,
    )


def _user(folders: list[Path]) -> str:
    """Whose process it is: the owner of the mail on this machine, else a user that exists only while it runs."""
    there = next((f for f in folders if f.exists()), None)
    if there is None:
        return "DynamicUser=yes"
    try:
        return f"User={there.owner()}"
    except (KeyError, NotImplementedError):  # an owner without a name, a platform without owners
        return "DynamicUser=yes"


def _program() -> str:
    """The command that this process is, by its full path; systemd looks nothing up."""
    beside = Path(sys.executable).with_name("followup")
    return str(beside) if beside.exists() else shutil.which("followup") or str(beside)


def _quoted(text: str) -> str:
    """Text as systemd reads it in one piece and without specifiers (systemd.syntax(7))."""
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise UserMustAct(f"{text!r} cannot stand in a unit", "use a path without control characters")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if re.search(r"""[\s"'\\]""", text) else escaped


def _template() -> str:
    """The template that comes with the program: beside the package in a checkout, inside it when installed."""
    inside = importlib.resources.files("bot") / "packaging" / UNIT
    beside = Path(__file__).parents[2] / "packaging" / UNIT
    return inside.read_text(encoding="utf-8") if inside.is_file() else beside.read_text(encoding="utf-8")
