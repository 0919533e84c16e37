"""Every verb in every state: what may be done, and that what may not is refused in words and changes nothing."""

import pytest

from fancast.model.mass_messages import MassMessage, State
from fancast.model.problems import Kind, Problem
from tests.conftest import check_ledgers
from tests.world import World

D, SC, Q, SE, P, DO, C, U, F = (
    State.DRAFT, State.SCHEDULED, State.QUEUED, State.SENDING, State.PAUSED, State.DONE, State.CANCELLED, State.UNSENT,
    State.FAILED,
)  # fmt: skip
#: Where each verb leads from where it may start; every other state refuses it. CANCELLED here never started.
WAYS = {
    "publish": {D: Q, SC: Q},
    "pause": {SE: P},
    "resume": {P: SE},
    "cancel": {D: C, SC: C, Q: C, SE: C, P: C, F: C},
    "unsend": {SE: U, P: U, DO: U},
    "remove": {D: C, SC: C, Q: C, SE: U, P: U, DO: U, F: C},
    "edit": {D: D, SC: SC, Q: Q},
}


@pytest.mark.parametrize("verb", WAYS)
def test_a_verb_leads_where_the_table_says_and_is_refused_everywhere_else(world: World, verb: str):
    world.crowd(3)
    for state in State:
        seen = world.in_state(state)
        if state in WAYS[verb]:
            changed = act(world, verb, seen)
            assert (changed.state, changed.revision) == (WAYS[verb][state], seen.revision + 1)
        else:
            with pytest.raises(Problem) as refused:
                act(world, verb, seen)
            assert (refused.value.kind, refused.value.code) == (Kind.CONFLICT, "wrong_state")
            assert refused.value.facts == {"state": state.value}
            assert state.value in refused.value.message
            assert world.again(seen) == seen
        check_ledgers(world.store)


def act(world: World, verb: str, seen: MassMessage, *, on: str = "ada") -> MassMessage:
    return world.edit(seen, text="changed", on=on) if verb == "edit" else world.do(verb, seen, on=on)


@pytest.mark.parametrize("verb", WAYS)
def test_what_is_not_there_or_another_account_s_is_not_found(world: World, verb: str):
    world.fan("bo")
    theirs = world.send(on="ada")
    world.account("eve")
    with pytest.raises(Problem) as refused:
        act(world, verb, theirs, on="eve")
    assert (refused.value.kind, refused.value.code) == (Kind.NOT_FOUND, "mass_message_not_found")
    assert world.again(theirs) == theirs
