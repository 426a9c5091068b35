"""The worker side as a process of its own: locking ends it with the code that means "start me again"."""

import socket
import subprocess
import sys
import time

import httpx2
import pytest
from web_desk import OURS, THEIRS

from kunak.errors import Damaged
from kunak.workbench import Workbench, open_store

pytestmark = pytest.mark.slow


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _start(folder, port, *options):
    command = [sys.executable, "-m", "kunak.web", str(folder), "--port", str(port), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _wait(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the worker side did not start")


def test_locking_ends_the_process_with_75_and_says_nothing_in_the_terminal(office_folder, port):
    process = _start(office_folder, port)
    try:
        _wait(port)
        origin = f"http://127.0.0.1:{port}"
        with httpx2.Client(base_url=origin, headers={"origin": origin}, trust_env=False) as client:
            assert client.post("/unlock", data={"passphrase": OURS}).status_code == 303
            answer = client.get("/")
            assert answer.status_code == 200
            assert "server" not in answer.headers
            assert "Locked" in client.post("/lock").text
        said, _ = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 75
    assert said == ""


def test_when_nobody_does_anything_the_process_that_holds_the_keys_ends_by_itself(office_folder, port):
    process = _start(office_folder, port, "--idle-seconds", "0.5")
    try:
        _wait(port)
        origin = f"http://127.0.0.1:{port}"
        with httpx2.Client(base_url=origin, headers={"origin": origin}, trust_env=False) as client:
            assert client.post("/unlock", data={"passphrase": OURS}).status_code == 303
        said, _ = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 75
    assert said == ""


@pytest.mark.parametrize("unlocked", [False, True], ids=["locked", "unlocked"])
def test_destroying_ends_the_process_with_76_and_nothing_opens_any_more(
    office_folder, tmp_path, port, unlocked
):
    for file in office_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    process = _start(tmp_path, port)
    try:
        _wait(port)
        origin = f"http://127.0.0.1:{port}"
        with httpx2.Client(base_url=origin, headers={"origin": origin}, trust_env=False) as client:
            if unlocked:
                assert client.post("/unlock", data={"passphrase": OURS}).status_code == 303
            answer = client.post("/panic")
            assert "Destroyed" in answer.text
            assert "cookies" in answer.headers["clear-site-data"]
        said, _ = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 76
    assert said == ""
    for passphrase in (OURS, THEIRS):
        with pytest.raises(Damaged):
            Workbench.unlock(open_store(tmp_path), passphrase)


def test_a_busy_port_gets_a_sentence(office_folder, port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        process = _start(office_folder, port)
        said, _ = process.communicate(timeout=10)
    assert process.returncode == 4
    assert f"Another program is using port {port}" in said
    assert "Traceback" not in said


def test_a_folder_without_an_office_gets_a_sentence(tmp_path, port):
    process = _start(tmp_path, port)
    said, _ = process.communicate(timeout=10)
    assert process.returncode == 2
    assert "There is no office in this folder" in said
