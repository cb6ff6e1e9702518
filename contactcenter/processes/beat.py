"""The clock: wakes every sweep at its interval. Several may run; an extra wake-up finds nothing to do."""

from contactcenter.processes.parent import follow_parent


def main() -> None:
    follow_parent()

    import django

    django.setup()
    from contactcenter.celery import app

    app.start(["--quiet", "beat", "--loglevel=WARNING", "--pidfile="])


if __name__ == "__main__":
    main()
