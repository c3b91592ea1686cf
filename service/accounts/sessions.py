"""Signing in and out, and who is behind a cookie."""

from __future__ import annotations

from datetime import timedelta

import orjson
from sqlalchemy.exc import IntegrityError

from service import audit
from service.accounts import repository
from service.accounts.repository import Session, User, fold_email
from service.clock import now
from service.db import Database
from service.errors import NotSignedIn
from service.passwords import hash_password, is_outdated, same_password
from service.ratelimit import RateLimiter
from service.security import hash_key, make_token
from service.words import _

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=5)


def sign_in(database: Database, limiter: RateLimiter, *, email: str, password: str, address: str) -> tuple[User, str]:
    """Sign somebody in.

    Returns:
        Who it is, and the token for their cookie.

    Raises:
        TooMany: too many attempts with this account or from this address.
        NotSignedIn: no such account, a wrong password, or access was taken away; it does not say which.
    """
    account = fold_email(email)
    limiter.sign_in(account, address)
    with database.read() as tx:
        user = None if "\0" in account else repository.find_user_by_email(tx, account)
    right = same_password(password, user.password_hash if user else None)
    if user is None or not right or user.disabled_at is not None:
        raise NotSignedIn(_("E-mail address or password is not right. An admin of your chamber can reset it."))
    limiter.signed_in(account)
    token = begin(database, user)
    if is_outdated(user.password_hash):
        with database.write() as tx:
            repository.change_user(tx, user, password_hash=hash_password(password))
    return user, token


def begin(database: Database, user: User) -> str:
    """A new session of somebody whose password was right; the token for their cookie."""
    token, moment = make_token(), now()
    session = Session(hash_key(token), user.id, make_token(), "[]", moment, moment, moment + LONGEST)
    with database.write() as tx:
        repository.add_session(tx, session)
        audit.record(tx, user.caller, "user.sign-in", "user", user.id)
    return token


def find(database: Database, token: str) -> tuple[Session, User] | None:
    """The session and user behind a cookie; None when it is over, or access was taken away."""
    moment = now()
    with database.read() as tx:
        found = repository.find_session(tx, hash_key(token))
    if found is None:
        return None
    session, user = found
    if user.disabled_at is not None or session.expires_at <= moment or session.last_seen_at + IDLE <= moment:
        return None
    if moment - session.last_seen_at > SEEN_EVERY:
        with database.write() as tx:
            repository.change_session(tx, session.id, last_seen_at=moment)
    return session, user


def end(database: Database, session: Session, user: User) -> None:
    """Sign one browser out."""
    with database.write() as tx:
        repository.end_session(tx, session.id)
        audit.record(tx, user.caller, "user.sign-out", "user", user.id)


def add_flash(database: Database, session: Session, kind: str, text: str) -> None:
    """Keep words for the next page of this browser."""
    with database.write() as tx:
        found = repository.find_session(tx, session.id)
        kept = orjson.loads(found[0].flash) if found else []
        repository.change_session(tx, session.id, flash=orjson.dumps([*kept, [kind, text]]).decode())


def take_flashes(database: Database, session: Session) -> list[tuple[str, str]]:
    """The words kept for this page, which are then forgotten."""
    if session.flash == "[]":
        return []
    with database.write() as tx:
        repository.change_session(tx, session.id, flash="[]")
    return [(kind, text) for kind, text in orjson.loads(session.flash)]


def installation_secret(database: Database, name: str) -> str:
    """A random key of this installation, made when it is first asked for."""
    with database.read() as tx:
        value = repository.secret(tx, name)
    if value is not None:
        return value
    try:
        with database.write() as tx:
            repository.add_secret(tx, name, make_token())
    except IntegrityError:
        pass  # another process made it first
    with database.read() as tx:
        value = repository.secret(tx, name)
    assert value is not None
    return value
