"""Responses with a real server: a copied key is noticed, its device restricted at once, two people take the identity back, and
whoever wants to know is told, by web and by mail."""
import base64
import datetime
import hashlib
import hmac
import subprocess
import unittest

import application
import outrider
import responding

REPORT = '[{"n":"battery","u":"%","v":81}]'

REROUTE = """
format = 1
id = "reroute"
title = "An empty battery calls for a nearer stop"
[[actuate]]
name = "weak"
when = "below"
reading = "battery"
limit = 20
trust = "mutual-tls"
topic = "app/dispatch/<device>"
[[actuate]]
name = "empty"
when = "below"
reading = "battery"
limit = 5
trust = "device-signed"
topic = "app/dispatch/<device>"
"""


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class Responses(responding.ResponseCase):
    answers = (500,)

    def person(self, name, token=None):
        """Runs commands over HTTPS as whoever has this token, or one that is made here."""
        file = self.folder / f"{name}.token"
        file.write_text(token or self.server.json("token", "create", name)["token"], encoding="utf-8")
        file.chmod(0o600)

        def run(*arguments):
            return subprocess.run([outrider.OUTRIDER, *arguments, "--json", "--server", f"https://localhost:{self.server.port('https')}",
                                   "--token-file", file, "--ca", self.server.data / "ca/root.pem"], capture_output=True, text=True,
                                  timeout=outrider.COMMAND_SECONDS_MAX, check=False)
        return run

    def test_an_alert_restricts_its_device_at_once_and_two_people_take_the_identity_back(self):
        self.enrol("t-1")
        self.enrol("t-2")
        self.mosquitto("mosquitto_pub", "t-2", f"-V 5 -q 1 -t d/me/telemetry -m '{REPORT}'")
        playbook = self.playbook(responding.TELL)
        self.copied_key("t-2", "t-1")
        alert = self.follow("alert.raised", lambda said: said["threat"] == "cloned-identity")
        self.assertEqual((alert["payload"]["device"], alert["payload"]["proof"]), ("t-2", True))
        state = self.follow("device.state-changed", lambda said: said["event"] == "quarantine")
        took = (moment(state["received"]) - moment(alert["received"])).total_seconds()
        print(f"quarantined {1000 * took:.1f} ms after the alert")
        self.assertIn(alert["number"], state["payload"]["cause"])
        self.assertIn("135", self.mosquitto("mosquitto_pub", "t-2", f"-V 5 -d -q 1 -t d/me/telemetry -m '{REPORT}'", check=False).stdout)

        # intent before, outcome after
        started = self.follow("response.started", lambda said: said["action"] == "quarantine")
        done = self.follow("response.done", lambda said: said["response"] == started["payload"]["response"])
        self.assertLess(started["number"], state["number"])
        self.assertLess(state["number"], done["number"])

        self.follow("response.proposed", lambda said: said["action"] == "revoke")
        revoke = self.response("revoke")
        self.assertEqual((revoke["state"], revoke["needs"]), ("proposed", 2))
        ann, bob = self.person("ann"), self.person("bob")
        first = ann("response", "approve", revoke["response"])
        self.assertEqual(outrider.json.loads(first.stdout)["state"], "proposed", first.stderr)
        again = ann("response", "approve", revoke["response"])
        self.assertEqual(outrider.json.loads(again.stderr)["error"]["reason"], "already-approved")
        made = outrider.json.loads(ann("token", "create", "ann-2").stdout)["token"]
        also_ann = self.person("ann-2", made)("response", "approve", revoke["response"])
        self.assertEqual(outrider.json.loads(also_ann.stderr)["error"]["reason"], "same-person")
        self.assertNotIn("revoked", self.server.json("identity", "list", "--device", "t-2")[0])
        second = bob("response", "approve", revoke["response"])
        self.assertEqual(outrider.json.loads(second.stdout)["state"], "done", second.stderr)
        self.assertEqual(self.server.json("identity", "list", "--device", "t-2")[0]["revoked_why"], "keyCompromise")
        self.assertEqual(self.server.json("response", "show", revoke["response"])["approvals"], ["token:ann", "token:bob"])

        self.check_notifications(alert)
        rehearsed = self.server.json("playbook", "test", playbook, "--alert", alert["payload"]["alert"])
        self.assertEqual([row["because"] for row in rehearsed], ["done", "done"])

        quarantine = self.response("quarantine", "proven-impostor")
        self.server.run("alert", "resolve", alert["payload"]["alert"], "false", "--comment", "a test")
        self.follow("response.done", lambda said: said["response"] == quarantine["response"] and said["outcome"] == "released")
        self.assertNotEqual(self.server.json("device", "show", "t-2")["lifecycle"], "quarantined")
        self.server.kill()
        self.server.start()
        self.assertEqual(self.server.json("response", "show", quarantine["response"])["state"], "released")

    def check_notifications(self, alert):
        tries = [self.hooks.seen.get(timeout=responding.WAIT_SECONDS_MAX) for _ in range(2)]  # the first was answered 500
        self.assertEqual(tries[0][0]["Outrider-Id"], tries[1][0]["Outrider-Id"])
        for headers, body in tries:
            signed = headers["Outrider-Timestamp"].encode() + b"." + body
            expected = "v1=" + hmac.new(responding.SECRET.encode(), signed, hashlib.sha256).hexdigest()
            self.assertTrue(hmac.compare_digest(expected, headers["Outrider-Signature"]))
        told = outrider.json.loads(tries[1][1])
        self.assertEqual((told["alert"], told["device"], told["entry"]), (alert["payload"]["alert"], "t-2", alert["number"]))
        said = [entry["payload"] for entry in self.wait_for_end(told["id"])]
        self.assertEqual([(one["outcome"], one["tries"]) for one in said], [("postponed", 1), ("done", 2)])
        sender, to, message = self.mails.seen.get(timeout=responding.WAIT_SECONDS_MAX)
        self.assertEqual((sender, to), ("<outrider@example.com>", ["<soc@example.com>"]))
        head, _, text = message.partition(b"\r\n\r\n")
        self.assertIn(b"Subject: [outrider] demo: ", head)
        self.assertIn(alert["payload"]["alert"], base64.b64decode(text).decode())

    def wait_for_end(self, response):
        """The outcomes of a response, up to its last."""
        self.follow("response.done", lambda said: said["response"] == response and said["outcome"] != "postponed")
        return [entry for entry in self.entries("response.done") if entry["payload"]["response"] == response]

    def test_playbooks_are_listed_tested_added_and_switched_off(self):
        self.assertIn("proven-impostor", [one["playbook"] for one in self.server.json("playbook", "list")])
        bad = self.folder / "bad.toml"
        bad.write_text('format = 1\nid = "x"\ntitle = "X"\n[trigger]\n[[step]]\naction = "revoke"\nmode = "act"\n', encoding="utf-8")
        refused = self.server.run("playbook", "test", bad, check=False)
        self.assertIn("bad.toml:7:8: step.mode", refused.stderr)
        self.assertIn("two people", refused.stderr)
        self.assertNotEqual(self.server.run("playbook", "remove", "nothing", "--reason", "x", check=False).returncode, 0)
        self.server.run("playbook", "remove", "misuse", "--reason", "not here")
        self.assertNotIn("misuse", [one["playbook"] for one in self.server.json("playbook", "list")])
        self.server.kill()
        self.server.start()
        self.assertNotIn("misuse", [one["playbook"] for one in self.server.json("playbook", "list")])

    def test_a_word_acts_when_it_is_trusted_enough_and_waits_for_a_person_when_not(self):
        self.enrol("t-1")
        self.playbook(REROUTE)
        desk = application.add(self.server, self.folder, "dispatch", subscribe=["app/dispatch/#"])
        listener = self.subscribed(desk.ca, desk.cert, desk.key, "-V", "5", "-q", "1", "-t", "app/dispatch/#")

        def report(battery):
            self.mosquitto("mosquitto_pub", "t-1", f"""-V 5 -q 1 -t d/me/telemetry -m '[{{"n":"battery","u":"%","v":{battery}}}]'""")

        report(15)
        sent = self.follow("actuation.sent", lambda said: said.get("outcome") is not None)["payload"]
        self.assertEqual((sent["rule"], sent["outcome"], sent["topic"]), ("weak", "published", "app/dispatch/t-1"))
        self.hears(listener, '"rule":"weak"')
        report(3)
        held = self.follow("actuation.held", lambda said: said["rule"] == "empty")["payload"]
        self.assertEqual(held["because"], "trust")
        self.assertEqual(self.server.json("actuation", "list", "--state", "held")[0]["actuation"], held["actuation"])
        self.server.run("actuation", "approve", held["actuation"])
        self.hears(listener, '"rule":"empty"')
        self.assertNotEqual(self.server.run("actuation", "approve", held["actuation"], check=False).returncode, 0)

    def hears(self, listener, text):
        for line in listener.stdout:
            if text in line:
                return
        self.fail(f"the session ended before '{text}' came")


if __name__ == "__main__":
    unittest.main()
