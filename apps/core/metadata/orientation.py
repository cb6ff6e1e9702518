"""How a picture is to be turned: the one entry of EXIF that changes what is seen."""

from __future__ import annotations

import struct
from typing import Final

_TAG: Final = 0x0112
_SHORT: Final = 3


def orientation_of(exif: bytes) -> int:
    """2 to 8 of a TIFF block; 1, which turns nothing, where there is none or it cannot be read."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 1
    try:
        (place,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, place)
        for number in range(min(count, 200)):
            tag, kind, _count, value = struct.unpack_from(f"{order}HHIH", exif, place + 2 + 12 * number)
            if tag == _TAG:
                return value if kind == _SHORT and 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def exif_of(orientation: int) -> bytes:
    """A TIFF block that says this and nothing else."""
    entry = struct.pack(">HHIHH", _TAG, _SHORT, 1, orientation, 0)
    return b"MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4)
