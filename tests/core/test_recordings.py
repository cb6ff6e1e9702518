"""Voice as it came, and a copy that browsers play."""

import array
import io
import math
import subprocess
from datetime import timedelta
from pathlib import Path

import av
import pytest
from django.db.models.functions import Now
from pytest_django import Settings

from apps.core.actor import SYSTEM
from apps.core.models import PlayableCopy, StoredFile
from apps.core.recordings import MAX_ATTEMPTS, make_playable_copies
from apps.core.storage import delete_file, open_file, playable, store_file

pytestmark = [pytest.mark.integration, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def amr(seconds: int = 1) -> bytes:
    """A tone, as telephones and WeChat encode voice."""
    made = io.BytesIO()
    with av.open(made, "w", format="amr") as container:
        track = container.add_stream("libopencore_amrnb", rate=8000, layout="mono")
        track.bit_rate = 12200
        tone = array.array("h", (int(9000 * math.sin(math.tau * 440 * n / 8000)) for n in range(8000 * seconds)))
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(tone))
        frame.planes[0].update(tone.tobytes())
        frame.sample_rate = 8000
        pieces = av.AudioFifo()
        pieces.write(frame)
        while (piece := pieces.read(160)) is not None:
            container.mux(track.encode(piece))
        container.mux(track.encode(None))
    return made.getvalue()


def stored(content: bytes) -> StoredFile:
    return store_file(content, name="voice.amr", by=SYSTEM)


def copy_of(file: StoredFile) -> StoredFile | None:
    return playable(StoredFile.objects.select_related("playable__copy").get(pk=file.pk))


def test_a_voice_message_gets_a_copy_that_plays_as_long_and_stays_as_it_came() -> None:
    content = amr(seconds=2)
    file = stored(content)
    assert file.content_type == "audio/amr"
    assert copy_of(file) is None

    assert make_playable_copies() == 1

    copy = copy_of(file)
    assert copy is not None
    assert (copy.content_type, copy.name) == ("audio/mpeg", "voice.amr.mp3")
    with av.open(io.BytesIO(open_file(copy)), "r") as sound:
        assert sound.duration is not None
        assert sound.duration / av.time_base == pytest.approx(2, abs=0.2)
    assert open_file(file) == content
    assert make_playable_copies() == 0


def test_a_recording_that_browsers_play_gets_no_copy() -> None:
    ogg = stored(b"OggS" + bytes(100))
    assert copy_of(ogg) == ogg
    assert not PlayableCopy.objects.exists()


@pytest.mark.parametrize(
    "content",
    [b"#!AMR\n", b"#!AMR\n" + b"\xff" * 3000, b"#!AMR\n\x3c\x01"],
    ids=["empty", "noise", "cut off"],
)
def test_what_cannot_be_read_is_given_up_at_once_and_stays_as_it_came(content: bytes) -> None:
    file = stored(content)
    assert make_playable_copies() == 1
    row = PlayableCopy.objects.get()
    assert (row.copy, row.due_at, row.attempts) == (None, None, 1)
    assert open_file(file) == content


def test_a_program_that_dies_or_hangs_is_tried_again_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    stored(amr())
    other = stored(b"#!AMR\n")

    def hang(*command: object, **options: object) -> subprocess.CompletedProcess[bytes]:
        raise subprocess.TimeoutExpired("transcoder", 30)

    monkeypatch.setattr(subprocess, "run", hang)
    for _ in range(MAX_ATTEMPTS):
        assert make_playable_copies() == 2
        PlayableCopy.objects.filter(due_at__isnull=False).update(due_at=Now() - timedelta(seconds=1))
    assert make_playable_copies() == 0
    assert PlayableCopy.objects.filter(copy=None, due_at=None, attempts=MAX_ATTEMPTS).count() == 2
    assert open_file(other) == b"#!AMR\n"


def test_a_worker_that_was_replaced_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    file = stored(amr())
    run = subprocess.run

    def replaced(*command: object, **options: object) -> object:
        PlayableCopy.objects.update(attempts=2)
        return run(*command, **options)  # type: ignore[call-overload]  # as it was called

    monkeypatch.setattr(subprocess, "run", replaced)
    make_playable_copies()
    assert copy_of(file) is None
    assert StoredFile.objects.count() == 1


def test_the_copy_goes_with_its_recording() -> None:
    file = stored(amr())
    make_playable_copies()
    delete_file(StoredFile.objects.get(pk=file.pk))
    assert not StoredFile.objects.exists()
    assert not PlayableCopy.objects.exists()
