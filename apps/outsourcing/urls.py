from django.urls import path

from apps.outsourcing.views import clearing, people

app_name = "outsourcing"

PERSON = "desk/our-agents/<str:username>/"

urlpatterns = [
    path("desk/our-agents/", people.people, name="people"),
    path("desk/our-agents/new/", people.person_new, name="person-new"),
    path(f"{PERSON}profile/", people.person, name="person"),
    path(f"{PERSON}suspension/", people.suspension, name="person-suspension"),
    path(f"{PERSON}reinstatement/", people.reinstatement, name="person-reinstatement"),
    path(f"{PERSON}link/", people.link, name="person-link"),
    path(f"{PERSON}second-factor/", people.factor_reset, name="person-second-factor"),
    path(f"{PERSON}steps/<int:pk>/", clearing.step, name="person-step"),
    path(f"{PERSON}certificates/<slug:skill>/", clearing.certificate, name="person-certificate"),
    path(f"{PERSON}sign-out/", people.sign_out, name="person-sign-out"),
]
