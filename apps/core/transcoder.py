"""Makes a recording that browsers play of one that they do not: a program of its own, bytes in, MP3 out.

Decoders are large and written in C, and what they read comes from strangers. So they run in a process that has
little memory, little time and nothing to lose; the library is loaded there and nowhere else. It is told which format
to read: left to guess, FFmpeg also reads play lists, which name other files.
"""

from __future__ import annotations

import io
import resource
import sys
from typing import IO, Final

UNREADABLE: Final = 3
"""Exit code: no attempt will ever read this."""

MEMORY: Final = 1024 * 1024 * 1024
CPU_SECONDS: Final = 20
MAX_SECONDS_OF_SOUND: Final = 30 * 60
RATE: Final = 22050
"""Samples a second of the copy: above what telephone codecs hold."""


def main() -> int:
    from av.error import FFmpegError

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    try:
        copy = as_mp3(sys.stdin.buffer, sys.argv[1])
    except (FFmpegError, ValueError) as error:
        sys.stderr.write(f"{type(error).__name__}\n")
        return UNREADABLE
    sys.stdout.buffer.write(copy)
    return 0


def as_mp3(source: IO[bytes], container: str) -> bytes:
    """The sound of a recording, at most half an hour of it. Raises FFmpegError, or ValueError where there is none."""
    import av

    made = io.BytesIO()
    with av.open(io.BytesIO(source.read()), "r", format=container) as given, av.open(made, "w", format="mp3") as copy:
        if not given.streams.audio:
            raise ValueError("no sound")
        track = copy.add_stream("libmp3lame", rate=RATE, layout="mono")
        samples = 0
        for frame in given.decode(given.streams.audio[0]):
            samples += frame.samples
            if samples > MAX_SECONDS_OF_SOUND * frame.sample_rate:
                break
            copy.mux(track.encode(frame))
        if not samples:
            raise ValueError("no sound")
        copy.mux(track.encode(None))
    return made.getvalue()


if __name__ == "__main__":
    raise SystemExit(main())
