"""Settings of a real installation. They refuse to start with anything that is only good for a demo."""

from django.core.exceptions import ImproperlyConfigured

from contactcenter import demo, env
from contactcenter.settings.base import *  # noqa: F403 (settings modules build on base)
from contactcenter.settings.base import INDEX_KEY, MASTER_KEYS, SECRET_KEY

_DEMO_KEYS = {*demo.MASTER_KEYS.values(), demo.INDEX_KEY}

if env.flag("DEBUG"):
    raise ImproperlyConfigured("DEBUG shows internals to everybody; production refuses to start with it.")
if env.flag("DEMO"):
    raise ImproperlyConfigured("DEMO opens known sign-ins; production refuses to start with it.")
if SECRET_KEY == demo.SECRET_KEY or len(SECRET_KEY) < 40:
    raise ImproperlyConfigured("Set SECRET_KEY to at least 40 random characters.")
if _DEMO_KEYS & {INDEX_KEY, *MASTER_KEYS.values()}:
    raise ImproperlyConfigured("Set MASTER_KEYS and INDEX_KEY: the demo's keys are public.")

ALLOWED_HOSTS = env.items("ALLOWED_HOSTS")
if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("Set ALLOWED_HOSTS to the names under which people reach this installation.")

SITE_URL = env.text("SITE_URL").rstrip("/")
env.text("DATABASE_URL")
env.text("REDIS_URL")

# --- Signing in ---------------------------------------------------------------------------------------------------

NEW_ROLES_NEED_SECOND_FACTOR = True

# --- HTTPS --------------------------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 31536000, minimum=0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
if env.flag("BEHIND_PROXY", default=True):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
