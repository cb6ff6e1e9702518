"""Settings of the test run: fast password hashes, mail kept in memory, plain static files.

Without DATABASE_URL the run has servers of its own: their addresses are settled here, because settings are read
first, and `tests/conftest.py` starts them.
"""

import os

from contactcenter.embedded import throwaway

throwaway.settle_addresses(os.environ)
# Workers of one run share a broker; each keeps to its own names in it, whatever it inherits from the run's first process.
os.environ["REDIS_PREFIX"] = f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"

from contactcenter import demo  # noqa: E402
from contactcenter.settings.base import *  # noqa: E402, F403 (settings modules build on base)
from contactcenter.settings.base import DATABASES, STORAGES  # noqa: E402

SECRET_KEY = "test-only"  # noqa: S105 (opens nothing outside the tests)
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
HTTP_ALLOW_PRIVATE = ["127.0.0.0/8", "::1/128"]
SIMULATOR_ALLOWED = True
LANGUAGE_CODE = "en"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
# A pool would hold connections open while the test database is dropped.
DATABASES["default"]["OPTIONS"].pop("pool", None)
# A migrated database that `make test` prepared for its workers to copy.
DATABASES["default"]["TEST"] = {"TEMPLATE": os.environ.get("DATABASE_TEMPLATE")}

# The demo's seed is tested too.
DEMO_SIGN_INS = demo.SIGN_INS
DEMO_PASSWORD = demo.PASSWORD
DEMO_API_TOKEN = demo.API_TOKEN

# Webhooks are sent within the test.
WEBHOOK_THREADS = 0

# What a test configures counts at once.
TICKETS_VOCABULARY_SECONDS = 0.0
CHANNELS_KEPT_SECONDS = 0.0

# On a slow machine a minute passes within a test, and its queries would be one more.
SESSION_SEEN_SECONDS = 24 * 60 * 60
