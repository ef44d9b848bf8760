"""Offline: nothing beyond this machine, whichever library asks."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from qvl_agent.agent import offline
from qvl_agent.agent.cli import main
from qvl_agent.agent.offline import is_local, only_this_machine
from qvl_agent.agent.record import load

# Addresses that are kept for documentation (RFC 5737, 3849): nobody is there to be disturbed.
FAR = (
    "192.0.2.1",
    "2001:db8::1",
    "example.org",
    "10.0.0.1",
    "169.254.169.254",
    "localhost.evil.org",
)
NEAR = ("127.0.0.1", "::1", "localhost", "LOCALHOST.", "127.8.9.1", b"localhost", None)


@pytest.mark.parametrize("host", FAR)
def test_what_is_elsewhere_is_no_part_of_this_machine(host: str) -> None:
    assert not is_local(host)


@pytest.mark.parametrize("host", NEAR)
def test_loopback_has_many_names(host: object) -> None:
    assert is_local(host)


def test_connections_and_lookups_fail_at_once_and_are_noted() -> None:
    offline.refused.clear()
    with only_this_machine():
        with pytest.raises(ConnectionRefusedError, match="192.0.2.1 is not on this machine"):
            socket.create_connection(("192.0.2.1", 80), timeout=5)
        with pytest.raises(ConnectionRefusedError, match="example.org"):
            socket.getaddrinfo("example.org", 80)
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
            pytest.raises(ConnectionRefusedError),
        ):
            sender.sendto(b"x", ("192.0.2.1", 53))
        with pytest.raises((urllib.error.URLError, ConnectionRefusedError), match="--offline"):
            urllib.request.urlopen("http://example.org/", timeout=5)
    assert set(offline.refused) == {"192.0.2.1", "example.org"}


def test_this_machine_stays_within_reach(tmp_path: Path) -> None:
    with only_this_machine(), socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()
        with socket.socket(socket.AF_UNIX) as local, pytest.raises(FileNotFoundError):
            local.connect(str(tmp_path / "none"))


def test_the_switch_goes_off_again() -> None:
    with only_this_machine():
        pass
    offline.refused.clear()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", 9))
    assert not offline.refused


def test_a_whole_run_needs_nothing_else_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = '<tool_call>\n{"name": "computer_use", "arguments": {"action": "terminate", "status": '
    script = tmp_path / "script.json"
    script.write_text(json.dumps([f'{call}"success"}}}}\n</tool_call>']))
    folder = tmp_path / "run"
    words = ["--model", f"script:{script}", "--out", str(folder), "--offline"]
    offline.refused.clear()
    assert main(["run", "book a flight", *words]) == 11, "it claims what it did not do"
    assert not offline.refused
    assert load(folder).header.options["offline"] is True
    assert "this machine only, but for the screen" in (folder / "report.html").read_text()


def test_a_model_elsewhere_is_refused_before_anything_starts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["run", "book a flight", "--offline", "--model", "http://192.0.2.1/v1"]) == 2
    assert "the model is at 192.0.2.1; use one on this machine" in capsys.readouterr().err
