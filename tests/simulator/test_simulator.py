"""The simulator itself: it behaves as a platform does, and badly when asked to."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import override_settings

from apps.simulator.crowd import Crowd
from apps.simulator.mischief import Mischief
from apps.simulator.platform import Platform, Tokens
from apps.simulator.platforms import PLATFORMS
from apps.simulator.shapes import Account, Answer, Call, File, Line, Person, Push, Request
from apps.simulator.simulator import Simulator

pytestmark = pytest.mark.unit


@dataclass
class Site:
    """An installation that notes what it is told and answers with the statuses it was given, then with 200."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    state = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            state.bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(state.statuses.pop(0) if state.statuses else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/hooks/chat/"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


class Chat(Platform):
    """The smallest platform there can be."""

    kind = "chat"
    people = (Person("ann", "Ann", "Hello?", "Thanks!"), Person("ben", "Ben", "Hi", ""))
    window = timedelta(hours=48)
    quota = 2

    def message(self, line: Line) -> Push:
        return Push(lambda: Request(self.account.hook, line.text.encode()))

    def answer(self, call: Call) -> Answer:
        if self.has_bad_luck():
            return Answer.of({"error": "busy"}, 500)
        refusal = self.refusal_for(call.query["to"])
        if refusal:
            return Answer.of({"error": refusal}, 400)
        self.deliver(call.query["to"], call.body.decode())
        return Answer.of({"ok": True})


@pytest.fixture(autouse=True)
def _chat_is_played(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PLATFORMS, "chat", Chat)


@contextmanager
def simulated(site: Site, **mischief: Any) -> Iterator[tuple[Simulator, Platform]]:
    account = Account("chat", "chat", site.url)
    with Simulator([account], mischief=Mischief(**{"pace": 0.001, **mischief})) as simulator:
        yield simulator, simulator.platforms["chat"]


def call(simulator: Simulator, path: str, body: str = "", **headers: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(urlsplit(simulator.url).netloc, timeout=10)
    try:
        connection.request("POST" if body else "GET", path, body.encode(), headers)
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content[:1] in (b"{", b"[") else content
    finally:
        connection.close()


def test_a_customers_message_reaches_the_installation_in_order(site: Site) -> None:
    with simulated(site) as (simulator, chat):
        for number in range(20):
            chat.write("ann", f"message {number}")
        assert simulator.wait_idle()
        assert site.bodies == [f"message {number}" for number in range(20)]
        assert {line.state for line in chat.conversation("ann")} == {"taken"}


def test_a_refused_message_comes_again_as_often_as_the_platform_says(site: Site) -> None:
    site.statuses = [503, 500]
    with simulated(site) as (simulator, chat):
        taken = chat.write("ann", "first")
        assert simulator.wait_idle()
        site.statuses = [500, 500, 500]
        lost = chat.write("ann", "second")
        assert simulator.wait_idle()

    assert site.bodies == ["first"] * 3 + ["second"] * 3
    assert [taken.state, lost.state] == ["taken", "refused (500)"]


def test_a_call_that_cannot_be_made_silences_nobody(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> Request:
        raise ValueError("no key to sign with")

    with simulated(site) as (simulator, chat):
        chat.courier.push(Push(fail))
        chat.write("ann", "still here")
        assert simulator.wait_idle()

    assert site.bodies == ["still here"]
    assert "no key to sign with" in caplog.text


def test_nobody_at_home_is_told_as_such() -> None:
    site = Site(url="http://127.0.0.1:9/hooks/chat/")
    with simulated(site) as (simulator, chat):
        line = chat.write("ann", "hello")
        assert simulator.wait_idle()
        assert line.state.startswith("no answer")


def test_duplicates_and_disorder_are_drawn_from_the_seed(site: Site) -> None:
    # Late by so much that a slow machine, too, writes the next one before.
    with simulated(site, duplicates=0.5, disorder=0.5, seed=4, pace=0.05) as (simulator, chat):
        for number in range(40):
            chat.write("ann", str(number))
        assert simulator.wait_idle()
    bodies = site.bodies

    assert sorted(set(bodies), key=int) == [str(number) for number in range(40)]
    assert len(bodies) > 45
    assert list(dict.fromkeys(bodies)) != sorted(set(bodies), key=int)
    assert Mischief(seed=4).chance_of("chat").random() == Mischief(seed=4).chance_of("chat").random()


def test_answers_meet_the_window_the_quota_and_the_platforms_own_errors(site: Site) -> None:
    with simulated(site) as (simulator, chat):
        assert call(simulator, "/chat/send?to=ann", "too early") == (400, {"error": "window"})
        chat.write("ann", "hello")
        answers = [call(simulator, "/chat/send?to=ann", f"answer {number}") for number in range(3)]
        assert answers == [(200, {"ok": True}), (200, {"ok": True}), (400, {"error": "quota"})]
        chat.blocked.add("ann")
        assert call(simulator, "/chat/send?to=ann", "no") == (400, {"error": "blocked"})
        assert [line.text for line in chat.conversation("ann")] == ["hello", "answer 0", "answer 1"]
    with simulated(site, errors=1.0) as (simulator, _chat):
        assert call(simulator, "/chat/send?to=ann", "x") == (500, {"error": "busy"})


def test_the_page_of_the_customers_needs_a_header_that_no_foreign_page_can_send(site: Site) -> None:
    with simulated(site) as (simulator, chat):
        where = f"/_/lines?{urlencode({'channel': 'chat', 'person': 'ben'})}"
        assert call(simulator, where, '{"text": "hi"}') == (403, b"")
        assert not chat.lines
        status, lines = call(simulator, where, '{"text": "hi"}', **{"X-Simulator": "1"})
        assert (status, [line["text"] for line in lines]) == (200, ["hi"])
        assert call(simulator, "/_/accounts", **{"X-Simulator": "1"})[1][0]["people"][0] == {"id": "ann", "name": "Ann"}
        assert simulator.wait_idle()


def test_an_unknown_account_is_looked_for_and_then_not_there(site: Site) -> None:
    late = Account("late", "chat", site.url)
    with Simulator(find=lambda key: late if key == "late" else None) as simulator:
        assert call(simulator, "/late/send?to=ann", "x")[0] == 400
        assert call(simulator, "/never/send?to=ann", "x")[0] == 404


def test_tokens_run_out_and_a_new_one_ends_the_old() -> None:
    tokens = Tokens(timedelta(hours=2))
    first = tokens.issue()
    assert tokens.is_valid(first)
    second = tokens.issue()
    assert [tokens.is_valid(first), tokens.is_valid(second)] == [False, True]
    tokens.expire_all()
    assert not tokens.is_valid(second)
    assert not Tokens(timedelta(0)).is_valid(Tokens(timedelta(0)).issue())


def test_files_are_kept_for_a_while(site: Site) -> None:
    with simulated(site) as (_simulator, chat):
        ids = [chat.keep(File("a.png", "image/png", b"x")) for _ in range(60)]
        assert chat.file(ids[0]) is None
        assert chat.file(ids[-1]) == File("a.png", "image/png", b"x")


def test_a_crowd_opens_each_new_channel_and_thanks_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("apps.simulator.crowd.monotonic", lambda: clock[0])
    with simulated(site) as (simulator, chat):
        crowd = Crowd(simulator, openings=1, thanks=True)
        for moment in range(1000, 1060):
            clock[0] = float(moment)
            crowd.step()
            if moment == 1020:
                chat.deliver("ann", "We are on it.")
            if moment == 1040:
                chat.deliver("ann", "It is done.")
        texts = [line.text for line in chat.conversation("ann") if line.is_own]
        assert simulator.wait_idle()

    assert texts == ["Hello?", "Thanks!"]
    assert crowd.written == 2


def test_a_crowd_writes_at_the_rate_it_was_given(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("apps.simulator.crowd.monotonic", lambda: clock[0])
    with simulated(site) as (simulator, _chat):
        crowd = Crowd(simulator, rate=60)
        for moment in range(1, 11):
            clock[0] = float(moment)
            crowd.step()
        assert simulator.wait_idle()

    assert crowd.written == len(site.bodies) == 11


@override_settings(SIMULATOR_ALLOWED=False)
def test_it_runs_nowhere_else() -> None:
    with pytest.raises(ImproperlyConfigured):
        Simulator()
    with pytest.raises(CommandError):
        call_command("simulate")
