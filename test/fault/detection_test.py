"""`kill -9` at random moments while alerts are made and decided about: none is lost, none is said twice, no decision is gone.

Devices do what cannot happen by chance or what two families speak against; somebody acknowledges an alert, and that moment the
server is killed; it is started again and again. At the end the ledger is compared with one uninterrupted replay of itself: the same
alerts, each exactly once. TEST_KILLS (default 12)
says how often, TEST_SEED repeats a run.
"""
import collections
import json
import os
import random
import subprocess
import time
import unittest

import outrider

KILLS = int(os.environ.get("TEST_KILLS", "12"))
SEED = int(os.environ.get("TEST_SEED", random.randrange(1 << 32)))
DEVICES = 6
LOOKS = 10
PLACES = [(53.55, 9.99), (48.14, 11.58), (52.52, 13.4), (50.11, 8.68)]


class DetectionUnderKills(outrider.ServerCase):
    config = outrider.CONFIG + '[detection]\nsnapshot_interval = "1s"\n'

    def setUp(self):
        super().setUp()
        self.server.config.write_text(  # the devices must find it again
            self.config.format(data=self.server.data).replace("port = 0", f"port = {self.server.port('mqtt')}", 1)
            .replace("port = 0", f"port = {self.server.port('https')}", 1), encoding="utf-8")
        self.add_profile("fleet-tracker", ("per_minute_max = 30", "per_minute_max = 6000"))
        for i in range(DEVICES):
            self.enrol(f"t-{i}")

    def report(self, when, place, chance):
        records = [{"n": "lat", "u": "lat", "v": place[0] + chance.random() * 1e-4, "t": when},
                   {"n": "lon", "u": "lon", "v": place[1], "t": when}, {"n": "accuracy", "u": "m", "v": 5, "t": when},
                   {"n": "firmware", "vs": f"{chance.randrange(3)}.{chance.randrange(3)}.0", "t": when},
                   {"n": "temperature", "u": "Cel", "v": chance.choice([20.0, 20.5, 99.0]), "t": when}]
        if chance.random() < 0.2:
            records.append({"n": "cipher", "vs": "eea0", "t": when})
        return json.dumps(records)

    def speak(self, device, chance):
        """A device that jumps about as a process of its own; ends with its connection."""
        now, place, lines = int(time.time()), PLACES[0], []
        for i in range(120):
            if chance.random() < 0.1:
                place = chance.choice(PLACES)
            lines.append(self.report(now - 1200 + 10 * i, place, chance))
        process = subprocess.Popen(
            ["mosquitto_pub", "-h", "localhost", "-p", str(self.server.port("mqtt")), "--cafile", self.server.data / "ca/root.pem",
             "--cert", f"{device}.pem", "--key", f"{device}.key", "-i", f"{device}/pub", "-V", "5", "-q", "1", "-t", "d/me/telemetry", "-l"],
            cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        try:
            process.stdin.write("\n".join(lines) + "\n")
            process.stdin.close()
        except BrokenPipeError:
            pass
        return process

    def wait_for(self, entries):
        """Returns when the fleet has so many entries."""
        tail = subprocess.Popen([outrider.OUTRIDER, "tail", "--follow", "--from", str(entries), "--json", "--data", self.server.data],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            return tail.stdout.readline() != ""
        finally:
            tail.kill()
            tail.stdout.close()
            tail.wait()

    def durable(self):
        return next(f["durable"] for f in self.server.json("ledger", "status")["fleets"] if f["fleet"] == "demo")

    def acknowledge_one(self):
        """The newest open alert, as somebody would who is called; nothing when there is none."""
        for alert in self.server.json("alert", "list", "--state", "open", "--limit", "1"):
            self.server.run("alert", "ack", alert["alert"], "--comment", "on my way")
            return [alert["alert"]]
        return []

    def test_no_alert_is_lost_and_none_is_said_twice(self):
        print(f"seed {SEED}, {KILLS} kills")
        chance = random.Random(SEED)
        acknowledged = collections.Counter()  # one that becomes a page is open again
        for kill in range(KILLS):
            speakers = [self.speak(f"t-{i}", chance) for i in range(DEVICES)]
            self.wait_for(self.durable() + chance.randrange(5, 60))
            acknowledged.update(self.acknowledge_one())
            self.server.kill()
            for speaker in speakers:
                speaker.kill()
                speaker.wait()
            self.server.start()
        for _ in range(LOOKS):  # it may still be saying what it has found; what is lost or doubled stays so
            report = self.server.json("detect", "replay", "--since", "1d")
            raised = collections.Counter(e["payload"]["alert"] for e in self.entries("alert.raised"))
            replayed = {a["alert"] for a in report["alerts"]}
            if set(raised) == replayed:
                break
        self.assertGreater(len(raised), 0, "the devices made no alert")
        self.assertEqual([alert for alert, times in raised.items() if times > 1], [], "said twice")
        self.assertEqual(set(raised) - replayed, set(), "said, and a replay does not say it")
        self.assertEqual(replayed - set(raised), set(), "lost")
        grown = collections.Counter((e["payload"]["alert"], e["payload"]["cause"], e["payload"]["risk"]) for e in self.entries("alert.grown"))
        self.assertEqual([which for which, times in grown.items() if times > 1], [], "grown twice")
        self.assertGreater(len(acknowledged), 0, "nobody could acknowledge one")
        for alert, times in acknowledged.items():
            events = [event["what"] for event in self.server.json("alert", "show", alert)["events"]]
            self.assertEqual(events.count("alert.acknowledged"), times, f"{alert}: {events}")
        print(f"{len(acknowledged)} acknowledged")
        print(f"{len(raised)} alerts, {sum(grown.values())} grown")


if __name__ == "__main__":
    unittest.main()
