"""MQTT.js from npm, over TLS and over WebSocket."""
import filecmp
import pathlib
import shutil
import subprocess
import unittest

import clients
import outrider

HERE = pathlib.Path(__file__).resolve().parent / "mqttjs"
INSTALLED = outrider.BUILD / "test/clients/mqttjs"
FILES = ("package.json", "package-lock.json")
INSTALL_SECONDS_MAX = 240


def install():
    """`npm ci` below the build directory, once for each version of the lock file."""
    done = INSTALLED / "installed-lock.json"
    if done.exists() and filecmp.cmp(HERE / "package-lock.json", done, shallow=False):
        return
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(HERE / name, INSTALLED)
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=INSTALLED, check=True, stdout=subprocess.DEVNULL,
                   timeout=INSTALL_SECONDS_MAX)
    shutil.copy(HERE / "package-lock.json", done)


class MqttJs(clients.ClientCase):
    config = outrider.CONFIG + """
[websocket]
listen = "127.0.0.1"
port = 0
"""

    @classmethod
    def setUpClass(cls):
        install()
        shutil.copy(HERE / "client.mjs", INSTALLED)  # Node looks for modules beside the program

    def command(self, scenario, url=None):
        return ["node", INSTALLED / "client.mjs", scenario, url or f"mqtts://localhost:{self.port}", *self.tls(), "js", f"js/{scenario}"]

    def play(self, scenario, url=None):
        return self.ends_well(self.command(scenario, url), f"{scenario} ok")

    def test_every_qos_retained_messages_and_properties_over_tls(self):
        for scenario in ("exchange4", "exchange5"):
            with self.subTest(scenario):
                self.play(scenario)

    def test_the_same_over_websocket(self):
        url = f"wss://localhost:{self.server.port('websocket')}/mqtt"
        for scenario in ("exchange4", "exchange5", "session5", "will5"):
            with self.subTest(scenario):
                self.play(scenario, url)

    def test_messages_wait_for_a_persistent_session(self):
        for scenario in ("session4", "session5"):
            with self.subTest(scenario):
                self.play(scenario)

    def test_a_will_is_published_when_the_connection_breaks(self):
        for scenario in ("will4", "will5"):
            with self.subTest(scenario):
                self.play(scenario)

    def test_a_refusal_reaches_the_caller_with_its_reason(self):
        self.assertRegex(self.play("refused5"), r"refused 13[0-9]")

    def test_it_reconnects_by_itself_after_the_server_was_killed_and_its_session_is_there(self):
        for scenario in ("reconnect4", "reconnect5"):
            with self.subTest(scenario):
                self.survives_a_kill(self.command(scenario), f"{scenario} ok")


if __name__ == "__main__":
    unittest.main()
