"""A Mosquitto broker on a free port of the loopback, to compare with."""
import pathlib
import re
import shutil
import socket
import subprocess
import time

# Debian puts it where only root's PATH looks.
PROGRAM = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
START_SECONDS_MAX = 20


def version():
    text = subprocess.run([PROGRAM, "-h"], capture_output=True, text=True, check=False).stdout
    return re.search(r"version (\S+)", text)[1]


class Mosquitto:
    """As Debian configures it, but for anonymous clients, which it refuses out of the box."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.process = None
        self.port = self.websocket_port = 0

    def start(self):
        with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
            self.port, self.websocket_port = one.getsockname()[1], two.getsockname()[1]
        config = self.folder / "mosquitto.conf"
        config.write_text(f"allow_anonymous true\npersistence false\nset_tcp_nodelay true\nlistener {self.port} 127.0.0.1\n"
                          f"listener {self.websocket_port} 127.0.0.1\nprotocol websockets\n", encoding="utf-8")
        with open(self.folder / "mosquitto.log", "wb") as log:
            self.process = subprocess.Popen([PROGRAM, "-c", config], stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)  # it has no notification of readiness
        raise AssertionError("mosquitto did not start:\n" + (self.folder / "mosquitto.log").read_text(encoding="utf-8"))

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(20)
