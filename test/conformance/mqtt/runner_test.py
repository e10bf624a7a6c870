"""The suite itself under test: its tables are complete, and it notices what a broker does wrong."""
import pathlib
import socket
import sys
import threading
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import clauses  # noqa: E402
import decoder  # noqa: E402
import dialogue  # noqa: E402
import encoder  # noqa: E402
from connection import Target  # noqa: E402
from decoder import Broken  # noqa: E402
from client import Failed  # noqa: E402
from player import Play  # noqa: E402
from properties import *  # noqa: E402

WELCOME = {4: bytes.fromhex("20020000"), 5: bytes.fromhex("2003000000")}


class Tables(unittest.TestCase):
    def setUp(self):
        self.tables = {version: clauses.read_table(version) for version in (4, 5)}
        self.dialogues = dialogue.read_all(HERE / "dialogues")

    def test_every_statement_that_a_server_can_break_has_a_dialogue(self):
        self.assertEqual(clauses.gaps(self.tables, self.dialogues), [])

    def test_the_tables_hold_all_numbered_statements_of_the_specifications(self):
        self.assertEqual({v: len(t) for v, t in self.tables.items()}, {4: 141, 5: 251})

    def test_a_statement_without_a_dialogue_is_noticed(self):
        fewer = [d for d in self.dialogues if "3.6.1-1" not in d.clauses.get(5, [])]
        self.assertIn("no dialogue shows [MQTT-3.6.1-1] of MQTT 5.0", clauses.gaps(self.tables, fewer))

    def test_a_statement_that_does_not_exist_is_noticed(self):
        self.dialogues[0].clauses[5] = ["9.9.9-9"]
        self.assertIn("MQTT 5.0 has no statement [MQTT-9.9.9-9], which a dialogue names", clauses.gaps(self.tables, self.dialogues))

    def test_the_page_of_results_is_of_these_dialogues_and_statements(self):
        page = (HERE.parents[2] / "docs/conformance.md").read_text(encoding="utf-8")
        missing = [d.title for d in self.dialogues if f"- {d.title} (" not in page]
        missing += [c.id for table in self.tables.values() for c in table if f"| MQTT-{c.id} |" not in page]
        self.assertEqual(missing, [], "run test/conformance/mqtt/report")
        notes = [line[3:] for line in (HERE / "notes.txt").read_text(encoding="utf-8").splitlines() if line.startswith("== ")]
        self.assertEqual(set(notes) - {d.title for d in self.dialogues}, set())

    def test_every_step_can_be_read(self):
        for item in self.dialogues:
            for step in item.steps:
                with self.subTest(f"{item.file}: {step.text}"):
                    self.assertGreater(len(dialogue.tokens(step.text, b"root", {})), 1)


class Decoder(unittest.TestCase):
    def test_what_no_server_may_send_is_refused(self):
        for why, version, text in (
                ("reserved Connect Acknowledge Flags", 5, "2003020000"), ("Session Present in a refusal", 4, "20020105"),
                ("an unknown return code", 4, "20020006"), ("an unknown reason code", 5, "2003000400"),
                ("a property twice", 5, "2009000006210001210001"), ("a property of another packet", 5, "2008000005020000000a"),
                ("Receive Maximum 0", 5, "2006000003210000"), ("flags of PUBACK", 4, "41020001"), ("flags of PUBREL", 4, "60020001"),
                ("QoS 3", 4, "3606000161000178"), ("DUP with QoS 0", 4, "380400016178"), ("Packet Identifier 0", 4, "32050001610000"),
                ("a wildcard in a topic", 4, "300400012378"), ("ill-formed UTF-8", 4, "30040001ff78"), ("U+0000", 4, "300400010078"),
                ("a truncated packet", 4, "400100"), ("a byte too many", 4, "d00100"), ("AUTH in MQTT 3.1.1", 4, "f000"),
                ("DISCONNECT in MQTT 3.1.1", 4, "e000"), ("SUBACK 3", 4, "9003000103"), ("a client's packet", 5, "c000")):
            with self.subTest(why):
                data = bytes.fromhex(text)
                self.assertEqual(decoder.frame(data), len(data))
                with self.assertRaises(Broken):
                    decoder.decode(data, version)

    def test_lengths_longer_than_they_need_be_are_refused(self):
        for text in ("d08000", "d0ffffffff01"):
            with self.subTest(text), self.assertRaises(Broken):
                decoder.frame(bytes.fromhex(text))

    def test_a_packet_is_as_the_specification_draws_it(self):
        words = encoder.Words([b"a/b", b"hi"], [("qos", b"1"), ("id", b"10"), ("retain", b"1")])
        self.assertEqual(encoder.encode(PUBLISH, words, 4).hex(), "33090003612f62000a6869")
        self.assertEqual(encoder.encode(CONNECT, encoder.Words([], [("keep-alive", b"10")]), 5, b"x").hex(),
                         "100e00044d5154540502000a00000178")
        with self.assertRaises(ValueError):
            encoder.encode(PUBLISH, encoder.Words([b"a"], [("colour", b"1")]), 5)


class Player(unittest.TestCase):
    """Dialogues against a server that only recites: `answers` go out one by one, each after something came in."""

    def play(self, version, steps, *answers):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def recite():
            try:
                peer, _ = listener.accept()
                with peer:
                    for answer in answers:
                        peer.recv(4096)
                        peer.sendall(answer)
                    peer.recv(1)
            except OSError:
                pass
        threading.Thread(target=recite, daemon=True).start()
        item = dialogue.Dialogue("test", "test", 0, {version: []}, [dialogue.Step(0, s, None) for s in steps])
        Play(Target("127.0.0.1", listener.getsockname()[1]), version, patience=0.5).run(item)

    def test_a_server_that_does_as_expected_passes(self):
        self.play(4, ["a connects", "a alive"], WELCOME[4], b"\xd0\x00")

    def test_another_answer_fails(self):
        with self.assertRaisesRegex(Failed, "code is 5"):
            self.play(4, ["a connects"], bytes.fromhex("20020005"))

    def test_no_answer_fails(self):
        with self.assertRaisesRegex(Failed, "no PINGRESP came"):
            self.play(4, ["a connects", "a alive"], WELCOME[4], b"")

    def test_a_connection_that_stays_open_fails(self):
        with self.assertRaisesRegex(Failed, "not closed"):
            self.play(4, ["a connects", "a > CONNECT", "a closed"], WELCOME[4], b"")

    def test_a_packet_that_nobody_expected_fails(self):
        with self.assertRaisesRegex(Failed, "nobody expected"):
            self.play(4, ["a connects", "a > SUBSCRIBE id=1 t:0", "a alive"], WELCOME[4], bytes.fromhex("9003000100d000"))

    def test_a_message_where_silence_was_expected_fails(self):
        with self.assertRaisesRegex(Failed, "it got PUBLISH"):
            self.play(4, ["a connects", "a hears nothing"], WELCOME[4], bytes.fromhex("300400017478d000"))

    def test_a_packet_before_connack_fails(self):
        with self.assertRaisesRegex(Broken, "before a CONNACK"):
            self.play(4, ["a connects"], b"\xd0\x00")

    def test_more_than_receive_maximum_fails(self):
        two = bytes.fromhex("32070001740001007832070001740002" "0078")
        with self.assertRaisesRegex(Broken, "Receive Maximum"):
            self.play(5, ["a connects receive-maximum=1", "a alive"], WELCOME[5], two)

    def test_a_packet_larger_than_the_client_takes_fails(self):
        with self.assertRaisesRegex(Broken, "larger than the client takes"):
            self.play(5, ["a connects maximum-packet=5", "a alive"], WELCOME[5], bytes.fromhex("3006000174007878"))

    def test_a_reason_string_that_was_not_wanted_fails(self):
        with self.assertRaisesRegex(Broken, "asked for none"):
            self.play(5, ["a connects request-problem=0", "a > PUBLISH t 'x' qos=1 id=1", "a < PUBACK"], WELCOME[5],
                      bytes.fromhex("4008000187041f000178"))


if __name__ == "__main__":
    unittest.main()
