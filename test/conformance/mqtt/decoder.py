"""Reads what a server sends, and refuses whatever the specification does not let it send."""
from properties import *


class Broken(Exception):
    """The server sent what no server may send."""


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def left(self):
        return len(self.data) - self.at

    def take(self, count):
        if count > self.left():
            raise Broken(f"truncated: {count} bytes wanted, {self.left()} there")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def varint(self):
        value, width = 0, 0
        while True:
            byte = self.number(1)
            value |= (byte & 0x7F) << (7 * width)
            width += 1
            if not byte & 0x80:
                break
            if width == 4:
                raise Broken("a Variable Byte Integer of more than four bytes")
        if width > 1 and value < 1 << (7 * (width - 1)):
            raise Broken("a Variable Byte Integer longer than it need be [MQTT-1.5.5-1]")
        return value

    def binary(self):
        return self.take(self.number(2))

    def string(self):
        data = self.binary()
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            raise Broken(f"ill-formed UTF-8 {data!r}") from None
        if "\0" in text:
            raise Broken("a string with U+0000")
        return data

    def properties(self, packet):
        found = []
        inner = Reader(self.take(self.varint()))
        while inner.left():
            identifier = inner.varint()
            kind = BY_ID.get(identifier)
            if kind is None or packet not in kind.packets:
                raise Broken(f"property 0x{identifier:02x} in {NAMES[packet]}")
            read = {"byte": lambda: inner.number(1), "two": lambda: inner.number(2), "four": lambda: inner.number(4),
                    "varint": inner.varint, "string": inner.string, "binary": inner.binary,
                    "pair": lambda: inner.string() + b":" + inner.string()}[kind.kind]
            value = read()
            if kind.name in FLAGS and value > 1:
                raise Broken(f"{kind.name} {value}")
            if kind.name in NOT_ZERO and value == 0:
                raise Broken(f"{kind.name} 0")
            repeats = kind.name == "user" or (kind.name == "subid" and packet == PUBLISH)
            if not repeats and any(name == kind.name for name, _ in found):
                raise Broken(f"{kind.name} twice")
            found.append((kind.name, value))
        return found


def frame(buffer):
    """The first packet of the buffer and how many bytes it takes, or None when it is not all there."""
    value, shift, at = 0, 0, 1
    while True:
        if at >= len(buffer):
            return None
        byte = buffer[at]
        value |= (byte & 0x7F) << shift
        at += 1
        shift += 7
        if not byte & 0x80:
            break
        if at == 5:
            raise Broken("a Remaining Length of more than four bytes")
    if at > 2 and value < 1 << (7 * (at - 2)):
        raise Broken("a Remaining Length longer than it need be [MQTT-1.5.5-1]")
    return at + value if len(buffer) >= at + value else None


def decode(data, version):
    """A dict of a packet's fields; `type` is its number, properties are in `properties` in their order."""
    kind, flags = data[0] >> 4, data[0] & 15
    at = 1
    while data[at] & 0x80:
        at += 1
    r = Reader(data[at + 1:])
    packet = {"type": kind, "properties": [], "size": len(data)}
    if kind in (0, CONNECT, SUBSCRIBE, UNSUBSCRIBE, PINGREQ) or (version < 5 and kind in (DISCONNECT, AUTH)):
        raise Broken(f"a server sent {NAMES[kind]}")
    if kind != PUBLISH and flags != (2 if kind == PUBREL else 0):
        raise Broken(f"{NAMES[kind]} with the flags {flags:04b}")
    if kind == CONNACK:
        bits = r.number(1)
        if bits > 1:
            raise Broken(f"Connect Acknowledge Flags 0x{bits:02x} [MQTT-3.2.2-1]")
        packet |= {"present": bits, "code": r.number(1)}
        if packet["present"] and packet["code"]:
            raise Broken("Session Present in a refusal [MQTT-3.2.2-6] (3.1.1: [MQTT-3.2.2-4])")
    elif kind == PUBLISH:
        packet |= {"dup": flags >> 3, "qos": flags >> 1 & 3, "retain": flags & 1, "topic": r.string()}
        if packet["qos"] == 3:
            raise Broken("both QoS bits set [MQTT-3.3.1-4]")
        if packet["qos"] == 0 and packet["dup"]:
            raise Broken("DUP with QoS 0 [MQTT-3.3.1-2]")
        if b"+" in packet["topic"] or b"#" in packet["topic"]:
            raise Broken("a wildcard in a Topic Name [MQTT-3.3.2-2]")
        packet["id"] = r.number(2) if packet["qos"] else 0
        if packet["qos"] and not packet["id"]:
            raise Broken("Packet Identifier 0 [MQTT-2.2.1-4] (3.1.1: [MQTT-2.3.1-4])")
    elif kind in (PUBACK, PUBREC, PUBREL, PUBCOMP):
        packet |= {"id": r.number(2), "code": r.number(1) if version == 5 and r.left() else 0}
    elif kind in (SUBACK, UNSUBACK):
        packet["id"] = r.number(2)
    elif kind in (DISCONNECT, AUTH):
        packet["code"] = r.number(1) if r.left() else 0
    short = kind in (PUBACK, PUBREC, PUBREL, PUBCOMP, DISCONNECT, AUTH) and not r.left()
    if version == 5 and kind != PINGRESP and not short:
        packet["properties"] = r.properties(kind)
    if kind == PUBLISH:
        packet["payload"] = r.take(r.left())
    if kind == SUBACK or (kind == UNSUBACK and version == 5):
        packet["codes"] = list(r.take(r.left()))
    if r.left():
        raise Broken(f"{r.left()} bytes too many in {NAMES[kind]}")
    allowed = (CODES_5 if version == 5 else CODES_311).get(kind)
    for code in packet.get("codes", [packet["code"]] if "code" in packet else []):
        if allowed is not None and code not in allowed:
            raise Broken(f"{NAMES[kind]} with the code 0x{code:02x}, which is not of its table")
    return packet
