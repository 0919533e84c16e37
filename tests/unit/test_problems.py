"""A refusal says what, where and why, in one shape."""

import pytest

from fancast.model.problems import Kind, Problem, invalid, not_found, wrong_state


def test_a_problem_carries_its_kind_code_sentence_field_and_facts():
    problem = Problem(Kind.CONFLICT, "busy", "Not now.", field="hour", retry_after_seconds=3)
    assert (problem.kind, problem.code, str(problem)) == (Kind.CONFLICT, "busy", "Not now.")
    assert (problem.field, problem.facts) == ("hour", {"retry_after_seconds": 3})


@pytest.mark.parametrize(
    ("problem", "kind", "code", "sentence"),
    [
        (invalid("price_cents", "Too much."), Kind.INVALID, "invalid", "Too much."),
        (
            not_found("mass_message", 7),
            Kind.NOT_FOUND,
            "mass_message_not_found",
            "There is no mass message 7.",
        ),
        (
            wrong_state("paused", "done"),
            Kind.CONFLICT,
            "wrong_state",
            "A mass message that is done cannot be paused.",
        ),
    ],
)
def test_the_usual_refusals_read_as_sentences(problem: Problem, kind: Kind, code: str, sentence: str):
    assert (problem.kind, problem.code, problem.message) == (kind, code, sentence)


def test_every_kind_is_told_in_the_tree_of_the_module():
    import fancast.model.problems as module

    assert all(kind.name in (module.__doc__ or "") for kind in Kind)
