"""Snippets. Before deploy."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_staff"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Snippet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                (
                    "scope",
                    models.CharField(
                        choices=[("private", "Only me"), ("team", "My team"), ("all", "Everybody")],
                        default="private",
                        max_length=10,
                        verbose_name="for",
                    ),
                ),
                (
                    "shortcut",
                    models.CharField(
                        help_text="Type / and this word in the composer.", max_length=40, verbose_name="shortcut"
                    ),
                ),
                ("title", apps.core.fields.TranslatedTextField(verbose_name="title")),
                ("body", apps.core.fields.TranslatedTextField(verbose_name="text")),
                ("uses", models.PositiveIntegerField(default=0, editable=False, verbose_name="uses")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="snippets",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="snippets",
                        to="accounts.team",
                        verbose_name="team",
                    ),
                ),
            ],
            options={
                "verbose_name": "snippet",
                "verbose_name_plural": "snippets",
                "ordering": ["shortcut"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("scope", "team"), _negated=True), ("team__isnull", False), _connector="OR"
                        ),
                        name="team_snippet_has_team",
                    )
                ],
            },
        ),
    ]
