"""The pictures of the README: `make screenshots`. Shipped firms and calls, an invented chamber and invented people.

Needs Chromium. Writes small PNGs of 128 colours to ``service/web/screenshots``.
"""

import shutil
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[2]
OUT = ROOT / "service" / "web" / "screenshots"
PROJECT = "example-landing-gear-bushings"
SHOP = {
    "id": "example-shop", "name": "Escarpment Precision (example)", "city": "Milton", "province": "ON", "employees": 25,
    "member": True,
    "statements": [
        {"kind": "capability", "text": text, "source": "by phone", "date": "2026-11-24", "confirmed": True}
        for text in ("five-axis CNC machining of titanium and nickel alloys up to 400 mm", "vacuum heat treatment",
                     "fluorescent penetrant inspection of machined parts")
    ],
}  # fmt: skip


def main():
    sys.path[:0] = [str(Path(__file__).parent), str(ROOT / "tests" / "support"), str(ROOT)]
    from conftest import Site
    from playwright.sync_api import sync_playwright

    from matcher import open_encoder
    from service.settings import Settings

    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database_url=f"sqlite:///{folder}/service.sqlite3", var=Path(folder) / "var", log_level="WARNING",
            log_format="console", public_url="https://match.example.org",
        )  # fmt: skip
        encoder = open_encoder(cache=settings.vectors_file)
        site = Site(settings, encoder)
        site.set_up()
        site.start()
        try:
            fill(site)
            with sync_playwright() as running:
                browser = running.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
                shoot(site, browser)
                browser.close()
        finally:
            site.stop()
            encoder.close()
    total = sum(path.stat().st_size for path in OUT.glob("*.png"))
    print(f"{total / 1000:.0f} kB in {OUT}")
    assert total < 1_000_000


def fill(site):
    from list_world import add_person

    from matcher import data_folder
    from service.firms import actions as firms
    from service.operations import send_import
    from service.projects import actions as projects
    from service.security import COMMAND_LINE

    data = data_folder()
    for name in ("firms.jsonl", "firms_halton_2017.jsonl"):
        send_import(site.database, data / "directory" / name, kind="firms", check=False, wait=True)
    send_import(site.database, data / "projects" / "examples.jsonl", kind="projects", check=False, wait=True)
    firms.create_firm(site.services, COMMAND_LINE, SHOP)
    changes = {"release": "full_text", "checked": date.today().isoformat()}
    projects.patch_project(site.services, COMMAND_LINE, PROJECT, changes, expected=None)
    add_person(site.services, SHOP["id"])
    while site.services.follower.fresh().view.n_waiting:
        site.services.follower.fresh().refresh_vectors()
        time.sleep(1)


def shoot(site, browser):
    from list_world import make

    def page(width=1180, height=760):
        context = browser.new_context(viewport={"width": width, "height": height}, locale="en-CA")
        context.add_cookies([{"name": "session", "value": site.token("admin"), "url": site.url}])
        return context.new_page()

    desk = page()
    run, (shown, *_rest) = make(site.services, site.encoder)
    desk.goto(f"{site.url}/projects/{PROJECT}?region=Halton")
    desk.wait_for_timeout(1500)
    save(desk, "project")
    desk.goto(f"{site.url}/firms/{SHOP['id']}")
    save(desk, "firm")
    desk.goto(f"{site.url}/lists/{run.id}")
    save(desk, "lists")
    phone = page(390, 760)
    phone.goto("about:blank")
    phone.set_content(shown.letter.html)
    save(phone, "letter")


def save(page, name):
    from PIL import Image

    path = OUT / f"{name}.png"
    page.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(128).save(path, optimize=True)


if __name__ == "__main__":
    main()
