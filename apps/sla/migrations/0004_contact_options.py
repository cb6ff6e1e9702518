"""What customers are told of a channel that they may choose. Before deploy."""

import django.core.validators
from django.db import migrations, models

import apps.core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("sla", "0003_policies"),
    ]

    operations = [
        migrations.AddField(
            model_name="channelpolicy",
            name="contact_how",
            field=apps.core.fields.TranslatedTextField(
                blank=True, help_text="The number, the address, what to search for.", verbose_name="how to reach it"
            ),
        ),
        migrations.AddField(
            model_name="channelpolicy",
            name="contact_label",
            field=apps.core.fields.TranslatedTextField(
                blank=True, help_text="Hotline, WeChat, shop at the lake …", verbose_name="what customers call it"
            ),
        ),
        migrations.AddField(
            model_name="channelpolicy",
            name="contact_link",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Where it opens by itself, also as a QR code. https:, mailto:, tel:, sms:, or a path of this site.",
                max_length=500,
                validators=[
                    django.core.validators.RegexValidator(
                        "^(https?://|mailto:|tel:|sms:|/)\\S+$",
                        "An address that begins with https:, mailto:, tel:, sms: or /.",
                    )
                ],
                verbose_name="link",
            ),
        ),
        migrations.AddField(
            model_name="channelpolicy",
            name="is_offered",
            field=models.BooleanField(
                default=False,
                help_text="Lists the channel on the page /contact/ and in the help center, with how soon it answers.",
                verbose_name="offer to customers",
            ),
        ),
    ]
