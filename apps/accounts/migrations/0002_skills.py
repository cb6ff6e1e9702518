"""Skills, who has them at which level, and the languages that people serve in. Before deploy."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import apps.core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_staff"),
    ]

    operations = [
        migrations.CreateModel(
            name="Skill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(unique=True, verbose_name="key")),
                ("name", apps.core.fields.TranslatedTextField(verbose_name="name")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "skill",
                "verbose_name_plural": "skills",
                "ordering": ["key"],
            },
        ),
        migrations.AddField(
            model_name="user",
            name="spoken_languages",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    max_length=10,
                    validators=[
                        django.core.validators.RegexValidator(
                            "^[a-z]{2,3}(-[a-z]{2,4})?$", "A language is written like zh-hans, en or ja."
                        )
                    ],
                ),
                blank=True,
                default=list,
                help_text="Languages of customers, with commas: zh-hans, en. Empty: any.",
                size=None,
                verbose_name="serves in",
            ),
        ),
        migrations.CreateModel(
            name="AgentSkill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="level",
                    ),
                ),
                (
                    "certified_until",
                    models.DateField(
                        blank=True,
                        help_text="After this day the skill does not count any more. Empty: without end.",
                        null=True,
                        verbose_name="certified until",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="agent_skills",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="agent",
                    ),
                ),
                (
                    "skill",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="agents",
                        to="accounts.skill",
                        verbose_name="skill",
                    ),
                ),
            ],
            options={
                "verbose_name": "skill of an agent",
                "verbose_name_plural": "skills of agents",
                "ordering": ["user__username", "skill__key"],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "skill"), name="one_level_per_skill"),
                    models.CheckConstraint(
                        condition=models.Q(("level__gte", 1), ("level__lte", 5)), name="skill_level_in_range"
                    ),
                ],
            },
        ),
    ]
