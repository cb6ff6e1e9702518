"""The search table, partitioned like messages, with one index over terms and scope. Before deploy."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.contrib.postgres.operations import BtreeGinExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0004_drafts_and_reading"),
    ]

    operations = [
        BtreeGinExtension(),
        # Its key is the message's id, so it has no sequence, and the table is written out here.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    """
                    CREATE TABLE tickets_searchrow (
                        id bigint NOT NULL,
                        created timestamp with time zone NOT NULL,
                        ticket_id bigint NOT NULL,
                        queue_id bigint NOT NULL,
                        channel_id bigint,
                        category_id bigint,
                        terms integer[] NOT NULL,
                        PRIMARY KEY (id, created)
                    ) PARTITION BY RANGE (created);
                    CREATE TABLE tickets_searchrow_default PARTITION OF tickets_searchrow DEFAULT;
                    CREATE INDEX search_terms ON tickets_searchrow
                        USING gin (terms, queue_id, channel_id, category_id);
                    CREATE INDEX search_newest ON tickets_searchrow (created DESC, id DESC);
                    CREATE INDEX search_ticket ON tickets_searchrow (ticket_id);
                    """,
                    "DROP TABLE tickets_searchrow",
                )
            ],
            state_operations=[
                migrations.CreateModel(
                    name="SearchRow",
                    fields=[
                        ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                        ("created", models.DateTimeField()),
                        ("ticket_id", models.BigIntegerField()),
                        ("queue_id", models.BigIntegerField()),
                        ("channel_id", models.BigIntegerField(null=True)),
                        ("category_id", models.BigIntegerField(null=True)),
                        (
                            "terms",
                            django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None),
                        ),
                    ],
                    options={
                        "verbose_name": "search row",
                        "verbose_name_plural": "search rows",
                        "indexes": [
                            django.contrib.postgres.indexes.GinIndex(
                                fields=["terms", "queue_id", "channel_id", "category_id"], name="search_terms"
                            ),
                            models.Index(fields=["-created", "-id"], name="search_newest"),
                            models.Index(fields=["ticket_id"], name="search_ticket"),
                        ],
                    },
                ),
            ],
        ),
    ]
