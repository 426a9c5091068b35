"""Sentences to begin an answer with, in the person's language. A worker reads them and changes what is wrong.

They are written to a person, so they are not translated with the pages: each stands here in each language.
"""

from datetime import timedelta

from kunak.casework.triage import CLOCKS
from kunak.intake.neutral import NEUTRAL, THIRD_PARTY
from kunak.language import NEAREST, OFFERED, SECOND

SENTENCES: dict[str, dict[str, str]] = {
    "got_it": {
        "en": "Thank you. We have it. A person will read this within {wait}. If you are in danger now, "
        "you do not have to wait for us.",
        "ru": "Спасибо. Сообщение у нас. Его прочитает человек в течение {wait}. Если опасность прямо "
        "сейчас, не ждите нас.",
    },
    "no_proof": {
        "en": "You do not need to prove anything to us to be treated with respect. You do not need to "
        "tell what was done to you. If you want to, there will be time and a person trained to "
        "listen.",
        "ru": "Чтобы к вам относились с уважением, ничего доказывать не нужно. Рассказывать, что с вами"
        " сделали, не обязательно. Если захотите — будет время и человек, который умеет слушать.",
    },
    "safe_to_answer": {
        "en": "How can we answer so that it is safe for you? When must we never write or call? If "
        "someone else answers, what should we do?",
        "ru": "Как ответить, чтобы это было безопасно для вас? Когда нам точно нельзя писать или "
        "звонить? Если ответит другой человек — что нам сделать?",
    },
    "what_first": {
        "en": "What would help first? You can choose several things.",
        "ru": "Что нужно в первую очередь? Можно выбрать несколько.",
    },
    "cannot": {
        "en": "We cannot do this. It is not because of you, and it does not mean that you are not in "
        "danger. The reason: no safe place is free today. What we can do now: … We will look "
        "again tomorrow at 10:00 and write to you in the way you chose.",
        "ru": "Мы не можем этого сделать. Дело не в вас, и это не значит, что вам ничего не угрожает. "
        "Причина: сегодня нет свободного безопасного места. Что можем сейчас: … Завтра в 10:00 "
        "посмотрим ещё раз и напишем так, как вы выбрали.",
    },
    "consent": {
        "en": "We would like to tell one organisation (a lawyer in another city) these things: that you"
        " need a lawyer, your age group, your language. We will not tell: your name, where you "
        "are, what happened. It ends in 30 days. You can stop it any time by saying “stop”, to "
        "any of us. We will help you the same if you say no.\nPlease tell me in your words: what "
        "will they know? what could go wrong?",
        "ru": "Мы хотели бы сообщить одной организации (юристу в другом городе) вот что: что вам нужен "
        "юрист, ваш примерный возраст, язык. Не сообщим: имя, где вы находитесь, что произошло. "
        "Разрешение действует 30 дней. Остановить можно в любой момент — скажите «стоп» любому из"
        " нас. Если откажетесь, помощь не изменится.\nСкажите, пожалуйста, своими словами: что "
        "они узнают? что может пойти не так?",
    },
    "return_risk": {
        "en": "People who had left were called home for a funeral, an illness or “a talk”. Some were "
        "stopped on the way back. You decide. If you want, we look together at what could happen "
        "and at other ways to say goodbye.",
        "ru": "Тех, кто уехал, звали домой на похороны, из-за болезни или «поговорить». Некоторых "
        "остановили на обратном пути. Решать вам. Если хотите, вместе посмотрим, что может "
        "случиться, и как ещё можно проститься.",
    },
    "follow_up": {
        "en": "Three short questions, skip any. Are you safe where you are? Has anyone tried to reach "
        "or frighten you? Is there something that would make this week easier?",
        "ru": "Три коротких вопроса, любой можно пропустить. Там, где вы сейчас, безопасно? Кто-нибудь "
        "пытался вас найти или напугать? Что облегчило бы эту неделю?",
    },
    "agree_words": {
        "en": "So that nobody else can speak for you, let us agree on three things. One question that only you can "
        "answer. One ordinary word that means: all right to talk. One ordinary word that means: someone is "
        "with me, or I am forced. Choose words that nobody would wonder about.",
        "ru": "Чтобы никто не мог говорить за вас, давайте договоримся о трёх вещах. Вопрос, на который ответить "
        "можете только вы. Обычное слово, которое значит: говорить можно. Обычное слово, которое значит: рядом "
        "кто-то есть или меня заставляют. Выберите слова, которые никого не удивят.",
    },
    "sorry_checked": {
        "en": "I am sorry that I asked so much and answered so little. I had to be sure that it was you. You have "
        "lost nothing by it. Is now a good time to talk?",
        "ru": "Извините, что столько спрашивали и так мало отвечали. Нужно было убедиться, что это вы. Вы ничего "
        "из-за этого не потеряли. Сейчас удобно говорить?",
    },
    THIRD_PARTY: NEUTRAL[THIRD_PARTY],
}
_WAITS = {
    "P0": {"en": "15 minutes", "ru": "15 минут"},
    "P1": {"en": "1 hour", "ru": "1 часа"},
    "P2": {"en": "2 hours", "ru": "2 часов"},
    "P3": {"en": "24 hours", "ru": "24 часов"},
}


def language_for(wanted: str) -> str:
    """In which of our two languages to begin, for a person's language: theirs, or what most who speak it read."""
    read = (wanted, SECOND.get(wanted), NEAREST.get(wanted), "en" if wanted == "other" else "ru")
    return next(code for code in read if code in OFFERED)


def sentence(code: str, language: str, level: str, hours: int = 0) -> str:
    """One sentence; the empty string for a code that is none. The wait named is that of the level's clock, or
    the ``hours`` that it really takes now, where those are more than the clock allows."""
    spoken = SENTENCES.get(code, {}).get(language, "")
    return spoken.replace("{wait}", _wait(level if level in CLOCKS else "P2", language, hours))


def _wait(level: str, language: str, hours: int) -> str:
    if timedelta(hours=hours) <= _allowance(level):
        return _WAITS[level][language]
    if language == "ru":  # after “within” the noun is in the genitive
        return f"{hours} {'часа' if hours % 10 == 1 and hours % 100 != 11 else 'часов'}"
    return f"{hours} hour" if hours == 1 else f"{hours} hours"


def _allowance(level: str) -> timedelta:
    return CLOCKS[level].get("human_answer", CLOCKS[level]["acknowledge"])
