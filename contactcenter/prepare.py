"""Brings the database and the files of this checkout up to date; run by `make demo` as the database's owner."""

import hashlib
import sys
from pathlib import Path

from contactcenter.trouble import Trouble

NEEDS_SEED = 10


def main() -> int:
    import django

    django.setup()
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.db import DatabaseError

    from contactcenter.translations import compile_all

    for directory in settings.LOCALE_PATHS:
        compile_all(Path(directory))
    try:
        migrate_if_needed()
        seeded = get_user_model()._default_manager.exists()
    except DatabaseError as error:
        print(f"The database could not be brought up to date: {error}", file=sys.stderr)  # noqa: T201
        return 1
    if not settings.DEBUG:
        collect_static(Path(settings.STATIC_ROOT), [Path(path) for path in settings.STATICFILES_DIRS])
    return 0 if seeded else NEEDS_SEED


def migrate_if_needed() -> None:
    """Migrating takes seconds even with nothing to do, so it is looked up first."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)


def collect_static(target: Path, sources: list[Path]) -> None:
    """Collects static files when one of ours or the installed packages changed."""
    from django.core.management import call_command

    stamp = target.parent / "static.stamp"
    signature = _signature(sources)
    if stamp.exists() and stamp.read_text(encoding="ascii") == signature and target.is_dir():
        return
    try:
        call_command("collectstatic", interactive=False, verbosity=0)
    except ValueError as error:
        raise Trouble(f"Static files refer to something that is not there: {error}") from error
    stamp.write_text(signature, encoding="ascii")


def _signature(sources: list[Path]) -> str:
    from django.conf import settings

    digest = hashlib.sha256()
    requirements = settings.BASE_DIR / "requirements.txt"
    for path in [requirements, *(path for source in sources for path in sorted(source.rglob("*")))]:
        if path.is_file():
            state = path.stat()
            digest.update(f"{path}:{state.st_size}:{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as trouble:
        print(trouble, file=sys.stderr)  # noqa: T201
        sys.exit(1)
