"""Makes the environment of this checkout and hands over to it. `make demo` and `make test` begin here.

Only the standard library, and readable by old Pythons, so that a Python too old gets a sentence and no SyntaxError.
Nothing is installed outside the checkout, and nothing again that is there already.
"""

from __future__ import print_function

import errno
import os
import sys

NEEDED = (3, 11)
CANDIDATES = ("python3.11", "python3.12", "python3.13", "python3.14")

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
RUN = os.path.join(ROOT, "var", "run")
# pip comes with the checkout: Debian's python3 has none, and no ensurepip either.
PIP = os.path.join(ROOT, "scripts", "wheels", "pip-26.3-py3-none-any.whl", "pip")
SPACE_TO_INSTALL = 1200 * 1024 * 1024
SPACE_TO_RUN = 200 * 1024 * 1024


class Trouble(Exception):
    """Its text is the sentence that the person reads."""


def say(text):
    print(text)
    sys.stdout.flush()


def main(arguments):
    if len(arguments) < 1 or arguments[0] not in ("demo", "test", "environment"):
        say("usage: bootstrap.py demo|test|environment")
        return 2
    task = arguments[0]
    if sys.version_info < NEEDED:
        return hand_to_newer_python(arguments)
    # So that the stamps of an interrupted installation are never trusted, the environment is locked while it grows.
    os.makedirs(RUN, exist_ok=True)
    lock = None
    if task == "demo":
        lock = take_lock("lock", waits=False)
    installing = take_lock("install.lock", waits=True)
    try:
        check_place()
        make_environment("requirements.txt" if task == "demo" else "requirements-dev.txt")
        vendor()
    finally:
        os.close(installing)
    if task == "environment":
        return 0
    if lock is not None:
        os.set_inheritable(lock, True)
        os.environ["CONTACTCENTER_LOCK_FD"] = str(lock)
    module = "contactcenter.launch" if task == "demo" else "tests.run"
    os.chdir(ROOT)
    sys.stdout.flush()
    os.execv(VENV_PYTHON, [VENV_PYTHON, "-m", module] + arguments[1:])
    return 1


def hand_to_newer_python(arguments):
    """Another Python on this machine may be new enough."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        for name in CANDIDATES:
            candidate = os.path.join(folder, name)
            if os.access(candidate, os.X_OK):
                os.execv(candidate, [candidate, os.path.abspath(__file__)] + arguments)
    raise Trouble(
        "Python %d.%d is too old: install Python 3.11 or newer, or name one with PYTHON=/path/to/python3 make %s"
        % (sys.version_info[0], sys.version_info[1], arguments[0])
    )


def take_lock(name, waits):
    """A lock of the kernel: it goes with the process that holds it, so it is never stale."""
    import fcntl

    descriptor = os.open(os.path.join(RUN, name), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if not waits:
            holder = os.read(descriptor, 100).decode("ascii", "replace").strip() or "unknown"
            raise Trouble(
                "The contact center already runs from this folder (process %s): "
                "stop it first with Ctrl-C in its terminal." % holder
            )
        say("Another start is installing packages here; waiting for it ...")
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    if not waits:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode("ascii"), 0)
    return descriptor


def check_place():
    import shutil

    if os.pathsep in ROOT:
        raise Trouble("The path of this folder has a colon, which no Python environment can have: move it. (%s)" % ROOT)
    needed = SPACE_TO_RUN if os.path.exists(stamp_of("requirements.txt")) else SPACE_TO_INSTALL
    free = shutil.disk_usage(ROOT).free
    if free < needed:
        raise Trouble(
            "The disk is nearly full: %d MB are free at %s and %d MB are needed." % (free >> 20, ROOT, needed >> 20)
        )


# --- Python packages ----------------------------------------------------------------------------------------------


def make_environment(requirements):
    """Creates .venv and installs the pinned packages, when the list or the place changed since the last time."""
    if not environment_works():
        say("Creating the Python environment in .venv ...")
        create_environment()
    if read(stamp_of(requirements)) == digest_of(requirements):
        return
    say("Installing the packages of %s (a minute or two the first time) ..." % requirements)
    pip_install(requirements)
    # The development packages include those of the demo.
    for name in {requirements, "requirements.txt"}:
        write(stamp_of(name), digest_of(name))


def digest_of(requirements):
    """What is wanted: the named list and the one it builds on."""
    import hashlib

    digest = hashlib.sha256()
    for name in sorted({"requirements.txt", requirements}):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def stamp_of(requirements):
    return os.path.join(VENV, requirements + ".installed")


def environment_works():
    """A moved checkout, or a Python that was removed, leaves an environment that does not run or belongs elsewhere."""
    import subprocess

    try:
        said = subprocess.check_output(
            [VENV_PYTHON, "-c", "import sys; print(sys.prefix); print(sys.version_info >= (3, 11))"],
            stderr=subprocess.STDOUT,
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    lines = said.decode("utf-8", "replace").split("\n")
    return os.path.realpath(lines[0]) == os.path.realpath(VENV) and lines[1] == "True"


def create_environment():
    import shutil
    import venv

    if os.path.isdir(VENV):
        shutil.rmtree(VENV)
    venv.EnvBuilder(with_pip=False, symlinks=True).create(VENV)


def pip_install(requirements):
    """Runs pip, shows what it is at, and keeps its words for the case that it fails.

    The lists name everything with its version, so nothing is left to be resolved; and most of the modules are never
    imported, so each is compiled when it is. Together that halves the time.
    """
    import subprocess

    command = [VENV_PYTHON, PIP, "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    command += ["--no-deps", "--no-compile", "--no-warn-script-location", "-r", os.path.join(ROOT, requirements)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT)
    said = []
    count = 0
    for raw in process.stdout:
        line = raw.decode("utf-8", "replace").rstrip()
        said.append(line)
        if line.startswith("Collecting "):
            count += 1
            show_progress("  %d packages looked up: %s" % (count, line.split()[1]))
        elif line.startswith("Installing collected"):
            show_progress("  unpacking %d packages ..." % count)
    show_progress("")
    if process.wait() == 0:
        return
    text = "\n".join(said)
    if "No space left on device" in text:
        raise Trouble("The disk is full: free some space and start again.")
    print("\n".join(said[-15:]))
    raise Trouble(
        "The packages could not be installed: the lines above say why (is there a way to the package index?)."
    )


def show_progress(text):
    """One line that is written over on a terminal; elsewhere only every so often."""
    if sys.stdout.isatty():
        sys.stdout.write("\r\033[K" + text[:78])
        sys.stdout.flush()


# --- Browser libraries --------------------------------------------------------------------------------------------


def vendor():
    import subprocess

    script = os.path.join(ROOT, "scripts", "vendor.py")
    if subprocess.call([VENV_PYTHON, script]) != 0:
        raise Trouble("The browser libraries could not be fetched: the lines above say why.")


def read(path):
    try:
        with open(path) as file:
            return file.read().strip()
    except (IOError, OSError):
        return ""


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Trouble as trouble:
        sys.stderr.write("\n%s\n" % trouble)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped.\n")
        sys.exit(130)
    except EnvironmentError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            sys.stderr.write("\nThe disk is full: free some space and start again.\n")
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            sys.stderr.write("\n%s cannot be written by this account: %s.\n" % (error.filename, error.strerror))
        else:
            raise
        sys.exit(1)
