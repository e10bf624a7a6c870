"""Plays one dialogue against a broker."""
import re
import time
import uuid

import encoder
from connection import Closed, Connection, Timeout, describe
from decoder import Broken
from dialogue import Mistake, split_words, tokens
from matching import fits, number_matches
from properties import *

KINDS = {name: number for number, name in enumerate(NAMES) if number}
SESSION_SECONDS = b"300"  # how long a kept session may live when the dialogue forgets it


class Failed(Exception):
    """The broker did something else than the dialogue says."""


class Unavailable(Exception):
    """The broker says that it does not offer what the dialogue is about."""


class Client:
    def __init__(self, play, name):
        self.play, self.name = play, name
        self.id = f"{play.client_prefix}{play.tag}{name}".encode()
        self.connection = None
        self.last_id = 0
        self.sessions = set()  # client ids whose session outlives a connection

    # --- words to bytes and back
    def words(self, words):
        positional, pairs = split_words(words)
        if any(k == "as" for k, _ in pairs):  # another client's identifier
            other = next(v for k, v in pairs if k == "as").decode()
            pairs = [(k, v) for k, v in pairs if k != "as"] + [("client", self.play.client(other).id)]
        return encoder.Words(positional, pairs)

    def open(self, websocket=False):
        if self.connection:
            self.play.old.append(self.connection)
        self.connection = Connection(self.play.target, self.play.version, lambda text: self.play.note(f"{self.name} {text}"), websocket)

    def send(self, kind, words, split=0):
        if kind == CONNECT and (self.connection is None or self.connection.welcomed and self.connection.told_off or self.connection.ended):
            self.open()
        if self.connection is None:
            self.open()
        pairs = words.pairs
        packet = encoder.encode(kind, words, self.play.version, self.id)
        self.play.note(f"{self.name} > {NAMES[kind]} {show(words)}")
        if kind == CONNECT:
            names = ("maximum-packet", "receive-maximum", "alias-maximum", "request-problem")
            self.connection.limits = {k: int(v, 0) for k, v in pairs if k in names and (k not in NOT_ZERO or v != b"0")}
            self.connection.loose = words.has("level") or words.has("protocol")
            if dict(pairs).get("clean", b"1") == b"0" or words.has("session-expiry"):
                self.sessions.add(dict(pairs).get("client", self.id))
        if words.number("retain") and kind == PUBLISH and words.positional:
            self.play.retained.add(words.positional[0])
        if words.has("will") and words.number("will-retain"):
            self.play.retained.add(words.get("will"))
        self.connection.answered(kind, words.number("id"), words.number("code"))
        self.connection.send(packet, split)

    def next_id(self):
        self.last_id = self.last_id % 65535 + 1
        return str(self.last_id).encode()

    def take(self, kind, seconds=None, choose=lambda packet: True):
        """The first packet of that kind that was received, or will be."""
        deadline = time.monotonic() + (seconds or self.play.patience)
        if self.connection is None:
            raise Mistake(f"{self.name} is not connected")
        while True:
            for packet in self.connection.inbox:
                if packet["type"] == kind and choose(packet):
                    self.connection.inbox.remove(packet)
                    return packet
            ended = next((p for p in self.connection.inbox if p["type"] == DISCONNECT), None)
            if ended:
                raise Failed(f"{describe(ended)} instead of {NAMES[kind]}")
            try:
                self.connection.receive(deadline - time.monotonic())
            except Timeout:
                raise Failed(f"no {NAMES[kind]} came") from None
            except Closed:
                raise Failed(f"the connection was closed instead of {NAMES[kind]}") from None

    def expect(self, kind, positional, pairs, unordered=False):
        variables = self.play.variables
        if unordered:
            packet = self.take(kind, choose=lambda p: fits(p, positional, pairs, variables) is None)
        else:
            packet = self.take(kind)
        problem = fits(packet, positional, pairs, variables)
        if problem:
            raise Failed(f"{NAMES[kind]}: {problem}")
        return packet


def show(words):
    def text(value):
        return value.decode("utf-8", "backslashreplace")[:120]
    return " ".join([text(p) for p in words.positional] + [f"{k}={text(v)}" for k, v in words.pairs])


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


import special  # noqa: E402  (the verbs are written in terms of Client)
import verbs  # noqa: E402
