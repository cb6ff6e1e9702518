import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import httpx
import pytest
from pytest_django import Settings

from apps.core import http
from apps.core.http import AddressRefused, ResponseTooLarge, ResponseTooSlow, checked_addresses, guarded_client

pytestmark = pytest.mark.unit

Resolve = Callable[[dict[str, list[str]]], list[str]]


@pytest.fixture(autouse=True)
def _no_exceptions(settings: Settings) -> None:
    settings.HTTP_ALLOW_PRIVATE = []


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Answers for names; each answer of a list is given once, the last for ever. Returns the names that were asked for."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def arrange(names: dict[str, list[str]]) -> list[str]:
        def answer(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
            asked.append(host)
            if host not in names:
                return real(host, port, *args, **kwargs)
            addresses = names[host]
            address = addresses.pop(0) if len(addresses) > 1 else addresses[0]
            return real(address, port, *args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", answer)
        return asked

    return arrange


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0x7f000001", "017700000001", "localhost", "localhost.", "0.0.0.0",
        "::1", "::", "::ffff:127.0.0.1", "::ffff:7f00:1", "64:ff9b::7f00:1", "2002:7f00:1::", "169.254.169.254",
        "100.100.100.200", "10.0.0.1", "172.16.0.1", "192.168.1.1", "fd00::1", "fe80::1", "224.0.0.1", "ff02::1",
        "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1", "192.0.0.8", "192.0.0.192", "fec0::1", "100::1",
        "64:ff9b:1::a9fe:a9fe", "::169.254.169.254", "::ffff:0:127.0.0.1", "5f00::1", "3fff::1",
    ],
)  # fmt: skip
def test_inside_addresses_are_refused_in_every_spelling(host: str) -> None:
    with pytest.raises(AddressRefused):
        checked_addresses(host, 80)
    literal = f"[{host}]" if ":" in host else host
    with pytest.raises((AddressRefused, httpx.InvalidURL)), guarded_client() as client:
        client.get(f"http://{literal}/")


def test_public_addresses_pass(resolve: Resolve) -> None:
    resolve({"shop.example": ["93.184.216.34"]})
    assert checked_addresses("shop.example", 443) == ["93.184.216.34"]
    for address in ("2606:2800:220:1::1", "64:ff9b::5db8:d822", "::ffff:0:93.184.216.34"):
        assert len(checked_addresses(address, 443)) == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.1.2.3", "::1"])
def test_names_that_lead_inside_are_refused(resolve: Resolve, address: str) -> None:
    resolve({"evil.example": [address]})
    with pytest.raises(AddressRefused), guarded_client() as client:
        client.get("https://evil.example/")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gopher://93.184.216.34/", "ftp://93.184.216.34/x"])
def test_other_schemes_are_refused(url: str) -> None:
    with pytest.raises((AddressRefused, httpx.UnsupportedProtocol)), guarded_client() as client:
        client.get(url)


def test_one_text_for_every_refusal(resolve: Resolve) -> None:
    texts = set()
    for host in ("127.0.0.1", "10.0.0.1", "nothing.invalid"):
        with pytest.raises(AddressRefused) as refused:
            checked_addresses(host, 80)
        texts.add(refused.value.detail())
    assert len(texts) == 1


class Site(BaseHTTPRequestHandler):
    seen: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        Site.seen.append((self.headers["Host"], self.path))
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path[4:])
            self.end_headers()
            return
        body = b"x" * 100_000 if self.path == "/big" else b"fine"
        self.send_response(200)
        if self.path == "/zipped":
            self.send_header("Content-Encoding", "gzip")
        if self.path == "/drip":
            self.end_headers()
            for _number in range(20):
                self.wfile.write(b"x")
                self.wfile.flush()
                threading.Event().wait(0.1)
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def site() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    server.handle_error = lambda *args: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    Site.seen.clear()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch, site: int) -> str:
    """The test site under an address that counts as public."""
    allowed = http._is_allowed
    monkeypatch.setattr(
        http,
        "_is_allowed",
        lambda host, ip, private: (ip == "127.0.0.1" and host == "shop.example") or allowed(host, ip, private),
    )
    return f"http://shop.example:{site}"


def test_the_connection_goes_to_the_checked_address_under_the_name(resolve: Resolve, outside: str, site: int) -> None:
    asked = resolve({"shop.example": ["127.0.0.1"]})
    with guarded_client() as client:
        response = client.get(outside + "/a")
    assert response.text == "fine"
    assert Site.seen == [(f"shop.example:{site}", "/a")]
    assert asked == ["shop.example", "127.0.0.1"]


def test_a_name_that_changes_its_answer_gains_nothing(resolve: Resolve, outside: str) -> None:
    resolve({"shop.example": ["127.0.0.1", "10.0.0.1"]})
    with guarded_client() as client:
        assert client.get(outside + "/a").text == "fine"
    with pytest.raises(AddressRefused), guarded_client() as client:
        client.get(outside + "/a")


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/", "http://127.0.0.1:{port}/secret", "http://[::1]/", "http://2130706433/",
        "file:///etc/passwd", "gopher://127.0.0.1:{port}/secret", "//127.0.0.1:{port}/secret", "ftp://10.0.0.1/x",
    ],
)  # fmt: skip
def test_a_redirect_inside_is_refused(resolve: Resolve, outside: str, site: int, target: str) -> None:
    resolve({"shop.example": ["127.0.0.1"]})
    refusals = (AddressRefused, httpx.UnsupportedProtocol)
    with pytest.raises(refusals), guarded_client(follow_redirects=True) as client:
        client.get(f"{outside}/to/{target.format(port=site)}")
    assert all(path != "/secret" for _host, path in Site.seen)


def test_redirects_are_followed_only_when_asked_for_and_not_for_ever(resolve: Resolve, outside: str) -> None:
    resolve({"shop.example": ["127.0.0.1"]})
    with guarded_client() as client:
        assert client.get(f"{outside}/to/{outside}/a").status_code == 302
    with guarded_client(follow_redirects=True) as client:
        assert client.get(f"{outside}/to/{outside}/a").text == "fine"
        with pytest.raises(httpx.TooManyRedirects):
            client.get(f"{outside}{f'/to/{outside}' * 5}/a")


@pytest.mark.parametrize("path", ["/big", "/zipped"])
def test_large_and_folded_answers_are_refused(resolve: Resolve, outside: str, path: str) -> None:
    resolve({"shop.example": ["127.0.0.1"]})
    with pytest.raises(ResponseTooLarge), guarded_client(max_bytes=50_000) as client:
        client.get(outside + path)


def test_a_dripping_answer_is_cut_off(resolve: Resolve, outside: str) -> None:
    resolve({"shop.example": ["127.0.0.1"]})
    with pytest.raises(ResponseTooSlow), guarded_client(deadline=0.3) as client:
        client.get(outside + "/drip")


def test_proxies_of_the_environment_are_not_used(
    resolve: Resolve, outside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve({"shop.example": ["127.0.0.1"]})
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with guarded_client() as client:
        assert client.get(outside + "/a").text == "fine"


def test_development_may_allow_hosts_and_networks(settings: Settings, site: int) -> None:
    settings.HTTP_ALLOW_PRIVATE = ["127.0.0.0/8"]
    with guarded_client() as client:
        assert client.get(f"http://127.0.0.1:{site}/a").text == "fine"
    settings.HTTP_ALLOW_PRIVATE = ["localhost"]
    assert checked_addresses("LocalHost", 80)
    with pytest.raises(AddressRefused):
        checked_addresses("127.0.0.1", 80)
