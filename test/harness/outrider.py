"""Real processes under test: a server in a directory of its own on free ports, and the command that talks to it.

Nothing here waits by the clock: readiness is the server's own notification (sd_notify), ends are process exits.
"""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["TEST_BUILD"])
SOURCE = pathlib.Path(os.environ["TEST_SOURCE"])
OUTRIDER = BUILD / "src/cli/outrider"
SIMULATOR = BUILD / "sim/outrider-sim"
START_SECONDS_MAX = 60
COMMAND_SECONDS_MAX = 120

CONFIG = """
data = "{data}"
[mqtt]
listen = "127.0.0.1"
port = 0
[https]
listen = "127.0.0.1"
port = 0
names = ["localhost", "127.0.0.1"]
[metrics]
port = 0
"""


class Server:
    """`outrider serve` on a data directory. Start and stop as often as you like; the directory stays."""

    def __init__(self, folder, config=CONFIG):
        self.data = pathlib.Path(folder, "data")
        self.config = pathlib.Path(folder, "outrider.toml")
        self.config.write_text(config.format(data=self.data), encoding="utf-8")
        self.log_path = pathlib.Path(folder, "server.log")
        self.notify_path = pathlib.Path(folder, "notify")
        self.process = None
        self.addresses = {}

    def start(self):
        self.notify_path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, open(self.log_path, "ab") as log:
            notify.bind(str(self.notify_path))
            notify.settimeout(START_SECONDS_MAX)
            environment = dict(os.environ, NOTIFY_SOCKET=str(self.notify_path))
            self.process = subprocess.Popen([OUTRIDER, "serve", "--config", self.config], env=environment, stdout=log, stderr=log)
            try:
                while b"READY=1" not in notify.recv(4096):
                    pass
            except TimeoutError:
                self.kill()
                raise AssertionError("the server did not become ready:\n" + self.log_tail()) from None
        self.addresses = json.loads((self.data / "run/addresses.json").read_text(encoding="utf-8"))
        return self

    def kill(self):
        """As power loss would: no chance to tidy up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Asks politely and expects a clean end."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("the server did not stop within 60 s:\n" + self.log_tail()) from None
        if code != 0:
            raise AssertionError(f"the server ended with {code}:\n" + self.log_tail())

    def log_tail(self):
        return "\n".join(self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()[-40:])

    def port(self, listener):
        return int(self.addresses[listener].rsplit(":", 1)[1])

    def run(self, *arguments, check=True):
        """Runs `outrider <arguments> --data <dir>`; returns the finished process with text output."""
        done = subprocess.run([OUTRIDER, *map(str, arguments), "--data", self.data], capture_output=True, text=True,
                              timeout=COMMAND_SECONDS_MAX, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"outrider {' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--json").stdout)


class ServerCase(unittest.TestCase):
    """A test with a server of its own, started, with the fleet `demo`."""

    config = CONFIG

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="outrider-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.server = Server(self.folder, self.config).start()
        self.addCleanup(self.server.stop)
        self.server.run("fleet", "create", "demo")

    def shell(self, command, check=True, **environment):
        """Runs a line of bash in the test's folder with HOST ports in the environment."""
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=self.folder, capture_output=True, text=True,
                              timeout=COMMAND_SECONDS_MAX, check=False,
                              env=dict(os.environ, PATH=f"{OUTRIDER.parent}:{os.environ['PATH']}",
                                       MQTT=str(self.server.port("mqtt")), HTTPS=str(self.server.port("https")),
                                       DATA=str(self.server.data), **environment))
        if check and done.returncode != 0:
            raise AssertionError(f"{command}\nexit {done.returncode}\n{done.stdout}{done.stderr}\n{self.server.log_tail()}")
        return done

    def add_profile(self, name, *changes):
        """A profile of the test's own: the built-in fleet tracker with pairs of (old, new) text exchanged."""
        text = (SOURCE / "profiles/fleet-tracker.toml").read_text(encoding="utf-8").replace('id = "fleet-tracker"', f'id = "{name}"')
        for old, new in changes:
            if old not in text:
                raise AssertionError(f"the fleet tracker's profile has no {old}")
            text = text.replace(old, new)
        path = self.folder / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        self.server.run("profile", "add", path)

    def enrol(self, device, profile="fleet-tracker", add=True, name=None):
        """A certificate for the device by curl and openssl; files <name>.key and <name>.pem in the test's folder."""
        name = name or device
        if add:
            self.server.run("device", "add", device, "--profile", profile)
        code = self.server.json("device", "code", device)["code"]
        self.shell(f"openssl ecparam -name prime256v1 -genkey -noout -out {name}.key")
        self.shell(f"openssl req -new -key {name}.key -subj /CN={device} -outform DER | base64 > {name}.csr")
        self.est("simpleenroll", f"--user {device}:{code} --data @{name}.csr", f"{name}.pem")
        return code

    def est(self, operation, arguments, out, check=True):
        return self.shell(
            f"curl --silent --show-error --fail-with-body --cacert $DATA/ca/root.pem {arguments} "
            f"--header 'Content-Type: application/pkcs10' -o answer.p7 https://localhost:$HTTPS/.well-known/est/demo/{operation} "
            f"&& base64 -d answer.p7 | openssl pkcs7 -inform DER -print_certs -out {out} || {{ cat answer.p7; exit 1; }}", check)

    def mosquitto(self, program, device, arguments, check=True):
        """mosquitto_pub or mosquitto_sub as the device."""
        return self.shell(f"{program} -h localhost -p $MQTT --cafile $DATA/ca/root.pem --cert {device}.pem --key {device}.key "
                          f"-i {device}/{program} {arguments}", check)

    def subscribed(self, ca, certificate, key, *arguments):
        """mosquitto_sub as a process whose subscription is in force when this returns."""
        client = subprocess.Popen(
            ["stdbuf", "-oL", "mosquitto_sub", "-d", "-h", "localhost", "-p", str(self.server.port("mqtt")), "--cafile", ca,
             "--cert", certificate, "--key", key, *arguments], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(client.stdout.close)
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        for line in client.stdout:
            if "Subscribed" in line:
                return client
        return self.fail("mosquitto_sub ended before it was subscribed")

    def entries(self, kind, from_=0):
        found = []
        done = self.server.run("tail", "--from", from_, "--kind", kind, "--json")
        for line in done.stdout.splitlines():
            found.append(json.loads(line))
        return found
