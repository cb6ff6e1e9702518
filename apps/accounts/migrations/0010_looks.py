"""Seeing the desk as somebody else does: for which session, why and how long. Before deploy."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields.encrypted
import apps.core.fields.sequenced


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_sign_in_providers"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="looked_at_since",
            field=models.DateTimeField(
                editable=False,
                help_text="Since when others saw the desk as this person, who was not told yet.",
                null=True,
            ),
        ),
        migrations.CreateModel(
            name="Look",
            fields=[
                ("id", apps.core.fields.sequenced.SequencedAutoField(primary_key=True, serialize=False)),
                ("reason", apps.core.fields.encrypted.EncryptedTextField(verbose_name="reason")),
                ("began", models.DateTimeField(verbose_name="began")),
                ("ends_at", models.DateTimeField(verbose_name="ends at the latest")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                (
                    "seen_as",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="looked_at",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="as",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="looks",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
            ],
            options={
                "verbose_name": "look as somebody else",
                "verbose_name_plural": "looks as somebody else",
                "ordering": ["-began"],
            },
        ),
        migrations.AddField(
            model_name="staffsession",
            name="look",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="sessions",
                to="accounts.look",
                verbose_name="sees the desk as somebody else",
            ),
        ),
        migrations.AddConstraint(
            model_name="look",
            constraint=models.CheckConstraint(
                condition=models.Q(("user", models.F("seen_as")), _negated=True), name="accounts_look_other"
            ),
        ),
    ]
