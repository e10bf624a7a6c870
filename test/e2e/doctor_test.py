"""`outrider doctor` beside a running server and after its death, as an operator runs it."""
import json
import os
import unittest

import outrider


class Doctor(outrider.ServerCase):
    def doctor(self, *more):
        done = self.server.run("doctor", "--json", "--config", self.server.config, *more, check=False)
        return done.returncode, json.loads(done.stdout)

    def findings(self, check):
        status, said = self.doctor()
        return status, [f for f in said["findings"] if f["check"] == check]

    def test_a_sound_installation_has_no_problems_running_and_stopped(self):
        for step in (lambda: None, self.server.stop):
            step()
            status, said = self.doctor("--deep")
            self.assertEqual(said["problems"], 0, said["findings"])
            # What this machine's clock and limits are is not ours to say; warnings have a status of their own.
            self.assertEqual(status, 7 if said["warnings"] else 0)
            self.assertGreater(len(said["checks"]), 10)

    def test_a_key_that_others_may_read_is_a_problem_with_its_remedy(self):
        os.chmod(self.server.data / "ca/root.key", 0o644)
        status, found = self.findings("files")
        self.assertEqual(status, 1)
        self.assertEqual([f["severity"] for f in found], ["problem"])
        self.assertIn("chmod 600", found[0]["remedy"])
        told = self.server.run("doctor", check=False)
        self.assertEqual(told.returncode, 1)
        self.assertIn("root.key can be read by others", told.stdout)
        self.assertIn("remedy", told.stdout)

    def test_a_killed_server_is_not_taken_for_a_running_one(self):
        self.server.kill()
        _, found = self.findings("server")
        self.assertIn("no server is running", found[0]["what"])
        _, found = self.findings("ledger")
        self.assertEqual(found, [])

    def test_damage_is_found_without_starting_the_server(self):
        self.server.stop()
        checkpoint = self.server.data / "ledger/demo/checkpoint"
        checkpoint.write_text(checkpoint.read_text(encoding="utf-8").replace("demo", "dem0", 1), encoding="utf-8")
        status, found = self.findings("ledger")
        self.assertEqual(status, 1)
        self.assertIn("demo", found[0]["what"])

    def test_the_end_of_every_certificate_is_measured_and_shown(self):
        self.server.stop()
        self.server.start()  # the fleet was made after the first look
        metrics = self.shell("curl --silent http://" + self.server.addresses["metrics"] + "/metrics").stdout
        for labels in ('{role="root"}', '{role="server"}', '{fleet="demo",role="issuing"}'):
            self.assertIn("outrider_certificate_expiry_seconds" + labels, metrics)
        self.assertIn('outrider_device_identities_expiring{fleet="demo",within="7d"} 0', metrics)
        roles = {each["role"] for each in self.server.json("status")["expiry"]["certificates"]}
        self.assertLessEqual({"root", "server", "server-issuing", "issuing"}, roles)
        self.assertIn("issuing of demo", self.server.run("status").stdout)


if __name__ == "__main__":
    unittest.main()
