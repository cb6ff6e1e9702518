"""Calendars and their special days. Before deploy."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import apps.core.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Calendar",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("key", models.SlugField(unique=True, verbose_name="key")),
                ("name", apps.core.fields.TranslatedTextField(verbose_name="name")),
                ("time_zone", models.CharField(max_length=64, verbose_name="time zone")),
                (
                    "week",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(blank=True, max_length=200), size=7, verbose_name="weekly hours"
                    ),
                ),
                ("is_default", models.BooleanField(default=False, editable=False, verbose_name="default")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
            ],
            options={
                "verbose_name": "calendar",
                "verbose_name_plural": "calendars",
                "ordering": ["key"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("week__len", 7)), name="calendar_week_has_seven_days"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)), fields=("is_default",), name="one_default_calendar"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("is_default", False), ("is_active", True), _connector="OR"),
                        name="default_calendar_is_active",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated", models.DateTimeField(auto_now=True, verbose_name="updated")),
                ("date", models.DateField(verbose_name="date")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("holiday", "Holiday, closed"),
                            ("workday", "Make-up working day"),
                            ("hours", "Other hours"),
                        ],
                        default="holiday",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("name", apps.core.fields.TranslatedTextField(blank=True, verbose_name="name")),
                ("hours", models.CharField(blank=True, max_length=200, verbose_name="hours")),
                ("source", models.CharField(blank=True, editable=False, max_length=40, verbose_name="source")),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="days",
                        to="sla.calendar",
                        verbose_name="calendar",
                    ),
                ),
            ],
            options={
                "verbose_name": "special day",
                "verbose_name_plural": "special days",
                "ordering": ["date"],
                "constraints": [
                    models.UniqueConstraint(fields=("calendar", "date"), name="one_calendar_day_per_date"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "holiday"), _negated=True), ("hours", ""), _connector="OR"
                        ),
                        name="holiday_has_no_hours",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "hours"), _negated=True),
                            models.Q(("hours", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="other_hours_are_given",
                    ),
                ],
            },
        ),
    ]
