"""The provider: what it takes, what it remembers, what it counts."""

import json
import logging
import threading

import httpx
import pytest

from tests.testing.wire import WEATHER, ask, connect, read, request
from unillm.testing import Answer, FakeProvider, Fault, Raw, faults


def post(fake, path="/chat/completions", **options):
    options.setdefault("json", {"model": "m", "messages": [WEATHER]})
    return httpx.post(fake.base_url + path, verify=False, **options)


def get(url):
    return httpx.get(url, verify=False)


def text_of(response):
    return response.json()["choices"][0]["message"]["content"]


def test_its_addresses(fake_provider):
    assert fake_provider.url == f"http://127.0.0.1:{fake_provider.port}"
    assert fake_provider.base_url == fake_provider.url + "/v1"


def test_answers_are_served_in_order(fake_provider):
    fake_provider.enqueue("one", Answer("two"))
    fake_provider.enqueue(Raw.of_json({"three": 3}), faults.get("status-429"))
    assert fake_provider.queued == 4
    assert [text_of(post(fake_provider)) for _ in range(2)] == ["one", "two"]
    assert post(fake_provider).json() == {"three": 3}
    assert post(fake_provider).status_code == 429
    assert text_of(post(fake_provider)) == "You said: What is the weather in Paris?"
    assert fake_provider.queued == 0


def test_only_what_can_be_served_is_queued(fake_provider):
    with pytest.raises(TypeError, match="not 7"):
        fake_provider.enqueue(7)


@pytest.mark.parametrize("model", ["finish-empty", "fault/finish-empty", "status-418"])
def test_a_model_can_name_a_fault(fake_provider, model):
    response = post(fake_provider, json={"model": model, "messages": [WEATHER]})
    assert response.status_code == 418 or response.json()["choices"][0]["finish_reason"] == ""


def test_a_queued_answer_comes_before_a_named_fault(fake_provider):
    fake_provider.enqueue("hello")
    assert text_of(post(fake_provider, json={"model": "status-500"})) == "hello"


def test_it_remembers_requests(fake_provider):
    content = b'{"model": "m", "messages": []}'
    headers = [("X-A", "1"), ("X-A", "2")]
    post(fake_provider, "/chat/completions?v=1&w=", json=None, content=content, headers=headers)
    get(fake_provider.base_url + "/models")
    chat, models = fake_provider.requests
    assert (chat.method, chat.path, chat.query) == (
        "POST",
        "/v1/chat/completions",
        {"v": "1", "w": ""},
    )
    assert (chat.body, chat.json, chat.headers["x-a"]) == (content, json.loads(content), "1, 2")
    assert (models.method, models.path, models.json, models.fields) == (
        "GET",
        "/v1/models",
        None,
        {},
    )
    assert (chat.number, models.number) == (1, 2)
    assert chat.at <= models.at
    fake_provider.enqueue("x")
    fake_provider.clear()
    assert (fake_provider.requests, fake_provider.queued) == ([], 0)


@pytest.mark.parametrize("prefix", ["", "/v1", "/openai/deployments/x"])
def test_any_prefix_is_served(fake_provider, prefix):
    assert ask(fake_provider, path=f"{prefix}/chat/completions").status == 200
    listed = get(f"{fake_provider.url}{prefix}/models").json()
    assert "cut-in-text" in [model["id"] for model in listed["data"]]


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/embeddings"), ("GET", "/v1/chat/completions"), ("PUT", "/")]
)
def test_all_else_is_not_found(fake_provider, method, path):
    fake_provider.enqueue("for a chat only")
    response = httpx.request(method, fake_provider.url + path, json={}, verify=False)
    assert response.status_code == 404
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}
    assert fake_provider.queued == 1


def test_a_raw_answer_serves_any_post(fake_provider):
    fake_provider.enqueue(Raw.of_json({"id": "resp_1"}))
    assert post(fake_provider, "/responses").json() == {"id": "resp_1"}


def test_a_proxy_may_name_the_whole_address(fake_provider):
    path = "http://api.example/v1/chat/completions?a=b"
    assert ask(fake_provider, path=path).status == 200
    assert fake_provider.requests[0].path == "/v1/chat/completions"


def test_a_key_is_asked_for():
    with FakeProvider(api_key="right") as fake:
        for headers in ({}, {"authorization": "Bearer wrong"}):
            response = post(fake, headers=headers)
            assert response.status_code == 401
            assert response.json()["error"]["code"] == "invalid_api_key"
        assert post(fake, headers={"authorization": "Bearer right"}).status_code == 200


def test_models_can_be_limited():
    with FakeProvider(models=["a", "status-500"]) as fake:
        response = post(fake)
        assert response.status_code == 404
        assert response.json()["error"]["code"] == "model_not_found"
        assert post(fake, json={"model": "a"}).status_code == 200
        assert post(fake, json={"model": "status-500"}).status_code == 500
        listed = get(fake.base_url + "/models").json()
        assert [model["id"] for model in listed["data"]] == ["a", "status-500"]


@pytest.mark.parametrize("content", [b"{", b"[]", b"\xff"])
def test_a_body_that_is_no_object_is_refused(fake_provider, content):
    assert post(fake_provider, json=None, content=content).status_code == 400


def test_what_is_not_http_is_refused(fake_provider):
    with connect(fake_provider) as sock:
        sock.sendall(b"\x00\x01\x02\r\n\r\n")
        wire = read(sock)
    assert (wire.status, wire.end) == (400, "fin")
    assert fake_provider.requests == []


def test_a_client_that_waits_to_send_its_body_is_told_to(fake_provider):
    asked = request({"model": "m"}, expect="100-continue")
    head, _, body = asked.partition(b"\r\n\r\n")
    with connect(fake_provider) as sock:
        sock.sendall(head + b"\r\n\r\n")
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)
        assert read(sock).status == 200


def test_requests_on_one_connection_are_answered_in_turn(fake_provider):
    fake_provider.enqueue("one", "two")
    kept = request({"model": "m"}, connection="keep-alive")
    with connect(fake_provider) as sock:
        sock.sendall(kept + request({"model": "m"}))
        raw = read(sock).raw
    assert raw.index(b'"one"') < raw.index(b'"two"')
    assert [seen.connection for seen in fake_provider.requests] == [1, 1]
    assert fake_provider.connections_total == 1


def test_a_fault_of_ones_own_that_fails_is_logged(fake_provider, caplog):
    def fail(_):
        raise ZeroDivisionError

    fake_provider.enqueue(Fault("mine", "Fails.", fail))
    with caplog.at_level(logging.ERROR, "unillm.testing"):
        assert ask(fake_provider).raw == b""
        assert fake_provider.in_flight == 0
    assert "failed on request 1" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_counts_are_exact_at_each_step(fake_provider):
    assert (fake_provider.connections, fake_provider.in_flight) == (0, 0)
    fake_provider.enqueue(Raw(segments=[b"x"], end="stall"), Raw(segments=[30.0]))
    first, second = connect(fake_provider), connect(fake_provider)
    assert (fake_provider.connections, fake_provider.in_flight) == (2, 0)
    first.sendall(request({}))
    assert (fake_provider.connections, fake_provider.in_flight) == (2, 1)
    second.sendall(request({}))
    assert (fake_provider.connections, fake_provider.in_flight) == (2, 2)
    first.close()  # during a stall
    assert (fake_provider.connections, fake_provider.in_flight) == (1, 1)
    second.close()  # during a wait
    assert (fake_provider.connections, fake_provider.in_flight) == (0, 0)
    assert fake_provider.connections_total == 2


def test_counts_see_a_client_leave_in_the_middle_of_a_write(fake_provider):
    fake_provider.enqueue(Raw(segments=(b"x" * 65536 for _ in range(10_000))))
    with connect(fake_provider) as sock:
        sock.sendall(request({}))
        sock.recv(1)
        assert fake_provider.in_flight == 1
    assert (fake_provider.connections, fake_provider.in_flight) == (0, 0)


def test_an_idle_connection_counts_as_open_only(fake_provider):
    with httpx.Client(verify=False) as client:
        client.post(fake_provider.base_url + "/chat/completions", json={"model": "m"})
        assert (fake_provider.connections, fake_provider.in_flight) == (1, 0)
    assert fake_provider.connections == 0


def test_one_can_wait_for_counts(fake_provider):
    sock = connect(fake_provider)
    assert fake_provider.wait(connections=1)
    assert not fake_provider.wait(connections=0, timeout=0.01)
    timer = threading.Timer(0.05, sock.close)
    timer.start()
    assert fake_provider.wait(connections=0, in_flight=0, timeout=10)
    timer.join()


def test_the_counts_can_be_read_where_answers_are_made(fake_provider):
    counted = []

    def count(_):
        counted.append((fake_provider.connections, fake_provider.in_flight))
        return Answer("hello")

    fake_provider.enqueue(Fault("mine", "Counts.", count))
    ask(fake_provider)
    assert counted == [(1, 1)]
