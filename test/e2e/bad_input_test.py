"""Nonsense on every port and in every file: a clear answer, and the server goes on."""
import contextlib
import random
import socket
import ssl
import unittest

import outrider


class BadInput(outrider.ServerCase):
    def setUp(self):
        super().setUp()
        self.random = random.Random(20260101)
        self.enrol("t-1")

    def tls(self, listener, device=None):
        context = ssl.create_default_context(cafile=self.server.data / "ca/root.pem")
        if device:
            context.load_cert_chain(self.folder / f"{device}.pem", self.folder / f"{device}.key")
        raw = socket.create_connection(("127.0.0.1", self.server.port(listener)), timeout=20)
        return context.wrap_socket(raw, server_hostname="localhost")

    def drain(self, connection):
        """Reads until the server hangs up; a server that never does fails by the socket's timeout."""
        got = b""
        try:
            while chunk := connection.recv(65536):
                got += chunk
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            connection.close()
        return got

    def still_works(self):
        self.mosquitto("mosquitto_pub", "t-1", "-q 1 -t d/t-1/telemetry -m '[{\"n\":\"speed\",\"u\":\"m/s\",\"v\":1}]'")

    def send(self, connection, data):
        try:
            connection.sendall(data)
        except (ConnectionError, ssl.SSLError):
            pass

    def test_random_bytes_instead_of_tls(self):
        for listener in ("mqtt", "https"):
            for size in (1, 5, 300, 20000):
                raw = socket.create_connection(("127.0.0.1", self.server.port(listener)), timeout=20)
                self.send(raw, self.random.randbytes(size))
                with contextlib.suppress(OSError):  # cut off already
                    raw.shutdown(socket.SHUT_WR)
                self.drain(raw)
        self.still_works()

    def test_random_bytes_instead_of_mqtt(self):
        for size in (1, 2, 100, 70000):
            connection = self.tls("mqtt", "t-1")
            self.send(connection, b"\x00" + self.random.randbytes(size))  # packet type 0 is reserved
            self.drain(connection)
        self.still_works()

    def test_a_packet_longer_than_the_limit_is_refused_before_it_is_read(self):
        connection = self.tls("mqtt", "t-1")
        # CONNECT (MQTT 5, client id t-1), then a PUBLISH that claims 268,435,455 bytes.
        self.send(connection, bytes.fromhex("1010") + b"\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03t-1" + b"\x30\xff\xff\xff\x7f" + b"x" * 1000)
        answer = self.drain(connection)
        self.assertEqual(answer[0], 0x20)  # CONNACK
        self.assertIn(b"\xe0", answer)  # DISCONNECT with a reason follows
        self.still_works()

    def test_http_nonsense_gets_4xx_or_a_closed_connection(self):
        for request in (b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
                        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 100000 + b"\r\n\r\n",
                        b"POST /api/v1/fleets HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
                        b"POST /.well-known/est/demo/simpleenroll HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n"):
            connection = self.tls("https")
            self.send(connection, request)
            answer = self.drain(connection)
            self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1.1 4") or answer.startswith(b"HTTP/1.0 4"), (request[:60], answer[:200]))
        self.still_works()

    def test_a_profile_with_a_mistake_names_file_line_and_key(self):
        path = self.folder / "mine.toml"
        text = (outrider.SOURCE / "profiles/fleet-tracker.toml").read_text(encoding="utf-8")
        path.write_text(text + "\n[readngs]\n", encoding="utf-8")
        done = self.shell(f"outrider profile check {path}", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(f"mine.toml:{text.count(chr(10)) + 2}", done.stdout + done.stderr)
        self.assertIn("did you mean", done.stdout + done.stderr)

    def test_a_configuration_with_a_mistake_names_file_line_and_key(self):
        path = self.folder / "bad.toml"
        path.write_text("[mqtt]\nprot = 1883\n", encoding="utf-8")
        done = self.shell(f"outrider config check --config {path}", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("bad.toml:2", done.stdout + done.stderr)
        self.assertRegex(done.stdout + done.stderr, r"did you mean '(mqtt\.)?port'")

    def test_a_csv_with_a_mistake_adds_nothing(self):
        path = self.folder / "devices.csv"
        path.write_text("device,profile\nb-1,fleet-tracker\nb-2,no-such-profile\n", encoding="utf-8")
        done = self.server.run("device", "add", "--csv", path, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("devices.csv:3", done.stderr)
        self.assertEqual([d["device"] for d in self.server.json("device", "list")], ["t-1"])


if __name__ == "__main__":
    unittest.main()
