"""Words for the codes of the casework room."""

from kunak.web.forms import N_

TABLES: dict[str, dict[str, str]] = {
    "level": {
        "P0": N_("P0 now"),
        "P1": N_("P1 within 72 h"),
        "P2": N_("P2 within 7 days"),
        "P3": N_("P3 later"),
    },
}
