from django.urls import path

from apps.accounts.views import looking, single_sign_on
from apps.accounts.views.entry import EntryView
from apps.accounts.views.keys import KeySetUpView, key_challenge, key_options, remove, rename
from apps.accounts.views.language import switch_language
from apps.accounts.views.proving import ProveAgainView
from apps.accounts.views.second_factor import ProofView, SetUpView, renew_codes, take_away
from apps.accounts.views.security import SecurityView, end, end_others, time_left
from apps.accounts.views.session import SignInView, sign_out

app_name = "accounts"

urlpatterns = [
    path("sign-in/", SignInView.as_view(), name="sign-in"),
    path("sign-in/second-factor/", ProofView.as_view(), name="second-factor"),
    path("entry/<slug:uid>/<slug:token>/", EntryView.as_view(), name="entry"),
    path("sign-in/with/<slug:key>/", single_sign_on.begin, name="sso"),
    path("sign-in/with/<slug:key>/answer/", single_sign_on.callback, name="sso-callback"),
    path("sign-in/with/<slug:key>/end/", single_sign_on.end_sessions, name="sso-end"),
    path("sign-in/with/<slug:key>/leaving/", single_sign_on.leave, name="sso-leaving"),
    path("security/proof/with/<slug:key>/", single_sign_on.begin_proof, name="sso-proof"),
    path("security/providers/<slug:key>/", single_sign_on.begin_connecting, name="sso-connect"),
    path("security/providers/<slug:key>/removal/", single_sign_on.disconnect, name="sso-removal"),
    path("sign-out/", sign_out, name="sign-out"),
    path("security/", SecurityView.as_view(), name="security"),
    path("security/app/", SetUpView.as_view(), name="second-factor-new"),
    path("security/app/removal/", take_away, name="second-factor-removal"),
    path("security/keys/", KeySetUpView.as_view(), name="key-new"),
    path("security/keys/options/", key_options, name="key-options"),
    path("security/keys/challenge/", key_challenge, name="key-challenge"),
    path("security/keys/<int:key_id>/", rename, name="key"),
    path("security/keys/<int:key_id>/removal/", remove, name="key-removal"),
    path("security/recovery-codes/", renew_codes, name="recovery-codes"),
    path("security/sessions/others/", end_others, name="other-sessions"),
    path("security/sessions/<slug:session_id>/", end, name="session"),
    path("security/proof/", ProveAgainView.as_view(), name="proof"),
    path("look/end/", looking.end, name="look-end"),
    path("security/looks/read/", looking.read, name="looks-read"),
    path("time-left/", time_left, name="time-left"),
    path("language/", switch_language, name="language"),
]
