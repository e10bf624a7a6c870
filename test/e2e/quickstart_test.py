"""`outrider quickstart`, as script/run starts it: by itself to the end, twice on the same directory."""
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import outrider

SCENARIO = """
format = 1
id = "small-update"
title = "A small update"
stolen = 0
settle = "1s"

[[step]]
name = "update"
title = "all devices start a newer firmware"
attack = "mass-update"
lasts = "1s"
expect = "quiet"
"""


class Quickstart(unittest.TestCase):
    def run_once(self, folder):
        done = subprocess.run([outrider.OUTRIDER, "quickstart", "--devices", "16", "--for", "8s", "--interval", "1s", "--json", "--data",
                               folder], capture_output=True, text=True, timeout=150, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return json.loads(done.stdout.splitlines()[-1])

    def test_a_newcomer_sees_a_fleet_report_and_the_ledger_verify(self):
        folder = tempfile.mkdtemp(prefix="outrider-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        for _ in range(2):
            summary = self.run_once(folder)
            self.assertEqual(summary["devices_enrolled"], 16)
            self.assertEqual(summary["devices_online"], 16)
            self.assertGreaterEqual(summary["reports_acknowledged"], 16)
            self.assertGreaterEqual(summary["reports_sent"], summary["reports_acknowledged"])
            self.assertGreaterEqual(summary["entries_durable"], summary["reports_acknowledged"])
            self.assertIs(summary["ledger_verified"], True)
            self.assertEqual(summary["refused"], 0)

    def test_a_newcomer_sees_a_scenario_played_and_its_report_is_the_output(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="outrider-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        (folder / "update.toml").write_text(SCENARIO, encoding="utf-8")
        done = subprocess.run([outrider.OUTRIDER, "quickstart", "--scenario", folder / "update.toml", "--devices", "8", "--interval", "2s",
                               "--json", "--data", folder / "data"], capture_output=True, text=True, timeout=250, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual((report["scenario"], report["devices"], report["held"]), ("small-update", 8, True))
        self.assertIn("attacker: all devices start a newer firmware", done.stderr)
        self.assertIn("The ledger is verified", done.stderr)


if __name__ == "__main__":
    unittest.main()
