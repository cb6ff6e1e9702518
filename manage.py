#!/usr/bin/env python3
"""Runs Django's management commands, and `up`, which starts every process of the contact center."""

import os
import sys

# Commands that change the schema, or what the application may only add to, act as the owner of the database.
OWNER_COMMANDS = frozenset(
    {"migrate", "makemigrations", "sqlmigrate", "flush", "bootstrap_db", "rotate-keys", "backup", "restore-backup"}
)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings.dev")
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command == "up":
        from contactcenter.launch import up_main as up

        sys.exit(up(sys.argv[2:]))
    if command in OWNER_COMMANDS:
        os.environ.setdefault("DATABASE_ROLE", "owner")

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
