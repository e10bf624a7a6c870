"""Every built-in scenario beside the freight breach (breach_test.py), with small fleets of their own on one server, all
at the same time. The files are those that are built in; only numbers are made smaller."""
import concurrent.futures
import json
import re
import subprocess
import unittest

import outrider

SCENARIOS = outrider.SOURCE / "sim/scenarios"
TRACKERS = {"fleet-tracker": 12}
MIXED = {"fleet-tracker": 4, "container-reefer": 4, "container-dry": 4, "field-sensor": 4}

# Scenario: its fleet, and what is made smaller in its file.
CAST = {
    "highway-catcher": (TRACKERS, []),
    "car-park-jammer": (TRACKERS, []),
    "truck-drag-off": ({"fleet-tracker": 8}, []),
    "moved-sim": ({"fleet-tracker": 8}, []),
    "night-theft": ({"container-reefer": 6}, []),
    "infected-flood": ({"container-dry": 4}, [("devices = 50", "devices = 2")]),
    "carrier-outage": (MIXED, [('lasts = "11m"', 'lasts = "20s"')]),
    "mass-update": (MIXED, [('lasts = "60s"', 'lasts = "20s"')]),
    "cold-snap": (MIXED, []),
}
BENIGN = {"carrier-outage", "mass-update", "cold-snap"}


class Scenarios(outrider.ServerCase):
    def enlist(self, fleet, cast):
        self.server.run("fleet", "create", fleet)
        lines = [f"{profile}-{i},{profile}" for profile, count in cast.items() for i in range(count)]
        table = self.folder / f"{fleet}.csv"
        table.write_text("\n".join(["device,profile", *lines]) + "\n", encoding="utf-8")
        self.server.run("device", "add", "--fleet", fleet, "--csv", table, "--codes", self.folder / f"{fleet}.codes.csv")

    def shrunk(self, name, changes):
        text = (SCENARIOS / f"{name}.toml").read_text(encoding="utf-8")
        # A slow machine takes its time to notice; how long it takes is not what is tested here.
        text = re.sub("^(detect|contain)_within.*\n", "", text, flags=re.MULTILINE)
        text = text.replace("format = 1\n", 'format = 1\ndetect_within = "150s"\ncontain_within = "150s"\n')
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new)
        path = self.folder / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def play(self, name):
        https = f"https://localhost:{self.server.port('https')}"
        return subprocess.run(
            [outrider.SIMULATOR, "breach", "--scenario", self.folder / f"{name}.toml", "--devices-file", self.folder / f"{name}.codes.csv",
             "--fleet", name, "--est", https, "--mqtt", f"localhost:{self.server.port('mqtt')}", "--ca", self.server.data / "ca/root.pem",
             "--state", self.folder / f"sim-{name}", "--api", https, "--token-file", self.server.data / "admin.token", "--json"],
            capture_output=True, text=True, timeout=280, check=False)

    def test_what_is_wrong_is_noticed_and_what_is_not_pages_nobody(self):
        for name, (cast, changes) in CAST.items():
            self.enlist(name, cast)
            self.shrunk(name, changes)
        with concurrent.futures.ThreadPoolExecutor(len(CAST)) as pool:
            played = dict(zip(CAST, pool.map(self.play, CAST)))
        for name, done in played.items():
            with self.subTest(name):
                self.assertTrue(done.stdout, done.stderr)
                report = json.loads(done.stdout)
                self.assertTrue(report["held"], done.stderr)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertTrue(report["timeline"])
                for step in report["steps"]:
                    if name in BENIGN:
                        self.assertEqual((step["expect"], step["pages"]), ("quiet", 0))
                    else:
                        self.assertTrue(step["detected_as"], step)
                        self.assertTrue(step["entries"], step)

    def test_every_built_in_scenario_is_listed_and_played_here_or_in_the_breach_test(self):
        done = subprocess.run([outrider.SIMULATOR, "breach", "--list"], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        listed = {line.split()[0] for line in done.stdout.splitlines()}
        self.assertEqual(listed, set(CAST) | {"freight-breach"})
        for line in done.stdout.splitlines():
            self.assertRegex(line, re.compile(r"^[a-z-]+ +\S.*\S$"))


if __name__ == "__main__":
    unittest.main()
