"""What only the sheets say. The questions themselves are those of the public page."""

from kunak.exchange.relay.words import N_

TITLE = N_("Sheet")
FIRST_WORDS = N_(
    "You do not have to give your name. You can skip any question. You decide what happens next."
)
FOUND = N_(
    "Whoever finds this sheet can read it. If you may be searched, do not fill it in: say it to us instead."
)
NO_NAMES = N_("Please no names, no places and no numbers here.")
REGION = N_("The region or the country, not the town.")
APART = N_("How we may reach you. Keep this sheet away from the other one.")
ONLY_IF = N_("Only if you ticked that we may write or call.")
NOT_THEN = N_("When must we never write or call?")
SAFE_HOURS = N_("When is it safe?")
FROM_HOUR, TO_HOUR = N_("from"), N_("until")
OUR_MARK = N_("We fill this in")
CARD = N_("Card number")
ADDRESS = N_("Address")
