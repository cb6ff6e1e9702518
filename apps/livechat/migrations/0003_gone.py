"""When a chat ends that waits for us and whose visitor is not there any more. Before deploy.

Open chats are few, and each of them gets an hour in which its visitor may be heard of.
"""

from datetime import timedelta

from django.db import migrations, models
from django.db.models.functions import Now


def give_open_chats_an_hour(apps, schema_editor):
    ChatSession = apps.get_model("livechat", "ChatSession")
    ChatSession.objects.filter(ended_at=None).update(gone_at=Now() + timedelta(hours=1))


class Migration(migrations.Migration):
    dependencies = [("livechat", "0002_waiting")]

    operations = [
        migrations.AddField(
            model_name="chatsession",
            name="gone_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="chatsession",
            name="ended_by",
            field=models.CharField(
                blank=True,
                choices=[
                    ("visitor", "visitor"),
                    ("agent", "agent"),
                    ("silence", "silence"),
                    ("left", "visitor, who left a message instead of waiting"),
                    ("gone", "absence of the visitor, who waited for us"),
                ],
                default="",
                max_length=10,
                verbose_name="ended by",
            ),
        ),
        migrations.RunPython(give_open_chats_an_hour, migrations.RunPython.noop),
    ]
