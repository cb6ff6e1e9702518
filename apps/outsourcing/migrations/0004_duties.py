"""Which duties are required, and a table of those that were let pass. Before deploy."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0001_snippets"),
        ("outsourcing", "0003_who_is_given_work"),
        ("tickets", "0013_who_transfers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="contract",
            name="hours_only",
            field=models.BooleanField(
                default=False,
                help_text="Outside of them the vendor's people are offered nothing new, and cannot ask for it. What they hold stays.",
                verbose_name="work within the hours only",
            ),
        ),
        migrations.AddField(
            model_name="contract",
            name="snippets_rule",
            field=models.CharField(
                choices=[("reminded", "reminded of, and missing it is written down"), ("required", "required")],
                default="reminded",
                max_length=10,
                verbose_name="snippets are",
            ),
        ),
        migrations.AddField(
            model_name="contract",
            name="tags_rule",
            field=models.CharField(
                choices=[("reminded", "reminded of, and missing it is written down"), ("required", "required")],
                default="reminded",
                help_text="Required: without one of them the vendor's people cannot resolve a ticket.",
                max_length=10,
                verbose_name="tags are",
            ),
        ),
        migrations.AlterField(
            model_name="contract",
            name="snippets",
            field=models.ManyToManyField(
                blank=True,
                help_text="The first answer in a ticket has to begin like one of these.",
                related_name="+",
                to="knowledge.snippet",
                verbose_name="snippets to be used",
            ),
        ),
        migrations.CreateModel(
            name="DutyMiss",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "duty",
                    models.CharField(
                        choices=[("tags", "Tags"), ("snippets", "Snippets")], max_length=10, verbose_name="duty"
                    ),
                ),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="when")),
                (
                    "contract",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="misses",
                        to="outsourcing.contract",
                        verbose_name="contract",
                    ),
                ),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tickets.ticket",
                        verbose_name="ticket",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="person",
                    ),
                ),
            ],
            options={
                "verbose_name": "missed duty",
                "verbose_name_plural": "missed duties",
                "indexes": [models.Index(fields=["user", "created"], name="duty_misses_of_somebody")],
            },
        ),
    ]
