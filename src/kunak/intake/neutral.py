"""What may be said to somebody of whom we do not know who it is: sentences that confirm nothing and name nobody.

They are written to a person, so each stands here in each of our two languages. The first is the only one for
somebody who asks about another; the second sounds ordinary and is answered with words agreed before.
"""

from collections.abc import Iterable

from kunak.intake.contact import SafeContactPlan
from kunak.intake.form import clean_text

THIRD_PARTY = "third_party"
NEUTRAL: dict[str, dict[str, str]] = {
    THIRD_PARTY: {
        "en": "We do not say who does or does not contact us. If you need help yourself, I can listen.",
        "ru": "Мы никому не говорим, кто к нам обращался, а кто нет. Если помощь нужна вам — я слушаю.",
    },
    "catalogue": {
        "en": "Shall I send the catalogue, or is it not needed any more?",
        "ru": "Каталог ещё присылать или уже не нужно?",
    },
    "read": {
        "en": "Thank you, I have read it.",
        "ru": "Спасибо, прочитано.",
    },
    "closed": {
        "en": "We are closed now. Please write again at the usual hour.",
        "ru": "Сейчас у нас закрыто. Напишите, пожалуйста, в обычное время.",
    },
}


def agreed_words(plans: Iterable[SafeContactPlan]) -> tuple[str, ...]:
    """Words that the person chose for such a moment: their question, their opening phrase, their cover text."""
    said = (
        word for plan in plans for word in (plan.challenge_question, plan.opening_phrase, plan.cover_text)
    )
    return tuple(dict.fromkeys(clean_text(word) for word in said if clean_text(word)))


def is_neutral(text: str, plans: Iterable[SafeContactPlan] = ()) -> bool:
    """Whether a text is one of these to the letter, or one of the words that the person chose."""
    known = {spoken for one in NEUTRAL.values() for spoken in one.values()}
    return clean_text(text) in {*known, *agreed_words(plans)}
