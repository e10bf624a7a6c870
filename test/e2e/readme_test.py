"""The README's "Connect your own device" is run as it is written.

The commands use the default ports, so the test runs in a network namespace of its own, where nothing else can hold them.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import outrider

CONFIG = 'data = "{data}"\n[mqtt]\nlisten = "127.0.0.1"\n[https]\nlisten = "127.0.0.1"\n'


def commands(section):
    text = (outrider.SOURCE / "README.md").read_text(encoding="utf-8")
    body = text.split(f"## {section}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"```sh\n(.*?)```", body, re.DOTALL)


class Readme(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="outrider-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.server = outrider.Server(self.folder, CONFIG).start()
        self.addCleanup(self.server.stop)
        self.server.run("fleet", "create", "demo")
        release = self.folder / "build/release/src/cli"
        release.mkdir(parents=True)
        os.symlink(outrider.OUTRIDER, release / "outrider")

    def test_a_device_connects_by_the_commands_as_written(self):
        blocks = commands("Connect your own device")
        self.assertEqual(len(blocks), 2)
        done = subprocess.run(["bash", "-euxo", "pipefail", "-c", "\n".join(blocks)], cwd=self.folder, capture_output=True,
                              text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + self.server.log_tail())
        self.assertIn("13.4", done.stdout)
        self.assertIn("TLSv1.3", done.stdout + done.stderr)
        self.assertTrue((self.folder / "my-tracker.new.pem").stat().st_size > 0)


def in_own_network():
    """Starts this test again inside a fresh network namespace with only a loopback."""
    command = ["unshare", "--net"] + ([] if os.geteuid() == 0 else ["--user", "--map-root-user"])
    inner = ["sh", "-c", 'ip link set lo up && exec "$0" "$@"', sys.executable, os.path.abspath(__file__)]
    os.execvpe(command[0], command + inner, dict(os.environ, TEST_OWN_NETWORK="1"))


if __name__ == "__main__":
    if "TEST_OWN_NETWORK" not in os.environ:
        in_own_network()
    unittest.main()
