"""Requests that a partner without Kunak hands over in a file: what they fill in, and reading it.

The file is plain. It is read in memory and never laid aside; afterwards the page offers to destroy it where it
lies, and does so only if what lies there is what was read.
"""

from pathlib import Path

from starlette.responses import Response

from kunak.errors import Refused
from kunak.exchange.partners import read, take_in
from kunak.exchange.partners.tables import MOST_BYTES, MOST_ROWS
from kunak.exchange.partners.template import SCHEMA_NAME, schema, template
from kunak.exchange.partners.xlsform import xlsform
from kunak.vault import seal, wipe
from kunak.web.guard import PARTNER_FILE
from kunak.web.members import NoFileChosen
from kunak.web.visit import Visit, page, post

_JSON = "application/json"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class NotTheSameFile(Refused):
    """What lies there is not the file that was read, so it was left as it is."""

    code = "not-the-same-file"
    hint = "Give the whole path of the file, and look whether it was changed since."


def show(visit: Visit) -> Response:
    """What a partner can fill in, and where the filled file goes."""
    return visit.render("partner_file.html", most_rows=MOST_ROWS, most_kilobytes=MOST_BYTES // 1024)


def give_template(_visit: Visit) -> Response:
    """The JSON file with blank requests."""
    return _file(template(), "questions.json", _JSON)


def give_schema(_visit: Visit) -> Response:
    """Its schema."""
    return _file(schema(), SCHEMA_NAME, _JSON)


def give_form(_visit: Visit) -> Response:
    """The form for tools that collect."""
    return _file(xlsform(("ru", "en")), "questions.xlsx", _XLSX)


def receive(visit: Visit) -> Response:
    """Read the file; with ``only`` pressed, look and take nothing in."""
    given = visit.files.get("file", b"")
    if not given:
        raise NoFileChosen
    found = read(given)
    only_look = visit.posted().raw("only") == "look"
    taken = None if only_look else take_in(visit.bench, found)
    return visit.render("partner_read.html", found=found, taken=taken, digest=found.digest.hex())


def destroy(visit: Visit) -> Response:
    """Overwrite and unlink the file that was read, at the path where its owner says that it lies."""
    form = visit.posted()
    typed, digest = form.text("path", limit=4000, required=True), form.raw("digest")
    form.check()
    path = _path(typed)
    if path is None or not _is_that(path, digest):
        raise NotTheSameFile
    wipe.scrub(path)
    return visit.go(PARTNER_FILE, said="file-destroyed")


def show_destroy(visit: Visit) -> Response:
    """The same question again."""
    return visit.render("partner_destroy.html", digest=visit.posted().raw("digest"))


def _path(typed: str) -> Path | None:
    try:
        return Path(typed).expanduser()
    except RuntimeError:  # the home of nobody
        return None


def _is_that(path: Path, digest: str) -> bool:
    """Whether this is an ordinary file with the bytes that were read."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MOST_BYTES:
            return False
        return seal.digest(path.read_bytes()).hex() == digest
    except (OSError, ValueError):
        return False


def _file(content: bytes, name: str, kind: str) -> Response:
    named = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=named)


ROUTES = [
    page(PARTNER_FILE, "partner-file", show),
    post(f"{PARTNER_FILE}/template", "partner-template", give_template, back=show),
    post(f"{PARTNER_FILE}/schema", "partner-schema", give_schema, back=show),
    post(f"{PARTNER_FILE}/form", "partner-form", give_form, back=show),
    post(PARTNER_FILE, "partner-file-in", receive, back=show),
    post(f"{PARTNER_FILE}/destroy", "partner-file-destroy", destroy, back=show_destroy),
]
