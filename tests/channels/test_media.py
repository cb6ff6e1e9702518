"""A file that came with a message is there, or the message says why not; a platform in trouble is waited for."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from apps.channels import media
from apps.channels.contract import Capabilities, Content, InboundFile, Media
from apps.channels.labels import notice_label
from apps.channels.media import MediaGone, as_file, download, download_link, received
from apps.channels.platform_http import PlatformTrouble
from tests.support.platform_server import HANG_UP, PlatformServer, Scripted, platform_server

pytestmark = pytest.mark.unit

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c63606060f80f00010401005fe5c34b0000000049454e44ae426082"
)


@pytest.fixture
def server() -> Iterator[PlatformServer]:
    with platform_server() as platform:
        yield platform


def item(attempts: int = 0) -> Any:
    return SimpleNamespace(pk=1, attempts=attempts)


def test_a_file_is_called_by_what_it_is(server: PlatformServer) -> None:
    server.on("/1", Scripted(200, PNG, {"Content-Type": "application/x-php"}))

    file = download_link(f"{server.url}/1", stem="image-1")

    assert (file.name, file.content_type, file.content) == ("image-1.png", "image/png", PNG)


def test_redirects_are_followed_but_not_inside(server: PlatformServer) -> None:
    server.on("/1", Scripted(302, b"", {"Location": "/2"}))
    server.on("/2", Scripted(200, PNG))
    server.on("/3", Scripted(302, b"", {"Location": "http://10.0.0.1/secrets"}))

    assert download(f"{server.url}/1").content == PNG
    with pytest.raises(PlatformTrouble):
        download(f"{server.url}/3")


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_that_is_gone_leaves_a_notice(server: PlatformServer, status: int) -> None:
    server.on("/1", Scripted(status, b"gone"))

    assert received(item(), lambda: download_link(f"{server.url}/1", stem="x")) == ((), "media_gone")
    assert str(notice_label("media_gone"))


def test_a_page_of_a_gateway_is_no_file(server: PlatformServer) -> None:
    server.on("/1", Scripted(200, b"<!doctype html><html><body>Sign in</body></html>"))

    assert received(item(), lambda: download_link(f"{server.url}/1", stem="x")) == ((), "media_missing")


def test_a_file_that_is_too_large_is_not_asked_for_again(server: PlatformServer) -> None:
    server.on("/1", Scripted(200, b"x" * 5000))

    def fetch() -> InboundFile:
        return as_file(download(f"{server.url}/1", max_bytes=1000), stem="x")

    assert received(item(), fetch) == ((), "media_too_large")


def test_the_item_waits_while_the_platform_is_in_trouble_but_not_for_ever(server: PlatformServer) -> None:
    server.on("/1", HANG_UP)

    def fetch() -> InboundFile:
        return download_link(f"{server.url}/1", stem="x")

    with pytest.raises(PlatformTrouble):
        received(item(), fetch)
    assert received(item(media.PATIENT_ATTEMPTS), fetch) == ((), "media_missing")


def test_a_notice_of_ones_own() -> None:
    def fetch() -> InboundFile:
        raise MediaGone("media_too_large")

    assert received(item(), fetch) == ((), "media_too_large")


def test_what_a_platform_carries() -> None:
    able = Capabilities(media=(Media(Content.IMAGE, 100, ("image/png",)), Media(Content.VIDEO, 1000, ("video/",))))

    assert able.carries("image/png", 100)
    assert not able.carries("image/png", 101)
    assert not able.carries("image/webp", 1)
    assert able.media_for("video/mp4", 1000) == able.media[1]
    assert not Capabilities(attachments=False).carries("image/png", 1)
    assert Capabilities().carries("application/zip", 10**9)


def test_several_files_come_with_the_notice_of_the_first_that_is_missing() -> None:
    def gone() -> InboundFile:
        raise MediaGone("media_too_large")

    def fetch() -> InboundFile:
        return InboundFile("a.txt", "text/plain", b"a")

    files, notice = media.all_received(item(), [fetch, gone, fetch])
    assert ([file.content for file in files], notice) == ([b"a", b"a"], "media_too_large")

    files, notice = media.all_received(item(), [fetch] * (media.MAX_FILES + 1))
    assert (len(files), notice) == (media.MAX_FILES, "media_missing")
