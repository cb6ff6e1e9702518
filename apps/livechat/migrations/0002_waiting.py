"""What a visitor is told while waiting, and that a message was left instead. Before deploy."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("livechat", "0001_chats")]

    operations = [
        migrations.AddField(
            model_name="chatsession",
            name="left_at",
            field=models.DateTimeField(null=True, verbose_name="left a message"),
        ),
        migrations.AddField(
            model_name="chatsession",
            name="place",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="chatsession",
            name="wait_minutes",
            field=models.PositiveSmallIntegerField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="chatsession",
            name="is_away",
            field=models.BooleanField(default=False, verbose_name="began as a message"),
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
                ],
                default="",
                max_length=10,
                verbose_name="ended by",
            ),
        ),
    ]
