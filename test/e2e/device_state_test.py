"""A device's life as an operator leads it: quarantine and release in a live session, lost and found, refusals."""
import unittest
import urllib.request

import application
import outrider

REPORT = '[{"n":"battery","u":"%","v":81}]'


class DeviceState(outrider.ServerCase):
    def setUp(self):
        super().setUp()
        self.enrol("t-1")

    def change(self, event, *more, check=True):
        done = self.server.run("device", event, "t-1", "--reason", "speaks at night", "--json", *more, check=check)
        return outrider.json.loads(done.stdout) if check else done

    def state(self):
        return self.server.json("device", "show", "t-1")["lifecycle"]

    def publish(self, topic, message=REPORT, check=True):
        return self.mosquitto("mosquitto_pub", "t-1", f"-V 5 -d -q 1 -t d/me/{topic} -m '{message}'", check)

    def listener(self, certificate, client, *topics):
        filters = [word for topic in topics for word in ("-t", topic)]
        return self.subscribed(self.server.data / "ca/root.pem", f"{certificate}.pem", f"{certificate}.key", "-V", "5", "-i", client,
                               "-q", "1", *filters)

    def hears(self, listener, text):
        for line in listener.stdout:
            if text in line:
                return
        self.fail(f"the session ended before '{text}' came")

    def counted(self, rule):
        with urllib.request.urlopen(f"http://{self.server.addresses['metrics']}/metrics", timeout=30) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith("outrider_mqtt_refused_total") and f'rule="{rule}"' in line:
                    return float(line.split()[-1])
        return 0

    def why(self, *arguments, allowed):
        done = self.server.run("why", "t-1", *arguments, "--json", check=False)
        self.assertEqual(done.returncode, 0 if allowed else 1, done.stdout + done.stderr)
        return outrider.json.loads(done.stdout)

    def test_a_live_session_in_quarantine_goes_on_with_its_diagnostics_and_is_whole_after_release(self):
        desk = application.add(self.server, self.folder, "desk", publish=["d/+/command"], subscribe=["d/+/telemetry"])

        def command(text):
            self.shell(f"mosquitto_pub -h localhost -p $MQTT --cafile {desk.ca} --cert {desk.cert} --key {desk.key} -q 1 -V 5 "
                       f"-t d/t-1/command -m '{text}'")

        device = self.listener("t-1", "t-1/listener", "d/me/command")
        self.publish("telemetry")
        before = self.entries("telemetry")[-1]["number"]
        while self.state() != "active":  # its first session is in the ledger, and not yet in every table
            pass
        changed = self.change("quarantine")
        self.assertEqual((changed["from"], changed["lifecycle"]), ("active", "quarantined"))

        refused = self.publish("telemetry", check=False)
        self.assertRegex(refused.stdout + refused.stderr, r"(?i)not authori[sz]ed|RC:135")
        self.publish("log", "boot")
        command("report yourself")
        self.hears(device, "report yourself")
        self.assertEqual(len(self.entries("telemetry")), 1)
        self.assertEqual(self.entries("access.refused")[-1]["payload"]["rule"], "device-quarantined")
        self.assertEqual(self.counted("device-quarantined"), 1)
        self.est("simplereenroll", "--cert t-1.pem --key t-1.key --data @t-1.csr", "renewed.pem")

        answer = self.why("publish", "d/me/telemetry", allowed=False)
        self.assertEqual(answer["rule"], "device-quarantined")
        self.assertIn("outrider device release t-1", answer["remedy"])
        entry = self.entries("device.state-changed")[-1]
        self.assertEqual((answer["facts"][0]["entry"], answer["facts"][0]["kind"]), (entry["number"], entry["kind"]))
        self.assertRegex(answer["facts"][0]["says"], r"the device is quarantined: speaks at night \(by .+\)")
        self.assertEqual(entry["payload"]["event"], "quarantine")
        self.why("publish", "d/me/log", allowed=True)
        self.why("connect", allowed=True)

        self.assertEqual(self.change("release")["lifecycle"], "active")
        self.publish("telemetry")
        command("thank you")
        self.hears(device, "thank you")
        past = self.why("publish", "d/me/telemetry", "--as-of", str(entry["number"]), allowed=False)
        self.assertIn("is quarantined", past["facts"][0]["says"])
        self.why("publish", "d/me/telemetry", "--as-of", str(before), allowed=True)
        self.why("publish", "d/me/telemetry", allowed=True)
        ended = [e["payload"]["reason"] for e in self.entries("session.closed") if e["payload"]["reason"].startswith("device-")]
        self.assertEqual(ended, [], "nobody was disconnected")

    def test_a_lost_device_is_cut_off_and_comes_back_with_the_same_certificate(self):
        device = self.listener("t-1", "t-1/listener", "d/me/command")
        self.change("lost")
        self.assertRegex(device.stdout.read(), r"(?i)disconnect|administrative|connection")
        refused = self.publish("log", "x", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertEqual(self.entries("access.refused")[-1]["payload"]["rule"], "device-lost")
        self.assertEqual(self.why("connect", allowed=False)["rule"], "device-lost")
        self.assertEqual(self.change("found")["lifecycle"], "quarantined")
        self.publish("log", "x")
        self.assertIn("135", self.publish("telemetry", check=False).stdout)
        self.change("release")
        self.publish("telemetry")

    def test_a_stolen_device_loses_its_identity_where_that_is_asked_for(self):
        tried = self.change("stolen", "--revoke", "--dry-run")
        self.assertEqual((tried["revoked"], tried["dry_run"], self.state()), (1, True, "enrolled"))
        self.assertEqual(self.change("stolen", "--revoke")["revoked"], 1)
        self.assertEqual(self.server.json("identity", "list", "--device", "t-1")[0]["revoked_why"], "keyCompromise")
        self.assertEqual(self.change("found")["lifecycle"], "quarantined")
        self.assertNotEqual(self.publish("log", "x", check=False).returncode, 0)

    def test_what_cannot_happen_is_refused_with_both_states_and_changes_nothing(self):
        refused = self.change("release", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("is enrolled and cannot become active", refused.stderr)
        self.assertIn("no-such-transition", refused.stderr)
        self.assertEqual(self.change("found", "--dry-run", check=False).returncode, 1)
        self.assertEqual(self.server.run("device", "quarantine", "t-1", check=False).returncode, 2, "without a reason")
        self.assertEqual(self.server.run("device", "lost", "t-1", "--reason", "a\nb", check=False).returncode, 1)
        self.assertEqual(self.server.run("device", "quarantine", "t-9", "--reason", "x", check=False).returncode, 5)
        self.change("retire")
        final = self.change("found", check=False)
        self.assertIn("is retired, which is final, and cannot become quarantined", final.stderr)
        self.assertEqual(self.state(), "retired")
        self.assertEqual(len(self.entries("device.state-changed")), 0)

    def test_a_quarantine_that_was_answered_survives_kill_9(self):
        self.change("quarantine")
        self.server.kill()
        self.server.start()
        self.assertEqual(self.state(), "quarantined")
        self.assertIn("135", self.publish("telemetry", check=False).stdout)


if __name__ == "__main__":
    unittest.main()
