"""Words for whether it is they who write: challenges, freezing, trust, messages past the plan."""

from kunak.web.forms import N_

TABLES: dict[str, dict[str, str]] = {
    "challenge": {
        "passed": N_("Answered as agreed"),
        "failed": N_("Answered wrongly, or not"),
        "second_voice": N_("Answered with the help of another voice"),
        "duress_word": N_("They said the word of duress"),
    },
    "freeze_reason": {
        "phone_seized": N_("Their phone was seized"),
        "account_taken": N_("Their account was taken over"),
        "person_held": N_("They are held"),
        "partner_warned": N_("A partner warned us"),
    },
    "doubt_kind": {
        "failed": N_("a challenge was answered wrongly, or not"),
        "second_voice": N_("a challenge was answered with the help of another voice"),
        "duress_word": N_("the word of duress was said"),
        "phone_seized": N_("their phone was seized"),
        "account_taken": N_("their account was taken over"),
        "person_held": N_("they are held"),
        "partner_warned": N_("a partner warned us"),
    },
    "restored_by": {
        "met_in_person": N_("One of us met them"),
        "live_call_safe_word": N_("A live call, and the safe word came by itself"),
        "trusted_person_saw_them": N_("A person they trust saw them"),
        "lawyer_saw_them": N_("A lawyer saw them"),
        "challenge_passed_in_window": N_("They answered the challenge later, in their own window"),
        "marked_by_mistake": N_("It was marked by mistake: nothing happened to them or the phone"),
    },
    "second_look": {
        "goes_on": N_("It goes on as before"),
        "only_in_steps": N_("Information only in steps"),
        "put_the_challenge": N_("Put the agreed question first"),
        "treat_as_under_control": N_("Treat it as under control, until we know more"),
    },
    "override_reason": {
        "life_in_danger_now": N_("Their life is in danger now"),
        "being_moved_now": N_("They are being moved now"),
        "house_or_way_burned": N_("The house or the way is burned, and they must not go there"),
        "arrest_is_coming": N_("They will be arrested or handed over, and can still leave"),
    },
    "neutral": {
        "third_party": N_("For somebody who asks about another"),
        "catalogue": N_("Sounds ordinary: the answer was agreed"),
        "read": N_("We have read it"),
        "closed": N_("We are closed now"),
    },
    "wrong_person_line": {
        "hang_up": N_("Hang up as a wrong number. Say nothing else."),
        "cover_message": N_("Leave the cover message, and nothing else."),
        "nothing": N_("Say nothing, and end it."),
    },
    "permission": {
        "frozen": N_("Shut: the thread is frozen, nothing goes out to this person."),
        "retired": N_("Shut for good: others have it."),
    },
    "why_waiting": {
        "frozen": N_("Frozen: their phone or they may be in other hands"),
        "possibly_under_control": N_("Possibly under control: somebody else may be writing"),
        "second_look": N_("Signs of a hostile contact: another member is to look"),
    },
    "event": {
        "intake.HostileSignsChecked": N_("Looked for signs of a hostile contact"),
        "intake.SecondLookAsked": N_("Another member is asked to look"),
        "intake.SecondLookGiven": N_("Another member has looked"),
        "intake.ChallengePut": N_("The agreed question was put"),
        "intake.ThreadFrozen": N_("The thread is frozen"),
        "intake.TrustRestored": N_("Two trust the thread again"),
        "intake.MailboxEmptied": N_("Their mailbox at the relay is emptied"),
        "intake.ContactOverridden": N_("Two wrote although the plan said no"),
        "casework.WithdrawalHeardUnderControl": N_("A stop came under control: void"),
    },
    "said": {
        "list-signed": N_("The list is signed. Show it in public when partners have signed it too."),
        "signatures-taken": N_("The signatures are taken. Show the list in public again."),
        "list-shown": N_("The relay shows it after the next round."),
        "list-hidden": N_("It is shown no more, after the next round."),
        "secret-taken": N_("Taken. Compare today's line with the partner's."),
        "challenge-noted": N_("Noted."),
        "frozen": N_("Frozen: nothing goes out to this person any more. The level is P0."),
        "trusted": N_("Two members stand behind it: they speak for themselves again."),
        "looked": N_("Noted: you have looked."),
        "signs-asked": N_("Saved. Two or more signs: another member is asked to look."),
        "warned": N_("Noted: they have been warned."),
        "overridden": N_("It is noted, with both keys. Give it to the person on the channel you chose."),
        "withdrawal-void": N_(
            "Noted as said. Somebody may be forcing them, so it stops nothing. Ask them when they are free."
        ),
    },
}  # fmt: skip
