"""Debian's programs with the files of deploy/, on loopback: each file as it is, but for addresses and folders."""

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

DEPLOY = Path(__file__).parents[2] / "deploy"
NAMES = ("one.example", "two.example", "three.example")


def program(name: str) -> str:
    """Where a program lies. Without it the test is skipped; in CI, which installs it, that is a failure."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None and os.environ.get("KUNAK_PROGRAMS_REQUIRED"):
        pytest.fail(f"{name} is not installed, and KUNAK_PROGRAMS_REQUIRED says that it must be")
    if found is None:
        pytest.skip(f"{name} is not installed (Debian has it)")
    return found


def example(name: str, changes: Mapping[str, str]) -> str:
    """A file of deploy/ with some words changed, each of which must be in it."""
    text = (DEPLOY / name).read_text()
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


@dataclass
class Nginx:
    """A running nginx: its first process, its folder, and what it said on the terminal."""

    process: "subprocess.Popen[bytes]"
    folder: Path

    def open_files(self) -> set[str]:
        """What its processes have open that is no socket, pipe or the like."""
        found = set()
        for process in (self.process.pid, *_children(self.process.pid)):
            for entry in Path(f"/proc/{process}/fd").iterdir():
                target = os.readlink(entry)
                if target.startswith("/") and not target.startswith("/dev/"):
                    found.add(target)
        return found


@contextmanager
def nginx(
    name: str, folder: Path, changes: Mapping[str, str], *ports: int, around: Sequence[str] = ()
) -> Iterator[Nginx]:
    """Debian's nginx with a file of deploy/, once it listens on its ports. ``around`` stands before the command."""
    command = program("nginx")
    folder.mkdir()
    file = folder / "nginx.conf"
    told = {"/run/nginx.pid": str(folder / "pid"), **changes}
    if os.geteuid():
        told["user www-data;"] = ""
    else:
        folder.chmod(0o755)
        for above in folder.parents:
            if above.stat().st_mode & 0o001 == 0:
                above.chmod(above.stat().st_mode | 0o011)  # for www-data; pytest's folders are for their user
    file.write_text(example(name, told))
    checked = subprocess.run([command, "-t", "-q", "-c", file], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stderr
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [*around, command, "-c", str(file), "-g", "daemon off;"], stdout=said, stderr=subprocess.STDOUT
        )
    try:
        for port in ports:
            _wait_for(port, process)
        yield Nginx(process, folder)
    finally:
        process.terminate()
        process.wait(20)


def certificate(folder: Path, padding: int = 0) -> ssl.SSLContext:
    """A certificate of one's own for all names, and a context that believes it and nothing else. With ``padding``
    it is about as many bytes larger."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAMES[0])])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in NAMES]), critical=False)
        .add_extension(
            x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.99"), os.urandom(padding)),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return ssl.create_default_context(cafile=str(folder / "fullchain.pem"))


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(500):
        assert process.poll() is None, "nginx ended"
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.02)
    raise AssertionError("nginx does not listen")


def _children(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(one) for one in listed]
