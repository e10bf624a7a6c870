"""A WebSocket (RFC 6455) that looks like a socket: what is sent in one call is one binary frame."""
import base64
import hashlib
import os
import urllib.parse

from decoder import Broken

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class WebSocket:
    def __init__(self, raw, url):
        self.raw, self.buffer, self.payload = raw, b"", b""
        key = base64.b64encode(os.urandom(16))
        place = urllib.parse.urlsplit(url)
        raw.sendall(b"GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
                    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
                    % ((place.path or "/").encode(), place.netloc.encode(), key))
        while b"\r\n\r\n" not in self.buffer:
            data = raw.recv(4096)
            if not data or len(self.buffer) > 65536:
                raise Broken("no answer to the WebSocket handshake")
            self.buffer += data
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        fields = {k.strip().lower(): v.strip() for k, _, v in (line.partition(b":") for line in lines[1:])}
        if not lines[0].startswith(b"HTTP/1.1 101"):
            raise Broken(f"the WebSocket handshake was answered {lines[0]!r}")
        if fields.get(b"sec-websocket-accept") != base64.b64encode(hashlib.sha1(key + _MAGIC).digest()):
            raise Broken("a wrong Sec-WebSocket-Accept")
        self.subprotocol = fields.get(b"sec-websocket-protocol", b"")

    def frame(self, opcode, data, final=True):
        mask = os.urandom(4)
        length = len(data)
        head = bytes([(0x80 if final else 0) | opcode])
        if length < 126:
            head += bytes([0x80 | length])
        elif length < 65536:
            head += bytes([0x80 | 126]) + length.to_bytes(2, "big")
        else:
            head += bytes([0x80 | 127]) + length.to_bytes(8, "big")
        self.raw.sendall(head + mask + bytes(b ^ mask[i & 3] for i, b in enumerate(data)))

    def sendall(self, data):
        self.frame(BINARY, data)

    def recv(self, _):
        """Some bytes of binary frames; b"" when the server has closed."""
        while True:
            frame = self.next_frame()
            if frame is None:
                data = self.raw.recv(65536)
                if not data:
                    return b""
                self.buffer += data
                continue
            opcode, data = frame
            if opcode == CLOSE:
                return b""
            if opcode == PING:
                self.frame(PONG, data)
            elif opcode == TEXT:
                raise Broken("MQTT in a text frame [MQTT-6.0.0-1]")
            elif opcode in (BINARY, CONTINUATION) and data:
                return data

    def next_frame(self):
        b = self.buffer
        if len(b) < 2:
            return None
        length, at = b[1] & 0x7F, 2
        if b[1] & 0x80 or b[0] & 0x70:
            raise Broken("a server's frame is not masked and has no reserved bits")
        if length >= 126:
            width = 2 if length == 126 else 8
            length, at = int.from_bytes(b[2:2 + width], "big"), 2 + width
        if len(b) < at + length:
            return None
        self.buffer = b[at + length:]
        return b[0] & 15, b[at:at + length]

    def settimeout(self, seconds):
        self.raw.settimeout(seconds)

    def setsockopt(self, *arguments):
        self.raw.setsockopt(*arguments)

    def close(self):
        self.raw.close()
