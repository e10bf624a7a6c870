"""Detection as an operator meets it: a device lies about where it is, a cell belongs to nobody, and alerts stand in the ledger
within seconds; a replay says the same; dials turn."""
import json
import subprocess
import threading
import time
import unittest
import urllib.request

import outrider

ALERT_SECONDS_MAX = 60
HAMBURG, MUNICH = (53.55, 9.99), (48.14, 11.58)
CELL = {"rat": "lte", "mcc": 262, "mnc": 2, "tac": 4711, "cell": 26180097, "cipher": "eea2"}
UNITS = {"lat": "lat", "lon": "lon", "accuracy": "m", "speed": "m/s"}


def pack(*moments):
    """SenML of readings at times: (seconds since 1970, {name: value})."""
    records = []
    for when, readings in moments:
        for name, value in readings.items():
            record = {"n": name, "t": when}
            if name in UNITS:
                record["u"] = UNITS[name]
            record["vb" if isinstance(value, bool) else "vs" if isinstance(value, str) else "v"] = value
            records.append(record)
    return json.dumps(records)


def fix(place, offset=0.0, **more):
    return {"lat": place[0] + offset, "lon": place[1], "accuracy": 5, "speed": 0, **more}


class Detection(outrider.ServerCase):
    def publish(self, device, *moments, in_report=1):
        """Reports of so many moments each, one connection."""
        lines = "\n".join(pack(*moments[i:i + in_report]) for i in range(0, len(moments), in_report))
        self.shell(f"mosquitto_pub -h localhost -p $MQTT --cafile $DATA/ca/root.pem --cert {device}.pem --key {device}.key "
                   f"-i {device}/pub -V 5 -q 1 -t d/me/telemetry -l <<'END'\n{lines}\nEND")

    def alert(self, device, *threats):
        """The first alert about the device, and of one of the threats; follows the ledger until it comes."""
        tail = subprocess.Popen([outrider.OUTRIDER, "tail", "--follow", "--from", "0", "--kind", "alert.raised", "--json", "--data",
                                 self.server.data], stdout=subprocess.PIPE, text=True)
        watchdog = threading.Timer(ALERT_SECONDS_MAX, tail.kill)
        watchdog.start()
        try:
            for line in tail.stdout:
                entry = json.loads(line)
                if entry["payload"]["device"] == device and (not threats or entry["payload"]["threat"] in threats):
                    return entry
        finally:
            watchdog.cancel()
            tail.kill()
            tail.stdout.close()
            tail.wait()
        return self.fail(f"no alert about {device} within {ALERT_SECONDS_MAX} s; {self.server.json('detect', 'status')}; "
                         f"{self.server.log_tail()}")

    def drive(self, device, until):
        """An hour and a half of honest readings up to that time, as a device sends what it has kept."""
        self.publish(device, *[(until - 5400 + 30 * i, fix(HAMBURG, 0.00001 * (i % 3), **CELL)) for i in range(180)], in_report=12)

    def metric(self, name):
        with urllib.request.urlopen(f"http://{self.server.addresses['metrics']}/metrics", timeout=30) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(name):
                    return float(line.split()[-1])
        return None

    def test_a_position_that_cannot_be_is_an_alert_within_seconds_and_the_replay_says_the_same(self):
        self.add_profile("fleet-tracker", ("per_minute_max = 30", "per_minute_max = 6000"))
        self.enrol("t-1")
        now = int(time.time())
        self.drive("t-1", now - 60)
        begun = time.monotonic()
        self.publish("t-1", *[(now - 30 + i, fix(MUNICH, 0.00001 * i, **CELL)) for i in range(0, 30, 5)])
        entry = self.alert("t-1", "false-position", "gnss-spoofing", "cloned-identity")
        print(f"alert {time.monotonic() - begun:.1f} s after the jump")
        alert = entry["payload"]
        self.assertEqual(entry["subject"], {"kind": "device", "id": "t-1"})
        self.assertRegex(alert["explanation"], r"\d+(\.\d+)? ?km")
        number = alert["evidence"][0]["entries"][0]
        caused = self.entries("telemetry", number)[0]
        self.assertEqual((caused["number"], caused["subject"]["id"]), (number, "t-1"))

        shown = self.server.json("device", "show", "t-1")["risk"]
        self.assertEqual(shown["threat"], alert["threat"])
        self.assertGreater(shown["risk"], 0)
        self.assertIn(alert["threat"], self.server.run("device", "list").stdout)
        self.assertGreater(sum(c["findings"] for c in self.server.json("detect", "status")["checks"]), 0)
        self.assertIsNotNone(self.metric("outrider_detection_lag_entries"))

        said = {e["payload"]["alert"] for e in self.entries("alert.raised")}
        report = self.server.json("detect", "replay", "--since", "1d")
        self.assertEqual({a["alert"] for a in report["alerts"]}, said)
        self.assertEqual(report["missing"], [])

    def test_firmware_that_the_profile_of_its_time_does_not_list_is_an_alert(self):
        released = '[detect.firmware]\nversions = ["2.0.0", "2.1.0"]\ncurrent = "2.1.0"\n\n[publish.telemetry]'
        self.add_profile("fleet-tracker", ("[publish.telemetry]", released))
        self.enrol("t-1")
        now = int(time.time())
        self.publish("t-1", (now - 2, {"firmware": "2.0.0"}), (now - 1, {"firmware": "6.6.6"}))
        alert = self.alert("t-1", "firmware-rollback")["payload"]
        self.assertEqual(alert["evidence"][0]["check"], "firmware-unlisted")
        self.assertIn("firmware 6.6.6 runs, which is none of the 2 that its profile lists (current: 2.1.0)", alert["explanation"])
        self.assertEqual(alert["level"], "ticket")
        # A later edition that lists it does not change what was said: the replay holds it to the edition of its time.
        self.add_profile("fleet-tracker", ("[publish.telemetry]", released.replace('"2.1.0"]', '"2.1.0", "6.6.6"]')))
        report = self.server.json("detect", "replay", "--since", "1d")
        self.assertIn(alert["alert"], {a["alert"] for a in report["alerts"]})

    def test_a_command_that_a_device_refuses_for_its_signature_is_an_alert(self):
        self.enrol("t-1")
        answer = '{"id": "5f3a9c0e11d27b84", "outcome": "refused", "reason": "bad-signature"}'
        self.shell(f"mosquitto_pub -h localhost -p $MQTT --cafile $DATA/ca/root.pem --cert t-1.pem --key t-1.key "
                   f"-i t-1/pub -q 1 -t d/me/command/ack -m '{answer}'")
        alert = self.alert("t-1", "command-forgery")["payload"]
        self.assertIn("refused a command for its signature, which nobody gave here", alert["explanation"])
        self.assertEqual(alert["techniques"], ["T0855", "T0848"])

    def test_a_cell_without_cipher_that_nobody_knows_is_a_rogue_base_station(self):
        self.add_profile("fleet-tracker", ("per_minute_max = 30", "per_minute_max = 6000"))
        now = int(time.time())
        for device in ("t-1", "t-2"):  # in a fleet of two nothing waits for others like it
            self.enrol(device)
            self.drive(device, now - 60)
        rogue = {**CELL, "rat": "gsm", "tac": 9, "cell": 31337, "cipher": "a5/0", "identity_request": True, "neighbours": 0}
        self.publish("t-1", *[(now - 30 + i, fix(HAMBURG, 0.00001 * i, **rogue)) for i in range(0, 30, 5)])
        alert = self.alert("t-1", "rogue-base-station")["payload"]
        self.assertTrue(alert["techniques"])
        self.assertRegex(alert["explanation"], r"signs? against the serving cell")

    def test_a_device_whose_data_key_is_destroyed_leaves_no_alert_and_no_state(self):
        self.add_profile("fleet-tracker", ("per_minute_max = 30", "per_minute_max = 6000"))
        self.enrol("t-1")
        now = int(time.time())
        self.drive("t-1", now - 60)
        self.publish("t-1", *[(now - 30 + i, fix(MUNICH, 0.00001 * i, **CELL)) for i in range(0, 30, 5)])
        entry = self.alert("t-1")
        self.assertEqual(entry["privacy"], "personal", "its figures are as personal as what they are made of")
        self.server.run("ledger", "shred", "t-1", "--why", "erasure request 12")
        end = time.monotonic() + ALERT_SECONDS_MAX
        while any(a["device"] == "t-1" for a in self.server.json("alert", "list")):  # until detection has come to it
            self.assertLess(time.monotonic(), end, self.server.json("detect", "status"))
        self.assertEqual(self.entries("alert.raised", entry["number"])[0]["payload"], None)
        self.assertNotIn("risk", {k: v for k, v in self.server.json("device", "show", "t-1").items() if v})
        self.server.kill()
        self.server.start()
        self.assertEqual([a for a in self.server.json("alert", "list") if a["device"] == "t-1"], [])
        self.assertEqual(self.server.json("detect", "status").get("problem"), None)

    def test_a_restart_goes_on_where_it_was(self):
        self.enrol("t-1")
        before = self.server.json("detect", "status")
        self.assertTrue(before["enabled"])
        self.server.stop()
        self.server.start()
        after = self.server.json("detect", "status")
        self.assertGreater(after["snapshot_entry"], 0)
        self.assertGreaterEqual(after["entry"], after["snapshot_entry"])
        self.assertNotIn("problem", {k: v for k, v in after.items() if v})

    def test_dials_turn_with_a_reason_and_what_cannot_be_is_refused(self):
        listed = self.server.json("detect", "list")
        self.assertIn("impossible-travel", [c["check"] for c in listed])
        self.assertTrue(all(c["summary"] for c in listed))
        turned = self.server.json("detect", "tune", "silence", "--factor", "0.5", "--profile", "fleet-tracker", "--reason", "parked")
        entry = self.entries("detection.tuned")[-1]
        self.assertEqual((entry["number"], entry["payload"]["what"], entry["payload"]["factor"], entry["payload"]["reason"]),
                         (turned["entry"], "silence", 0.5, "parked"))
        while not [c for c in self.server.json("detect", "list") if c["dials"]]:  # until it is read
            pass
        dials = [c["dials"] for c in self.server.json("detect", "list") if c["check"] == "silence"]
        self.assertEqual(dials, [[{"profile": "fleet-tracker", "enabled": True, "factor": 0.5}]])

        for arguments, reason in ((("silense", "--off"), "did you mean 'silence'"), (("silence", "--factor", "101"), "from 0 to 100"),
                                  (("page-risk", "--factor", "0"), "from 1 to 1000"), (("page-risk", "--off"), "whole fleet"),
                                  (("silence", "--off", "--profile", "no-such"), "no-such")):
            refused = self.server.run("detect", "tune", *arguments, "--reason", "x", check=False)
            self.assertNotEqual(refused.returncode, 0, arguments)
            self.assertIn(reason, refused.stderr)
        compared = self.server.json("detect", "tune", "page-risk", "--factor", "20", "--dry-run", "--reason", "x")
        self.assertEqual(compared["compared_with"], "the dials as they are")
        self.assertEqual(len(self.entries("detection.tuned")), 1)
        wrong = self.server.run("detect", "replay", "--since", "1h", "--detectors", "no-such-check", check=False)
        self.assertIn("there is no check 'no-such-check'", wrong.stderr)


if __name__ == "__main__":
    unittest.main()
