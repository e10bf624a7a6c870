"""`kill -9` at random points under load: nothing acknowledged is lost, nothing is invented, every start recovers by itself.

The simulator journals the hash of every report before it sends it and after it is acknowledged; the ledger is compared with
that journal when all is over. TEST_KILLS (default 50) says how often, TEST_SEED repeats a run.
"""
import collections
import csv
import os
import random
import signal
import subprocess
import threading
import unittest

import outrider

KILLS = int(os.environ.get("TEST_KILLS", "50"))
SEED = int(os.environ.get("TEST_SEED", random.randrange(1 << 32)))
DEVICES = 20


class Kill(outrider.ServerCase):
    options = ()  # of the simulator, beside what every run needs
    exactly_once = False

    def setUp(self):
        super().setUp()
        # The simulator must find the server again after each kill, so the ports it got first stay.
        self.server.config.write_text(
            outrider.CONFIG.format(data=self.server.data).replace("port = 0", f"port = {self.server.port('mqtt')}", 1)
            .replace("port = 0", f"port = {self.server.port('https')}", 1), encoding="utf-8")
        self.add_profile("fleet-tracker", ("per_minute_max = 30", "per_minute_max = 6000"))
        devices = self.folder / "devices.csv"
        with open(devices, "w", encoding="utf-8", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(["device", "profile"])
            rows.writerows([f"d-{i}", "fleet-tracker"] for i in range(DEVICES))
        self.codes = self.folder / "codes.csv"
        self.server.run("device", "add", "--csv", devices, "--codes", self.codes)
        self.journal = self.folder / "journal"

    def simulator(self):
        log = open(self.folder / "sim.log", "ab")
        self.addCleanup(log.close)
        process = subprocess.Popen(
            [outrider.SIMULATOR, "--devices-file", self.codes, "--fleet", "demo", "--est", f"https://localhost:{self.server.port('https')}",
             "--mqtt", f"localhost:{self.server.port('mqtt')}", "--ca", self.server.data / "ca/root.pem", "--state", self.folder / "sim",
             "--interval", "50ms", "--journal", self.journal, "--for", "30m", "--seed", str(SEED), *self.options], stdout=log, stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def journalled(self):
        sent, acked = collections.Counter(), collections.Counter()
        for line in self.journal.read_text(encoding="utf-8").splitlines():
            word, device, digest = line.split()
            (sent if word == "sent" else acked)[device, digest] += 1
        return sent, acked

    def wait_for_acknowledgements(self, more):
        """Returns when the journal has grown by that many acknowledgements; follows the file as tail does."""
        with subprocess.Popen(["tail", "-n", "0", "-F", "--pid", str(self.load.pid), self.journal], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True) as follow:
            watchdog = threading.Timer(60, follow.kill)
            watchdog.start()
            try:
                for line in follow.stdout:
                    more -= line.startswith("acked")
                    if more <= 0:
                        return
            finally:
                watchdog.cancel()
                follow.kill()
        self.fail(f"the load stopped being acknowledged (seed {SEED}):\n" + self.server.log_tail())

    def test_nothing_acknowledged_is_lost_and_nothing_invented(self):
        print(f"seed {SEED}, {KILLS} kills")
        chance = random.Random(SEED)
        self.journal.touch()
        self.load = self.simulator()
        for _ in range(KILLS):
            self.wait_for_acknowledgements(chance.randrange(1, 120))
            self.server.kill()
            self.server.start()
        self.wait_for_acknowledgements(1)
        self.load.send_signal(signal.SIGTERM)
        self.load.wait(60)

        self.server.run("ledger", "verify")
        sent, acked = self.journalled()
        held = collections.Counter((e["subject"]["id"], e["payload_sha256"]) for e in self.entries("telemetry"))
        lost = acked - held
        invented = [report for report in held if report not in sent]
        doubled = [report for report, times in held.items() if times > 1]
        self.assertGreater(sum(acked.values()), KILLS)
        self.assertEqual(lost, collections.Counter(), f"acknowledged but not in the ledger (seed {SEED})")
        self.assertEqual(invented, [], f"in the ledger but never sent (seed {SEED})")
        if self.exactly_once:
            self.assertEqual(doubled, [], f"more than once in the ledger (seed {SEED})")
        print(f"{sum(sent.values())} sent, {sum(acked.values())} acknowledged, {sum(held.values())} in the ledger")


class KillExactlyOnce(Kill):
    """QoS 2 in sessions that outlive the connection: a report is in the ledger once, however often it had to be sent."""

    options = ("--qos", "2", "--session-expiry", "1h")
    exactly_once = True


if __name__ == "__main__":
    unittest.main()
