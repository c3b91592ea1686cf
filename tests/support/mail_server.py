"""A real mail server on loopback that keeps what it takes, and can refuse, stall and cut connections."""

import contextlib
import email
import email.policy
import ssl
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from service.list_tables import mail_settings
from service.mail import links_repository


class Handler:
    """Answers as ``behave(address, n)`` says for the n-th attempt: None takes it, text is the reply, or stall / cut."""

    def __init__(self):
        self.messages, self.attempts = [], Counter()
        self.behave, self.sender_reply = lambda address, n: None, ""
        self._lock = threading.Lock()

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.sender_reply:
            return self.sender_reply
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        with self._lock:
            self.attempts[address] += 1
            does = self.behave(address, self.attempts[address])
        session.does = does
        if does and does[:1] in "45":
            return does
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        import asyncio

        if session.does == "stall":
            await asyncio.sleep(1.0)
        if session.does == "cut":
            server.transport.abort()
            return "250 OK"
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        with self._lock:
            self.messages.append(message)
        if session.does == "cut after":
            server.transport.abort()
        return "250 OK"


class Server(Controller):
    """The server with its handler at ``handler``; ``settings`` are the service's for it."""

    def __init__(self, **more):
        super().__init__(Handler(), hostname="127.0.0.1", port=0, **more)

    def _trigger_server(self):
        # Port 0 is the system's choice: the one to knock at is known only now.
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

    @property
    def settings(self):
        return {
            "smtp_host": "127.0.0.1",
            "smtp_port": self.port,
            "smtp_tls": "none",
            "mail_from": "lists@chamber.example",
        }


@contextlib.contextmanager
def serving(**more):
    server = Server(**more)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def certificate(folder):
    """A certificate for this machine that signs itself: the server's context, and the file that clients trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(pem)
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, folder / "cert.pem"


def switch_on(database, **values):
    """Let letters go, without the questions that the page asks first."""
    with database.write() as tx:
        links_repository.key_or_new(tx)
        tx.execute(mail_settings.update().values(is_on=True, **values))


def until(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)
