"""Sizes that tell nothing: what is sealed to a key elsewhere is first padded to one of a few sizes."""

from kunak.vault.seal import NotOpened


def pad_to(plain: bytes, sizes: tuple[int, ...]) -> bytes:
    """``plain``, a mark, and zeros up to the smallest of ``sizes`` that holds it. Raises ValueError."""
    for size in sizes:
        if len(plain) < size:
            return (plain + b"\x80").ljust(size, b"\0")
    raise ValueError("larger than the largest size")


def unpad_from(padded: bytes, sizes: tuple[int, ...]) -> bytes:
    """What was padded. Anything that ``pad_to`` cannot have made is NotOpened."""
    marked = padded.rstrip(b"\0")
    if marked[-1:] != b"\x80" or len(padded) not in sizes:
        raise NotOpened()
    return marked[:-1]
