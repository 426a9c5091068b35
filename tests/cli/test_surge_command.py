"""``kunak surge``: the switch from a terminal, and what the relay then says in public."""

from pathlib import Path

import httpx2
import pytest
from offices import HERON, cheap, roles, run
from relay_at_work import relay

from kunak.workbench.surging import ForCoordinators


def surge(folder: Path, verb: str, *words: str, code: int = 0) -> str:
    told = run("surge", verb, str(folder), "--passphrase", HERON, *words)
    assert told.exit_code == code, told.output
    return told.output


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cheap(monkeypatch)
    made = tmp_path / "office"
    given = ("init", str(made), "--member", "heron", "--passphrase", HERON, *roles("duty", "coordinator"))
    assert run(*given).exit_code == 0
    return made


def test_it_is_switched_on_shown_and_switched_off(folder: Path) -> None:
    assert "Surge is off." in surge(folder, "show")
    said = surge(folder, "on", "--reason", "raids", "--rota-from", "22")
    assert "Surge is on." in said
    assert "heron  raids" in said
    assert "The public page says it after the next round with the relay." in said
    assert "On now: group " in surge(folder, "show")
    assert "P0: people are told ? h; 0 read by nobody" in surge(folder, "show")
    assert "Surge is off." in surge(folder, "off", "--reason", "calmer_now")
    assert "calmer now" in surge(folder, "show")


def test_the_relay_is_told_at_once_and_its_pages_say_so(folder: Path) -> None:
    with relay(folder) as address, httpx2.Client(base_url=address, trust_env=False) as browser:
        assert "The relay is told." in surge(folder, "on", "--reason", "press", "--relay", address)
        assert "Many people are writing to us now." in browser.get("/?l=en").text
        assert "The relay is told." in surge(folder, "off", "--reason", "caught_up")
        assert "Many people" not in browser.get("/?l=en").text


def test_a_relay_that_is_away_keeps_nobody_from_switching(folder: Path) -> None:
    said = surge(folder, "on", "--reason", "raids", "--relay", "http://127.0.0.1:9")
    assert "The public page says it after the next round with the relay." in said
    assert "Surge is on." in surge(folder, "show")


def test_who_is_no_coordinator_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cheap(monkeypatch)
    made = tmp_path / "office"
    run("init", str(made), "--member", "heron", "--passphrase", HERON, *roles("duty"))
    for verb, reason in (("on", "raids"), ("off", "calmer_now")):
        said = surge(made, verb, "--reason", reason, code=ForCoordinators.exit_code)
        assert ForCoordinators().sentence() in said
    assert "Surge is off." in surge(made, "show")
