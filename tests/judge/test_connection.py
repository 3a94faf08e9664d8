"""One connection: what it says, what it trusts, which way it takes, and that replies do not mix."""

import json
import shutil
import ssl
import subprocess
import time

import judge_server as js
import pytest

from examgen.errors import ExamgenError
from examgen.judge import connection
from examgen.judge.connection import Connection, UnreachedError

ASKED = {
    "messages": [{}, {"content": "===== 0123456789abcdef0123 =====\n答\n===== 0123456789abcdef0123 =====\n\n1. 一"}]
}


@pytest.fixture
def served():
    with js.JudgeServer() as server:
        yield server


@pytest.fixture
def opened():
    made = []

    def opened(url, local=True, timeout=2.0):
        made.append(Connection(url, "my-key", local, timeout))
        return made[-1]

    yield opened
    for one in made:
        one.close()


def said(answered):
    return json.loads(answered.body)["choices"][0]["message"]["content"]


def test_a_late_reply_is_not_taken_for_the_next_one(served, opened):
    def late(handler, body):
        time.sleep(0.4)
        js.send(handler, 200, js.completion("late"))

    served.faults = [late, js.text("in time")]
    one = opened(served.url, timeout=0.2)

    with pytest.raises(TimeoutError):
        one.post(ASKED)
    assert said(one.post(ASKED)) == "in time"


def test_a_connection_that_the_server_closed_while_idle_is_opened_again(served, opened, monkeypatch):
    monkeypatch.setattr(connection, "IDLE_SECONDS", 0.0)
    served.faults = [js.leave, js.text("again")]
    one = opened(served.url)

    first = said(one.post(ASKED))
    time.sleep(0.2)

    assert (first, said(one.post(ASKED))) == ("so far", "again")


def test_a_proxy_of_the_environment_leads_to_another_machine(served, opened, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", served.url.removesuffix("/v1").replace("http://", "http://me:p%40ss@"))

    answered = opened("http://judge.example:8000/v1/chat", local=False).post(ASKED)

    assert answered.status == 200
    assert served.headers[0][":path"] == "http://judge.example:8000/v1/chat"
    assert served.headers[0]["Proxy-Authorization"] == "Basic bWU6cEBzcw=="


def test_a_proxy_of_a_safe_address_learns_its_name_and_no_more(served, opened, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", served.url)

    with pytest.raises(UnreachedError):
        opened("https://judge.example/v1/chat", local=False).post(ASKED)

    assert served.requests == [{"CONNECT": "judge.example:443"}]
    assert "my-key" not in json.dumps(served.headers)


def test_no_proxy_is_heeded(served, opened, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    assert opened(served.url, local=False).post(ASKED).status == 200


def test_a_proxy_of_another_kind_is_named(opened, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")

    with pytest.raises(ExamgenError, match=r"names the proxy socks5://127\.0\.0\.1, of a kind"):
        opened("https://judge.example/v1", local=False)


@pytest.fixture
def safe(served, tmp_path):
    """The server with a certificate of its own, which nobody trusts yet."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "own.pem"],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own.pem", tmp_path / "key.pem")
    served.server.socket = context.wrap_socket(served.server.socket, server_side=True)
    served.server.handle_error = lambda *whom: None  # a refused handshake
    connection._trusted.cache_clear()
    yield f"https://localhost:{served.server.server_port}/v1", tmp_path / "own.pem"
    connection._trusted.cache_clear()


def test_a_certificate_that_nobody_trusts_gets_no_answer_to_read(served, opened, safe):
    with pytest.raises(UnreachedError) as caught:
        opened(safe[0]).post(ASKED)

    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)
    assert served.requests == []


def test_a_certificate_that_the_system_trusts_is_good_enough(opened, safe, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(safe[1]))

    assert opened(safe[0]).post(ASKED).status == 200
