"""The application: parts joined, routes mounted, errors mapped in one place."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from matcher import CachedEncoder, MatcherError, open_encoder
from service import metrics
from service.accounts.actions import KeyChecker
from service.accounts.pages import router as accounts_pages
from service.briefs.pages import router as briefs_pages
from service.calls.pages import router as calls_pages
from service.consent.confirm_pages import router as confirm_pages
from service.consent.overview_pages import router as mail_reasons_pages
from service.consent.pages import router as consent_pages
from service.contacts.pages import router as contacts_pages
from service.context import Services
from service.db import Database, check_ready
from service.errors import Conflict, DatabaseNotReady, Problem, ServiceError, problem_of
from service.feeds.pages import router as feeds
from service.feeds.pages import staff_router as feed_pages
from service.firms.api import router as firms_router
from service.firms.draft_pages import router as draft_pages
from service.firms.firm_pages import router as firm_pages
from service.firms.merge_pages import router as merge_pages
from service.firms.pages import router as firms_pages
from service.follower import Follower
from service.imports.api import router as imports_router
from service.imports.pages import router as imports_pages
from service.introductions.pages import router as introductions_pages
from service.logs import set_up_logs
from service.mail.pages import router as mail_pages
from service.matches.api import router as matches_router
from service.matches.pages import router as matches_pages
from service.middleware import OnError, RequestContext
from service.opinions.pages import router as opinions_pages
from service.opportunities.pages import router as lists_pages
from service.outsiders.pages import router as outsiders_pages
from service.own_page.door_pages import router as own_door_pages
from service.own_page.feed_pages import router as own_feed_pages
from service.own_page.pages import router as own_pages
from service.own_page.staff_pages import router as own_staff_pages
from service.pages.assets import ADDRESS, static_files
from service.pages.errors import is_page, page_of
from service.pages.routes import router as common_pages
from service.projects.api import router as projects_router
from service.projects.form_pages import router as project_form_pages
from service.projects.need_pages import router as need_pages
from service.projects.pages import router as projects_pages
from service.ratelimit import RateLimiter
from service.replies.pages import router as replies_pages
from service.replies.staff_pages import router as promise_pages
from service.reports.pages import router as reports_pages
from service.settings import Settings
from service.setup.pages import router as setup_pages
from service.today.pages import router as today_pages
from service.triage.pages import router as triage_pages

log = logging.getLogger(__name__)
API = (firms_router, projects_router, matches_router, imports_router)
PAGES = (common_pages, setup_pages, accounts_pages, calls_pages, introductions_pages, opinions_pages, matches_pages,
         today_pages, reports_pages, outsiders_pages, mail_pages, promise_pages, lists_pages, replies_pages,
         consent_pages, mail_reasons_pages, confirm_pages,
         imports_pages, triage_pages,  # triage before firms: /firms/sort is no firm
         briefs_pages, need_pages, project_form_pages, projects_pages,
         feeds, feed_pages, own_feed_pages, own_door_pages, own_pages, own_staff_pages,
         contacts_pages, firms_pages, firm_pages, merge_pages, draft_pages)  # fmt: skip
DESCRIPTION = """
Ranks local firms as **partners** or **suppliers** for projects, and says why with quotes from each firm's profile.

Every request needs an API key: `Authorization: Bearer KEY`. `matcher-service keys create NAME` makes one.
Errors are `application/problem+json`. Writes take `If-Match` with the `ETag` that was read; creates take an
`Idempotency-Key`.
"""


def build_services(settings: Settings, encoder: CachedEncoder | None = None) -> Services:
    """Join the parts of one process.

    Args:
        settings: from the environment.
        encoder: None opens the shipped one.

    Raises:
        ArtifactMissing: the encoder was not exported yet.
    """
    database = Database(settings.url)
    encoder = encoder or open_encoder(settings.encoder, cache=settings.vectors_file)
    return Services(
        settings=settings,
        database=database,
        follower=Follower(database, encoder, settings),
        keys=KeyChecker(database),
        limiter=RateLimiter(
            per_key=settings.rate_limit,
            per_failure=settings.failed_rate_limit,
            per_account=settings.sign_in_rate,
            per_address=settings.sign_in_address_rate,
        ),
    )


def create_app(settings: Settings | None = None, *, encoder: CachedEncoder | None = None) -> FastAPI:
    """The application; the index is opened when it starts."""
    settings = settings or Settings()
    set_up_logs(settings.log_level, settings.log_format)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        services = await run_in_threadpool(build_services, settings, encoder)
        app.state.services = services
        check_ready(services.database)
        # Liveness is answered while the index is being opened; readiness when it is.
        opening = threading.Thread(target=_open_index, args=(services,), name="index-opener", daemon=True)
        opening.start()
        yield
        opening.join(timeout=60)
        await run_in_threadpool(services.follower.stop)
        services.database.close()

    # The documentation's scripts come from a package, not from somebody's network.
    app = FastAPIOffline(
        title="supplier-matcher",
        version=version("supplier-matcher"),
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url="/docs",
        redoc_url=None,
    )
    app.add_middleware(
        RequestContext,
        body_bytes=settings.body_megabytes * 1_000_000,
        # A form has a little around its file.
        upload_bytes=settings.upload_megabytes * 1_000_000 + 100_000,
        on_error=_map_errors(app),
    )
    _add_probes(app)
    for router in (*API, *PAGES):
        app.include_router(router)
    app.mount(ADDRESS, static_files(), name="static")
    return app


def _open_index(services: Services) -> None:
    try:
        services.follower.start()
    except Exception:
        log.exception("the index could not be opened; /readyz says so")


def _map_errors(app: FastAPI) -> OnError:
    """Every error as a problem, or as a page where people look; its cause goes to the log.

    Returns:
        What answers an error of any kind.
    """

    async def answer(request: Request, problem: Problem, error: Exception) -> Response:
        headers = {401: {"WWW-Authenticate": "Bearer"}, 429: {"Retry-After": "10"}, 503: {"Retry-After": "2"}}
        if is_page(request.url.path):
            response = await page_of(request, problem, error)
            response.headers.update(headers.get(problem.status, {}) if problem.status != 401 else {})
            return response
        request_id = getattr(request.state, "request_id", "")
        body = orjson.dumps(problem.to_json(path=request.url.path, request_id=request_id))
        return Response(body, problem.status, headers.get(problem.status), media_type="application/problem+json")

    async def ours(request: Request, error: Exception) -> Response:
        problem = problem_of(error)
        if problem.status >= 500 and not isinstance(error, ServiceError):
            log.error("request failed", exc_info=error)
        return await answer(request, problem, error)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        rows = tuple((".".join(map(str, row["loc"][1:])) or str(row["loc"][0]), row["msg"]) for row in error.errors())
        detail = "; ".join(f"{name}: {message}" for name, message in rows[:5])
        return await answer(request, Problem(422, detail, rows), error)

    async def of_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return await answer(request, Problem(error.status_code, str(error.detail)), error)

    async def of_database(request: Request, error: Exception) -> Response:
        if isinstance(error, IntegrityError):
            clash = Conflict("another request wrote the same record just now: read it again")
            return await answer(request, problem_of(clash), clash)
        log.error("database error", exc_info=error)
        busy = isinstance(error, OperationalError)
        shown = DatabaseNotReady("the database did not answer: try again") if busy else error
        return await answer(request, problem_of(shown), shown)

    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(SQLAlchemyError, of_database)
    for kind in (ServiceError, MatcherError, ValueError):
        app.add_exception_handler(kind, ours)
    return ours


def _add_probes(app: FastAPI) -> None:
    @app.get("/healthz", tags=["probes"], summary="Is the process alive?")
    def healthz() -> dict[str, str]:
        """Answers whenever the process runs."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["probes"], summary="Can it answer queries?")
    def readyz(request: Request) -> Response:
        """200 when database and index can be used, else 503 with the reason."""
        services: Services = request.app.state.services
        check_ready(services.database)
        view = services.follower.matcher.view
        body = {"status": "ready", "change": view.change, "snapshot": view.snapshot.id, "waiting": view.n_waiting}
        return Response(orjson.dumps(body), media_type="application/json")

    @app.get("/metrics", tags=["probes"], summary="Counts for Prometheus")
    def read_metrics(request: Request) -> Response:
        """Requests, times and the index's size; no data of firms."""
        follower = request.app.state.services.follower
        if follower.is_ready:
            view = follower.matcher.view
            metrics.FIRMS.set(view.n_firms)
            metrics.WAITING.set(view.n_waiting)
            metrics.CHANGE.set(view.change)
        body, media_type = metrics.exposition()
        return Response(body, media_type=media_type)
