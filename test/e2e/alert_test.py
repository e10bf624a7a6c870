"""An alert's life with a real server: raised by what a device does over MQTT, decided by people, there after kill -9."""
import subprocess
import unittest

import outrider

LOUD = '[{"n":"battery","u":"%","v":81}]'


class Alerts(outrider.ServerCase):
    def stolen(self, *devices):
        """Devices that are reported stolen and yet try to connect."""
        for device in devices:
            self.enrol(device)
            self.server.run("device", "stolen", device, "--reason", "police report 4711")
            tried = self.mosquitto("mosquitto_pub", device, f"-V 5 -q 1 -t d/me/telemetry -m '{LOUD}'", check=False)
            self.assertNotEqual(tried.returncode, 0)

    def raised(self, device):
        """Waits for the alert about the device, as whoever watches does."""
        watch = subprocess.Popen([outrider.OUTRIDER, "tail", "--follow", "--from", "0", "--kind", "alert.raised", "--json",
                                  "--data", self.server.data], stdout=subprocess.PIPE, text=True)
        try:
            for line in watch.stdout:
                entry = outrider.json.loads(line)
                if entry["payload"]["device"] == device:
                    return entry
        finally:
            watch.kill()
            watch.wait()
            watch.stdout.close()
        return self.fail("the stream ended without the alert\n" + self.server.log_tail())

    def refused(self, *arguments):
        done = self.server.run("alert", *arguments, "--json", check=False)
        self.assertNotEqual(done.returncode, 0)
        return outrider.json.loads(done.stderr)["error"]["reason"]

    def test_an_alert_is_raised_by_a_device_acknowledged_resolved_and_survives_kill_9(self):
        self.stolen("t-1")
        entry = self.raised("t-1")
        said = entry["payload"]
        alert = said["alert"]
        self.assertEqual((said["level"], said["threat"], said["proof"]), ("page", "stolen-credentials", True))
        self.assertRegex(said["explanation"], r"^Identity \(\d+\.\d nats.*\): the device, which is reported lost or stolen")

        listed = self.server.json("alert", "list", "--level", "page", "--threat", "stolen-credentials", "--device", "t-1")
        self.assertEqual([(one["alert"], one["state"], one["entry"]) for one in listed], [(alert, "open", entry["number"])])
        self.assertEqual(self.server.json("alert", "list", "--device", "t-2"), [])
        self.assertEqual(self.refused("resolve", alert, "expected", "--comment", "x" * 2001), "text-too-long")
        self.assertEqual(self.refused("ack", "0000000000000000"), "unknown-alert")
        tried = self.server.json("alert", "ack", alert, "--dry-run")
        self.assertEqual((tried["state"], tried["dry_run"]), ("open", True))

        self.assertEqual(self.server.json("alert", "ack", alert, "--comment", "calling the police")["state"], "acknowledged")
        self.assertEqual(self.refused("ack", alert), "already-acknowledged")
        self.server.run("alert", "assign", alert[:8], "alice")
        self.server.run("alert", "comment", alert, "seen in the yard")

        self.server.kill()
        self.server.start()
        shown = self.server.json("alert", "show", alert)
        self.assertEqual((shown["state"], shown["assignee"], shown["techniques"]), ("acknowledged", "alice", ["T0859"]))
        self.assertEqual([event["text"] for event in shown["events"] if event["by"]], ["calling the police", "for alice", "seen in the yard"])
        parts = {(item["part"], item["kind"]) for item in shown["timeline"]}
        self.assertLessEqual({("evidence", "access.refused"), ("around", "device.state-changed"), ("life", "alert.raised")}, parts)
        text = self.server.run("alert", "show", alert).stdout
        self.assertIn("stolen-seen", text)
        self.assertIn("T0859", text)

        self.server.run("alert", "resolve", alert, "true", "--comment", "recovered")
        self.assertEqual(self.refused("resolve", alert, "false"), "already-resolved")
        self.server.kill()
        self.server.start()
        self.assertEqual(self.server.json("alert", "list"), [])
        self.assertEqual(self.server.json("alert", "list", "--state", "resolved")[0]["outcome"], "true_alarm")
        self.assertEqual(len(self.entries("alert.raised")), 1, "and none was said twice")

    def test_what_is_suppressed_is_not_alerted_and_everything_else_is(self):
        self.enrol("t-1")
        made = self.server.json("alert", "suppress", "--device", "t-1", "--threat", "stolen-credentials", "--reason",
                                "an exercise", "--for", "1h")
        self.assertEqual((made["suppression"], made["state"]), ("s1", "in-force"))
        self.server.run("device", "stolen", "t-1", "--reason", "exercise")
        self.mosquitto("mosquitto_pub", "t-1", f"-V 5 -q 1 -t d/me/telemetry -m '{LOUD}'", check=False)
        self.stolen("t-2")
        self.raised("t-2")
        self.assertEqual([entry["payload"]["device"] for entry in self.entries("alert.raised")], ["t-2"])

        self.assertEqual(self.refused("suppress", "--reason", "all of it", "--for", "1h"), "matches-everything")
        self.assertEqual(self.refused("suppress", "--device", "t-9", "--reason", "x", "--for", "1h"), "unknown-device")
        self.assertEqual(self.refused("suppress", "--threat", "theftt", "--reason", "x", "--for", "1h"), "unknown-threat")
        self.assertEqual(self.refused("suppress", "--threat", "theft", "--reason", "x", "--for", "2020-01-01T00:00:00Z"),
                         "expiry-in-the-past")
        self.server.run("alert", "unsuppress", "s1")
        self.assertEqual(self.server.json("alert", "suppressions"), [])
        self.assertEqual(self.server.json("alert", "suppressions", "--all")[0]["state"], "lifted")

    def test_maintenance_is_planned_shown_and_ended(self):
        made = self.server.json("maintenance", "plan", "--until", "4h", "--reason", "order 4711", "--threats", "tampering,theft")
        self.assertEqual((made["maintenance"], made["state"], made["threats"]), ("m1", "in-force", ["tampering", "theft"]))
        later = self.server.json("maintenance", "plan", "--profile", "fleet-tracker", "--from", "2h", "--until", "1h",
                                 "--reason", "release")
        self.assertEqual(later["state"], "planned")
        self.assertEqual(len(self.server.json("maintenance", "list")), 2)
        self.server.run("maintenance", "end", "m1")
        self.assertEqual([one["maintenance"] for one in self.server.json("maintenance", "list")], ["m2"])
        again = self.server.run("maintenance", "end", "m1", "--json", check=False)
        self.assertEqual(outrider.json.loads(again.stderr)["error"]["reason"], "maintenance-over")


if __name__ == "__main__":
    unittest.main()
