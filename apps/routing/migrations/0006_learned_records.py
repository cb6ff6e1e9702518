"""Who succeeds with which category. Before deploy; off until a queue asks for it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0005_vendor_attempts"),
        ("tickets", "0011_public_comments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="routingqueue",
            name="is_learned",
            field=models.BooleanField(
                default=False,
                help_text="Those whose work of the ticket's category stays solved come first. What that is counted from stands under Learned successes.",
                verbose_name="prefers who succeeds",
            ),
        ),
        migrations.CreateModel(
            name="LearnedRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("successes", models.PositiveIntegerField(verbose_name="stayed solved")),
                ("trials", models.PositiveIntegerField(verbose_name="ended")),
                ("since", models.DateTimeField(verbose_name="counted from")),
                ("until", models.DateTimeField(verbose_name="counted until")),
                (
                    "category",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="tickets.category",
                        verbose_name="category",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="agent",
                    ),
                ),
            ],
            options={
                "verbose_name": "learned success",
                "verbose_name_plural": "learned successes",
                "ordering": ["category", "user"],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "category"), name="one_learned_record_each"),
                    models.CheckConstraint(
                        condition=models.Q(("successes__lte", models.F("trials")), ("trials__gte", 1)),
                        name="learned_from_something",
                    ),
                ],
            },
        ),
    ]
