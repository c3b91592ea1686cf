"""A website on this machine, for tests of reading websites."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from service.firms.website import Reader

HTML = "text/html; charset=utf-8"


class Site:
    """A website: answers by path; a callable writes its own."""

    def __init__(self, pages):
        self.pages, self.asked = pages, []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                site.asked.append((self.path, self.headers["Host"], self.headers["User-Agent"]))
                answer = site.pages.get(self.path, (404, "text/html", b"nothing"))
                if callable(answer):
                    answer(self)
                    return
                status, kind, body = answer
                self.send_response(status)
                self.send_header("Location" if 300 <= status < 400 else "Content-Type", kind)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://site.example:{self.port}"

    @property
    def paths(self):
        return [path for path, *_ in self.asked]

    def reader(self, **changes):
        """A reader for which every name is this site."""
        given = {
            "resolve": lambda host, port: ["127.0.0.1"], "may_reach": lambda ip: True, "ports": (self.port,),
            "total_seconds": 60.0,
        }  # fmt: skip
        return Reader(**(given | changes))


@contextmanager
def site_of(pages):
    site = Site(pages)
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()
        thread.join()


def page(body):
    return 200, HTML, f"<html><body>{body}</body></html>".encode()
