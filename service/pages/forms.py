"""What was sent by a form: values as typed, files, and messages beside the fields at fault."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from matcher import RowError
from service.errors import Conflict, Invalid
from service.pages.protect import form_of
from service.words import _


class Form:
    """One form: a route reads its values, notes what is wrong, and shows it again as it was typed."""

    def __init__(self, data: FormData | None = None, /, **values: object) -> None:
        """Read what was sent, or show a form with these values."""
        self._values: dict[str, list[str]] = {}
        self._files: dict[str, list[UploadFile]] = {}
        for name, value in (data or FormData()).multi_items():
            if isinstance(value, str):
                self._values.setdefault(name, []).append(value.replace("\0", "").replace("\r\n", "\n"))
            elif value.filename:
                self._files.setdefault(name, []).append(value)
        for name, given in values.items():
            self._values[name] = [str(one) for one in given] if isinstance(given, list | tuple) else [_as_text(given)]
        self.errors: dict[str, str] = {}
        self._labels: dict[str, str] = {}

    def value(self, name: str) -> str:
        """What stands in a field, as it was typed; empty when there is none."""
        return self._values.get(name, [""])[0]

    def values(self, name: str) -> list[str]:
        """All values of one name, as of ticked boxes."""
        return list(self._values.get(name, []))

    def all(self) -> dict[str, list[str]]:
        """Everything that was typed but the token, to be kept in a form of its own."""
        return {name: list(values) for name, values in self._values.items() if name != "csrf"}

    def has(self, name: str, value: str = "") -> bool:
        """Whether a box is ticked, or one of its values is."""
        return value in self._values.get(name, []) if value else bool(self.value(name))

    def text(self, name: str, *, required: str = "", most: int = 200) -> str:
        """A text without blanks around it.

        Args:
            name: of the field.
            required: what to say when it is empty; without it, it may be.
            most: characters.
        """
        given = self.value(name).strip()
        if required and not given:
            self.wrong(name, required)
        elif len(given) > most:
            self.wrong(
                name, _("This has %(n)s characters: expected at most %(most)s.", n=len(given), most=most)
            )  # fmt: skip
        return given

    def choice(self, name: str, choices: Iterator[str] | list[str] | tuple[str, ...] | dict[str, str]) -> str:
        """One of some values."""
        given = self.value(name)
        if given not in list(choices):
            self.wrong(name, _("Choose one of these."))
        return given

    def number(self, name: str, *, least: int = 0, most: int = 10**9) -> int | None:
        """A whole number, written with any separators; None when the field is empty."""
        given = re.sub(r"[\s,\u00a0\u202f]", "", self.value(name))
        if not given:
            return None
        if not re.fullmatch(r"-?\d{1,12}", given) or not least <= int(given) <= most:
            message = _("Write a whole number from %(least)s to %(most)s.", least=least, most=most)
            self.wrong(name, message)
            return None
        return int(given)

    def version(self) -> int | None:
        """The version that the page showed, from its hidden field; None when it has none."""
        given = self.value("version")
        return int(given) if re.fullmatch(r"\d{1,9}", given) else None

    def file(self, name: str) -> tuple[str, bytes] | None:
        """Name and bytes of a file; None when none was chosen."""
        files = self.files(name)
        return files[0] if files else None

    def files(self, name: str) -> list[tuple[str, bytes]]:
        """Names and bytes of all files of a field."""
        return [(upload.filename or "", upload.file.read()) for upload in self._files.get(name, [])]

    def wrong(self, name: str, message: str) -> None:
        """Note what is wrong with a field; the first message stays."""
        self.errors.setdefault(name, message)

    @contextmanager
    def catching(self, **fields: str) -> Iterator[None]:
        """Put errors of an action beside their fields; what is of no field is of the whole form.

        Args:
            fields: names of fields by the names that the action uses, where they differ.
        """
        try:
            yield
        except Invalid as error:
            self.wrong(fields.get(error.where, error.where), str(error))
        except RowError as error:
            self.wrong(fields.get(error.field, error.field), error.reason)
        except Conflict as error:
            self.wrong("", str(error))

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.errors


async def sent_form(request: Request) -> Form:
    """The form of this request."""
    data = await form_of(request)
    return await run_in_threadpool(Form, data)


FormDep = Annotated[Form, Depends(sent_form)]


def _as_text(value: object) -> str:
    return "" if value is None else str(value)
