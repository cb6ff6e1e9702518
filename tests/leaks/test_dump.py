"""What lies on disk is unreadable: a dump of the database and the folder of files hold none of the planted values."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.leaks.finding import Finder, folded
from tests.leaks.planted import Group, Secret
from tests.leaks.world import World

pytestmark = pytest.mark.integration

# Staff wrote these for each other: snippets, names of views and of staff are no customers' data and stay in the clear.
IN_THE_CLEAR = {
    "title of a private snippet",
    "text of a private snippet",
    "name of a private view",
    "name of another vendor's contract",
    "name of another vendor's person",
}
# The keys themselves lie where they must, and hashes are made to be stored.
STORED = {Group.MACHINE}
READABLE_ANYWAY = {"IMAP password", "SMTP password", "password of staff"}


def wanted(world: World) -> list[Secret]:
    return [
        secret
        for secret in world.secrets
        if secret.label not in IN_THE_CLEAR and (secret.group not in STORED or secret.label in READABLE_ANYWAY)
    ]


def rows() -> list[tuple[str, str]]:
    """Every row of every table as a dump would write it, bytes as hex."""
    found: list[tuple[str, str]] = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition AND has_table_privilege(oid, 'SELECT')"
        )
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found += [(table, text) for (text,) in cursor.fetchall()]
    return found


def test_a_dump_holds_no_planted_value(world: World) -> None:
    secrets = wanted(world)
    finder, hexes = Finder(secrets), {secret.text.encode().hex(): secret for secret in secrets}
    finds = []
    for table, text in rows():
        finds += [f"{table}: {find}" for find in finder.find(text)]
        finds += [f"{table}: {secret} as bytes" for written, secret in hexes.items() if written in text]
    assert not finds, "\n".join(sorted(set(finds)))


def test_files_on_disk_hold_no_planted_value(world: World) -> None:
    finder = Finder(wanted(world))
    files = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    assert len(files) >= 5
    for path in files:
        assert not finder.find(path.read_bytes(), path.name)


def test_the_dump_is_searched_rightly(world: World) -> None:
    """What is in the clear on purpose is found."""
    text = folded(json.dumps([text for table, text in rows() if table == "knowledge_snippet"], ensure_ascii=False))
    assert any(folded(secret.text) in text for secret in world.secrets if secret.label in IN_THE_CLEAR)
