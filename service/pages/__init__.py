"""What every page uses: routers, who looks, forms, templates. CONTRIBUTING says how to add a page."""

from service.pages.forms import Form, FormDep
from service.pages.rendering import flash, go, render
from service.pages.routes import page_router
from service.pages.stale import Difference, stale_page
from service.pages.visit import PageAdmin, PageOfficer, PageUser, Visit, VisitDep, local_path

__all__ = [
    "Difference", "Form", "FormDep", "PageAdmin", "PageOfficer", "PageUser", "Visit", "VisitDep", "flash", "go",
    "local_path", "page_router", "render", "stale_page",
]  # fmt: skip
