"""Settings of the demo and of development: this machine only, keys that are no secret."""

from pathlib import Path

from contactcenter import demo, env

_ROOT = Path(__file__).resolve().parent.parent.parent
env.load_file(_ROOT / ".env")
# The running demo leaves the addresses of its own database and broker here.
env.load_file(_ROOT / "var" / "run" / "services.env")

from contactcenter.settings.base import *  # noqa: E402, F403 (settings modules build on base)
from contactcenter.settings.base import MAIL_PORTS, REST_FRAMEWORK, STORAGES  # noqa: E402, F401

DEBUG = env.flag("DEBUG")
DEMO = env.flag("DEMO")
DEMO_SIGN_INS = demo.SIGN_INS
SECOND_FACTOR_EXCEPTED = DEMO_SIGN_INS if DEMO else ()
DEMO_PASSWORD = demo.PASSWORD
DEMO_API_TOKEN = demo.API_TOKEN
# The demo's mail servers and test providers live on this machine.
HTTP_ALLOW_PRIVATE = ["127.0.0.0/8", "::1/128"]

if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True
    WHITENOISE_AUTOREFRESH = True

# The demo's own mail servers (manage.py demo_mail), on loopback only.
# They move with PORT, so that two demos can run side by side.
_PORT = env.integer("PORT", 8000, minimum=1)
DEMO_IMAP_PORT = env.integer("DEMO_IMAP_PORT", _PORT + 143, minimum=1)
DEMO_SMTP_PORT = env.integer("DEMO_SMTP_PORT", _PORT + 25, minimum=1)
MAIL_PORTS = MAIL_PORTS | {DEMO_IMAP_PORT, DEMO_SMTP_PORT}

# The platforms of the demo's messengers and text messages, played on loopback (manage.py simulate).
SIMULATOR_ALLOWED = True
SIMULATOR_PORT = env.integer("SIMULATOR_PORT", _PORT + 90, minimum=1)
