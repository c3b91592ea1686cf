"""The application for tests: one after the other with routes that are worked out once."""

from service.app import create_app

_routes = []
_overrides = []


def application(settings, encoder):
    """An application of its own, but for the routes, which are the same for all settings.

    At the first request of an application FastAPI makes the models of every route; for a test that is most of its time.
    """
    app = create_app(settings, encoder=encoder)
    if not _routes:
        _routes.extend(app.router.routes)
        _overrides.append(app.dependency_overrides)
    app.router.routes[:] = _routes
    # The routes look for what takes the place of a dependency in the application that they were made for.
    _overrides[0].clear()
    app.dependency_overrides = _overrides[0]
    return app
