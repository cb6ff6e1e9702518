from apps.automation.models.attempt import WebhookAttempt
from apps.automation.models.delivery import WebhookDelivery
from apps.automation.models.endpoint import WebhookEndpoint
from apps.automation.models.replay import WebhookReplay

__all__ = ["WebhookAttempt", "WebhookDelivery", "WebhookEndpoint", "WebhookReplay"]
