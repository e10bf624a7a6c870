"""Acting on a device's word, with real devices and an application that listens: what is believed acts at once, what is not waits
for a person, and neither happens twice."""
import re
import unittest

import application
import outrider
import responding

PLAYBOOK = """
format = 1
id = "harbour"
title = "A container leaves the harbour, or warms up"
[[actuate]]
name = "leaves"
when = "leaves-area"
lat = 51.95
lon = 4.05
radius_m = 500
trust = "mutual-tls"
topic = "app/dispatch/<device>/left"
message = "ask the driver"
[[actuate]]
name = "warm"
when = "above"
reading = "battery"
limit = 90
trust = "device-signed"
topic = "app/dispatch/<device>/charge"
[[actuate]]
name = "call"
when = "below"
reading = "battery"
limit = 20
trust = "mutual-tls"
topic = "d/<device>/command"
"""
# As docs/signed-readings.md makes them.
SIGN = re.search(r"```python\n(.*?)```", (outrider.SOURCE / "docs/signed-readings.md").read_text(encoding="utf-8"), re.DOTALL).group(1)
INSIDE, OUTSIDE, FARTHER = (51.95, 4.05), (51.9572, 4.05), (51.958, 4.05)


class Actuation(responding.ResponseCase):
    def setUp(self):
        super().setUp()
        self.enrol("t-1")
        self.playbook(PLAYBOOK)
        self.dispatch = application.add(self.server, self.folder, "dispatch", subscribe=["app/dispatch/#"])
        self.listener = self.listen()
        self.ago = 800

    def listen(self):
        desk = self.dispatch
        return self.subscribed(desk.ca, desk.cert, desk.key, "-V", "5", "-q", "1", "-t", "app/dispatch/#")

    def report(self, records):
        self.mosquitto("mosquitto_pub", "t-1", f"-V 5 -q 1 -t d/me/telemetry -m '{outrider.json.dumps(records)}'")

    def drive(self, *places):
        """Reports places a hundred seconds apart, as slowly as a lorry in a harbour: a jump would be a false position."""
        for place in places:
            self.report([{"n": "lat", "u": "lat", "v": place[0], "t": -self.ago}, {"n": "lon", "u": "lon", "v": place[1], "t": -self.ago}])
            self.ago -= 100

    def battery(self, percent):
        self.report([{"n": "battery", "u": "%", "v": percent}])

    def heard(self):
        """The next message that the application hears."""
        for line in self.listener.stdout:
            if line.startswith("{"):
                return outrider.json.loads(line)
        return self.fail("the session ended")

    def sent(self, rule):
        return self.follow("actuation.sent", lambda said: said["rule"] == rule and said.get("outcome") is not None)["payload"]

    def held(self):
        return self.server.json("actuation", "list", "--state", "held")

    def test_a_word_that_is_believed_acts_once_for_each_crossing(self):
        self.drive(INSIDE, OUTSIDE, FARTHER)
        message = self.heard()
        self.assertEqual((message["rule"], message["device"], message["text"], message["trust"]),
                         ("leaves", "t-1", "ask the driver", "mutual-tls"))
        self.assertEqual((message["lat"], message["lon"]), OUTSIDE)
        self.assertEqual(self.sent("leaves")["outcome"], "published")
        self.drive(INSIDE, OUTSIDE)
        self.assertNotEqual(self.heard()["actuation"], message["actuation"])
        self.server.kill()
        self.server.start()
        self.listener = self.listen()
        self.drive(FARTHER, INSIDE, OUTSIDE)
        third = self.heard()
        self.assertEqual(third["lat"], OUTSIDE[0])
        self.follow("actuation.sent", lambda said: said["actuation"] == third["actuation"] and said.get("outcome") is not None)
        self.assertEqual(len({entry["payload"]["actuation"] for entry in self.entries("actuation.sent")}), 3)
        self.assertEqual(len(self.entries("actuation.sent")), 6, "an intent and an outcome of each, and nothing more")

    def test_what_the_device_has_signed_acts_where_a_signature_is_asked_for(self):
        (self.folder / "sign_reading.py").write_text(SIGN, encoding="utf-8")
        cose = 'application/cose; cose-type="cose-sign1"'
        self.shell(f"""echo '[{{"n":"battery","u":"%","v":95}}]' | python3 sign_reading.py t-1.key t-1.pem 1 0 > reading.cose""")
        self.mosquitto("mosquitto_pub", "t-1", f"-V 5 -q 1 -t d/me/telemetry -D publish content-type '{cose}' -f reading.cose")
        message = self.heard()
        self.assertEqual((message["rule"], message["battery"], message["trust"]), ("warm", 95, "device-signed"))
        self.assertEqual(self.held(), [])
        # Who has the session, and not the key, cannot say that it is signed.
        self.battery(80)
        self.mosquitto("mosquitto_pub", "t-1", f"""-V 5 -q 1 -t d/me/telemetry -D publish content-type '{cose}; trust=device-signed' """
                       """-m '[{"n":"battery","u":"%","v":96}]'""", check=False)
        self.battery(97)
        held = self.follow("actuation.held", lambda said: said["rule"] == "warm")["payload"]
        self.assertEqual((held["because"], outrider.json.loads(held["message"])["battery"]), ("trust", 97))

    def test_what_falls_short_waits_for_a_person_also_over_a_kill(self):
        self.battery(95)
        first = self.follow("actuation.held", lambda said: said["rule"] == "warm")["payload"]
        self.assertEqual(first["because"], "trust")
        self.battery(80)
        self.battery(96)
        second = self.follow("actuation.held", lambda said: said["actuation"] != first["actuation"])["payload"]
        self.assertEqual([one["actuation"] for one in self.held()], [second["actuation"]], "the newest alone waits")
        self.server.kill()
        self.server.start()
        self.listener = self.listen()
        self.assertIn("superseded", self.server.run("actuation", "approve", first["actuation"], check=False).stderr)
        self.server.run("actuation", "approve", second["actuation"], "--reason", "the driver was asked")
        message = self.heard()
        self.assertEqual((message["rule"], message["battery"]), ("warm", 96))
        said = self.follow("actuation.decided", lambda said: said["actuation"] == second["actuation"])["payload"]
        self.assertEqual((said["approved"], said["why"]), (True, "the driver was asked"))
        self.assertTrue(said["by"].startswith("local:"))
        self.assertEqual(self.held(), [])

    def test_what_a_person_rejects_does_not_happen_and_a_reason_is_wanted(self):
        self.battery(95)
        held = self.follow("actuation.held", lambda said: said["rule"] == "warm")["payload"]["actuation"]
        self.assertNotEqual(self.server.run("actuation", "reject", held, check=False).returncode, 0)
        self.server.run("actuation", "reject", held, "--reason", "a test")
        self.assertNotEqual(self.server.run("actuation", "approve", held, check=False).returncode, 0)
        self.drive(INSIDE, OUTSIDE)
        self.assertEqual(self.heard()["rule"], "leaves", "nothing was said of the other")

    def test_nothing_acts_on_the_word_of_a_device_whose_identity_is_in_doubt(self):
        self.enrol("t-2")
        self.copied_key("t-1", "t-2")
        self.follow("response.done", lambda said: said["detail"] == "t-1 is quarantined")
        alert = self.server.json("alert", "list", "--device", "t-1")[0]["alert"]
        self.follow("response.started", lambda said: said["action"] == "hold_actuation")
        quarantine = self.response("quarantine", "proven-impostor")["response"]
        self.server.run("response", "release", quarantine, "--reason", "it may speak, and is not believed")
        self.drive(INSIDE, OUTSIDE)
        held = self.follow("actuation.held", lambda said: said["rule"] == "leaves")["payload"]
        self.assertIn(held["because"], ("held", "standing-alert"))
        self.server.run("alert", "resolve", alert, "false", "--comment", "a test")
        self.follow("response.done", lambda said: said["detail"] == "its word counts again")
        self.drive(INSIDE, OUTSIDE)
        self.assertEqual(self.heard()["lat"], OUTSIDE[0])

    def test_a_command_that_nobody_hears_is_said_to_be_heard_by_nobody(self):
        self.battery(10)
        self.assertEqual(self.sent("call")["outcome"], "nobody-listens")


if __name__ == "__main__":
    unittest.main()
