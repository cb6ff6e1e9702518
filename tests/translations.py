"""Checks that translations are complete: every text translated, no guesses, the same placeholders, nothing outdated."""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
CATALOGS = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES"
SOURCES = ("apps", "contactcenter", "templates", "static/js")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sdif]|(?<![%\w])%[sd]|\{(\w*)\}")

# makemessages runs on a copy, so that checking changes nothing here.
EXTRACT = """
import sys, django
from django.conf import settings
settings.configure(USE_I18N=True, LOCALE_PATHS=[sys.argv[1] + "/locale"], INSTALLED_APPS=[])
django.setup()
from django.core.management import call_command
for domain, extensions in (("django", ["html", "txt", "py"]), ("djangojs", ["js"])):
    call_command("makemessages", locale=["zh_Hans"], domain=domain, extensions=extensions, verbosity=0,
                 ignore_patterns=["static/vendor/*", "var/*"] + (["static/*"] if domain == "django" else []),
                 no_obsolete=True, no_location=True, no_wrap=True)
"""


def main() -> int:
    catalogs = sorted(CATALOGS.glob("*.po"))
    if not catalogs:
        print(f"There is no catalog in {CATALOGS.relative_to(ROOT)}.")
        return 1
    problems = [problem for catalog in catalogs for problem in incomplete(catalog)]
    if shutil.which("xgettext"):
        problems += outdated()
    else:
        print("LEFT OUT: whether the catalogs are up to date; install gettext.")
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems in {len(catalogs)} catalogs.")
    return 1 if problems else 0


def incomplete(catalog: Path) -> list[str]:
    problems = []
    for entry in polib.pofile(str(catalog)):
        where = f"{catalog.name}: {entry.msgid!r}"
        if entry.obsolete:
            continue
        texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        if entry.fuzzy:
            problems.append(f"{where}: is only a guess (fuzzy)")
        elif not texts or not all(texts):
            problems.append(f"{where}: is not translated")
        else:
            problems += [f"{where}: has other placeholders than {text!r}" for text in texts if differs(entry, text)]
    return problems


def differs(entry: polib.POEntry, text: str) -> bool:
    """A plural may leave a placeholder of the singular out, never bring a new one."""
    wanted = placeholders(entry.msgid_plural or entry.msgid)
    return placeholders(text) != wanted


def placeholders(text: str) -> list[str]:
    return sorted(match.group(0) for match in PLACEHOLDER.finditer(text))


def outdated() -> list[str]:
    """Extracts the texts of the sources anew and compares."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for source in (*SOURCES, "locale"):
            if (ROOT / source).is_dir():
                ignore = shutil.ignore_patterns("__pycache__", "*.mo", "vendor")
                shutil.copytree(ROOT / source, copy / source, ignore=ignore)
        done = subprocess.run(
            [sys.executable, "-c", EXTRACT, str(copy)], cwd=copy, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            return [f"The texts could not be extracted: {done.stderr.strip()}"]
        problems = []
        for catalog in sorted((copy / "locale" / "zh_Hans" / "LC_MESSAGES").glob("*.po")):
            now, known = texts_of(catalog), texts_of(CATALOGS / catalog.name)
            problems += [f"{catalog.name}: {text!r} is in the sources and not in the catalog" for text in now - known]
            problems += [f"{catalog.name}: {text!r} is no longer in the sources" for text in known - now]
    return sorted(problems)


def texts_of(catalog: Path) -> set[str]:
    if not catalog.exists():
        return set()
    return {
        f"{entry.msgctxt or ''}\x04{entry.msgid}".removeprefix("\x04")
        for entry in polib.pofile(str(catalog))
        if not entry.obsolete
    }


if __name__ == "__main__":
    sys.exit(main())
