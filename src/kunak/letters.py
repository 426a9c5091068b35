"""Letters that are typed for one another: one key to compare what people type, in any of their languages.

What is stored stays as it was typed. Where Kunak looks for something by a word (a place, a state, an agreed
word, a word of a code), two spellings are one if ``alike`` gives the same for both. It finds too much rather
than too little:

* the palochka (Ӏ ӏ) is typed as I, i, l, |, 1 or ! beside a Cyrillic letter, and і ї as i or и: all are one;
* letters that a keyboard lacks are typed as those that it has: ғ ґ г, қ к, ҳ һ х, ҷ ч, ң н, ө о, ү ұ ў ӯ у,
  ә а, є ё е, ӣ й и; in Latin ə e, and ş ç ğ ö ü without their marks;
* dotted and dotless i (İ i I ı) are one letter. No language's own rule of lower case is asked for: Turkish and
  Azerbaijani have another one than the rest;
* apostrophes of every kind count for nothing (o‘ g‘, п’ять), nor do joiners and soft hyphens;
* Georgian capitals are the ordinary letters, և is եւ, Arabic ي ك are Persian ی ک;
* the digits of every script are 0 to 9, and spaces of any kind and number are one.
"""

import re
import unicodedata

_NOTHING = dict.fromkeys(map(ord, "'’‘‛ʼʻʽʹ′`´＇ـ"))  # the last one only draws Arabic letters out
_TYPED_AS = "ғг ґг ҕг қк ҝк ҡк ҳх һх ҷч ҹч ңн ҥн өо үу ұу әа єе ҙз ҫс іи ӏи ıi əe يی ىی كک ەه ةه"
_AS = {ord(pair[0]): pair[1] for pair in _TYPED_AS.split()}
_CYRILLIC = "[а-ӿ]"
# “!” ends a sentence more often than a word, unless it stands where a palochka does.
_PALOCHKA = re.compile(
    rf"(?<={_CYRILLIC})(?:[il|]+|1(?!\d))|(?:[il|]+|(?<!\d)1|!)(?={_CYRILLIC})|(?<=[гкптхцч])!(?![\w!])"
)

_A_KEY = re.compile("[a-z]+|[а-зик-я]+")  # most words of the lists: nothing to do


def alike(text: str) -> str:
    """The key of a text: the same for every spelling that may mean the same. ``alike`` of a key is the key."""
    if _A_KEY.fullmatch(text):
        return text
    while (key := _once(text)) != text:
        text = key
    return key


def _once(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.translate(_NOTHING)).casefold()
    kept = "".join(map(_bare, unicodedata.normalize("NFKD", plain))).translate(_AS)
    return " ".join(_PALOCHKA.sub("и", kept).split())


def _bare(letter: str) -> str:
    """The letter; nothing for a mark upon it or what cannot be seen; a digit of any script as 0 to 9."""
    kind = unicodedata.category(letter)
    if kind in ("Mn", "Cf"):
        return ""
    return str(unicodedata.decimal(letter)) if kind == "Nd" else letter
