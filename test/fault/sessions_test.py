"""`kill -9` at random points while clients with kept sessions publish and subscribe: sessions, queued and retained messages
survive, and what is sent at QoS 2 arrives exactly once, in the ledger and at every subscriber.

The clients keep their side of the protocol over every reconnect, as a good client does. TEST_KILLS (default 4) says how
often, TEST_SEED repeats a run.
"""
import collections
import hashlib
import os
import random
import socket
import ssl
import struct
import threading
import time
import unittest

import application
import outrider

KILLS = int(os.environ.get("TEST_KILLS", "4"))
SEED = int(os.environ.get("TEST_SEED", random.randrange(1 << 32)))
PATIENCE = 120
WINDOW = 8

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, SUBACK = range(1, 10)


def text(value):
    return struct.pack("!H", len(value)) + value.encode()


def packet(kind, flags, body):
    length, out = len(body), bytearray([kind << 4 | flags])
    while True:
        length, digit = divmod(length, 128)
        out.append(digit | (128 if length else 0))
        if not length:
            return bytes(out) + body


class Client(threading.Thread):
    """MQTT 3.1.1 with a session that is kept. What it must remember outlives its connections."""

    def __init__(self, test, name):
        super().__init__(name=name, daemon=True)
        self.test, self.known, self.done = test, False, threading.Event()
        self.failure = None

    def run(self):
        while not self.done.is_set():
            try:
                raw = socket.create_connection(("127.0.0.1", self.test.port), timeout=PATIENCE)
                with self.test.tls.wrap_socket(raw, server_hostname="localhost") as self.connection:
                    self.talk()
            except (OSError, EOFError):
                time.sleep(0.02)  # the server is down; it is back in a moment
            except AssertionError as problem:
                self.failure = problem
                return

    def talk(self):
        self.send(CONNECT, 0, text("MQTT") + bytes([4, 0]) + struct.pack("!H", 600) + text(self.name))
        kind, _, body = self.receive()
        assert kind == CONNACK and body[1] == 0, f"{self.name}: CONNACK {body!r}"
        assert not self.known or body[0] == 1, f"{self.name}: its session is lost"
        self.known = True
        self.begin()
        while not self.done.is_set():
            self.heard(*self.receive())

    def send(self, kind, flags, body):
        self.connection.sendall(packet(kind, flags, body))

    def receive(self):
        first = self.take(1)[0]
        length = shift = 0
        while True:
            digit = self.take(1)[0]
            length |= (digit & 127) << shift
            shift += 7
            if digit < 128:
                return first >> 4, first & 15, self.take(length)

    def take(self, count):
        out = b""
        while len(out) < count:
            more = self.connection.recv(count - len(out))
            if not more:
                raise EOFError
            out += more
        return out


class Publisher(Client):
    """Publishes numbered messages, QoS 1 and 2 by turns; every tenth is retained (at QoS 1)."""

    def __init__(self, test, name):
        super().__init__(test, name)
        self.flights = collections.OrderedDict()  # packet identifier → [qos, topic, payload, retain, released]
        self.number = 0
        self.completed, self.lock = [], threading.Lock()  # (qos, topic, payload, retain)

    def begin(self):
        for identifier, (qos, topic, payload, retain, released) in self.flights.items():
            if released:
                self.send(PUBREL, 2, struct.pack("!H", identifier))
            else:
                self.publish(identifier, qos, topic, payload, retain, 8)
        self.fill()

    def fill(self):
        while len(self.flights) < WINDOW and not self.test.enough.is_set():
            self.number += 1
            identifier = (self.number - 1) % 1000 + 1
            if identifier in self.flights:
                self.number -= 1
                return
            qos = 1 + self.number % 2
            topic = f"load/{self.name}" if self.number % 10 else f"state/{self.name}"
            flight = [qos, topic, f"{self.name} {self.number}", self.number % 10 == 0, False]
            self.flights[identifier] = flight
            self.publish(identifier, *flight[:4], 0)

    def publish(self, identifier, qos, topic, payload, retain, dup):
        self.send(PUBLISH, dup | qos << 1 | retain, text(topic) + struct.pack("!H", identifier) + payload.encode())

    def heard(self, kind, _, body):
        identifier = struct.unpack("!H", body[:2])[0]
        if kind == PUBREC:
            if identifier in self.flights:
                self.flights[identifier][4] = True
            self.send(PUBREL, 2, body)
        elif kind in (PUBACK, PUBCOMP) and identifier in self.flights:
            with self.lock:
                self.completed.append(tuple(self.flights.pop(identifier)[:4]))
            self.test.progress()
        self.fill()


class Subscriber(Client):
    """Takes everything; remembers QoS 2 identifiers until they are released."""

    def __init__(self, test, name):
        super().__init__(test, name)
        self.subscribed, self.pending, self.messages = threading.Event(), set(), []

    def begin(self):
        if not self.subscribed.is_set():
            filters = b"".join(text(f) + bytes([2]) for f in ("load/#", "state/#"))
            self.send(SUBSCRIBE, 2, struct.pack("!H", 1) + filters)

    def heard(self, kind, flags, body):
        if kind == SUBACK:
            assert body[2:] == b"\x02\x02", f"{self.name}: SUBACK {body!r}"
            self.subscribed.set()
        elif kind == PUBREL:
            self.pending.discard(struct.unpack("!H", body)[0])
            self.send(PUBCOMP, 0, body)
        elif kind == PUBLISH:
            size = struct.unpack("!H", body[:2])[0]
            qos, raw = flags >> 1 & 3, body[2 + size:4 + size]
            identifier = struct.unpack("!H", raw)[0]
            if qos == 1 or identifier not in self.pending:
                self.messages.append((qos, body[2:2 + size].decode(), body[4 + size:].decode()))
            if qos == 2:
                self.pending.add(identifier)
            self.send(PUBREC if qos == 2 else PUBACK, 0, raw)


class Sessions(outrider.ServerCase):
    def setUp(self):
        super().setUp()
        self.port = self.server.port("mqtt")
        # The clients must find the server again after each kill, so the port it got first stays.
        self.server.config.write_text(outrider.CONFIG.format(data=self.server.data).replace("port = 0", f"port = {self.port}", 1),
                                      encoding="utf-8")
        who = application.add(self.server, self.folder, "load", publish=["load/#", "state/#"], subscribe=["load/#", "state/#"])
        self.tls = ssl.create_default_context(cafile=who.ca)
        self.tls.load_cert_chain(who.cert, who.key)
        self.enough, self.moved, self.count = threading.Event(), threading.Condition(), 0

    def progress(self):
        with self.moved:
            self.count += 1
            self.moved.notify_all()

    def wait_for(self, what, condition):
        end = time.monotonic() + PATIENCE
        while not condition():
            self.assertEqual([str(c.failure) for c in self.clients if c.failure], [], f"seed {SEED}")
            self.assertLess(time.monotonic(), end, f"{what} (seed {SEED})\n{self.server.log_tail()}")
            with self.moved:
                self.moved.wait(0.05)

    def start_clients(self):
        self.publishers = [Publisher(self, f"mouth-{i}") for i in range(2)]
        self.subscribers = [Subscriber(self, f"ear-{i}") for i in range(2)]
        self.clients = self.publishers + self.subscribers
        for client in self.subscribers:
            client.start()
        self.wait_for("subscriptions were not answered", lambda: all(s.subscribed.is_set() for s in self.subscribers))
        for client in self.publishers:
            client.start()

    def test_nothing_is_lost_and_qos_2_arrives_once(self):
        print(f"seed {SEED}, {KILLS} kills")
        chance = random.Random(SEED)
        self.start_clients()
        for _ in range(KILLS):
            goal = self.count + chance.randrange(1, 150)
            self.wait_for("the load stopped", lambda goal=goal: self.count >= goal)
            self.server.kill()
            self.server.start()
        self.enough.set()
        self.wait_for("not everything was acknowledged", lambda: not any(p.flights for p in self.publishers))
        completed = [m for p in self.publishers for m in p.completed]
        wanted = {payload for _, _, payload, _ in completed}
        for subscriber in self.subscribers:
            self.wait_for("a subscriber did not get everything",
                          lambda s=subscriber: wanted <= {payload for _, _, payload in s.messages} and not s.pending)
        for client in self.clients:
            client.done.set()

        held = collections.Counter(e["payload_sha256"] for e in self.entries("application.message"))
        for qos, _, payload, _ in completed:
            times = held[hashlib.sha256(payload.encode()).hexdigest()]
            self.assertEqual(times, 1) if qos == 2 else self.assertGreaterEqual(times, 1)
        for subscriber in self.subscribers:
            heard = collections.Counter(payload for qos, _, payload in subscriber.messages if qos == 2)
            twice = [payload for payload, times in heard.items() if times != 1]
            self.assertEqual(twice, [], f"{subscriber.name} got these more than once (seed {SEED})")
            for publisher in self.publishers:  # and in order, as the first of each came
                numbers = [int(payload.split()[1]) for qos, topic, payload in subscriber.messages
                           if qos == 2 and topic == f"load/{publisher.name}"]
                self.assertEqual(numbers, sorted(numbers), f"{subscriber.name}: order (seed {SEED})")
        self.check_retained(completed)
        self.server.run("ledger", "verify")
        print(f"{len(completed)} completed, {sum(1 for m in completed if m[0] == 2)} of them at QoS 2")

    def check_retained(self, completed):
        """A newcomer finds the last retained message of every topic."""
        last = {topic: payload for _, topic, payload, retain in completed if retain}
        late = Subscriber(self, "late")
        self.clients.append(late)
        late.start()
        self.wait_for("retained messages did not come", lambda: len(late.messages) >= len(last))
        late.done.set()
        self.assertEqual({topic: payload for _, topic, payload in late.messages}, last)


if __name__ == "__main__":
    unittest.main()
