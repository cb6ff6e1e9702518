"""Settings shared by every environment. What differs between installations is read through `contactcenter.env`."""

import os
from pathlib import Path
from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from contactcenter import csp, demo, env, logs

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = BASE_DIR / "var"

# --- Mode ---------------------------------------------------------------------------------------------------------

DEBUG = False
# The demo has known sign-ins and its own mail servers. Only dev and test settings read it from the environment.
DEMO = False
DEMO_SIGN_INS: tuple[str, ...] = ()
DEMO_PASSWORD = ""
DEMO_API_TOKEN = ""

# --- Secrets ------------------------------------------------------------------------------------------------------

SECRET_KEY = env.text("SECRET_KEY", demo.SECRET_KEY)
# Master keys by id (32 bytes each); the first wraps new data keys, the others still open old ones.
MASTER_KEYS: dict[str, bytes] = env.keys("MASTER_KEYS", demo.MASTER_KEYS)
# How long a process goes on with the data key that it knows, before it looks whether a rotation made a new one.
DATA_KEY_SECONDS = env.integer("DATA_KEY_SECONDS", 60, minimum=1)
# Blind indexes, search terms, public ids and signatures derive from this one; changing it means a full re-index.
INDEX_KEY: bytes = env.key("INDEX_KEY", demo.INDEX_KEY)

# Where this installation is at home: own, mainland, eu, us, japan, other (apps.channels.enums.Region).
HOME_REGION = env.text("HOME_REGION", "mainland")

# --- Addresses ----------------------------------------------------------------------------------------------------

ALLOWED_HOSTS: list[str] = env.items("ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]"))
CSRF_TRUSTED_ORIGINS: list[str] = env.items("CSRF_TRUSTED_ORIGINS")
# Where people reach the installation; links in mails begin with it.
SITE_URL = env.text("SITE_URL", f"http://127.0.0.1:{env.integer('PORT', 8000, minimum=1)}").rstrip("/")
ROOT_URLCONF = "contactcenter.urls"
ASGI_APPLICATION = "contactcenter.asgi.application"

# --- Applications -------------------------------------------------------------------------------------------------

PROJECT_APPS = [
    "apps.core",
    "apps.accounts",
    "apps.privacy",
    "apps.customers",
    "apps.channels",
    "apps.knowledge",
    "apps.tickets",
    "apps.sla",
    "apps.routing",
    "apps.qa",
    "apps.livechat",
    "apps.automation",
    "apps.counter",
    "apps.metrics",
    "apps.outsourcing",
    "apps.alerts",
    "apps.compliance",
    "apps.workbench",
    "apps.simulator",
    "apps.demo",
]

INSTALLED_APPS = [
    # Unfold replaces templates of the admin, so it comes first.
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "contactcenter.admin.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "guardian",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "channels",
    "django_htmx",
    "template_partials",
    "lucide",
    "csp",
    "django_structlog",
    *PROJECT_APPS,
]

MIDDLEWARE = [
    "contactcenter.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "contactcenter.staticfiles.StaticFilesMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "apps.core.middleware.RequestIdMiddleware",
    "contactcenter.csp.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.accounts.middleware.AdmissionMiddleware",
    "apps.accounts.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.accounts.look_middleware.LookMiddleware",
    "apps.core.middleware.NoStoreMiddleware",
    "apps.core.middleware.AppErrorMiddleware",
    "apps.core.middleware.AddressMiddleware",
]

# Calls of platforms have no session, no language, no form and no page (`contactcenter.asgi`).
HOOK_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "apps.core.middleware.CallMiddleware",
    "django.middleware.common.CommonMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    },
]

# --- Database -----------------------------------------------------------------------------------------------------

# Two roles: the application may neither change tables nor rewrite the audit trail; the owner runs migrations.
DATABASE_ROLE = env.text("DATABASE_ROLE", "app")
APP_DB_ROLE = env.text("APP_DB_ROLE", "cc_app")
_APP_URL = env.text("DATABASE_URL", "postgres://cc_app@127.0.0.1:5432/contactcenter")
_database = (
    env.database("DATABASE_OWNER_URL", _APP_URL) if DATABASE_ROLE == "owner" else env.database("DATABASE_URL", _APP_URL)
)
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **_database,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": env.flag("DATABASE_BEHIND_PGBOUNCER"),
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {"connect_timeout": 5, "application_name": "contactcenter", **_database["OPTIONS"]},
    }
}
_POOL_SIZE = env.integer("DATABASE_POOL_SIZE", 10, minimum=0)
# Pages that a web process answers at the same time; each takes a connection.
WEB_THREADS = env.integer("WEB_THREADS", 8, minimum=1)
if _POOL_SIZE and DATABASE_ROLE != "owner":
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": _POOL_SIZE, "timeout": 10}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Broker, cache, live hints ------------------------------------------------------------------------------------

# One server for all three. It may be lost at any moment: PostgreSQL holds the truth.
REDIS_URL = env.redis("REDIS_URL", "redis://127.0.0.1:6379/0")
# Several installations may share a server when their prefixes differ.
REDIS_PREFIX = env.text("REDIS_PREFIX", "cc")

CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "contactcenter.caches.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": REDIS_PREFIX,
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
}
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": f"{REDIS_PREFIX}-live"},
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 60,
    "socket_timeout": 10,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "global_keyprefix": f"{REDIS_PREFIX}-",
}
CELERY_BROKER_POOL_LIMIT = 10
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_STORE_ERRORS_EVEN_IF_IGNORED = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "events"
CELERY_TASK_ACKS_LATE = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"  # keeps nothing on disk: the table is static

# --- People -------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "apps.accounts.backends.StaffBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None  # guardian: nobody has grants without signing in
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# How long a link opens by which somebody chooses their password.
PASSWORD_RESET_TIMEOUT = 2 * 24 * 3600
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# Names that sign in with their password alone, whatever their role asks for. Only dev and test settings name any.
SECOND_FACTOR_EXCEPTED: tuple[str, ...] = ()
# Whether the roles that an installation begins with ask everybody for one.
NEW_ROLES_NEED_SECOND_FACTOR = False
LOGIN_URL = reverse_lazy("accounts:sign-in")
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = LOGIN_URL

# --- Sessions, cookies, headers -----------------------------------------------------------------------------------

# What a role says of itself goes before these two (`apps.accounts.services.sessions`).
SESSION_IDLE_MINUTES = env.integer("SESSION_IDLE_MINUTES", 30, minimum=5)
SESSION_HOURS = env.integer("SESSION_HOURS", 12, minimum=1)
# Asked for again before dangerous actions when the last proof is older.
PROOF_MINUTES = env.integer("PROOF_MINUTES", 30, minimum=1)
# Seeing the desk as somebody else does ends by itself after so long.
LOOK_MINUTES = env.integer("LOOK_MINUTES", 30, minimum=1)
# Files with more rows than this are fetched only when a second person has agreed.
EXPORT_ROWS_ALONE = env.integer("EXPORT_ROWS_ALONE", 1000, minimum=0)
# How exactly we know when somebody was last there. Their time-out is as much longer at most.
SESSION_SEEN_SECONDS = 60
SESSION_ENGINE = "apps.accounts.sessions"
# The longest that a role may ask for: the row says when a session ends, the cookie only has to outlive it.
SESSION_COOKIE_AGE = 24 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {"DIRECTIVES": csp.STRICT}

# --- Languages and time -------------------------------------------------------------------------------------------

LANGUAGE_CODE = env.text("LANGUAGE_CODE", "zh-hans")
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["contactcenter.formats"]
TIME_ZONE = env.text("TIME_ZONE", "Asia/Shanghai")
USE_TZ = True
USE_I18N = True

# --- Files --------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.text("MEDIA_ROOT", str(VAR_DIR / "media")))
# Pictures and films are kept without what was written beside them (places, devices, names); 1 keeps all of it.
KEEP_FILE_METADATA = env.flag("KEEP_FILE_METADATA")
# A clamd that looks at files for viruses: tcp://host:3310 or unix:///run/clamav/clamd.ctl; empty asks nobody.
VIRUS_SCANNER = env.text("VIRUS_SCANNER", "")
# Whether a file is held until it was looked at, also while the scanner is away.
VIRUS_SCAN_REQUIRED = env.flag("VIRUS_SCAN_REQUIRED", True)
# A folder that whoever rules the database cannot write to afterwards; see docs/development/audit.md.
AUDIT_ANCHOR_DIR = Path(env.text("AUDIT_ANCHOR_DIR", "")) if env.text("AUDIT_ANCHOR_DIR", "") else None
# A folder elsewhere, not part of any backup that may be restored; see docs/admin/data-protection.md.
ERASURE_LIST_DIR = Path(env.text("ERASURE_LIST_DIR", "")) if env.text("ERASURE_LIST_DIR", "") else None
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "contactcenter.staticfiles.ModuleManifestStorage"},
}
WHITENOISE_MAX_AGE = 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640

# --- Mail of the system itself (each mail channel has its own servers) --------------------------------------------

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env.text("EMAIL_HOST", "127.0.0.1")
EMAIL_PORT = env.integer("EMAIL_PORT", 25, minimum=1)
EMAIL_HOST_USER = env.text("EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_STARTTLS")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "contact-center@localhost")

# --- Mail channels ------------------------------------------------------------------------------------------------

# A channel's servers may only be asked on ports that mail servers use, so that nobody probes the network with them.
MAIL_PORTS = frozenset({25, 143, 465, 587, 993, 2525, *map(int, env.items("MAIL_EXTRA_PORTS"))})
# The demo's own mail servers listen on loopback only; its settings say where.
DEMO_IMAP_PORT = 8143
DEMO_SMTP_PORT = 8025
DEMO_MAIL_DIR = VAR_DIR / "mail"
DEMO_MAIL_ADDRESS = "support@lindenhaus.example"
DEMO_MAIL_PASSWORD = "demo-mail"  # noqa: S105 (guards nothing: the servers listen on loopback in the demo only)

# --- Simulator ----------------------------------------------------------------------------------------------------

# Whether this installation may play the platforms of its channels against itself (manage.py simulate).
SIMULATOR_ALLOWED = False
SIMULATOR_PORT = 8090

# --- Requests to other servers ------------------------------------------------------------------------------------

# Hosts or networks inside private ranges that the guarded HTTP client may still reach; empty in production.
HTTP_ALLOW_PRIVATE: list[str] = []
# The same for sign-in providers alone, which often stand inside.
SSO_ALLOW_PRIVATE: list[str] = env.items("SSO_ALLOW_PRIVATE")

# --- Logs ---------------------------------------------------------------------------------------------------------

LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logs.logging_settings(level=env.text("LOG_LEVEL", "INFO"), form=env.text("LOG_FORMAT", "json"))
logs.configure()
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_CELERY_ENABLED = False

# --- Channels -----------------------------------------------------------------------------------------------------

# A process that platforms call reads a channel again after so long: what was withdrawn counts until then.
CHANNELS_KEPT_SECONDS = 1.0

# --- Tickets ------------------------------------------------------------------------------------------------------

# How long an answer waits before it leaves, so that its writer can take it back.
TICKETS_UNDO_SECONDS = 10
TICKETS_MAX_FILES = 20
TICKETS_MAX_FILE_BYTES = 25 * 1024 * 1024
TICKETS_MAX_RECIPIENTS = 50
# A resolved ticket that stays silent this long is closed.
TICKETS_CLOSE_AFTER_DAYS = 14
# What a vendor gave to the house its people still read for so many days, without what the house says among itself.
TICKETS_HANDED_OVER_DAYS = 3
# An upload that was never sent is thrown away after this many days.
TICKETS_DRAFT_FILE_DAYS = 30
# Queues, categories, tags and channels are kept this long in each process.
TICKETS_VOCABULARY_SECONDS = 5.0

# --- Outgoing webhooks --------------------------------------------------------------------------------------------

# Calls to receivers at the same time, in each process that sends. 0 sends one after the other, in the sweep itself.
WEBHOOK_THREADS = 16

# --- API ----------------------------------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.api.parsers.StrictJsonParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.accounts.api.authentication.TokenAuthentication",
        "apps.accounts.api.authentication.ReadOnlySession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_FILTER_BACKENDS": ["apps.core.api.filters.FilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "apps.core.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "apps.core.api.problems.answer_exception",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": _("Contact center API"),
    "DESCRIPTION": _(
        "Tickets, messages, customers and events of the contact center. Errors are problem documents (RFC 9457) with"
        " stable codes; lists are paged by cursor; every POST takes an Idempotency-Key; records that can be edited"
        " carry an ETag."
    ),
    "VERSION": "1.0.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_NO_READ_ONLY_REQUIRED": False,
    "ENUM_NAME_OVERRIDES": {
        "TicketStatus": "apps.tickets.enums.Status",
        "TicketType": "apps.tickets.enums.TicketType",
        "MessageKind": "apps.tickets.enums.MessageKind",
        "DeliveryState": "apps.channels.enums.DeliveryState",
        "InboundState": "apps.channels.enums.InboundState",
        "WebhookDeliveryState": "apps.automation.enums.DeliveryState",
        "CustomerLevel": "apps.customers.enums.CustomerLevel",
        "Presence": "apps.routing.enums.Presence",
        "PromiseTarget": "apps.sla.enums.Target",
        "AlertMeasure": "apps.alerts.enums.Measure",
        "FieldClass": "apps.privacy.enums.FieldClass",
        "RevealState": "apps.privacy.enums.RevealState",
        "StatementState": "apps.outsourcing.enums.StatementState",
        "DutyRule": "apps.outsourcing.enums.DutyRule",
    },
}
# How often one credential may ask; a busy integration is given more here, for all tokens alike.
API_RATE_PER_MINUTE = env.integer("API_RATE_PER_MINUTE", 3000, minimum=1)
API_UPLOADS_PER_MINUTE = 120
API_LOOKUPS_PER_MINUTE = 60

# --- Admin --------------------------------------------------------------------------------------------------------

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Contact center"),
    "SITE_HEADER": _("Contact center"),
    "SITE_URL": "/desk/",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    # The desk's accent: the ramp "iris" of static/css/tokens.css.
    "COLORS": {
        "primary": {
            "50": "oklch(96.6% 0.017 272)",
            "100": "oklch(93.6% 0.032 272)",
            "200": "oklch(88.5% 0.058 272)",
            "300": "oklch(79% 0.1 272)",
            "400": "oklch(68% 0.14 272)",
            "500": "oklch(56% 0.168 272)",
            "600": "oklch(50% 0.172 272)",
            "700": "oklch(44% 0.155 272)",
            "800": "oklch(34.5% 0.1 272)",
            "900": "oklch(28.5% 0.06 272)",
            "950": "oklch(25% 0.04 272)",
        },
    },
    "STYLES": [lambda request: static("css/admin/fields.css")],
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "contactcenter.navigation.sidebar",
    },
}

# --- Tests and checks ---------------------------------------------------------------------------------------------

# guardian asks for its own anonymous user; there is none on purpose (see ANONYMOUS_USER_NAME).
SILENCED_SYSTEM_CHECKS: list[str] = []
os.environ.setdefault("PGAPPNAME", "contactcenter")
