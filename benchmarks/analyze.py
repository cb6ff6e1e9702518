"""Brings the planner's statistics up to date after a load; run by `benchmarks.load` as the database's owner."""

from benchmarks import ground

if __name__ == "__main__":
    ground.set_up_django()
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
