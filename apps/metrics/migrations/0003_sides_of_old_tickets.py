"""Notes every ticket, so that the workers fold the sides of the old ones, a batch at a time and again after any stop. After
deploy: only the new code makes sides.
"""

from django.db import migrations

NOTE = """
    INSERT INTO metrics_due (subject, object_id, since)
    SELECT 'ticket', id, '1970-01-01T00:00:00Z' FROM tickets_ticket
    ON CONFLICT (subject, object_id) DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [
        ("metrics", "0002_sides"),
        ("tickets", "0016_first_hand_over_reasons"),
    ]

    operations = [migrations.RunSQL(NOTE, migrations.RunSQL.noop)]
