"""Words for surge: why it is on or off, the rota, the board, and requests that may be about one person."""

from kunak.web.forms import N_

ON_NOW, RESTING = N_("on now"), N_("not their eight hours")  # beside a member's code

TABLES: dict[str, dict[str, str]] = {
    "said": {
        "surge-on": N_("Surge is on. The public page says so after the next round with the relay."),
        "surge-off": N_("Surge is off. The public page says so after the next round with the relay."),
        "group-taken": N_("Noted: your group of the rota."),
        "pointed": N_("Noted: they may be about the same person. Nothing is merged."),
        "taken-back": N_("The pointer is taken back."),
    },
    "surge_reason": {
        "raids": N_("Raids"),
        "press": N_("We are in the press"),
        "many_at_once": N_("Many write at once"),
        "few_of_us": N_("Too few of us are on duty"),
        "partner_stopped": N_("A partner cannot take anyone now"),
    },
    "surge_over": {
        "calmer_now": N_("It is calmer now"),
        "caught_up": N_("Everybody has an answer or a next step"),
        "by_mistake": N_("Switched on by mistake"),
    },
    "fair_kind": {
        "channel": N_("By channel"),
        "language": N_("By language"),
        "region": N_("By region"),
    },
    "fair_few": {"few": N_("fewer than three each")},
}
