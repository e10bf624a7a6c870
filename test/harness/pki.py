"""A server that publishes revocation lists and OCSP, and the clients that judge them: openssl and mosquitto."""
import subprocess
import threading
import time

from outrider import CONFIG, ServerCase

PKI_CONFIG = CONFIG + """
[pki]
listen = "127.0.0.1"
port = 0
base_url = "http://pki.test"
"""
SECONDS_MAX = 20


def until(true, what):
    """Waits for a fact; the wait ends with the fact, not with the clock."""
    end = time.monotonic() + SECONDS_MAX
    while time.monotonic() < end:
        if true():
            return
        time.sleep(0.02)
    raise AssertionError(f"not within {SECONDS_MAX} s: {what}")


class PkiCase(ServerCase):
    config = PKI_CONFIG

    def pki(self, path):
        return f"http://{self.server.addresses['pki']}{path}"

    def certificate_text(self, name):
        return self.shell(f"openssl x509 -in {name} -noout -text").stdout

    def serial(self, name):
        return self.shell(f"openssl x509 -in {name}.pem -noout -serial").stdout.strip().split("=")[1].lower()

    def fetch_authorities(self):
        """issuing.pem, root.pem and their lists, as anybody gets them."""
        self.shell("cp $DATA/ca/root.pem root.pem; cp $DATA/ca/fleets/demo/issuing.pem issuing.pem; cat issuing.pem root.pem > trust.pem")
        until(lambda: self.shell(f"curl -sSf -o /dev/null {self.pki('/crl/demo.crl')}", check=False).returncode == 0, "the first list")
        self.fetch_lists()

    def fetch_lists(self):
        for path, name in (("/crl/demo.crl", "demo"), ("/crl/demo-delta.crl", "delta"), ("/crl.root", "rootlist")):
            self.shell(f"curl -sSf -o {name}.crl {self.pki(path)} && openssl crl -inform DER -in {name}.crl -out {name}.crl.pem")

    def verify(self, name, arguments="", check=False):
        """openssl's verdict on a device certificate with both lists at hand."""
        return self.shell(f"openssl verify -crl_check_all -extended_crl -CAfile root.pem -untrusted issuing.pem "
                          f"-CRLfile demo.crl.pem -CRLfile rootlist.crl.pem {arguments} {name}.pem", check)

    def ocsp(self, name, arguments=""):
        done = self.shell(f"openssl ocsp {arguments} -issuer issuing.pem -cert {name}.pem -CAfile trust.pem -url {self.pki('/ocsp')}")
        self.assertIn("Response verify OK", done.stderr)
        return done

    def online(self, name):
        return self.server.json("device", "show", name)["online"]

    def subscribe(self, name, ca=None):
        """A real client that stays connected; its end is the end of its session."""
        ca = ca or self.server.data / "ca/root.pem"
        client = subprocess.Popen(
            ["stdbuf", "-oL", "mosquitto_sub", "-h", "localhost", "-p", str(self.server.port("mqtt")), "--cafile", ca, "--cert",
             f"{name}.pem", "--key", f"{name}.key", "-i", f"{name}/subscriber", "-t", f"d/{name}/command", "-q", "1", "-d"],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(self.end, client)
        seen = []
        connected = threading.Event()

        def read():
            for line in client.stdout:
                seen.append(line)
                if "SUBACK" in line:
                    connected.set()
        threading.Thread(target=read, daemon=True).start()
        self.assertTrue(connected.wait(SECONDS_MAX), "".join(seen))
        return client

    @staticmethod
    def end(client):
        client.kill()
        client.wait()

    def publish(self, name, check=True):
        return self.shell(f"mosquitto_pub -h localhost -p $MQTT --cafile $DATA/ca/root.pem --cert {name}.pem "
                          f"--key {name}.key -i {name}/publisher -t d/{name}/telemetry -q 1 -m '[{{\"n\":\"battery\",\"u\":\"%\",\"v\":50}}]' -V 5", check)
