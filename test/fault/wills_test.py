"""`kill -9` of the server while clients have wills: each is published once, whether its session is kept or not, and however
far its publication was.

TEST_KILLS (default 6) says how often the second test kills, TEST_SEED repeats a run.
"""
import collections
import hashlib
import os
import random
import socket
import ssl
import struct
import time
import unittest

import application
import outrider
import sessions_test as wire

KILLS = int(os.environ.get("TEST_KILLS", "6"))
SEED = int(os.environ.get("TEST_SEED", random.randrange(1 << 32)))
PATIENCE = 120


class Client:
    """MQTT 5 over one connection, with a will when `last_words` are given."""

    def __init__(self, test, name, last_words=None, expiry=0, retain=False):
        raw = socket.create_connection(("127.0.0.1", test.server.port("mqtt")), timeout=PATIENCE)
        self.connection = test.tls.wrap_socket(raw, server_hostname="localhost")
        flags = 2 if last_words is None else 2 | 4 | 2 << 3 | retain << 5  # a clean start; the will at QoS 2
        properties = b"\x11" + struct.pack("!I", expiry)
        body = wire.text("MQTT") + bytes([5, flags]) + struct.pack("!H", 600) + bytes([len(properties)]) + properties + wire.text(name)
        if last_words is not None:
            body += b"\0" + wire.text("wills/" + name) + wire.text(last_words)
        self.connection.sendall(wire.packet(wire.CONNECT, 0, body))
        answer = self.connection.recv(4096)
        test.assertEqual((answer[0] >> 4, answer[3]), (wire.CONNACK, 0), answer)

    def cut(self):
        """As a modem that loses power: no DISCONNECT."""
        self.connection.close()

    def leave(self):
        """DISCONNECT; the server has heard it when this returns."""
        self.connection.sendall(bytes([0xE0, 0]))
        while self.connection.recv(4096):
            pass
        self.connection.close()


class Wills(outrider.ServerCase):
    def setUp(self):
        super().setUp()
        who = application.add(self.server, self.folder, "load", publish=["wills/#"], subscribe=["wills/#"])
        self.tls = ssl.create_default_context(cafile=who.ca)
        self.tls.load_cert_chain(who.cert, who.key)

    def published(self):
        """How often each payload is in the ledger."""
        return collections.Counter(e["payload_sha256"] for e in self.entries("application.message"))

    def wait_for(self, words):
        wanted = {hashlib.sha256(each.encode()).hexdigest() for each in words}
        end = time.monotonic() + PATIENCE
        while not wanted <= set(self.published()):
            self.assertLess(time.monotonic(), end, f"seed {SEED}: wills are missing\n{self.server.log_tail()}")
            time.sleep(0.05)
        return {each: self.published()[hashlib.sha256(each.encode()).hexdigest()] for each in words}

    def test_wills_of_sessions_that_are_not_kept_survive_the_server(self):
        clients = [Client(self, f"c-{i}", f"gone {i}") for i in range(5)]
        goodbye = Client(self, "polite", "never said")
        goodbye.leave()
        kept = Client(self, "kept", "gone with a session", expiry=1)
        self.server.kill()
        self.server.start()
        times = self.wait_for([f"gone {i}" for i in range(5)] + ["gone with a session"])
        self.assertEqual(set(times.values()), {1}, times)
        self.server.kill()
        self.server.start()
        self.assertEqual(set(self.wait_for(list(times)).values()), {1}, "a second start says nothing again")
        self.assertNotIn(hashlib.sha256(b"never said").hexdigest(), self.published())
        for client in [*clients, kept]:
            client.cut()

    def test_a_will_is_published_once_however_far_it_was(self):
        print(f"seed {SEED}, {KILLS} kills")
        chance, words = random.Random(SEED), []
        for run in range(KILLS):
            clients = []
            for i in range(12):
                words.append(f"{run}-{i}")
                clients.append(Client(self, f"c-{run}-{i}", words[-1], expiry=chance.choice((0, 600)), retain=i % 3 == 0))
            for client in clients:
                client.cut()
            time.sleep(chance.uniform(0, 0.06))  # somewhere between the first and the last of them
            self.server.kill()
            self.server.start()
        times = self.wait_for(words)
        self.assertEqual({each: n for each, n in times.items() if n != 1}, {}, f"seed {SEED}")
        self.server.run("ledger", "verify")


if __name__ == "__main__":
    unittest.main()
