"""`matcher-service`: run the service and look after it. Exit 0 done, 1 failed, 2 wrong usage."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from sqlalchemy.exc import SQLAlchemyError

from matcher import MatcherError, open_encoder
from service.accounts import actions as accounts
from service.accounts import staff
from service.db import Database, check_ready, migrate
from service.errors import ServiceError
from service.lists_cli import lists
from service.logs import set_up_logs
from service.security import COMMAND_LINE, Role, Scope
from service.settings import Settings

# Plain tracebacks: the pretty ones show local variables, and with them records and keys.
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Run the matching service and look after it.",
)
keys = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys.")
app.add_typer(keys, name="keys")
users = typer.Typer(no_args_is_help=True, help="Add, list, reset and disable staff.")
app.add_typer(users, name="users")
app.add_typer(lists, name="lists")
mail = typer.Typer(no_args_is_help=True, help="Letters that go out and come back.")
app.add_typer(mail, name="mail")
opinions = typer.Typer(no_args_is_help=True, help="Staff's opinions on matches.")
app.add_typer(opinions, name="opinions")
consent = typer.Typer(no_args_is_help=True, help="Whom letters may go to, and the proof of it.")
app.add_typer(consent, name="consent")
out, err = Console(soft_wrap=True), Console(stderr=True)
FileArgument = Annotated[Path, typer.Argument(help="File of the backup.")]


def main() -> None:
    """Run the command line; errors that we foresaw become one line and exit code 1."""
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    try:
        app()
    except ValidationError as error:
        for row in error.errors():
            _fail(f"setting {'.'.join(map(str, row['loc']))}: {row['msg']}")
        raise SystemExit(2) from None
    except (ServiceError, MatcherError, ValueError, OSError) as error:
        _fail(str(error))
        raise SystemExit(1) from None
    except SQLAlchemyError as error:
        _fail(f"the database could not be used: {getattr(error, 'orig', error)}")
        raise SystemExit(1) from None


def _fail(message: str) -> None:
    err.print(f"[red]error:[/red] {message}", highlight=False, soft_wrap=True)


def _database(settings: Settings) -> Database:
    database = Database(settings.url)
    check_ready(database)
    return database


@app.command("migrate")
def migrate_tables() -> None:
    """Bring the database's tables to this version."""
    out.print(f"tables at revision {migrate(Database(Settings().url))}", highlight=False)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 8000,
    processes: Annotated[int, typer.Option(help="Serving processes.", min=1, max=64)] = 1,
) -> None:
    """Serve HTTP; run `matcher-service worker` beside it."""
    import uvicorn

    from service.pages.assets import manifest
    from service.setup.code import invite

    settings = Settings()
    manifest()
    database = _database(settings)
    if link := invite(database, settings, f"http://{host}:{port}"):
        err.print(f"set up in the browser: {link}", highlight=False, markup=False, soft_wrap=True)
    database.close()
    if processes > 1:
        folder = settings.var / "metrics"
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.db"):
            old.unlink()
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    uvicorn.run(
        "service.app:create_app", factory=True, host=host, port=port, workers=processes, log_config=None,
        access_log=False, server_header=False, timeout_graceful_shutdown=20,
    )  # fmt: skip


@app.command()
def worker() -> None:
    """Do imports, vectors and snapshots until stopped."""
    from service.worker import Worker

    settings = Settings()
    set_up_logs(settings.log_level, settings.log_format)
    database = _database(settings)
    encoder = open_encoder(settings.encoder, cache=settings.vectors_file)
    Worker(database, encoder, settings).run()


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the data to load; the shipped one when left out.")
    ] = None,
    stay: Annotated[bool, typer.Option(help="Go on serving; otherwise end after the printed match.")] = True,
) -> None:
    """Load the shipped data, start service and worker, print a key and a first match."""
    from service.demo import run_demo

    run_demo(Settings(), port=port, data=data, stay=stay)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or JSON Lines of firms; JSON Lines or a brief of projects.")],
    kind: Annotated[str, typer.Option(help="What the file holds: firms or projects.")] = "firms",
    check: Annotated[bool, typer.Option(help="Report, and store nothing.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait for the worker, showing how far it is.")] = True,
) -> None:
    """Put a file in line for the worker, as POST /v1/imports does."""
    from service.operations import send_import

    send_import(_database(Settings()), file, kind=kind, check=check, wait=wait)


@app.command("backup")
def backup_file(
    file: FileArgument,
    overwrite: Annotated[bool, typer.Option(help="Replace a file of this name.")] = False,
) -> None:
    """Write everything into one verified file, while the service runs. Keep it as safe as the database."""
    from service.backup import write_backup

    facts = write_backup(_database(Settings()), file, overwrite=overwrite)
    rows = ", ".join(f"{table.n_rows} {table.name}" for table in facts.tables if table.n_rows)
    out.print(f"wrote and verified {file}: {rows}", highlight=False, markup=False)


@app.command("restore")
def restore_file(
    file: FileArgument,
    replace: Annotated[bool, typer.Option(help="Put it in the place of what the database holds.")] = False,
) -> None:
    """Fill the database from a backup, as a whole or not at all; running processes follow."""
    from service.restore import restore_backup

    report = restore_backup(Database(Settings().url), file, replace=replace)
    rows = ", ".join(f"{table.n_rows} {table.name}" for table in report.backup.tables if table.n_rows)
    out.print(f"restored {file}: {rows}; {report.n_removed} firms removed", highlight=False, markup=False)
    if report.n_held:
        out.print(
            f"sending is off, and {report.n_held} letters that waited are held: some may have left since the backup"
        )


@app.command("verify")
def verify_index(repair: Annotated[bool, typer.Option(help="Mend what is found.")] = False) -> None:
    """Compare index and database; exit code 1 when something is wrong and was not mended."""
    from service.verify import verify

    settings = Settings()
    encoder = open_encoder(settings.encoder, cache=settings.vectors_file)
    report = verify(_database(settings), settings, encoder, repair=repair)
    out.print(
        f"{report.n_firms} firms, {report.n_projects} projects, {report.n_passages} passages in snapshot "
        f"{report.snapshot or 'none'}; {report.n_newer} firms newer than it, {report.n_waiting} wait for vectors",
        highlight=False,
    )
    for finding in report.repaired:
        out.print(f"mended: {finding.text}", highlight=False, markup=False)
    for finding in report.findings:
        out.print(f"wrong: {finding.text}", highlight=False, markup=False)
    if report.findings:
        raise SystemExit(1)


@mail.command("returned")
def read_returned(
    files: Annotated[list[Path], typer.Argument(help="Returned mail or complaints: .eml, or .mbox of many.")],
) -> None:
    """Stop addresses that returned mail and complaints name."""
    from service.mail.bounces import read_reports

    database = _database(Settings())
    for file in files:
        found = read_reports(database, COMMAND_LINE, file.name, file.read_bytes())
        out.print(
            f"{file}: {found.stopped} addresses stopped, {found.known} were before, {found.temporary} reports say "
            f"not yet, {found.unread} messages are no report", highlight=False, markup=False,
        )  # fmt: skip


@opinions.command("export")
def export_opinions(
    file: Annotated[Path, typer.Argument(help="File to write, tab-separated.")],
    overwrite: Annotated[bool, typer.Option(help="Replace a file of this name.")] = False,
) -> None:
    """Write opinions as judgements, in the form of data/projects/qrels.tsv."""
    from service.opinions.actions import export_judgements

    if file.exists() and not overwrite:
        raise ValueError(f"{str(file)!r} is there already: give another name, or --overwrite")
    text, n_judgements = export_judgements(_database(Settings()))
    file.write_text(text, encoding="utf-8")
    out.print(f"wrote {n_judgements} judgements to {file}", highlight=False, markup=False)


@consent.command("check")
def check_consent(address: Annotated[str, typer.Argument(help="E-mail address.")]) -> None:
    """Say whether lists may go to an address now, why, and until when; exit code 1 when they may not."""
    from service.clock import now
    from service.consent.proof import check_words

    may, lines = check_words(_database(Settings()), address, now())
    for line in lines:
        out.print(line, highlight=False, markup=False)
    if not may:
        raise SystemExit(1)


@consent.command("export")
def export_consent(
    file: Annotated[Path | None, typer.Argument(help="CSV or JSON file to write; CSV on the screen without.")] = None,
    address: Annotated[str | None, typer.Option(help="Only this e-mail address, or its sha256:… form.")] = None,
    overwrite: Annotated[bool, typer.Option(help="Replace a file of this name.")] = False,
) -> None:
    """Write the proof: every reason to write, every stop, and each letter with its day."""
    from service.consent.proof import export

    if file is not None and file.exists() and not overwrite:
        raise ValueError(f"{str(file)!r} is there already: give another name, or --overwrite")
    data, n_addresses = export(_database(Settings()), address, is_json=file is not None and file.suffix == ".json")
    if file is None:
        sys.stdout.write(data.decode("utf-8-sig"))
        return
    file.write_bytes(data)
    out.print(f"wrote the proof of {n_addresses} addresses to {file}", highlight=False, markup=False)


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="Whose key it is.")],
    scope: Annotated[Scope, typer.Option(help="What it may do.")] = Scope.READ,
) -> None:
    """Make a key and print it; it cannot be shown again."""
    stored, key = accounts.create_key(_database(Settings()), COMMAND_LINE, name, scope)
    err.print(f"key {stored.id} for {stored.name}, may {scope.value}; shown only now:", highlight=False, markup=False)
    sys.stdout.write(key + "\n")


@keys.command("list")
def list_keys() -> None:
    """List keys without their secrets."""
    table = Table("id", "name", "scope", "created", "last used", "revoked")
    for key in accounts.list_keys(_database(Settings())):
        moments = (key.created_at, key.last_used_at, key.revoked_at)
        table.add_row(key.id, key.name, key.scope.value, *(f"{m:%Y-%m-%d %H:%M}" if m else "" for m in moments))
    out.print(table)


@keys.command("revoke")
def revoke_key(key_id: Annotated[str, typer.Argument(help="Id as `keys list` shows it.")]) -> None:
    """Take a key out of force at once."""
    accounts.revoke_key(_database(Settings()), COMMAND_LINE, key_id)
    out.print(f"key {key_id} is out of force", highlight=False, markup=False)


EmailArgument = Annotated[str, typer.Argument(help="E-mail address that they sign in with.")]


@users.command("add")
def add_user(
    email: EmailArgument,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.OFFICER,
    name: Annotated[str, typer.Option(help="Their name; the address's first part when left out.")] = "",
) -> None:
    """Add a member of staff and print their first password; they choose their own when they sign in."""
    user, password = staff.add_user(
        _database(Settings()), COMMAND_LINE, email=email, name=name or email.split("@")[0], role=role
    )
    _show_password(user.email, password)


@users.command("list")
def list_users() -> None:
    """List staff."""
    table = Table("e-mail", "name", "role", "added", "disabled")
    for user in staff.list_users(_database(Settings())):
        moments = (user.created_at, user.disabled_at)
        table.add_row(user.email, user.name, user.role.value, *(f"{m:%Y-%m-%d %H:%M}" if m else "" for m in moments))
    out.print(table)


@users.command("reset")
def reset_user(email: EmailArgument) -> None:
    """Print a new password for one sign-in; the old one, and every browser, is signed out."""
    database = _database(Settings())
    user, password = staff.reset_password(database, COMMAND_LINE, staff.find_by_email(database, email).id)
    _show_password(user.email, password)


@users.command("disable")
def disable_user(email: EmailArgument) -> None:
    """Take somebody's access away at once; `users reset` lets them in again."""
    database = _database(Settings())
    user = staff.disable_user(database, COMMAND_LINE, staff.find_by_email(database, email).id)
    out.print(f"{user.email} can no longer sign in", highlight=False, markup=False)


def _show_password(email: str, password: str) -> None:
    err.print(f"password of {email} for one sign-in; shown only now:", highlight=False, markup=False)
    sys.stdout.write(password + "\n")


if __name__ == "__main__":
    main()
