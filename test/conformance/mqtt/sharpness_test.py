"""A broker that does one thing wrong must fail: Mosquitto, whose packets are spoilt on their way to the dialogues."""
import concurrent.futures
import pathlib
import shutil
import sys
import tempfile
import unittest
from unittest import mock

import mosquitto

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import decoder  # noqa: E402
import dialogue  # noqa: E402
from client import Failed, Unavailable  # noqa: E402
from connection import Target  # noqa: E402
from decoder import Broken  # noqa: E402
from player import Play  # noqa: E402
from properties import *  # noqa: E402

READ = decoder.decode


def field(kind, name, value):
    def spoil(packet):
        if packet["type"] == kind and name in packet:
            packet[name] = value
    return spoil


def without(name):
    def spoil(packet):
        packet["properties"] = [p for p in packet["properties"] if p[0] != name]
    return spoil


def backwards(packet):
    packet["properties"].reverse()


def all_granted(packet):
    if packet["type"] in (SUBACK, UNSUBACK) and "codes" in packet:
        packet["codes"] = [0] * len(packet["codes"])


# What is done to every packet, and the files of dialogues of which one at least must notice.
FAULTS = (
    ("no message is marked as retained", "retain", field(PUBLISH, "retain", 0)),
    ("every message is marked as retained", "retain", field(PUBLISH, "retain", 1)),
    ("DUP is never set", "qos", field(PUBLISH, "dup", 0)),
    ("every message is a repetition", "publish", field(PUBLISH, "dup", 1)),
    ("there never is a session", "session", field(CONNACK, "present", 0)),
    ("there always is a session", "session", field(CONNACK, "present", 1)),
    ("everything is granted", "subscribe", all_granted),
    ("User Properties are lost", "publish", without("user")),
    ("User Properties change their order", "publish", backwards),
    ("Subscription Identifiers are lost", "subscribe", without("subid")),
    ("Response Topics are lost", "publish", without("response-topic")),
    ("Correlation Data are lost", "publish", without("correlation")),
    ("Content Types are lost", "will", without("content-type")),
    ("acknowledgements name another packet", "framing", field(PUBACK, "id", 4)),
)


class Sharpness(unittest.TestCase):
    def setUp(self):
        folder = tempfile.mkdtemp(prefix="sharpness-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.broker = mosquitto.Mosquitto(folder).start()
        self.addCleanup(self.broker.stop)

    def failing(self, file, spoil=None, but=frozenset()):
        """Titles, with versions, of that file's dialogues that fail; those in `but` are not played."""
        def decode(data, version):
            packet = READ(data, version)
            if spoil:
                spoil(packet)
            return packet

        def play(pair):
            try:
                Play(Target("127.0.0.1", self.broker.port), pair[1], patience=2).run(pair[0])
            except (Failed, Broken):
                return pair[0].title, pair[1]
            except Unavailable:
                pass
            return None

        quick = [d for d in dialogue.read_all(HERE / "dialogues") if d.file == file and not any(s.text.startswith("wait ") for s in d.steps)]
        chosen = [(d, v) for d in quick for v in d.clauses if (d.title, v) not in but]
        with mock.patch.object(decoder, "decode", decode), concurrent.futures.ThreadPoolExecutor(64) as pool:
            return set(pool.map(play, chosen)) - {None}

    def test_every_fault_is_noticed(self):
        honest = {file: self.failing(file) for file in {file for _, file, _ in FAULTS}}
        for fault, file, spoil in FAULTS:
            with self.subTest(fault):
                self.assertNotEqual(self.failing(file, spoil, honest[file]), set())


if __name__ == "__main__":
    unittest.main()
