"""Connections that ask for nothing are closed, and never keep a client out."""

import http.client
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from tests.local.conftest import Machine

HEAD = b"POST /event HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 2\r\n"


@pytest.fixture(scope="module")
def name(machine: Machine) -> str:
    return machine.define("quiet", "web.handler", max_sandboxes=2)


def connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((str(parts.hostname), parts.port or 80), timeout=60)


@pytest.mark.parametrize("sent", [b"", b"POST / HT", HEAD], ids=["nothing", "half a line", "half a head"])
def test_a_connection_that_does_not_ask_is_closed(machine: Machine, name: str, sent: bytes) -> None:
    with connect(machine.gateway(name, silent_s=1)) as connection:
        connection.sendall(sent)
        assert connection.recv(1_000) == b""


def test_a_connection_that_asks_again_in_time_is_kept(machine: Machine, name: str) -> None:
    parts = urlsplit(machine.gateway(name))
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
    connection.connect()
    kept = connection.sock
    for _ in range(2):
        connection.request("POST", "/event", b"{}", {"content-type": "application/json"})
        with connection.getresponse() as response:
            assert response.status == 200
            response.read()
        assert connection.sock is kept
    connection.close()


def test_a_client_that_will_send_no_more_gets_its_answer(machine: Machine, name: str) -> None:
    with connect(machine.gateway(name)) as connection:
        connection.sendall(HEAD + b"\r\n{}")
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(10_000), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_a_body_that_does_not_arrive_is_given_up(machine: Machine, name: str) -> None:
    with connect(machine.gateway(name, body_timeout_s=0.5)) as connection:
        connection.sendall(HEAD + b"\r\n{")
        answer = b"".join(iter(lambda: connection.recv(1_000), b""))
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_silent_connections_make_room_for_new_ones(
    machine: Machine, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.connection.MOST", 10)
    url = machine.gateway(name)
    silent = [connect(url) for _ in range(30)]
    assert httpx.post(f"{url}/event", json={}, timeout=60).status_code == 200
    # Those that were closed are the oldest.
    assert [one.recv(1_000) for one in silent[:15]] == [b""] * 15
    silent[-1].sendall(HEAD + b"\r\n{}")
    assert silent[-1].recv(10_000).startswith(b"HTTP/1.1 200 ")
    for one in silent:
        one.close()
