"""Every action of a journey, in one place: what it decides, as entries, or why it refuses.

They live in four modules: ``preparing`` and ``deciding`` (up to the go), ``moving`` (from the first step to
the end) and ``watching`` (signs, the ladder, shutdowns, doubtful routes).
"""

from kunak.evacuation.deciding import (
    complete_checks,
    decide_go,
    override_checks,
    propose_go,
    recheck_route,
    reopen_checks,
)
from kunak.evacuation.moving import (
    ABORT_REASONS,
    OUTCOMES,
    PAUSE_REASONS,
    abort_journey,
    close_journey,
    confirm_safe,
    pause_journey,
    record_arrival,
    resume_journey,
    start_journey,
    stop_at_border,
)
from kunak.evacuation.preparing import (
    check_exit_risk,
    check_papers,
    choose_way,
    decide_stop,
    keep_way,
    link_consent,
    plan_journey,
    schedule_check_ins,
)
from kunak.evacuation.watching import (
    EXTENSION_REASONS,
    SAFE_SIGNS,
    clear_route,
    decide_missing,
    extend_grace,
    find_again,
    flag_shutdown,
    lift_shutdown,
    mark_check_in,
    mark_route_doubtful,
    take_step,
)

__all__ = [
    "ABORT_REASONS",
    "EXTENSION_REASONS",
    "OUTCOMES",
    "PAUSE_REASONS",
    "SAFE_SIGNS",
    "abort_journey",
    "check_exit_risk",
    "check_papers",
    "choose_way",
    "clear_route",
    "close_journey",
    "complete_checks",
    "confirm_safe",
    "decide_go",
    "decide_missing",
    "decide_stop",
    "extend_grace",
    "find_again",
    "flag_shutdown",
    "keep_way",
    "lift_shutdown",
    "link_consent",
    "mark_check_in",
    "mark_route_doubtful",
    "override_checks",
    "pause_journey",
    "plan_journey",
    "propose_go",
    "recheck_route",
    "record_arrival",
    "reopen_checks",
    "resume_journey",
    "schedule_check_ins",
    "start_journey",
    "stop_at_border",
    "take_step",
]
