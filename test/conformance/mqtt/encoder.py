"""Writes MQTT packets from a dialogue's words: right ones by default, and wrong ones in every way when asked."""
from properties import *

FLAG_DEFAULTS = {PUBREL: 2, SUBSCRIBE: 2, UNSUBSCRIBE: 2}


def varint(value, width=0):
    """Variable Byte Integer; `width` pads it to more bytes than it needs, which no peer may accept (MQTT 5, 1.5.5)."""
    out = bytearray()
    while True:
        value, low = divmod(value, 128)
        more = value or len(out) + 1 < width
        out.append(low | (0x80 if more else 0))
        if not more:
            return bytes(out)


def string(data):
    return len(data).to_bytes(2, "big") + data


def property_bytes(name, value):
    kind = BY_NAME[name]
    if kind.kind == "pair":
        key, _, text = value.partition(b":")
        body = string(key) + string(text)
    elif kind.kind in ("string", "binary"):
        body = string(value)
    elif kind.kind == "varint":
        body = varint(int(value, 0))
    else:
        body = int(value, 0).to_bytes({"byte": 1, "two": 2, "four": 4}[kind.kind], "big")
    return bytes([kind.id]) + body


class Words:
    """The words of one packet: positional ones and key=value pairs, of which properties may repeat."""

    def __init__(self, positional, pairs):
        self.positional = positional
        self.pairs = pairs
        self.used = set()

    def has(self, key):
        return any(k == key for k, _ in self.pairs)

    def get(self, key, default=None):
        self.used.add(key)
        return next((v for k, v in self.pairs if k == key), default)

    def number(self, key, default=0):
        value = self.get(key)
        return default if value is None else int(value, 0)

    def all(self, key):
        self.used.add(key)
        return [v for k, v in self.pairs if k == key]

    def check(self):
        for key, _ in self.pairs:
            if key not in self.used:
                raise ValueError(f"the word {key}= has no meaning here")

    def properties(self, version, prefix="", absent=b""):
        """Encoded properties with their length; those named `<prefix><property>=`. `prop=` gives raw bytes."""
        found = b""
        seen = False
        for key, value in self.pairs:
            if prefix == "" and key == "prop":
                found += value
            elif key.startswith(prefix) and key[len(prefix):] in BY_NAME:
                found += property_bytes(key[len(prefix):], value)
            else:
                continue
            self.used.add(key)
            seen = True
        length = self.number(prefix + "props-length", len(found))
        if version < 5:
            if seen:
                raise ValueError("MQTT 3.1.1 has no properties")
            return b""
        if not seen and not self.has(prefix + "props-length") and absent is None:
            return b""
        return varint(length, self.number(prefix + "props-width")) + found


def connect_body(words, version, client_id):
    will = words.get("will")
    user, password = words.get("user-name"), words.get("password")
    flags = 0x02 if words.number("clean", 1) else 0
    if will is not None:
        flags |= 0x04 | words.number("will-qos") << 3 | words.number("will-retain") << 5
    flags |= (0x80 if user is not None else 0) | (0x40 if password is not None else 0)
    flags = words.number("connect-flags", flags)
    body = string(words.get("protocol", b"MQTT")) + bytes([words.number("level", 5 if version == 5 else 4), flags])
    body += words.number("keep-alive", 60).to_bytes(2, "big") + words.properties(version)
    body += string(words.get("client", client_id))
    if will is not None:
        body += words.properties(version, "w.") + string(will) + string(words.get("will-payload", b"gone"))
    return body + (string(user) if user is not None else b"") + (string(password) if password is not None else b"")


def publish_body(words, version):
    topic, payload = (list(words.positional) + [b"", b""])[:2]
    payload += b"x" * words.number("size")
    qos = words.number("qos")
    body = string(topic)
    if qos or words.has("force-id"):
        body += words.number("force-id", words.number("id")).to_bytes(2, "big")
    return body + words.properties(version) + payload


def filter_options(word):
    """`<filter>:<qos>[,nl][,rap][,rh=<n>]` or `<filter>:0x<options byte>`."""
    topic, _, options = word.rpartition(b":")
    value = 0
    for part in options.split(b","):
        if part == b"nl":
            value |= 0x04
        elif part == b"rap":
            value |= 0x08
        elif part.startswith(b"rh="):
            value |= int(part[3:]) << 4
        else:
            value |= int(part, 0)
    return topic, value


def body_of(kind, words, version, client_id):
    if kind == CONNECT:
        return connect_body(words, version, client_id)
    if kind == PUBLISH:
        return publish_body(words, version)
    identifier = words.number("id").to_bytes(2, "big")
    if kind == SUBSCRIBE:
        filters = [filter_options(w) for w in words.positional]
        return identifier + words.properties(version) + b"".join(string(f) + bytes([o]) for f, o in filters)
    if kind == UNSUBSCRIBE:
        return identifier + words.properties(version) + b"".join(string(f) for f in words.positional)
    if kind in (PUBACK, PUBREC, PUBREL, PUBCOMP):
        properties = words.properties(version, absent=None)
        code = bytes([words.number("code")]) if words.has("code") or properties else b""
        return identifier + code + properties
    if kind in (DISCONNECT, AUTH):
        properties = words.properties(version, absent=None)
        code = bytes([words.number("code")]) if words.has("code") or properties else b""
        return code + properties
    if kind in (CONNACK, SUBACK, UNSUBACK):  # a client has no business to send these
        return identifier + words.properties(version) + b"\x00"
    return b""


def encode(kind, words, version, client_id=b""):
    """The bytes of a packet. Words that make it wrong: flags= type= remaining= width= cut= append=."""
    flags = FLAG_DEFAULTS.get(kind, 0)
    if kind == PUBLISH:
        flags = words.number("dup") << 3 | words.number("qos") << 1 | words.number("retain")
    flags = words.number("flags", flags)
    words.get("id")
    body = body_of(kind, words, version, client_id)
    cut = words.number("cut")
    body = (body[:-cut] if cut else body) + words.get("append", b"")
    first = bytes([words.number("type", kind) << 4 | flags])
    packet = first + varint(words.number("remaining", len(body)), words.number("width")) + body
    words.check()
    return packet
