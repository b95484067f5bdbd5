"""Why somebody did or did not get a mail is said in the reader's language: each sentence of campaign has its words."""

import ast
from pathlib import Path

import pytest
from touchline.campaign.v1 import campaign_pb2 as pb

from services.console.http.campaigns.steps import SENTENCES, said
from services.console.http.language import LANGUAGES, reading

EXPLAINING = Path(__file__).resolve().parents[2] / "services/campaign/domain/explaining.py"


def told() -> set[str]:
    """Every sentence that a step can hold."""
    tree = ast.parse(EXPLAINING.read_text())
    documentation = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and node not in documentation)
    return {node.value for node in texts if isinstance(node.value, str) and " " in node.value}


def test_every_sentence_of_a_step_is_known_here_and_no_other_is() -> None:
    assert not any(isinstance(node, ast.JoinedStr) for node in ast.walk(ast.parse(EXPLAINING.read_text())))
    assert told() == set(SENTENCES)


@pytest.mark.parametrize("language", sorted(LANGUAGES.keys() - {"en"}))
def test_every_step_is_said_in_the_readers_language(language: str) -> None:
    steps = [pb.ExplainSendResponse.Step(description=sentence) for sentence in told()]
    with reading(language):
        assert [step.description for step in steps if said(step) == step.description] == []


def test_what_is_not_known_here_stays_as_it_is_and_a_bare_reason_is_said_in_words() -> None:
    with reading("de"):
        assert said(pb.ExplainSendResponse.Step(description="The moon is full.")) == "The moon is full."
        assert said(pb.ExplainSendResponse.Step(reason="DENIED")) == "hat die Einwilligung verweigert"
