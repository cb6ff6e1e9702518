from django.urls import path

from apps.accounts.views.language import switch_language
from apps.accounts.views.session import SignInView, sign_out

app_name = "accounts"

urlpatterns = [
    path("sign-in/", SignInView.as_view(), name="sign-in"),
    path("sign-out/", sign_out, name="sign-out"),
    path("language/", switch_language, name="language"),
]
