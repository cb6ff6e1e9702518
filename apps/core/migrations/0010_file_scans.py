"""Before deploy: whether a file was looked at for viruses; what is there was not."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0009_key_rotations"),
    ]

    operations = [
        migrations.AddField(
            model_name="storedfile",
            name="scan_attempts",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="storedfile",
            name="scan_due_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="storedfile",
            name="scan_finding",
            field=models.CharField(blank=True, db_default="", default="", max_length=120),
        ),
        migrations.AddField(
            model_name="storedfile",
            name="scan_state",
            field=models.CharField(
                choices=[
                    ("unscanned", "not looked at"),
                    ("waiting", "being looked at"),
                    ("clean", "clean"),
                    ("infected", "infected"),
                ],
                db_default="unscanned",
                default="unscanned",
                max_length=10,
                verbose_name="virus scan",
            ),
        ),
        migrations.AddIndex(
            model_name="storedfile",
            index=models.Index(
                condition=models.Q(("scan_due_at__isnull", False)), fields=["scan_due_at"], name="core_file_scan_due"
            ),
        ),
    ]
