"""The freight breach, small: a fleet of twelve lives while an attacker with the keys of two of them does its steps."""
import csv
import json
import os
import subprocess
import unittest

import outrider

SCENARIO = """
format = 1
id = "small-breach"
title = "Two stolen containers against ten"
profile = "container-reefer"
stolen = 2
settle = "2s"
detect_within = "60s"
contain_within = "60s"

[[step]]
name = "clone"
title = "connect as the stolen device while it lives"
attack = "clone"
victim = 1
attempts = 15
every = "1s"
detect = ["cloned-identity", "stolen-credentials"]

[[step]]
name = "topics"
title = "report for others"
attack = "foreign-topics"
attempts = 20

[[step]]
name = "names"
title = "connect under the names of others"
attack = "foreign-client-ids"
attempts = 10

[[step]]
name = "certificates"
title = "connect with certificates of its own making"
attack = "forged-certificates"
attempts = 10

[[step]]
name = "tickets"
title = "resume the stolen session as somebody else"
attack = "foreign-tickets"
attempts = 5

[[step]]
name = "enrolment"
title = "ask for the certificates of others"
attack = "foreign-enrolment"
attempts = 5

[[step]]
name = "route"
title = "order another route"
attack = "route-change"
attempts = 9
every = "10ms"

[[step]]
name = "probe"
title = "look for others"
attack = "probe"
attempts = 12
every = "10ms"

[[step]]
name = "return"
title = "come back after revocation"
attack = "return-after-revocation"
attempts = 6
every = "20ms"
"""


class Breach(outrider.ServerCase):
    def enlist(self):
        (self.folder / "fleet.csv").write_text(
            "device,profile\n" + "".join(f"reefer-{i},container-reefer\n" for i in range(12)), encoding="utf-8")
        self.server.run("device", "add", "--csv", self.folder / "fleet.csv", "--codes", self.folder / "codes.csv")
        with open(self.folder / "codes.csv", encoding="utf-8", newline="") as file:
            return len(list(csv.DictReader(file)))

    def play(self, *options):
        https = f"https://localhost:{self.server.port('https')}"
        return subprocess.run(
            [outrider.SIMULATOR, "breach", "--devices-file", self.folder / "codes.csv", "--fleet", "demo", "--est", https, "--mqtt",
             f"localhost:{self.server.port('mqtt')}", "--ca", self.server.data / "ca/root.pem", "--state", self.folder / "sim", "--api",
             https, "--token-file", self.server.data / "admin.token", "--interval", "3s", *options],
            capture_output=True, text=True, timeout=240, check=False, env=dict(os.environ))

    def test_nobody_speaks_for_others_and_a_clone_is_found_and_shut_in(self):
        self.assertEqual(self.enlist(), 12)
        scenario = self.folder / "small.toml"
        scenario.write_text(SCENARIO, encoding="utf-8")
        done = self.play("--scenario", scenario, "--json")
        self.assertTrue(done.stdout, done.stderr)
        report = json.loads(done.stdout)
        steps = {step["step"]: step for step in report["steps"]}
        self.assertEqual(report["impersonations"], 50)
        self.assertEqual(report["impersonations_accepted"], 0, done.stderr)
        for name in ("topics", "names", "certificates", "tickets", "enrolment", "route", "probe", "return"):
            self.assertEqual(steps[name]["accepted"], 0, (name, steps[name]))
        clone = steps["clone"]
        self.assertIn(clone.get("detected_as"), ("cloned-identity", "stolen-credentials"), done.stderr)
        self.assertTrue(clone.get("contained_by"), done.stderr)
        self.assertTrue(report["held"], done.stderr)
        self.assertEqual(done.returncode, 0)

    def test_a_scenario_that_is_not_there_is_refused_with_those_there_are(self):
        self.enlist()
        done = self.play("--scenario", "no-such")
        self.assertEqual(done.returncode, 2)
        self.assertIn("freight-breach", done.stderr)


if __name__ == "__main__":
    unittest.main()
