"""Drawn photographs for the demo: a box with a dent and a crack. No real picture is shipped."""

import io
import random

from PIL import Image, ImageDraw, ImageFilter

SIZE = (960, 720)


def damaged_parcel(seed: int) -> bytes:
    """A JPEG of a crushed carton, another one for each seed."""
    rng = random.Random(seed)
    wall = tuple(rng.randrange(150, 205) for _ in range(3))
    picture = Image.new("RGB", SIZE, wall)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 520, *SIZE), fill=tuple(int(part * 0.72) for part in wall))
    left, top = rng.randrange(180, 260), rng.randrange(180, 240)
    carton = (189 + rng.randrange(-14, 14), 148 + rng.randrange(-14, 14), 98 + rng.randrange(-14, 14))
    _carton(draw, left, top, carton)
    _crack(draw, rng, left, top)
    picture = picture.filter(ImageFilter.GaussianBlur(1.1))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82)
    return out.getvalue()


def _carton(draw: ImageDraw.ImageDraw, left: int, top: int, color: tuple[int, int, int]) -> None:
    dark = tuple(int(part * 0.78) for part in color)
    light = tuple(min(255, int(part * 1.12)) for part in color)
    draw.polygon([(left, top + 80), (left + 380, top + 60), (left + 380, top + 380), (left, top + 400)], fill=color)
    draw.polygon(
        [(left + 380, top + 60), (left + 520, top), (left + 520, top + 300), (left + 380, top + 380)], fill=dark
    )
    draw.polygon([(left, top + 80), (left + 150, top + 10), (left + 520, top), (left + 380, top + 60)], fill=light)
    draw.rectangle((left + 160, top + 70, left + 220, top + 390), fill=tuple(int(part * 0.92) for part in light))
    draw.rectangle((left + 30, top + 250, left + 130, top + 320), fill=(240, 238, 232))
    for line in range(5):
        draw.line((left + 40, top + 262 + line * 11, left + 120, top + 262 + line * 11), fill=(90, 90, 90), width=3)


def _crack(draw: ImageDraw.ImageDraw, rng: random.Random, left: int, top: int) -> None:
    x, y = left + rng.randrange(240, 330), top + 90
    for _ in range(9):
        nx, ny = x + rng.randrange(-26, 30), y + rng.randrange(18, 36)
        draw.line((x, y, nx, ny), fill=(58, 40, 24), width=rng.randrange(4, 9))
        x, y = nx, ny
    draw.ellipse((x - 46, y - 26, x + 52, y + 30), fill=(120, 88, 54), outline=(70, 48, 28), width=4)
