"""Which data directory a command means, said from where an operator stands."""
import os
import subprocess
import unittest

import outrider


class DataDirectory(outrider.ServerCase):
    def outrider(self, *arguments, **environment):
        """In the folder that holds `data`."""
        return subprocess.run([outrider.OUTRIDER, *arguments], cwd=self.server.data.parent, capture_output=True, text=True,
                              timeout=outrider.COMMAND_SECONDS_MAX, check=False, env=dict(os.environ, **environment))

    def test_a_relative_path_means_this_server_and_no_other(self):
        for path in ("data", "./data/", "../" + self.server.data.parent.name + "/data"):
            done = self.outrider("fleet", "list", "--json", "--data", path)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("demo", done.stdout)
        self.assertIn(str(self.server.data), self.outrider("status", "--json", "--data", "other").stderr.replace("/other", "/data"))
        checked = self.outrider("ledger", "verify", "--offline", "--json", "--data", "data")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_a_faulty_wish_is_refused_and_the_default_is_not_taken_for_it(self):
        for environment in ({"OUTRIDER_DATA": "data"}, {"OUTRIDER_CONFIG": "missing.toml"}):
            done = self.outrider("fleet", "list", **environment)
            self.assertNotEqual(done.returncode, 0)
            self.assertNotIn("cannot reach the server", done.stderr)
        self.assertNotIn("/var/lib", self.outrider("fleet", "list", "--data", "").stderr)


if __name__ == "__main__":
    unittest.main()
