"""Looks whether the servers that DATABASE_URL and REDIS_URL name answer, and says in one sentence why not."""

import psycopg
from django.core.exceptions import ImproperlyConfigured
from redis import Redis
from redis.exceptions import AuthenticationError, RedisError

from contactcenter import env
from contactcenter.trouble import Trouble

OLDEST_POSTGRES = 15


def check_database(name: str) -> None:
    """Signs in to the database at the URL in the environment variable `name`."""
    try:
        settings = env.database(name)
    except ImproperlyConfigured as error:
        raise Trouble(str(error)) from None
    where = f"{settings['HOST'] or 'localhost'}:{settings['PORT'] or 5432}"
    try:
        with psycopg.connect(
            host=settings["HOST"],
            port=settings["PORT"] or None,
            user=settings["USER"] or None,
            password=settings["PASSWORD"] or None,
            dbname=settings["NAME"],
            connect_timeout=5,
            **settings["OPTIONS"],
        ) as connection:
            have = connection.info.server_version // 10000
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        said = str(error).strip().splitlines()
        raise Trouble(f"{name}: no sign-in to database {settings['NAME']!r} at {where}: {said[-1]}") from None
    if have < OLDEST_POSTGRES:
        raise Trouble(f"{name}: {where} is PostgreSQL {have}; at least {OLDEST_POSTGRES} is needed.")


def check_broker(name: str) -> None:
    try:
        url = env.redis(name)
        client = Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5)
    except (ImproperlyConfigured, ValueError) as error:
        raise Trouble(f"{name}: {error}") from None
    try:
        client.ping()
    except AuthenticationError:
        raise Trouble(f"{name}: the server asks for another password.") from None
    except RedisError as error:
        raise Trouble(f"{name}: no Redis or Valkey answers there: {error}") from None
    finally:
        client.close()
