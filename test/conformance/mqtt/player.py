"""Plays one dialogue against a broker."""
import re
import time
import uuid

import encoder
import special
import verbs
from client import Client, Failed, Unavailable
from connection import Closed, Connection, Timeout, describe
from decoder import Broken
from dialogue import Mistake, tokens
from properties import *


class Play:
    """A dialogue in one version, with its own topics and client identifiers."""

    def __init__(self, target, version, patience=10.0, prefix="conformance", client_prefix=""):
        self.target, self.version, self.patience = target, version, patience
        self.tag = uuid.uuid4().hex[:10]
        self.root = f"{prefix}/{self.tag}".encode()
        self.client_prefix = client_prefix
        self.clients, self.retained, self.old = {}, set(), []
        # A broker may bind Client Identifiers to the certificate; then they begin with its name and a slash.
        name = client_prefix.rstrip("/")
        self.variables = {"shortid": (name or str(version)).encode(), "longid": (name or f"{self.tag}abcXYZ0123456")[:23].encode(),
                          "foreignid": f"foreign{self.tag}".encode(), "identity": client_prefix.encode()}
        self.transcript, self.begun = [], time.monotonic()

    def note(self, text):
        self.transcript.append(f"{time.monotonic() - self.begun:7.3f} {text}")

    def client(self, name):
        if name not in self.clients:
            self.clients[name] = Client(self, name)
        return self.clients[name]

    def run(self, dialogue):
        try:
            for step in dialogue.steps:
                if step.version in (None, self.version):
                    try:
                        self.step(step.text)
                    except (Failed, Broken, Mistake, Unavailable) as problem:
                        raise type(problem)(f"line {step.line}, “{step.text}”: {problem}") from None
                    except (OSError, ValueError) as problem:
                        raise Failed(f"line {step.line}, “{step.text}”: {type(problem).__name__}: {problem}") from None
            for client in self.clients.values():
                if client.connection and client.connection.inbox:
                    raise Failed(f"nobody expected {client.name} < {describe(client.connection.inbox[0])}")
        finally:
            self.tidy()

    def step(self, text):
        times = re.search(r" times=(\d+)$", text)
        for i in range(1, int(times[1]) + 1 if times else 2):
            line = (text[:times.start()] if times else text).replace("{i}", str(i))
            words = tokens(line, self.root, self.variables)
            # For clauses about time alone: keep alive, expiry, delays of Wills, and what a server may do but need not.
            if words[0] == b"wait":
                time.sleep(float(words[1]))
                continue
            if len(words) > 1 and words[1] == b"share":
                special.share([self.client(name) for name in words[0].decode().split(",")], words[2:])
                continue
            name = words[1].decode() if len(words) > 1 else ""
            verb = verbs.VERBS.get(name) or special.SPECIAL.get(name)
            if verb is None:
                raise Mistake("no such step")
            verb(self.client(words[0].decode()), words[2:])

    def tidy(self):
        """Leaves no session and no retained message behind; a broker that is gone by now is not asked."""
        sessions = {(c.id, s) for c in self.clients.values() for s in c.sessions}
        for connection in self.old + [c.connection for c in self.clients.values() if c.connection]:
            connection.close()
        try:
            if self.retained:
                self.clear(self.client("janitor").id, self.retained)
            for _, identifier in sessions:
                self.clear(identifier, ())
        except (OSError, Closed, Timeout, Broken):
            pass

    def clear(self, identifier, topics):
        connection = Connection(self.target, self.version, lambda text: None)
        connection.send(encoder.encode(CONNECT, encoder.Words([], [("client", identifier)]), self.version))
        connection.receive(5)
        for number, topic in enumerate(topics, 1):
            words = encoder.Words([topic], [("retain", b"1"), ("qos", b"1"), ("id", str(number).encode())])
            connection.send(encoder.encode(PUBLISH, words, self.version))
            connection.receive(5)
        connection.send(encoder.encode(DISCONNECT, encoder.Words([], []), self.version))
        connection.close()
