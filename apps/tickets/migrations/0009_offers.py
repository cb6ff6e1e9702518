"""An assignment may be an offer: when it was made, until when it stands, why, and for what kind of work. Before deploy."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_skills"),
        ("tickets", "0008_answers_by_channel"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="assignment",
            name="expires_at",
            field=models.DateTimeField(null=True, verbose_name="expires"),
        ),
        migrations.AddField(
            model_name="assignment",
            name="explanation",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list, verbose_name="why"),
        ),
        migrations.AddField(
            model_name="assignment",
            name="offered_at",
            field=models.DateTimeField(null=True, verbose_name="offered"),
        ),
        migrations.AddField(
            model_name="assignment",
            name="work_kind",
            field=models.CharField(
                blank=True,
                choices=[
                    ("chat", "Live chat"),
                    ("messenger", "Messenger"),
                    ("mail", "Mail"),
                    ("call", "Call"),
                    ("counter", "Visit"),
                    ("ticket", "Other ticket"),
                ],
                db_default="",
                max_length=10,
                verbose_name="kind of work",
            ),
        ),
        migrations.AlterField(
            model_name="assignment",
            name="started_at",
            field=models.DateTimeField(null=True, verbose_name="started"),
        ),
        migrations.AlterField(
            model_name="assignment",
            name="state",
            field=models.CharField(
                choices=[
                    ("offered", "offered"),
                    ("accepted", "accepted"),
                    ("declined", "declined"),
                    ("missed", "missed"),
                    ("transferred", "transferred"),
                    ("finished", "finished"),
                    ("withdrawn", "withdrawn"),
                ],
                max_length=12,
                verbose_name="state",
            ),
        ),
    ]
