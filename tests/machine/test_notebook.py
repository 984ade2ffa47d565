"""The simulation's memory remembers as the database does: the database's own tests, over a notebook."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from bot.model import State
from tests import test_store
from tests.machine.notebook import Notebook

# What a notebook has not: a file, and forgetting people.
OF_A_FILE = {
    "test_it_is_the_protocol", "test_the_settings_of_the_database", "test_a_bug_of_ours_is_not_dressed_up",
    "test_the_facts_stay_under_a_pseudonym", "test_threads_share_a_memory",
}  # fmt: skip
TESTS = {
    name: test
    for name, test in vars(test_store).items()
    if name.startswith("test_") and set(inspect.signature(test).parameters) == {"memory"} and name not in OF_A_FILE
}


@pytest.mark.parametrize("name", TESTS)
def test_as_the_database(name: str) -> None:
    TESTS[name](Notebook())


@pytest.mark.parametrize("end", [State.SENT, State.DISCARDED])
def test_what_was_sent_or_discarded_is_never_made_again(end: State) -> None:
    memory: Any = Notebook()
    test_store.test_what_was_sent_or_discarded_is_never_made_again(memory, end)


def test_the_tests_are_there() -> None:
    assert len(TESTS) > 25
