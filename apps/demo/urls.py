from django.urls import path

from apps.demo.views.customer import customer, mailbox
from apps.demo.views.shop import shop
from apps.demo.views.start import start

app_name = "demo"

urlpatterns = [
    path("", start, name="start"),
    path("demo/shop/", shop, name="shop"),
    path("demo/customer/", customer, name="customer"),
    path("demo/customer/mailbox/", mailbox, name="mailbox"),
]
