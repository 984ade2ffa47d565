"""The quick look that lets nearly every wording through must let none through that the parser would refuse."""

from __future__ import annotations

import jinja2
import pytest

from bot.writing import templates
from bot.writing.templates import Templates, packaged_sources

ODD = [
    "{{ nosuch }}", "{{ sent_on", "{{ sent_on|upper }}", "{{ sent_on.year }}", "{{ and }}", "{% if sent_on %}", "{% else %}",
    "{% endif %}", "}} {% endif %}", "{% if sent_on.x %}a{% endif %}", "{% if sent_on and or %}a{% endif %}",
    "{% if and %}a{% endif %}", "{% if sent_on %}{% else %}{% else %}{% endif %}", "{% if sent_on or nosuch %}a{% endif %}",
    "{% if sent_on %}{% else %}{% elif talk %}{% endif %}", "{% for a in talk %}{% endfor %}", "{% set talk = 1 %}",
    "{# a {{ sent_on }} #}", "{#", "{% if sent_on == talk %}a{% endif %}", "{% raw %}{% endraw %}", "{% if talk %}" * 9,
]  # fmt: skip


@pytest.mark.parametrize("source", ODD)
def test_odd_wordings_are_left_to_the_parser(source: str) -> None:
    assert not templates._is_plain(source)


@pytest.mark.parametrize(
    "source",
    [
        "No slot at all.",
        "On {{ sent_on }}.{# a remark #}",
        '{% if country == "US" and talk %}a{% elif talk %}b{% else %}c{% endif %}',
        "{% if talk %}{% if sent_on %}a{% endif %}{% else %}b{% endif %}",
    ],
)
def test_plain_wordings_need_no_parser(source: str) -> None:
    assert templates._is_plain(source)
    templates._environment().parse(source)


def test_nearly_all_packaged_wordings_are_plain_and_all_are_templates() -> None:
    wordings = [wording for _, _, wording in Templates.from_sources(packaged_sources())]
    assert sum(templates._is_plain(wording.source) for wording in wordings) > 0.9 * len(wordings)
    for wording in wordings:
        assert isinstance(templates._compiled(wording.source), jinja2.Template)
