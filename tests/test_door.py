"""The door: every command is there under its name, and a small one does not load what it does not need."""

from __future__ import annotations

import subprocess
import sys

import pytest

from bot.cli.door import COMMANDS, WRONG_USAGE, door


def typed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """What a person sees, and the exit status."""
    with pytest.raises(SystemExit) as left:
        door.main(list(arguments), prog_name="followup")
    return int(left.value.code or 0), capsys.readouterr().out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_loads_and_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, shown = typed(capsys, name, "--help")
    assert status == 0
    assert shown.startswith(f"Usage: followup {name} ")
    assert len(shown.splitlines()) > 4


def test_the_help_lists_all_commands(capsys: pytest.CaptureFixture[str]) -> None:
    _, shown = typed(capsys, "--help")
    listed = [line.split()[0] for line in shown.partition("Commands:")[2].splitlines() if line.startswith("  ")]
    assert listed == list(COMMANDS)


@pytest.mark.parametrize("arguments", [["nosuch"], ["when", "--nosuch"], []])
def test_wrong_usage_has_exit_status_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(capsys, *arguments)[0] == WRONG_USAGE


@pytest.mark.parametrize(
    ("command", "unneeded"),
    [
        (["when", "in 3 weeks"], {"sqlalchemy", "alembic", "icalendar", "apscheduler", "jinja2", "bot.app"}),
        (["money", "$5,000"], {"sqlalchemy", "alembic", "icalendar", "apscheduler", "jinja2", "bot.app", "bot.providers"}),
        (["read", "nowhere.eml", "--me", "a@b.example"], {"sqlalchemy", "alembic", "apscheduler", "jinja2", "bot.app"}),
    ],
)  # fmt: skip
def test_reading_a_few_words_loads_no_database(command: list[str], unneeded: set[str]) -> None:
    code = (
        "import sys\nfrom bot.cli import main\n"
        f"sys.argv = ['followup', *{command!r}]\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print('LOADED', *sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert unneeded.isdisjoint(told.partition("LOADED")[2].split())
