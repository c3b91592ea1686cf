"""An edit of something that somebody else has changed meanwhile: both are shown, nothing is overwritten silently."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import HTMLResponse

from service.pages.forms import Form
from service.pages.rendering import render


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: what was typed, and what is stored now."""

    label: str
    typed: str
    stored: str


def stale_page(
    request: Request, form: Form, *, differences: list[Difference], version: int, action: str, back: str
) -> HTMLResponse:
    """The page of a stale edit (412).

    Args:
        request: the one that is answered.
        form: what was typed; "save mine" sends it again.
        differences: the fields that the form has; those that are the same are not shown.
        version: what is stored now, which "save mine" replaces.
        action: address that the form is sent to.
        back: address that shows what is stored.
    """
    shown = [one for one in differences if one.typed.strip() != one.stored.strip()]
    kept = {name: values for name, values in form.all().items() if name != "version"}
    return render(
        request, "errors/stale.html", 412, differences=shown, kept=kept, version=version, action=action, back=back
    )
