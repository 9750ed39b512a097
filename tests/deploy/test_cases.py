"""`lifeline cases`: its words are those of the workflow, as its examples have them."""

import re

import pytest
from click.testing import CliRunner

from deploy.cli import lifeline
from deploy.commands.case_steps import ROLES, VERBS, step_command

pytestmark = pytest.mark.server


def test_the_examples_of_a_step_are_steps_that_can_be_taken(database, database_url):
    examples = re.findall(r"lifeline (cases step .+)", step_command.help)
    assert len(examples) == 3
    for example in examples:
        said = CliRunner().invoke(lifeline, ["--database", database_url, *example.split()])
        assert "there is no case 20261122-000012" in said.output, said.output


def test_what_only_the_system_does_is_not_offered():
    assert "shift-lead" in ROLES
    assert "feed-back" in VERBS
    assert not {"join", "amend", "report"} & set(VERBS)
    assert "system" not in ROLES
