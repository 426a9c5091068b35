"""Coming in, going out, destroying the keys, and the language of the pages."""

from typing import ClassVar

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kunak.errors import Locked
from kunak.language import OFFERED
from kunak.web.forgetting_pages import sweep_at_unlocking
from kunak.web.guard import AWAKE, TOO_LATE
from kunak.web.hands import let_go
from kunak.web.visit import Visit, page, post

NOT_SHOWN = ("form", "ticket")  # fields that nobody typed


class LockedMeanwhile(Locked):
    """This office was locked before your form arrived: nothing of it was saved."""

    code: ClassVar[str] = "locked-meanwhile"
    hint: ClassVar[str] = "What you typed stands below. Copy what you need, then unlock."


def unlock_page(visit: Visit) -> Response:
    """The door: a passphrase, and nothing that tells whose office this is."""
    if visit.problem is None and visit.inside and not visit.asked("idle"):
        return visit.go("/")
    return visit.render("unlock.html")


def unlock(visit: Visit) -> Response:
    """Open the office with a passphrase and give this launch's cookie."""
    given = visit.answers.get("passphrase", ("",))[0]
    cookie = visit.office.unlock(given, visit.files.get("keyfile"))
    answer = visit.go("/", said="swept" if sweep_at_unlocking(visit) else "")
    answer.set_cookie(visit.office.cookie_name, cookie, httponly=True, samesite="strict", path="/")
    return answer


def lock(visit: Visit) -> Response:
    """Say that it is locked, then end this process and the keys with it."""
    let_go(visit)
    answer = visit.render("locked.html")
    answer.delete_cookie(visit.office.cookie_name, path="/", httponly=True, samesite="strict")
    answer.background = BackgroundTask(visit.office.end)
    return answer


def too_late(visit: Visit) -> Response:
    """Give back what was typed into a form that came after the lock; passphrases are left out."""
    visit.problem = LockedMeanwhile()
    typed = [
        (name, text)
        for name, texts in visit.answers.items()
        for text in texts
        if text.strip() and name not in NOT_SHOWN and "passphrase" not in name
    ]
    return visit.render("too_late.html", typed=typed)


def awake(visit: Visit) -> Response:
    """Somebody types: what the page's script says now and then. The guard has taken note."""
    return Response(status_code=204)


async def panic(request: Request) -> Response:
    """Destroy the keys, say so, and end this process. Waits for nothing and asks for nothing."""
    office = request.app.state.office
    await run_in_threadpool(office.destroy)
    answer = Visit(request, office).render("destroyed.html")
    answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    answer.background = BackgroundTask(office.ended.set)
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
    Route("/panic", panic, name="panic", methods=["POST"]),
    post(AWAKE, "awake", awake),
    page(TOO_LATE, "to-the-door", lambda visit: visit.go("/unlock")),
    post(TOO_LATE, "too-late", too_late),
    post("/language", "language", speak),
]
