"""States and counts of data keys, and how far a rotation has come. Before deploy."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0008_playable_copies"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="datakey",
            options={"verbose_name": "data key", "verbose_name_plural": "data keys"},
        ),
        migrations.AddField(
            model_name="datakey",
            name="counted_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="counted"),
        ),
        migrations.AddField(
            model_name="datakey",
            name="destroyed",
            field=models.DateTimeField(editable=False, null=True, verbose_name="destroyed"),
        ),
        migrations.AddField(
            model_name="datakey",
            name="values_left",
            field=models.PositiveBigIntegerField(editable=False, null=True, verbose_name="values under it"),
        ),
        migrations.AlterField(
            model_name="datakey",
            name="created",
            field=models.DateTimeField(verbose_name="created"),
        ),
        migrations.AlterField(
            model_name="datakey",
            name="master_key",
            field=models.CharField(max_length=64, verbose_name="master key"),
        ),
        migrations.AlterField(
            model_name="datakey",
            name="retired",
            field=models.DateTimeField(blank=True, null=True, verbose_name="retired"),
        ),
        migrations.CreateModel(
            name="KeyRotation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "started",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="started"),
                ),
                ("followed_at", models.DateTimeField(null=True, verbose_name="followed by all processes")),
                ("finished", models.DateTimeField(null=True, verbose_name="finished")),
                ("last_error", models.CharField(blank=True, default="", max_length=300, verbose_name="last error")),
                ("last_error_at", models.DateTimeField(null=True)),
                (
                    "key",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="rotation", to="core.datakey"
                    ),
                ),
            ],
            options={
                "verbose_name": "rotation of keys",
                "verbose_name_plural": "rotations of keys",
            },
        ),
        migrations.CreateModel(
            name="RotatedTable",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=120, verbose_name="table")),
                ("total", models.PositiveBigIntegerField(default=0, verbose_name="values at the start")),
                ("done", models.PositiveBigIntegerField(default=0, verbose_name="brought over")),
                ("left", models.PositiveBigIntegerField(default=0, verbose_name="left")),
                ("unreadable", models.PositiveBigIntegerField(default=0, verbose_name="do not open")),
                ("after", models.BigIntegerField(default=0)),
                ("passes", models.PositiveIntegerField(default=0)),
                ("seconds", models.FloatField(default=0)),
                ("updated", models.DateTimeField(auto_now=True)),
                (
                    "rotation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tables", to="core.keyrotation"
                    ),
                ),
            ],
            options={
                "ordering": ["label"],
                "constraints": [models.UniqueConstraint(fields=("rotation", "label"), name="one_progress_per_table")],
            },
        ),
    ]
