"""The bundled public data, each with its source, licence and date in NOTICE."""

from importlib.resources import files


def read(name: str) -> bytes:
    """The bytes of one bundled file."""
    return files("kunak.data").joinpath(name).read_bytes()
