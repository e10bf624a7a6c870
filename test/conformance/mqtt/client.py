"""A client of a dialogue: its identifier, its connection, what it sends and what it expects."""
import time

import encoder
from connection import Closed, Connection, Timeout, describe
from dialogue import Mistake, split_words
from matching import fits
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
