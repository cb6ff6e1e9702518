"""Settings of the test run: fast password hashes, mail kept in memory, plain static files."""

from contactcenter import demo
from contactcenter.settings.base import *  # noqa: F403 (settings modules build on base)
from contactcenter.settings.base import DATABASES, STORAGES

SECRET_KEY = "test-only"  # noqa: S105 (opens nothing outside the tests)
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
HTTP_ALLOW_PRIVATE = ["127.0.0.0/8", "::1/128"]
LANGUAGE_CODE = "en"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
# A pool would hold connections open while the test database is dropped.
DATABASES["default"]["OPTIONS"].pop("pool", None)

# The demo's seed is tested too.
DEMO_SIGN_INS = demo.SIGN_INS
DEMO_PASSWORD = demo.PASSWORD
DEMO_API_TOKEN = demo.API_TOKEN

# What a test configures counts at once.
TICKETS_VOCABULARY_SECONDS = 0.0
