"""Forms that carry a file: a keyfile, an ask to join, a bundle. It stays in memory and is never written."""

import logging
from collections.abc import AsyncGenerator

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from kunak.web.forms import Answers
from kunak.web.guard import LONGEST_BUNDLE

logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # it would tell bytes of what it cannot read


class _InMemory(MultiPartParser):
    """Lays nothing aside on the disk: the body is in memory already, and not longer than the guard allows."""

    spool_max_size = LONGEST_BUNDLE + 1
    came_to_its_end = False

    def on_end(self) -> None:
        """The form's own end was in it: nothing is missing."""
        self.came_to_its_end = True

    def close(self) -> None:
        """Let go of what parts hold, of those too that were cut off."""
        for file in self._files_to_close_on_error:
            file.close()


def is_multipart(headers: Headers) -> bool:
    """Whether a body is such a form."""
    return headers.get("content-type", "").startswith("multipart/form-data")


async def parts(headers: Headers, body: bytes) -> tuple[Answers, dict[str, bytes]]:
    """The fields of the form, and the files that were chosen. Raises ValueError on anything else."""

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = _InMemory(headers, stream(), max_files=2, max_fields=50)
    try:
        form = await parser.parse()
        if not parser.came_to_its_end:
            raise ValueError
        return await _read(form)
    except (MultiPartException, KeyError) as fault:
        raise ValueError from fault
    finally:
        parser.close()


async def _read(form: FormData) -> tuple[Answers, dict[str, bytes]]:
    answers: dict[str, tuple[str, ...]] = {}
    files: dict[str, bytes] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                files[name] = await value.read()
        else:
            answers[name] = (*answers.get(name, ()), value)
    return answers, files
