"""Pins everything below the direct dependencies, for all platforms that the project runs on."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Compiled from {source} by `make requirements`; change that file, not this one.\n"


def main() -> int:
    for source in ("requirements.in", "requirements-dev.in", "requirements-node.in"):
        target = (ROOT / source).with_suffix(".txt")
        # Names where packages come from nowhere: every machine has its own index.
        compiled = subprocess.run(
            [sys.executable, "-m", "uv", "pip", "compile", source, "--quiet",
             "--universal", "--python-version=3.11", "--fork-strategy=fewest",
             "--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            check=False,
        )  # fmt: skip
        if compiled.returncode != 0:
            return compiled.returncode
        target.write_text(HEADER.format(source=source) + compiled.stdout.decode(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
