"""Which reviews keep routing and service levels away, one of a kind beside one that does not. Before deploy."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tickets", "0018_who_reviews_decisions")]

    operations = [
        migrations.AddField(
            model_name="decisionreview",
            name="holds",
            field=models.BooleanField(default=True, editable=False, verbose_name="stops routing and service levels"),
        ),
        migrations.RemoveConstraint(model_name="decisionreview", name="one_open_review_of_a_kind"),
        migrations.AddConstraint(
            model_name="decisionreview",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")),
                fields=("ticket", "kind", "holds"),
                name="one_open_review_of_a_kind",
            ),
        ),
    ]
