"""The settings: what is accepted, and that every mistake is told at its line with advice that helps."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import marked_yaml
from bot.cadence.policy import Policy, Step
from bot.config import BadConfig, Config, defaults, load, parse, policy_from
from bot.config_advice import Problem
from bot.config_schema import PolicyModel
from bot.errors import UserMustAct
from bot.model import Form

EXAMPLE = Path(__file__).parent.parent / "config.example.yaml"

ACCOUNT = """
accounts:
  - name: rosa
    me: rosa@ferngully.example
    rep: {name: Rosa Lindt}
    zone: Europe/Zurich
    country: CH
    mail: {kind: maildir, path: mail}
"""


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(BadConfig) as caught:
        parse(text, "c.yaml", Path("/etc"))
    return caught.value.problems


def only(text: str) -> Problem:
    (problem,) = problems(text)
    return problem


# What is accepted


def test_example_loads_and_shows_the_defaults() -> None:
    example = load(EXAMPLE)
    assert dataclasses.replace(example, accounts=()) == defaults()
    (account,) = example.accounts
    assert account.me == ("alex@northwind.example", "sales@northwind.example")
    assert account.rep.email == "alex@northwind.example"
    assert account.calendar is not None and account.calendar.kind == "icsdir"


def test_example_names_every_key_and_comments_on_it() -> None:
    text = EXAMPLE.read_text()
    for field in dataclasses.fields(Policy):
        assert re.search(rf"^  {field.name}:.*", text, re.MULTILINE), field.name
    for line in text.splitlines():
        if re.match(r"  \w+: \S", line) and "path:" not in line:
            assert "#" in line, line


def test_every_field_of_the_policy_can_be_set_and_has_the_policy_s_default() -> None:
    assert set(PolicyModel.model_fields) == {f.name for f in dataclasses.fields(Policy)}
    assert policy_from({}) == Policy() == defaults().policy


def test_nothing_written_is_the_defaults() -> None:
    for text in ("", "\n", "# nothing\n", "{}", "policy:\n", "accounts: []\npolicy:\n  closed_day:\n"):
        assert parse(text, "c.yaml", Path()) == defaults(), text


def test_a_part_is_laid_over_the_defaults() -> None:
    policy = parse("policy: {min_gap_days: 4, appear_at: 07:30, call_at: 9:05}", "c.yaml", Path()).policy
    assert policy == dataclasses.replace(Policy(), min_gap_days=4, appear_at=dt.time(7, 30), call_at=dt.time(9, 5))
    assert policy_from({"drafts_per_day": 3}).drafts_per_day == 3


def test_a_ladder_of_ones_own() -> None:
    ladder = "[{step: call, day: 2, form: reminder}, {step: close, day: 9, form: draft}]"
    text = f"policy: {{ladder: {ladder}, closed_day: 15}}"
    policy = parse(text, "c.yaml", Path()).policy
    assert policy.ladder == (Step("call", 2, Form.REMINDER), Step("close", 9, Form.DRAFT))


def test_values_mean_what_the_key_makes_of_them() -> None:
    """YAML alone would make NO false, 12:00 seven hundred and twenty, and 0049 thirty-nine."""
    text = ACCOUNT.replace("CH", "NO").replace("{name: Rosa Lindt}", "{name: Rosa, phone: 0049}")
    config = parse(text + "policy: {call_at: 12:00, close_old_quotes: yes}\nclose_rate: 25%\nevery: 2h", "c", Path())
    account = config.account("rosa")
    assert (account.country, account.rep.phone) == ("NO", "0049")
    assert config.policy.call_at == dt.time(12, 0)
    assert config.policy.close_old_quotes is True
    assert config.close_rate == Decimal("0.25")
    assert config.every == dt.timedelta(hours=2)


def test_addresses_are_compared_without_case() -> None:
    config = parse(ACCOUNT.replace("rosa@ferngully", "Rosa@FernGully"), "c.yaml", Path())
    assert config.accounts[0].me == ("rosa@ferngully.example",)


def test_paths_count_from_the_file_and_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/rosa")
    file = tmp_path / "c.yaml"
    file.write_text(ACCOUNT + "store: {path: ~/m.sqlite3}\nlibrary: /srv/library\n")
    config = load(file)
    assert config.accounts[0].mail.path == tmp_path / "mail"
    assert config.store == Path("/home/rosa/m.sqlite3")
    assert config.library == Path("/srv/library")
    assert config.templates is None


def test_an_account_by_name() -> None:
    config = parse(ACCOUNT, "c.yaml", Path())
    assert config.account("rosa") is config.accounts[0]
    with pytest.raises(UserMustAct, match="rosie") as caught:
        config.account("rosie")
    assert "rosa" in caught.value.advice


def test_a_byte_order_mark_is_not_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_bytes("every: 5m\n".encode("utf-8-sig"))
    assert load(file).every == dt.timedelta(minutes=5)


# Mistakes

LADDER = "policy:\n  ladder:\n"
MISTAKES = [
    # text, line, key, in the message, in the advice
    ("evry: 5m", 1, "evry", "no such key", "every"),
    ("every: 5m\n\nzzz: 1", 3, "zzz", "no such key", "accounts, store"),
    ("policy:\n  # more\n  min_gap: 3", 3, "policy.min_gap", "no such key", "min_gap_days"),
    ("policy: 7", 1, "policy", "not a section", "indented"),
    ("- a\n- b", 1, "", "not keys", "colon"),
    ("accounts: {name: rosa}", 1, "accounts", "not a list", "dash"),
    ("every: 10", 1, "every", "not a length of time", '"10m"'),
    ("every: 10s", 1, "every", "bounds", '"1m"'),
    ("every: [1m]", 1, "every", "not a single value", "one value"),
    ("close_rate: 30", 1, "close_rate", "not a share", "0.30"),
    ("close_rate: nan", 1, "close_rate", "not a share", "0 to 1"),
    ("policy:\n  appear_at: 8", 2, "policy.appear_at", "time of day", '"08:00"'),
    ("policy:\n  appear_at: 24:00", 2, "policy.appear_at", "time of day", '"08:00"'),
    ("policy:\n  drafts_per_day: few", 2, "policy.drafts_per_day", "whole number", "digits"),
    ("policy:\n  drafts_per_day: 0", 2, "policy.drafts_per_day", "too small", "1 or more"),
    ("policy:\n  closed_day: 4000", 2, "policy.closed_day", "too big", "400 or less"),
    ("policy:\n  close_old_quotes: perhaps", 2, "policy.close_old_quotes", "yes nor no", "true or false"),
    ("policy:\n  closed_day: 20", 2, "policy.closed_day", "not after the last step", "23 or more"),
    ("policy:\n  ladder: []", 2, "policy.ladder", "empty", "at least one"),
    (LADDER + "    - {step: frist, day: 3, form: draft}", 3, "policy.ladder[0].step", "'frist'", "first?"),
    (LADDER + "    - {step: promised, day: 3, form: draft}", 3, "policy.ladder[0].step", "'promised'", "first"),
    (LADDER + "    - {step: call, day: 3, form: ring}", 3, "policy.ladder[0].form", "not a word", "'reminder'"),
    (LADDER + "    - {day: 3, form: draft}", 3, "policy.ladder[0].step", "missing", "add `step:`"),
    (
        LADDER + "    - {step: first, day: 3, form: draft}\n    - {step: value, day: 3, form: draft}",
        4, "policy.ladder[1].day", "not later", "4 or more",
    ),
    (
        LADDER + "    - {step: first, day: 3, form: draft}\n    - {step: first, day: 5, form: draft}",
        4, "policy.ladder[1].step", "another step's name", "its own",
    ),
    (ACCOUNT.replace("name: rosa", "name: rosa l"), 3, "accounts[0].name", "cannot be a name", "without spaces"),
    (ACCOUNT.replace("rosa@ferngully.example", "Rosa Lindt"), 4, "accounts[0].me[0]", "not an address", "bare address"),
    (ACCOUNT.replace("me: rosa@ferngully.example", "me: []"), 4, "accounts[0].me", "empty", "at least one"),
    (ACCOUNT.replace("Rosa Lindt", '""'), 5, "accounts[0].rep.name", "empty", "at least one"),
    (ACCOUNT.replace("Europe/Zurich", "Europe/Zurch"), 6, "accounts[0].zone", "no time zone", "Europe/Zurich"),
    (ACCOUNT.replace("Europe/Zurich", "Zurich"), 6, "accounts[0].zone", "no time zone", "Europe/Zurich"),
    (ACCOUNT.replace("Europe/Zurich", "../passwd"), 6, "accounts[0].zone", "no time zone", "America/Chicago"),
    (ACCOUNT.replace("Europe/Zurich", "Europe"), 6, "accounts[0].zone", "no time zone", "Europe/"),
    (ACCOUNT.replace("CH", "UK"), 7, "accounts[0].country", "no country", "GB"),
    (ACCOUNT.replace("CH", "Swiss"), 7, "accounts[0].country", "no country", "ISO 3166"),
    (ACCOUNT + "    language: english", 9, "accounts[0].language", "not a language", "ISO 639"),
    (ACCOUNT.replace("kind: maildir", "kind: mbox"), 8, "accounts[0].mail.kind", "not a word", "'maildir'"),
    (ACCOUNT.replace("kind: maildir", "labels: true, kind: maildir"), 8, "accounts[0].mail", "labels mean nothing", "gmail"),
    (ACCOUNT.replace("kind: maildir", "mailbox: a@b.example, kind: maildir"), 8, "accounts[0].mail", "mailbox means", "graph"),
    (ACCOUNT.replace("    zone: Europe/Zurich\n", ""), 3, "accounts[0].zone", "missing", "add `zone:`"),
    (ACCOUNT + ACCOUNT.replace("\naccounts:\n", ""), 9, "accounts[1].name", "another account's name", "its own"),
    ("every: 5m\nevery: 6m", 2, "every", "written twice, first in line 1", "one of the two"),
    ("policy:\n  call_minutes: 10\n  call_minutes: 10", 3, "policy.call_minutes", "twice, first in line 2", "keep one"),
    ("? [a, b]\n: 1", 1, "", "a key that is itself", "plain word"),
    ("every: 5m\naccounts: [", 2, "", "not YAML", "config.example.yaml"),
    ("policy:\n\tclosed_day: 40", 2, "", "not YAML", "never with tabs"),
    ("library: a: b", 1, "", "not YAML", "quotes"),
    ("every: 5m\n---\nevery: 6m", 2, "", "not YAML", "---"),
    ("every: 5m\nlibrary: \x07", 2, "", "a character", "UTF-8"),
    ("policy: &p {}\nstore: *p", 2, "", "alias", "quotes"),
    ("policy: !!python/name:os.system x", 1, "", "tag", "quotes"),
    ("\n" + "{a: " * 40, 2, "", "deeply nested", "right file"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "key", "message", "advice"), MISTAKES)
def test_each_mistake_has_its_line_its_key_and_advice(
    text: str, line: int, key: str, message: str, advice: str
) -> None:
    if "---" in text:  # the parser tells of a second document where it ends
        line = problems(text)[0].line
        assert line in (2, 3)
    problem = only(text)
    assert (problem.line, problem.key) == (line, key)
    assert message in problem.message
    assert advice in problem.advice


def test_all_mistakes_are_told_at_once_and_in_order() -> None:
    text = ACCOUNT.replace("CH", "Narnia").replace("kind: maildir", "kind: pop") + (
        "every: often\npolicy:\n  min_gap_days: no\n  closed_day: 3\n  closed_day: 3\n"
    )
    found = problems(text)
    assert [(p.line, p.key) for p in found] == [
        (7, "accounts[0].country"),
        (8, "accounts[0].mail.kind"),
        (9, "every"),
        (11, "policy.min_gap_days"),
        (12, "policy.closed_day"),
        (13, "policy.closed_day"),
    ]


def test_the_message_reads_well() -> None:
    with pytest.raises(UserMustAct) as caught:
        parse("evry: 5m\nclose_rate: 2", "my.yaml", Path())
    assert str(caught.value) == "my.yaml has 2 mistakes"
    assert caught.value.advice.splitlines() == [
        "my.yaml:1: evry: there is no such key",
        "    did you mean every?",
        "my.yaml:2: close_rate: '2' is not a share",
        "    write a number from 0 to 1, for example 0.30",
    ]


def test_a_step_of_ones_own_needs_texts_of_ones_own() -> None:
    ladder = LADDER + "    - {step: second_call, day: 3, form: reminder}\n"
    assert "set templates" in only(ladder).advice
    assert parse(ladder + "templates: texts", "c.yaml", Path()).policy.ladder[0].name == "second_call"


@pytest.mark.parametrize("key", ["password", "client_secret", "api_key", "refresh_token", "credentials", "pwd"])
def test_a_secret_in_clear_is_refused_and_not_shown(key: str) -> None:
    text = ACCOUNT.replace("path: mail", f"path: mail, {key}: hunter-2")
    found = problems(text)
    assert any("keyring:service/name" in p.advice and p.key.endswith(key) and p.line == 8 for p in found)
    assert not any("hunter" in p.message + p.advice for p in found)


def test_a_keyring_reference_is_no_secret() -> None:
    text = ACCOUNT.replace("path: mail", "path: mail, password: keyring:followup/rosa")
    assert only(text).message == "there is no such key"  # a maildir has none, but the value is no offence


def test_too_much_text_is_refused() -> None:
    assert "longer" in only("#" * (marked_yaml.MAX_TEXT + 1)).message
    assert "more" in only("accounts: [" + "1," * marked_yaml.MAX_EVENTS + "]").message


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserMustAct, match=r"gone\.yaml"):
        load(tmp_path / "gone.yaml")
    (tmp_path / "bin.yaml").write_bytes(b"\xff\xfe\x00a")
    with pytest.raises(UserMustAct, match="not a text file"):
        load(tmp_path / "bin.yaml")


# Properties

LINES = [re.sub(r" *# .*", "", line) for line in EXAMPLE.read_text().splitlines()]
KEYS = [i for i, line in enumerate(LINES) if re.match(r"[ -]*\w+:", line)]


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(KEYS), st.sampled_from("qxzk"), st.data())
def test_a_misspelled_key_of_the_example_is_told_at_its_line(number: int, letter: str, data: st.DataObject) -> None:
    line = LINES[number]
    found = re.match(r"[ -]*(\w+):", line)
    assert found is not None
    key = found[1]
    at = data.draw(st.integers(0, len(key)))
    wrong = key[:at] + letter + key[at:]
    changed = line.replace(f"{key}:", f"{wrong}:", 1)
    follower = LINES[number + 1] if number + 1 < len(LINES) else ""
    if re.search(r":\s*(#|$)", changed) and indent(follower) <= indent(line):
        changed = f"{' ' * indent(line)}{wrong}: something"  # a key with nothing behind it says nothing
    told = problems("\n".join([*LINES[:number], changed, *LINES[number + 1 :]]))
    mine = [p for p in told if p.line == number + 1 and p.key.endswith(wrong)]
    assert mine, told
    assert any(key in p.advice or "keys here" in p.advice for p in mine)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([i for i in KEYS if re.match(r"[ -]*\w+: +[^\s#{]", LINES[i])]))
def test_a_list_in_place_of_a_value_is_told_at_its_line(number: int) -> None:
    changed = re.sub(r"(\w+:) .*", r"\1 [[not a value]]", LINES[number])
    told = problems("\n".join([*LINES[:number], changed, *LINES[number + 1 :]]))
    assert any(p.line == number + 1 for p in told)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="ab:-[]{}#&*!|>'\"%@`\t\n ,?0.~é\u2028\x00\ud800", max_size=80))
def test_no_text_is_worse_than_a_mistake(text: str) -> None:
    try:
        assert isinstance(parse(text, "c.yaml", Path()), Config)
    except BadConfig as fault:
        assert all(p.line >= 1 and p.message and p.advice for p in fault.problems)


def test_settings_cost_little_to_import() -> None:
    """The store and its database are not needed to read settings."""
    script = "import sys, bot.config; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
