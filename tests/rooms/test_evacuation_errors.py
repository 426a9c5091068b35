"""What the journeys refuse and no other test asks for: the sentence, and what to do instead."""

import pytest
from evacuation_office import Office

from kunak.evacuation import actions
from kunak.evacuation.refusals import JourneyOver, NoProposal, NoSuchJourney

CODED = [
    (actions.reopen_checks, {}),
    (actions.propose_go, {}),
    (actions.complete_checks, {"consents": ()}),
    (actions.start_journey, {"consents": ()}),
    (actions.abort_journey, {"reason": "other"}),
    (actions.record_arrival, {}),
    (actions.mark_check_in, {"leg": 1}),
    (actions.stop_at_border, {}),
    (actions.decide_stop, {"choice": "silent"}),
    (actions.close_journey, {"outcome": "safe"}),
    (actions.decide_missing, {"second": "boris"}),
]


@pytest.mark.parametrize(("action", "given"), CODED, ids=lambda value: getattr(value, "__name__", ""))
def test_a_code_that_nobody_knows_is_said_to_be_none(action, given) -> None:
    with pytest.raises(NoSuchJourney, match="no journey with this code") as refused:
        Office().do(action, subject="J-9", **given)
    assert "from its case" in refused.value.advice()


def test_a_journey_that_is_over_is_not_aborted_again() -> None:
    office = Office().moving()
    office.do(actions.abort_journey, subject="J-1", reason="turned_back")
    with pytest.raises(JourneyOver, match="is over") as refused:
        office.do(actions.abort_journey, subject="J-1", reason="turned_back")
    assert "Plan a new journey" in refused.value.advice()


def test_nobody_decides_a_go_that_nobody_proposed() -> None:
    office = Office().drafted()
    office.complete()
    with pytest.raises(NoProposal, match="Nobody has proposed") as refused:
        office.decide()
    assert "another decides it" in refused.value.advice()
