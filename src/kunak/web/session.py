"""Coming in, going out, and the language of the pages."""

from starlette.background import BackgroundTask
from starlette.responses import Response

from kunak.language import OFFERED
from kunak.web.visit import Visit, page, post


def unlock_page(visit: Visit) -> Response:
    """The door: a passphrase, and nothing that tells whose office this is."""
    if visit.problem is None and visit.inside:
        return visit.go("/")
    return visit.render("unlock.html")


def unlock(visit: Visit) -> Response:
    """Open the office with a passphrase and give this launch's cookie."""
    given = visit.answers.get("passphrase", ("",))[0]
    cookie = visit.office.unlock(given)
    answer = visit.go("/")
    answer.set_cookie(visit.office.cookie_name, cookie, httponly=True, samesite="strict", path="/")
    return answer


def lock(visit: Visit) -> Response:
    """Say that it is locked, then end this process and the keys with it."""
    answer = visit.render("locked.html")
    answer.delete_cookie(visit.office.cookie_name, path="/", httponly=True, samesite="strict")
    answer.background = BackgroundTask(visit.office.end)
    return answer


def speak(visit: Visit) -> Response:
    """Remember the language, and go back to the page that asked."""
    form = visit.posted()
    language, back = form.raw("language"), form.raw("back")
    inside = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isascii()
    answer = visit.go(back if inside else "/")
    if language in OFFERED:
        answer.set_cookie("kunak-language", language, httponly=True, samesite="strict", path="/")
    return answer


ROUTES = [
    page("/unlock", "unlock", unlock_page),
    post("/unlock", "unlock-with", unlock, back=unlock_page),
    post("/lock", "lock", lock),
    post("/language", "language", speak),
]
