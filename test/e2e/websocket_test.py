"""MQTT over WebSocket with a client written from RFC 6455 alone: what works, and what is refused."""
import base64
import hashlib
import os
import socket
import ssl
import struct
import unittest

import outrider

REPORT = b'[{"n":"speed","u":"m/s","v":13.4}]'
CONFIG = outrider.CONFIG + """
[websocket]
listen = "127.0.0.1"
port = 0
origins = ["https://console.example"]
"""
BINARY, TEXT, CLOSE, PING, PONG = 2, 1, 8, 9, 10
SECONDS_MAX = 20


def text(value):
    return struct.pack(">H", len(value)) + value.encode()


def packet(kind, body):
    assert len(body) < 128
    return bytes([kind, len(body)]) + body


def connect(client_id, clean=True):
    return packet(0x10, text("MQTT") + bytes([5, 2 if clean else 0]) + struct.pack(">H", 60) + b"\0" + text(client_id))


def publish(topic, payload, identifier):
    return bytes([0x32]) + bytes([len(topic) + 5 + len(payload)]) + text(topic) + struct.pack(">H", identifier) + b"\0" + payload


def subscribe(topic, identifier):
    return packet(0x82, struct.pack(">H", identifier) + b"\0" + text(topic) + b"\1")


class WebSocket:
    """A connection whose opening request has been answered."""

    def __init__(self, case, name, path="/mqtt", protocol="mqtt", origin=None, key=None):
        context = ssl.create_default_context(cafile=case.server.data / "ca/root.pem")
        context.load_cert_chain(case.folder / f"{name}.pem", case.folder / f"{name}.key")
        self.socket = context.wrap_socket(
            socket.create_connection(("127.0.0.1", case.server.port("websocket")), SECONDS_MAX), server_hostname="localhost")
        case.addCleanup(self.socket.close)
        self.kept = b""
        self.packets = b""
        self.key = key or base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {self.key}", "Sec-WebSocket-Version: 13"]
        lines += [f"Sec-WebSocket-Protocol: {protocol}"] if protocol else []
        lines += [f"Origin: {origin}"] if origin else []
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self.head = self.read_until(b"\r\n\r\n").decode()

    @property
    def status(self):
        return int(self.head.split()[1])

    def read_until(self, mark):
        while mark not in self.kept:
            more = self.socket.recv(4096)
            if not more:
                raise EOFError(self.kept)
            self.kept += more
        head, self.kept = self.kept.split(mark, 1)
        return head

    def read(self, count):
        while len(self.kept) < count:
            more = self.socket.recv(4096)
            if not more:
                raise EOFError(self.kept)
            self.kept += more
        out, self.kept = self.kept[:count], self.kept[count:]
        return out

    def send(self, payload, opcode=BINARY, fin=True, masked=True):
        mask = os.urandom(4) if masked else b""
        size = len(payload)
        bit = 0x80 if masked else 0
        length = bytes([bit | size]) if size < 126 else bytes([bit | 126]) + struct.pack(">H", size)
        body = bytes(b ^ mask[i % 4] for i, b in enumerate(payload)) if masked else payload
        self.socket.sendall(bytes([(0x80 if fin else 0) | opcode]) + length + mask + body)

    def receive(self):
        """(opcode, payload) of the next frame; the server neither masks nor fragments."""
        first, second = self.read(2)
        self_masked, size = second & 0x80, second & 0x7f
        assert not self_masked, "a server does not mask (RFC 6455, 5.1)"
        assert first & 0x80, "a whole message in each frame"
        if size == 126:
            size = struct.unpack(">H", self.read(2))[0]
        return first & 0x0f, self.read(size)

    def mqtt(self):
        """The next MQTT packet (a short one): its first byte and body. One frame may hold several (MQTT 5, 6.0-2)."""
        if not self.packets:
            opcode, self.packets = self.receive()
            assert opcode == BINARY, (opcode, self.packets)
        packet, self.packets = self.packets[:2 + self.packets[1]], self.packets[2 + self.packets[1]:]
        return packet[0], packet[2:]


class OverWebSocket(outrider.ServerCase):
    config = CONFIG

    def setUp(self):
        super().setUp()
        self.enrol("t-1")

    def open(self, name="t-1"):
        client = WebSocket(self, name)
        self.assertEqual(client.status, 101, client.head)
        client.send(connect("t-1"))
        kind, body = client.mqtt()
        self.assertEqual((kind, body[1]), (0x20, 0), "CONNACK with success")
        return client

    def test_the_opening_answers_as_the_standard_says(self):
        client = WebSocket(self, "t-1", key="dGhlIHNhbXBsZSBub25jZQ==")
        self.assertEqual(client.status, 101)
        self.assertIn("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", client.head)  # RFC 6455, 1.3
        self.assertIn("Sec-WebSocket-Protocol: mqtt", client.head)

    def test_a_report_is_acknowledged_and_in_the_ledger(self):
        client = self.open()
        client.send(publish("d/t-1/telemetry", REPORT, 7))
        kind, body = client.mqtt()
        self.assertEqual((kind, body[:2]), (0x40, b"\0\7"))
        self.assertEqual(len(self.entries("telemetry")), 1)
        self.assertEqual(self.entries("session.opened")[-1]["payload"]["protocol"], "mqtt/5.0/wss")

    def test_packets_may_span_frames_and_frames_hold_several(self):
        client = WebSocket(self, "t-1")
        stream = connect("t-1") + publish("d/t-1/telemetry", REPORT, 1) + publish("d/t-1/telemetry", REPORT, 2)
        client.send(stream[:9], fin=False)
        client.send(b"are you there", opcode=PING)
        client.send(stream[9:30], opcode=0, fin=False)
        client.send(stream[30:], opcode=0)
        self.assertEqual(client.receive(), (PONG, b"are you there"))
        self.assertEqual(client.mqtt()[0], 0x20)
        self.assertEqual([client.mqtt()[1][:2] for _ in range(2)], [b"\0\1", b"\0\2"])

    def test_an_application_over_tls_and_a_device_over_websocket_talk(self):
        self.server.run("app", "add", "dispatch", "--out", self.folder / "dispatch")
        self.server.run("app", "grant", "dispatch", "--publish", "d/+/command")
        client = self.open()
        client.send(subscribe("d/me/command", 1))
        self.assertEqual(client.mqtt()[0], 0x90)
        self.shell("mosquitto_pub -h localhost -p $MQTT --cafile dispatch/ca.pem --cert dispatch/app.pem --key dispatch/app.key "
                   "-q 1 -t d/t-1/command -m open")
        kind, body = client.mqtt()
        self.assertEqual(kind & 0xf0, 0x30)
        self.assertTrue(body.endswith(b"open"), body)

    def test_what_is_no_good_opening_is_refused_with_status_reason_and_entry(self):
        for wanted, arguments in ((400, {"protocol": "chat"}), (400, {"protocol": None}), (404, {"path": "/other"}),
                                  (403, {"origin": "https://evil.example"})):
            client = WebSocket(self, "t-1", **arguments)
            self.assertEqual(client.status, wanted, client.head)
        self.assertEqual(WebSocket(self, "t-1", origin="https://console.example").status, 101)
        metrics = self.shell("curl -s http://" + self.server.addresses["metrics"] + "/metrics").stdout
        self.assertRegex(metrics, r'rule="origin-not-allowed"\} 1')
        self.assertRegex(metrics, r'rule="wrong-subprotocol"\} 2')

    def test_frames_that_break_the_rules_end_the_connection(self):
        for code, frame in ((1003, {"payload": b"text", "opcode": TEXT}), (1002, {"payload": b"x", "masked": False}),
                            (1002, {"payload": b"x", "opcode": 3}), (1002, {"payload": b"x", "opcode": 0})):
            client = self.open()
            client.send(**frame)
            opcode, payload = client.receive()
            while opcode == BINARY:
                opcode, payload = client.receive()
            self.assertEqual((opcode, struct.unpack(">H", payload[:2])[0]), (CLOSE, code))
            with self.assertRaises(EOFError):
                client.receive()

    def test_a_close_is_answered_with_a_close(self):
        client = self.open()
        client.send(struct.pack(">H", 1001) + b"leaving", opcode=CLOSE)
        self.assertEqual(client.receive(), (CLOSE, struct.pack(">H", 1001)))

    def test_without_a_certificate_there_is_no_connection(self):
        context = ssl.create_default_context(cafile=self.server.data / "ca/root.pem")
        with self.assertRaises((ssl.SSLError, ConnectionError, EOFError)):
            with context.wrap_socket(socket.create_connection(("127.0.0.1", self.server.port("websocket")), SECONDS_MAX),
                                     server_hostname="localhost") as plain:
                plain.sendall(b"GET /mqtt HTTP/1.1\r\n\r\n")
                if not plain.recv(1):
                    raise EOFError

    def test_who_does_not_finish_its_opening_is_told_and_cut_off(self):
        self.server.stop()
        self.server.config.write_text(self.server.config.read_text(encoding="utf-8") + '[limits]\nhandshake_time = "1s"\n',
                                      encoding="utf-8")
        self.server.start()
        context = ssl.create_default_context(cafile=self.server.data / "ca/root.pem")
        context.load_cert_chain(self.folder / "t-1.pem", self.folder / "t-1.key")
        with context.wrap_socket(socket.create_connection(("127.0.0.1", self.server.port("websocket")), SECONDS_MAX),
                                 server_hostname="localhost") as slow:
            slow.sendall(b"GET /mqtt HTTP/1.1\r\n")
            self.assertTrue(slow.recv(4096).startswith(b"HTTP/1.1 408 "))
            self.assertEqual(slow.recv(4096), b"")
        refusal = self.entries("access.refused")[-1]
        self.assertEqual((refusal["payload"]["device"], refusal["payload"]["rule"]), ("t-1", "opening-timeout"))

    def test_revocation_closes_it(self):
        client = self.open()
        serial = self.server.json("identity", "list", "--device", "t-1")[0]["serial"]
        self.server.run("identity", "revoke", serial, "--why", "keyCompromise")
        kind, body = client.mqtt()
        self.assertEqual((kind, body[0]), (0xe0, 0x98), "DISCONNECT: administrative action")
        self.assertEqual(client.receive()[0], CLOSE)


if __name__ == "__main__":
    unittest.main()
