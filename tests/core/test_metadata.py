"""What a maker wrote beside a picture does not come in; the picture does, to the pixel and the right way up."""

from __future__ import annotations

import io
import struct
import time
from pathlib import Path
from typing import Any

import av
import pytest
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo
from pytest_django import Settings

from apps.core import sniffing
from apps.core.actor import SYSTEM
from apps.core.metadata import cleaned_as, without_metadata
from apps.core.storage import open_file, store_file

pytestmark = pytest.mark.integration

PLACE = b"31.2304N-121.4737E"
MAKER = b"Wang Xiaoming's phone"
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><who>" + MAKER + b"</who></x:xmpmeta>"
LATITUDE = b"\0\0\x16\x4b\0\0\0\x64"
"""57.07 seconds north, as EXIF writes it."""


def exif(orientation: int) -> bytes:
    told = Image.Exif()
    told[0x0112] = orientation
    told[0x010F] = MAKER.decode()
    told.get_ifd(0x8825).update({1: "N", 2: (31.0, 13.0, 57.07), 29: PLACE.decode()})
    return told.tobytes()


def picture() -> Image.Image:
    made = Image.effect_mandelbrot((40, 24), (-2, -1.2, 1, 1.2), 60).convert("RGB")
    made.putpixel((0, 0), (255, 0, 0))
    return made


def saved(kind: str, **said: Any) -> bytes:
    made = io.BytesIO()
    picture().save(made, kind, **said)
    return made.getvalue()


def png_texts() -> PngInfo:
    texts = PngInfo()
    texts.add_text("Author", MAKER.decode())
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=False)
    return texts


def planted(kind: str, orientation: int = 6) -> bytes:
    match kind:
        case "JPEG":
            jpeg = saved("JPEG", exif=exif(orientation), xmp=XMP, comment=MAKER, quality=90)
            return jpeg + b"\0\0\0\x18ftypmp42" + MAKER
        case "progressive":
            return saved("JPEG", exif=exif(orientation), xmp=XMP, progressive=True, icc_profile=b"a profile" * 20)
        case "PNG":
            return saved("PNG", exif=exif(orientation), pnginfo=png_texts()) + MAKER
        case "WEBP":
            return saved("WEBP", exif=exif(orientation), xmp=XMP, lossless=True) + MAKER
        case "AVIF":
            return saved("AVIF", exif=exif(1), xmp=XMP)
        case _:
            frames = [picture(), picture().transpose(Image.Transpose.ROTATE_180)]
            made = io.BytesIO()
            frames[0].save(
                made, "GIF", save_all=True, append_images=frames[1:], duration=90, loop=3, comment=MAKER, xmp=XMP
            )
            return made.getvalue() + MAKER


def shown(content: bytes) -> tuple[tuple[int, int], bytes]:
    with Image.open(io.BytesIO(content)) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    return upright.size, upright.tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "progressive", "PNG", "WEBP", "AVIF", "GIF"])
def test_makers_and_places_go_and_the_picture_stays(kind: str) -> None:
    came = planted(kind)
    assert MAKER in came
    kept = without_metadata(came, sniffing.sniff(came))
    for secret in (MAKER, PLACE, LATITUDE, b"xmpmeta", b"Author"):
        assert secret not in kept
    assert shown(kept) == shown(came)
    assert without_metadata(kept, sniffing.sniff(kept)) == kept


@pytest.mark.parametrize("kind", ["JPEG", "progressive", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_picture_stays_the_right_way_up(kind: str, orientation: int) -> None:
    kept = without_metadata(planted(kind, orientation), f"image/{'jpeg' if kind == 'progressive' else kind.lower()}")
    with Image.open(io.BytesIO(kept)) as opened:
        assert dict(opened.getexif()) == ({} if orientation == 1 else {0x0112: orientation})


def test_colours_and_movement_stay() -> None:
    jpeg = without_metadata(planted("progressive"), "image/jpeg")
    with Image.open(io.BytesIO(jpeg)) as opened:
        assert opened.info["icc_profile"] == b"a profile" * 20
    gif = without_metadata(planted("GIF"), "image/gif")
    with Image.open(io.BytesIO(gif)) as opened:
        assert (getattr(opened, "n_frames", 0), opened.info["duration"], opened.info["loop"]) == (2, 90, 3)


@pytest.mark.parametrize("kind", ["mp4", "mov"])
def test_a_film_forgets_where_it_was_made(kind: str) -> None:
    made = io.BytesIO()
    with av.open(made, "w", format=kind) as film:
        film.metadata.update({"title": MAKER.decode(), "location": PLACE.decode(), "comment": PLACE.decode()})
        stream = film.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 40, 24, "yuv420p"
        for _number in range(3):
            film.mux(stream.encode(av.VideoFrame.from_image(picture())))
        film.mux(stream.encode(None))
    came = made.getvalue()
    assert MAKER in came
    kept = without_metadata(came, "video/mp4")
    assert MAKER not in kept
    assert PLACE not in kept
    with av.open(io.BytesIO(kept)) as film:
        assert len(list(film.decode(video=0))) == 3


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_what_is_cut_short_or_broken_ends_without_a_crash(kind: str) -> None:
    came = planted(kind)
    for end in range(12, len(came), max(1, len(came) // 97)):
        for broken in (came[:end], came[:end] + b"\xff\0\xff" + came[end + 3 :]):
            try:
                without_metadata(broken, sniffing.sniff(came))
            except ValueError:
                continue


@pytest.mark.django_db
def test_no_file_is_kept_with_what_was_beside_it(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    came = planted("JPEG")
    stored = store_file(came, name="photo.jpg", by=SYSTEM)
    assert open_file(stored) == without_metadata(came, "image/jpeg")
    assert stored.size < len(came)
    settings.KEEP_FILE_METADATA = True
    assert open_file(store_file(io.BytesIO(came), name="photo.jpg", by=SYSTEM)) == came


@pytest.mark.django_db
def test_what_is_no_picture_stays_to_the_byte(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    for came in (b"%PDF-1.7 " + MAKER, b"GIF89a", b"\xff\xd8\xff", b"\0\0\0\x04ftyp" + MAKER, MAKER):
        assert open_file(store_file(came, name="x", by=SYSTEM)) == came


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), name) + body


def heic(places: bytes) -> bytes:
    """A picture whose one item is EXIF, and whose pieces lie where `places` (the body of iloc) says; 5 MB follow."""
    item = box(b"infe", b"\2\0\0\0" + struct.pack(">HH4s", 1, 0, b"Exif"))
    items = box(b"iinf", b"\0\0\0\0" + struct.pack(">H", 1) + item)
    meta = box(b"meta", b"\0\0\0\0" + items + box(b"iloc", places))
    return box(b"ftyp", b"heic\0\0\0\0") + meta + bytes(5_000_000)


NO_PICTURE = struct.pack(">I", 13) + b"IHDR" + bytes(17)
BOMBS = {
    "each piece the whole file": b"\0\0\0\0\x44\0"
    + struct.pack(">HHHH", 1, 1, 0, 65_535)
    + struct.pack(">II", 0, 5_000_000) * 65_535,
    "pieces without a place": b"\0\0\0\0\0\0" + struct.pack(">H", 65_535) + struct.pack(">HHH", 2, 0, 65_535) * 65_535,
    "items without an end": b"\2\0\0\0\0\0" + struct.pack(">I", 2**32 - 1) + struct.pack(">IHH", 1, 0, 65_535) * 9_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_picture_that_claims_endless_pieces_is_given_up(name: str) -> None:
    """Known attack 29: what a few bytes claim costs no more than reading them."""
    started = time.process_time()
    with pytest.raises(ValueError, match="pieces"):
        without_metadata(heic(BOMBS[name]), "image/heic")
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("gif", b"GIF89a\4\0\3\0\0\0\0" + b"\x2c\0\0\0\0\4\0\3\0\0\2\1\0\0" * 100_000 + b"\x3b"),
        (
            "mp4",
            box(b"ftyp", b"mp42\0\0\0\0") + b"".join(struct.pack(">I4s", 800_000, b"moov") for _ in range(100_000)),
        ),
        (
            "png",
            b"\x89PNG\r\n\x1a\n"
            + struct.pack(">I", 13)
            + b"IHDR"
            + bytes(17)
            + (struct.pack(">I", 0) + b"tEXt\0\0\0\0") * 100_000,
        ),
        ("jpeg", b"\xff\xd8" + b"\xff\xe1\0\2" * 100_000),
    ],
)
def test_a_hundred_thousand_parts_take_bounded_time(kind: str, content: bytes) -> None:
    started = time.process_time()
    without_metadata(content, f"image/{kind}")
    assert time.process_time() - started < 5


# --- What does not look like a picture at once ------------------------------------------------------------------------


def late_frame() -> bytes:
    """A JPEG that says its size behind five full segments of XMP."""
    jpeg = planted("JPEG")
    much = b"http://ns.adobe.com/xap/1.0/\0" + XMP.ljust(65_400)
    return jpeg[:2] + (b"\xff\xe1" + struct.pack(">H", len(much) + 2) + much) * 5 + jpeg[2:]


def late_profile() -> bytes:
    """Its size comes behind a colour profile of two segments, which stays."""
    return saved("JPEG", exif=exif(6), icc_profile=b"a profile" * 10_000)


def late_chunks() -> bytes:
    """A PNG whose texts stand behind the picture."""
    png = saved("PNG")
    texts = planted("PNG")
    text = texts[texts.index(b"tEXt") - 4 :]
    text = text[: 12 + struct.unpack_from(">I", text)[0]]
    return png[:-12] + text + png[-12:]


def early_chunk() -> bytes:
    """A WebP that begins with a chunk which nobody knows."""
    webp = planted("WEBP")
    odd = b"JUNK" + struct.pack("<I", 16) + bytes(16)
    size = struct.unpack_from("<I", webp, 4)[0] + len(odd)
    return webp[:4] + struct.pack("<I", size) + webp[8:12] + odd + webp[12:]


def too_large(came: bytes) -> bytes:
    """It says of itself that it has more pixels than are shown in place, as the pictures of some phones do."""
    place = came.index(b"\xff\xc0") + 5
    return came[:place] + struct.pack(">HH", 9_000, 12_000) + came[place + 4 :]


HIDDEN = {
    "late frame": (late_frame, "image/jpeg"),
    "a byte that fills": (lambda: b"\xff\xd8\xff" + planted("JPEG")[2:], "image/jpeg"),
    "many that fill": (lambda: b"\xff\xd8" + b"\xff" * 70_000 + planted("JPEG")[2:], "image/jpeg"),
    "late profile": (late_profile, "image/jpeg"),
    "late texts": (late_chunks, "image/png"),
    "early chunk": (early_chunk, "image/webp"),
    "too large": (lambda: too_large(planted("JPEG")), sniffing.UNKNOWN),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", HIDDEN)
def test_a_picture_that_tells_late_what_it_is_is_cleaned_and_shown(
    name: str, tmp_path: Path, settings: Settings
) -> None:
    settings.MEDIA_ROOT = tmp_path
    make, content_type = HIDDEN[name]
    came = make()
    stored = store_file(came, name="photo", by=SYSTEM)
    kept = open_file(stored)
    for secret in (MAKER, PLACE, LATITUDE, b"xmpmeta"):
        assert secret not in kept
    assert stored.content_type == content_type
    if content_type != sniffing.UNKNOWN:
        assert shown(kept) == shown(planted("WEBP") if name == "early chunk" else came)


@pytest.mark.django_db
def test_the_type_is_told_late_where_everything_is_kept(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT, settings.KEEP_FILE_METADATA = tmp_path, True
    for make in (late_frame, HIDDEN["a byte that fills"][0]):
        assert store_file(io.BytesIO(make()), name="photo", by=SYSTEM).content_type == "image/jpeg"


def test_what_only_fills_is_read_in_bounded_time() -> None:
    content = b"\xff\xd8" + b"\xff" * 20_000_000
    started = time.process_time()
    assert sniffing.sniff(content[: sniffing.FAR]) == sniffing.UNKNOWN
    with pytest.raises(ValueError, match="no JPEG"):
        without_metadata(content, "image/jpeg")
    assert time.process_time() - started < 2


def test_a_picture_of_boxes_that_tells_at_its_end_what_it_holds_is_cleaned() -> None:
    kind, data = box(b"ftyp", b"heic\0\0\0\0"), box(b"mdat", MAKER + bytes(200_000))
    place = struct.pack(">HHH", 1, 0, 1) + struct.pack(">II", len(kind) + 8, len(MAKER))
    items = box(
        b"iinf", bytes(4) + struct.pack(">H", 1) + box(b"infe", b"\2\0\0\0" + struct.pack(">HH4s", 1, 0, b"Exif"))
    )
    meta = box(b"meta", bytes(4) + items + box(b"iloc", b"\0\0\0\0\x44\0" + struct.pack(">H", 1) + place))
    came = kind + data + meta
    kept = without_metadata(came, cleaned_as(came))
    assert MAKER in came
    assert MAKER not in kept
    assert len(kept) == len(came)


def test_an_old_film_forgets_its_maker() -> None:
    """Made before films said which kind they are."""
    told = box(b"udta", box(b"\xa9mak", MAKER))
    film = box(b"wide", b"") + box(b"mdat", bytes(40)) + box(b"moov", box(b"mvhd", bytes(8)) + told)
    kept = without_metadata(film, cleaned_as(film))
    assert MAKER not in kept
    assert len(kept) == len(film)
