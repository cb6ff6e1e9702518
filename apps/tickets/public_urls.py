"""What customers open from a message of ours.

The secret of a link stands in its query, which is written into no log; a path would be.
"""

from django.urls import path

from apps.tickets.views import confirmation, conversation

app_name = "conversation"

urlpatterns = [
    path("", conversation.conversation, name="page"),
    path("confirm/", confirmation.confirmation, name="confirmation"),
]
