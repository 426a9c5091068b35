"""What people hold in their hands: the first questions on paper, and a card with a return code.

Set by typst, the extra ``kunak[documents]``. What a template shows comes to it as data, never as markup. A
sheet says of itself nothing: no date, no author, no program; a test searches its bytes.
"""

from kunak.exchange.paper.card import card
from kunak.exchange.paper.form import form
from kunak.exchange.paper.setting import LANGUAGES, DocumentsMissing, LettersMissing, TwoLanguages

__all__ = ["LANGUAGES", "DocumentsMissing", "LettersMissing", "TwoLanguages", "card", "form"]
