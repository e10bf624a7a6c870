"""One network connection to the broker, and what must hold on every one of them whatever is talked about."""
import socket
import ssl
import struct
import time
import urllib.parse

import decoder
from decoder import Broken
from properties import *
from websocket import TEXT, WebSocket


class Closed(Exception):
    """The server has closed the connection."""


class Timeout(Exception):
    """The server did not do in time what the dialogue waits for."""


class Connection:
    """Sends bytes and receives packets. `limits` are what the client said in CONNECT: the server keeps them always."""

    def __init__(self, target, version, note, websocket=False):
        self.version, self.note = version, note
        self.limits = {}
        self.buffer = b""
        self.inbox = []  # received and not yet expected
        self.welcomed = self.connack = self.told_off = False
        self.unacknowledged = {}  # Packet Identifier -> QoS of what the server sent
        self.ended = None
        self.loose = False  # CONNECT named another version: the answer may be of either
        self.socket = target.open_websocket() if websocket else target.open()

    def send(self, data, split=0):
        try:
            for at in range(0, len(data), split or len(data) or 1):
                self.socket.sendall(data[at:at + split] if split else data)
        except (ConnectionError, ssl.SSLError):
            pass  # closed already: the next look at it will tell

    def receive(self, seconds):
        """Waits for one more packet and puts it into the inbox."""
        deadline = time.monotonic() + seconds
        while True:
            size = decoder.frame(self.buffer)
            if size is not None:
                data, self.buffer = self.buffer[:size], self.buffer[size:]
                return self.take(data)
            if self.ended:
                raise Closed()
            left = deadline - time.monotonic()
            if left <= 0:
                raise Timeout()
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(65536)
            except (TimeoutError, ssl.SSLWantReadError):
                raise Timeout() from None
            except (ConnectionError, ssl.SSLError):
                data = b""
            if not data:
                self.ended = time.monotonic()
                self.note("< (closed)")
            self.buffer += data

    def take(self, data):
        try:
            packet = decoder.decode(data, self.version)
        except Broken:
            if not self.loose:
                raise
            packet = decoder.decode(data, 9 - self.version)
        self.note("< " + describe(packet))
        self.judge(packet)
        self.inbox.append(packet)

    def judge(self, packet):
        kind = packet["type"]
        if self.told_off:
            raise Broken("a packet after DISCONNECT [MQTT-3.14.4-1]")
        if kind == CONNACK:
            if self.connack:
                raise Broken("a second CONNACK [MQTT-3.2.0-2]")
            self.connack, self.welcomed = True, packet["code"] == 0
        elif not self.welcomed and kind != AUTH:
            raise Broken(f"{NAMES[kind]} before a CONNACK that accepts [MQTT-3.2.0-1]")
        if kind == DISCONNECT:
            self.told_off = True
            if any(name == "session-expiry" for name, _ in packet["properties"]):
                raise Broken("Session Expiry Interval in a server's DISCONNECT [MQTT-3.14.2-2]")
        if packet["size"] > self.limits.get("maximum-packet", packet["size"]):
            raise Broken(f"{NAMES[kind]} of {packet['size']} bytes is larger than the client takes [MQTT-3.1.2-24]")
        texts = [name for name, _ in packet["properties"] if name in ("reason", "user")]
        if texts and self.limits.get("request-problem", 1) == 0 and kind not in (PUBLISH, CONNACK, DISCONNECT):
            raise Broken(f"{texts[0]} in {NAMES[kind]} although the client asked for none [MQTT-3.1.2-29]")
        if kind == PUBLISH:
            self.judge_publish(packet)

    def judge_publish(self, packet):
        alias = dict(packet["properties"]).get("alias")
        if alias is not None and alias > self.limits.get("alias-maximum", 0):
            raise Broken(f"Topic Alias {alias} beyond the client's maximum [MQTT-3.1.2-26]")
        if packet["qos"] == 0:
            return
        if packet["id"] in self.unacknowledged:
            raise Broken(f"Packet Identifier {packet['id']} is in use [MQTT-2.2.1-4] (3.1.1: [MQTT-2.3.1-4])")
        self.unacknowledged[packet["id"]] = packet["qos"]
        if self.version == 5 and len(self.unacknowledged) > self.limits.get("receive-maximum", 65535):
            raise Broken("more unacknowledged messages than Receive Maximum [MQTT-3.3.4-9]")

    def answered(self, kind, identifier, code):
        """The client acknowledged something."""
        if kind in (PUBACK, PUBCOMP) or (kind == PUBREC and code >= 0x80):
            self.unacknowledged.pop(identifier, None)
        elif kind == PUBREC and identifier in self.unacknowledged:
            self.unacknowledged[identifier] = "released"

    def send_text(self, data):
        self.note(f"> text frame {data!r}")
        self.socket.frame(TEXT, data)

    def close(self):
        try:
            self.socket.close()
        except OSError:
            pass

    def cut(self):
        """Ends it as a lost network would: no DISCONNECT, no close_notify."""
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        except OSError:
            pass
        self.close()


class Target:
    """Where the broker is and how to get there."""

    def __init__(self, host, port, ca=None, cert=None, key=None, websocket=None):
        self.host, self.port, self.websocket = host, port, websocket
        self.tls = None
        if ca:
            self.tls = ssl.create_default_context(cafile=ca)
            if cert:
                self.tls.load_cert_chain(cert, key)

    def open(self):
        return self.connect(self.host, self.port, self.tls)

    def open_websocket(self):
        place = urllib.parse.urlsplit(self.websocket)
        return WebSocket(self.connect(place.hostname, place.port, self.tls if place.scheme == "wss" else None), self.websocket)

    @staticmethod
    def connect(host, port, tls):
        s = socket.create_connection((host, port), timeout=20)
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return tls.wrap_socket(s, server_hostname=host) if tls else s


def describe(packet):
    parts = [NAMES[packet["type"]]]
    for key, value in packet.items():
        if key in ("type", "size", "properties"):
            continue
        if isinstance(value, bytes) and len(value) > 80:
            value = value[:80] + b"..."
        parts.append(f"{key}={value.decode('utf-8', 'backslashreplace') if isinstance(value, bytes) else value}")
    parts += [f"{n}={v.decode('utf-8', 'backslashreplace') if isinstance(v, bytes) else v}" for n, v in packet["properties"]]
    return " ".join(parts)
