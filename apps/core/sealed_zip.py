"""Files for one reader outside: a ZIP under a password (AES-256), which common programs open (7-Zip, WinZip, Keka)."""

from __future__ import annotations

import io
import secrets
from collections.abc import Mapping
from typing import Final

from pyzipper import WZ_AES, ZIP_DEFLATED, AESZipFile

_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without those that are taken for one another when they are read out."""


def new_password() -> str:
    """Ninety-nine random bits in four groups."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))


def zipped(files: Mapping[str, bytes], *, password: str) -> bytes:
    """Names of files are not encrypted by the format: they must say nothing of anybody."""
    content = io.BytesIO()
    with AESZipFile(content, "w", compression=ZIP_DEFLATED, encryption=WZ_AES) as archive:
        archive.setpassword(password.encode())
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def unzipped(content: bytes, *, password: str) -> dict[str, bytes]:
    """Raises RuntimeError with a wrong password."""
    with AESZipFile(io.BytesIO(content)) as archive:
        archive.setpassword(password.encode())
        return {name: archive.read(name) for name in archive.namelist()}
