"""Whether a notice says that vendors answer for the house, and more doors for consents and requests. Before deploy."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0008_restrictions"),
    ]

    operations = [
        migrations.AddField(
            model_name="privacynotice",
            name="covers_vendors",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="Off: tickets stay with the house until their customer allows that a vendor gets them.",
                verbose_name="says that vendors answer for us",
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="shown",
            field=models.CharField(
                choices=[
                    ("chat", "box in the chat"),
                    ("form", "box in the web form"),
                    ("app", "in our app"),
                    ("page", "secure page"),
                    ("agent", "told to an agent"),
                    ("api", "told by another system"),
                ],
                max_length=10,
                verbose_name="given by",
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="withdrawn_by",
            field=models.CharField(
                blank=True,
                choices=[
                    ("chat", "box in the chat"),
                    ("form", "box in the web form"),
                    ("app", "in our app"),
                    ("page", "secure page"),
                    ("agent", "told to an agent"),
                    ("api", "told by another system"),
                ],
                default="",
                max_length=10,
                verbose_name="withdrawn by",
            ),
        ),
        migrations.AlterField(
            model_name="datasubjectrequest",
            name="came_by",
            field=models.CharField(
                choices=[
                    ("ticket", "ticket"),
                    ("form", "form"),
                    ("chat", "chat"),
                    ("app", "our app"),
                    ("page", "secure page"),
                    ("counter", "counter"),
                    ("mail", "letter or mail"),
                    ("phone", "phone"),
                ],
                max_length=10,
                verbose_name="came by",
            ),
        ),
    ]
