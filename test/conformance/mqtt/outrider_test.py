"""Every dialogue against our own server, as an application that may publish and subscribe everywhere."""
import json
import pathlib
import subprocess
import unittest

import application
import outrider

RUN = pathlib.Path(__file__).resolve().parent / "run"
SECONDS_MAX = 240
WEBSOCKET = """
[websocket]
listen = "127.0.0.1"
port = 0
"""


class Conformance(outrider.ServerCase):
    config = outrider.CONFIG + WEBSOCKET

    def test_every_dialogue_passes(self):
        who = application.add(self.server, self.folder, "conformance", publish=["#"], subscribe=["#"])
        results = self.folder / "results.json"
        arguments = ["--host", "localhost", "--port", str(self.server.port("mqtt")), "--ca", who.ca, "--cert", who.cert,
                     "--key", who.key, "--websocket", f"wss://localhost:{self.server.port('websocket')}/mqtt",
                     "--patience", "20", "--json", results, "--verbose"]
        done = subprocess.run([RUN, *arguments], capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
        print(done.stdout.splitlines()[-1] if done.stdout else done.stderr)
        self.assertEqual(done.returncode, 0, f"{done.stdout[-20000:]}{done.stderr}\n{self.server.log_tail()}")
        played = json.loads(results.read_text(encoding="utf-8"))
        self.assertGreater(len(played), 300)
        # What we do not offer would be passed over in silence: there must be nothing but what only a lesser server shows.
        self.assertEqual({r["file"] for r in played if r["outcome"] == "unavailable"} - {"limits"}, set())


if __name__ == "__main__":
    unittest.main()
