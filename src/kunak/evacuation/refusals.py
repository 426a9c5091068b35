"""What the journeys refuse, each as the sentence that the worker reads. None carries case content."""

from kunak.errors import Refused


class NoSuchJourney(Refused):
    """There is no journey with this code here."""

    code = "no-such-journey"
    hint = "Open the journey from its case, or from the list of journeys on the way."


class SecondMemberNeeded(Refused):
    """This is decided by two different members, and only one has spoken."""

    code = "journey-second-member-needed"
    hint = "Ask a colleague to look at the journey and to decide with their own passphrase."


class ReasonMissing(Refused):
    """A reason is needed here, so that whoever reads this later understands it."""

    code = "journey-reason-missing"
    hint = "Write one sentence: why this, why now."


class NotAccepted(Refused):
    """This field accepts only: {accepted}."""

    code = "journey-value-not-accepted"
    hint = "Choose one of them."


# The state does not allow it


class ChecksAlreadyComplete(Refused):
    """The checks of this journey are complete already, or the journey is over."""

    code = "checks-already-complete"
    hint = "If something has changed, record what has changed: the checks reopen by themselves."


class ChecksNotComplete(Refused):
    """A go can be decided only when the checks are complete and before the journey is ready."""

    code = "checks-not-complete"
    hint = "Fill what is missing and complete the checks; a journey that is ready has its go already."


class NothingToReopen(Refused):
    """Only a journey that is checked or ready can have its checks reopened."""

    code = "nothing-to-reopen"
    hint = "A draft is open already; a journey on the way can be paused or aborted."


class NotReady(Refused):
    """This journey is not ready, so it cannot start."""

    code = "journey-not-ready"
    hint = "Complete the checks, then let two people decide the go."


class AlreadyBegun(Refused):
    """The person has set out, or the journey is over, so this can no longer be changed."""

    code = "journey-already-begun"
    hint = "Pause or abort the journey, or use the fallback of the leg; plan a new journey for another way."


class NotMoving(Refused):
    """This journey is not moving."""

    code = "journey-not-moving"
    hint = "Start it when it is ready, or resume it when it is paused."


class NotPaused(Refused):
    """This journey is not paused, so there is nothing to resume."""

    code = "journey-not-paused"
    hint = "Look at its state on the case page first."


class NotOnTheWay(Refused):
    """Nobody is on the way on this journey."""

    code = "journey-not-on-the-way"
    hint = "Signs, grace and the ladder belong to a journey that has started and is not over."


class JourneyOver(Refused):
    """This journey is over: it was aborted, arrived or closed."""

    code = "journey-over"
    hint = "Plan a new journey for the case if the person has to move again."


class NotArrived(Refused):
    """Safety is confirmed after an arrival, or after a journey that was aborted on the way."""

    code = "journey-not-arrived"
    hint = "Record the arrival, or abort the journey, then confirm that the person is safe."


class SafetyUnknown(Refused):
    """This person set out, and nobody has confirmed that they are safe: "lost contact" closes nothing."""

    code = "safety-unknown"
    hint = "Confirm that they are safe, or let two workers decide that they are missing, then close."


class NotClosable(Refused):
    """Only a journey that is confirmed safe or aborted can be closed."""

    code = "journey-not-closable"
    hint = "Record how it ended first."


# The plan


class NoWayYet(Refused):
    """No way and no check-in is set for this journey yet."""

    code = "no-way-yet"
    hint = "Choose a way with the person, or set the check-ins if they stay where they are."


class LegsNotInOrder(Refused):
    """The legs must be numbered 1, 2, 3… and each check-in must fall due after the one before."""

    code = "legs-not-in-order"
    hint = "Correct the numbers or the times of the check-ins."


class ConsecutiveLegs(Refused):
    """Somebody besides the coordinator would know legs {first} and {second}, which follow each other."""

    code = "consecutive-legs"
    hint = "Give one of them to another driver or companion, so that nobody can tell the whole way."


class RouteDoubtful(Refused):
    """Something happened on a route of this way, so nobody else takes it unexamined."""

    code = "route-doubtful"
    hint = "Choose another way."


class StopDecisionFixed(Refused):
    """What to do if stopped is decided before travel: on the way it can only become quieter, and once the
    person is stopped or under control not even that."""

    code = "stop-decision-fixed"
    hint = "Follow the decision that the person made freely."


class ChecksMissing(Refused):
    """Checks are still missing: {missing}."""

    code = "checks-missing"
    hint = "Fill them, or let two people go ahead without those that may be skipped, with a reason."


class NeverSkipped(Refused):
    """No two people can skip this: {missing}."""

    code = "never-skipped"
    hint = (
        "The way has to be chosen and the person has to say yes to it; "
        "a person who may be listed never ends in a state that shares the lists."
    )


class NothingMissing(Refused):
    """Nothing is missing, so there is nothing to go ahead without."""

    code = "nothing-missing"
    hint = "Complete the checks."


class NoValidYes(Refused):
    """The person has not said yes to this journey, or that yes has run out or was taken back."""

    code = "no-valid-yes"
    hint = "Ask the person; note their yes to the travel operation in the consent ledger and link it here."


class NoProposal(Refused):
    """Nobody has proposed a go yet."""

    code = "no-go-proposal"
    hint = "One member proposes the go, another decides it."


class RecheckFirst(Refused):
    """A route of this journey became doubtful and has not been looked at again."""

    code = "recheck-first"
    hint = "Look at the way again: keep it, or choose another."


class NothingToRecheck(Refused):
    """Nobody has asked to look at this journey's route again."""

    code = "nothing-to-recheck"
    hint = "If something happened on a route, mark that route as doubtful."


# On the way


class NoSuchLeg(Refused):
    """This journey has no such leg still ahead."""

    code = "no-such-leg"
    hint = "Use the number of the leg whose sign is due, or of a later one."


class InTheFuture(Refused):
    """This cannot have happened yet: the time is still ahead."""

    code = "journey-time-ahead"
    hint = "Give the time when it happened; check the time zone."


class NotAhead(Refused):
    """The next sign must fall due in the future, within {days} days."""

    code = "next-sign-not-ahead"
    hint = "Agree with the person when the next sign comes; check the time zone."


class GraceIsOver(Refused):
    """The grace of this check-in is over: a clock that has run out is not set back."""

    code = "grace-is-over"
    hint = "Take the step of the ladder that is due. If the person is heard of, note that."


class BeyondTheRule(Refused):
    """The plan allows at most {minutes} minutes more for this check-in."""

    code = "beyond-the-rule"
    hint = "Grace is lengthened by the plan's rule, not by guess: take the step that is due when it is over."


class NotLate(Refused):
    """No sign is late here, so no step of the ladder is due."""

    code = "not-late"
    hint = "Wait for the sign; steps begin when the grace is over."


class NobodyListed(Refused):
    """The person has listed nobody whom we may ask."""

    code = "nobody-listed"
    hint = "Go on to the next step. Never call the family or the police by reflex."


class StepNotDue(Refused):
    """This step of the ladder is not due yet."""

    code = "step-not-due"
    hint = "Take the step that is due now; the page says when the next one follows."


class UnderControl(Refused):
    """The person gave the sign of being under control: what they say now is not their own."""

    code = "under-control"
    hint = "Do not answer in their channel. Two people may note how the person was heard of freely."


class NotSilent(Refused):
    """The person is not silent yet, so nobody decides that they are missing."""

    code = "not-silent"
    hint = "Take the steps of the ladder; two workers decide when its last step is due."


class AlreadyMissing(Refused):
    """Two workers have already decided that the person is missing."""

    code = "already-missing"
    hint = "If the person is heard of, note that; otherwise go on as the case page says."


class NothingToAnswer(Refused):
    """The person is neither late, stopped, under control nor missing."""

    code = "nothing-to-answer"
    hint = "Mark the sign that came in the ordinary way."


class NoSuchShutdown(Refused):
    """No such shutdown is noted on any journey."""

    code = "no-such-shutdown"
    hint = "Note the shutdown of the region first."
