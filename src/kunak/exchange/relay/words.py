"""What the public page calls things: questions, answers, and what went wrong. Plain words, no terms."""

from kunak.intake.form import REGIONS
from kunak.language import SPOKEN


def N_(sentence: str) -> str:
    """Mark a sentence for the catalogues; it is translated where it is shown."""
    return sentence


QUESTIONS: dict[str, str] = {
    "safe_now": N_("Is it safe for you to write right now?"),
    "danger": N_("Is someone in danger of being taken, hurt or handed over?"),
    "who": N_("Is it you, or someone else?"),
    "region": N_("Where roughly?"),
    "under_18": N_("Are you under 18?"),
    "needs": N_("What would help first? You can choose several."),
    "answer_how": N_("How can we answer so that it is safe for you?"),
    "language": N_("In which language should we answer?"),
    "text": N_("Is there anything you want to add?"),
    "contact_channel": N_("Where may we write or call?"),
    "contact_address": N_("The address or number there"),
    "contact_seen_by": N_("Who else can see it?"),
    "contact_days": N_("On which days? None marked means every day."),
    "contact_from": N_("Safe from this hour"),
    "contact_to": N_("Safe until this hour"),
    "never_from": N_("When must we never write or call? From this hour"),
    "never_to": N_("Until this hour"),
    "utc_offset_minutes": N_("How far is your clock from UTC? Moscow is +3:00."),
    "wrong_person": N_("If someone else answers, what should we do?"),
}

REGION_NAMES: dict[str, str] = {
    "chechnya": N_("Chechnya"),
    "dagestan": N_("Dagestan"),
    "ingushetia": N_("Ingushetia"),
    "kabardino_balkaria": N_("Kabardino-Balkaria"),
    "karachay_cherkessia": N_("Karachay-Cherkessia"),
    "north_ossetia": N_("North Ossetia"),
    "adygea": N_("Adygea"),
    "stavropol": N_("Stavropol"),
    "russia_south": N_("Russia, the south"),
    "crimea": N_("Crimea"),
    "russia_centre": N_("Russia, the centre"),
    "russia_north_west": N_("Russia, the north-west"),
    "russia_volga": N_("Russia, the Volga"),
    "russia_urals": N_("Russia, the Urals"),
    "russia_siberia": N_("Russia, Siberia"),
    "russia_far_east": N_("Russia, the far east"),
    "azerbaijan": N_("Azerbaijan"),
    "armenia": N_("Armenia"),
    "georgia": N_("Georgia"),
    "kazakhstan": N_("Kazakhstan"),
    "kyrgyzstan": N_("Kyrgyzstan"),
    "tajikistan": N_("Tajikistan"),
    "turkmenistan": N_("Turkmenistan"),
    "uzbekistan": N_("Uzbekistan"),
    "belarus": N_("Belarus"),
    "ukraine": N_("Ukraine"),
    "moldova": N_("Moldova"),
    "turkey": N_("Turkey"),
    "europe": N_("Elsewhere in Europe"),
    "elsewhere": N_("Elsewhere"),
}

# Each language in its own words: whoever looks for theirs can read it.
_LANGUAGES: dict[str, str] = {
    **SPOKEN,
    "inh": "ГӀалгӀай",
    "kbd": "Адыгэбзэ",
    "hy": "Հայերեն",
    "tk": "Türkmençe",
    "other": N_("Another language"),
}

ANSWERS: dict[str, dict[str, str]] = {
    "safe_now": {"yes": N_("Yes"), "not_sure": N_("Not sure"), "no": N_("No")},
    "danger": {
        "now": N_("Right now"),
        "within_hours": N_("Within hours"),
        "within_days": N_("Within days"),
        "later_or_not_sure": N_("Not sure"),
        "no": N_("No"),
    },
    "who": {
        "me": N_("Me"),
        "someone_who_knows": N_("Someone else, who knows that I write"),
        "someone_who_does_not_know": N_("Someone else, who does not know that I write"),
    },
    "region": {code: REGION_NAMES[code] for code in REGIONS},
    "under_18": {"yes": N_("Yes"), "no": N_("No")},
    "needs": {
        "leave": N_("To leave"),
        "place_to_sleep": N_("A place to sleep"),
        "lawyer": N_("A lawyer"),
        "doctor": N_("A doctor"),
        "someone_to_talk_to": N_("Someone to talk to"),
        "phone_advice": N_("Advice about my phone"),
        "papers": N_("Papers"),
        "money_threat": N_("Someone demands money"),
        "other": N_("Something else"),
    },
    "answer_how": {
        "come_back": N_("I will come back myself with my code."),
        "contact_me": N_("You may write or call, as I say next."),
    },
    "language": _LANGUAGES,
    "contact_channel": {
        "email": N_("E-mail"),
        "messenger": N_("Messenger"),
        "sms": N_("SMS"),
        "call": N_("Call"),
        "trusted_person": N_("Through a person I trust"),
        "physical_drop": N_("A note left in an agreed place"),
    },
    "contact_seen_by": {
        "nobody": N_("Nobody"),
        "family": N_("My family"),
        "police_possible": N_("Perhaps the police"),
        "unknown": N_("I do not know"),
    },
    "contact_days": {
        "mon": N_("Mon"),
        "tue": N_("Tue"),
        "wed": N_("Wed"),
        "thu": N_("Thu"),
        "fri": N_("Fri"),
        "sat": N_("Sat"),
        "sun": N_("Sun"),
    },
    "wrong_person": {
        "hang_up": N_("Say it is a wrong number"),
        "cover_message": N_("Say something ordinary that we agree on"),
        "nothing": N_("Say nothing"),
    },
}

# What went wrong with the answers, by the class of the error.
PROBLEMS: dict[str, str] = {
    "AnswerNeeded": N_("We need an answer to this one question. “Not sure” is an answer too."),
    "ContactUnfinished": N_(
        "Something is missing here: where we may write, the address, or one end of the hours. You can also go"
        " on without this and come back yourself with your code."
    ),
    "TextTooLong": N_("The text is too long. Please shorten it. You can write again later with your code."),
    "AnswerNotOffered": N_("Please choose one of the answers."),
    "OneAnswerOnly": N_("Please choose one of the answers."),
}

# What the script of the page says, by the name that it has there: a sentence, and what to do.
SCRIPT: dict[str, tuple[str, str]] = {
    "sending": (N_("It is being sealed and sent. Please wait: on a slow line this takes a minute."), ""),
    "opening": (N_("The messages are being opened. Please wait: this takes some seconds."), ""),
    "line": (
        N_("The line broke, and we do not know whether it arrived."),
        N_("Please press the button again. What arrives twice is kept once."),
    ),
    "not-kept": (
        N_("It did not arrive, and nothing was kept."),
        N_("Please try again in a few minutes."),
    ),
    "attach-bare": (N_("The place, the time and the phone are taken out of it."), ""),
    "attach-as-it-is": (
        N_("It goes exactly as it is."),
        N_("It may tell where, when and with which phone it was made."),
    ),
    "attach-hidden": (
        N_("This page cannot take out what is hidden in this kind of file."),
        N_(
            "It may tell where, when and with which phone it was made. You can send a picture of your screen"
            " instead."
        ),
    ),
    "attach-many": (N_("These are too many at once."), N_("Send some of them first, then the others.")),
    "attach-unread": (N_("A file could not be read."), N_("Please choose it again.")),
    "attach-going": (
        N_("{done} of {all} pieces have arrived."),
        N_("Your words are already with us. Please keep this page open until all pieces have arrived."),
    ),
    "attach-no-line": (N_("The line is broken."), N_("The files go on by themselves when it is back.")),
    "attach-full": (
        N_("There is no room for files at the moment."),
        N_("Your words are already with us. This page goes on trying."),
    ),
    "attach-done": (N_("All pieces have arrived."), ""),
    "attach-stopped": (
        N_("You stopped it: not all pieces have arrived."),
        N_("Your words are already with us. The pieces are deleted after two days."),
    ),
    "attach-failed": (N_("A file did not arrive."), N_("Please attach it again.")),
}


def offset(minutes: str) -> str:
    """An offset from UTC, as clocks write it."""
    whole = int(minutes)
    return f"{'−' if whole < 0 else '+'}{abs(whole) // 60}:{abs(whole) % 60:02d}"
