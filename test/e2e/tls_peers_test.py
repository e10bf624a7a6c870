"""TLS stacks that others wrote against the gateway's own record layer and tickets: OpenSSL, GnuTLS, NSS and wolfSSL; and
mbedTLS where TLS 1.2 is allowed, because Debian's knows no later version."""
import select
import subprocess
import unittest

import outrider

CONNECT = b"\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03t-1"
CONNACK = b"\x20\x02\x00\x00"
PINGREQ = b"\xc0\x00"
PINGRESP = b"\xd0\x00"
WAIT_SECONDS_MAX = 20


def report(number):
    """A QoS 1 report that ends in a line feed."""
    topic, payload = b"d/t-1/telemetry", b'[{"n":"battery","u":"%","v":81}]\n'
    rest = bytes([0, len(topic)]) + topic + bytes([0, number]) + payload
    return bytes([0x32, len(rest)]) + rest


def puback(number):
    return bytes([0x40, 2, 0, number])


class Client:
    """A program that pipes its input through TLS. Its output may be mixed with its own talk."""

    def __init__(self, test, *command):
        self.test = test
        self.process = subprocess.Popen(command, cwd=test.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        self.heard = b""
        test.addCleanup(self.process.stdout.close)
        test.addCleanup(self.process.stdin.close)
        test.addCleanup(self.process.wait)
        test.addCleanup(self.process.kill)

    def say(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def hear(self, wanted):
        """Reads until `wanted` has come, and forgets what was before it."""
        while wanted not in self.heard:
            ready, _, _ = select.select([self.process.stdout], [], [], WAIT_SECONDS_MAX)
            data = self.process.stdout.read1(65536) if ready else b""
            if not data:
                self.test.fail(f"{wanted} did not come; heard {self.heard[-2000:]}")
            self.heard += data
        self.heard = self.heard.split(wanted, 1)[1]

    def end(self):
        """Ends its input, and returns the rest of its output."""
        self.process.stdin.close()
        rest = self.process.stdout.read()
        self.process.wait(WAIT_SECONDS_MAX)
        return self.heard + rest


def build_and_run(test, name, library):
    """Compiles tls_peers/<name>.c and runs it as the device t-1; returns its output."""
    source = outrider.SOURCE / f"test/e2e/tls_peers/{name}.c"
    test.shell(f"cc -Wall -Werror -O1 -o {name} {source} {library}")
    return test.shell(f"./{name} $MQTT $DATA/ca/root.pem t-1.pem t-1.key").stdout


class TlsPeers(outrider.ServerCase):
    def setUp(self):
        super().setUp()
        self.enrol("t-1")
        self.root = str(self.server.data / "ca/root.pem")
        self.port = str(self.server.port("mqtt"))

    def openssl(self, *more):
        return Client(self, "openssl", "s_client", "-connect", f"localhost:{self.port}", "-CAfile", self.root, "-cert", "t-1.pem",
                      "-key", "t-1.key", "-verify_return_error", *more)

    def test_openssl_updates_its_keys_and_asks_for_ours(self):
        client = self.openssl("-tls1_3")
        client.say(CONNECT)
        client.hear(CONNACK)
        for command in (b"k\n", b"K\n", b"K\n"):  # KeyUpdate; the capital one asks for the server's
            client.say(command)
            client.hear(b"KEYUPDATE")
            client.say(PINGREQ)
            client.hear(PINGRESP)

    def test_openssl_speaks_every_suite(self):
        for suite in ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"):
            client = self.openssl("-ciphersuites", suite)
            client.say(CONNECT)
            client.hear(CONNACK)
            client.say(b"\xe0\x00")
            self.assertNotIn(b"alert", client.end())

    def test_openssl_with_short_records_and_padding(self):
        client = self.openssl("-maxfraglen", "512", "-record_padding", "128")
        client.say(CONNECT)
        client.hear(CONNACK)
        client.say(PINGREQ)
        client.hear(PINGRESP)

    def test_openssl_comes_back_with_its_ticket_until_it_is_revoked(self):
        for visit in range(4):
            ticket = ["-sess_in", "ticket.pem"] if visit else []
            client = self.openssl("-tls1_3", "-sess_out", "ticket.pem", *ticket)
            client.hear(b"Reused, TLSv1.3" if visit else b"New, TLSv1.3")
            client.say(CONNECT)
            client.hear(CONNACK)  # the ticket came before it
            client.end()
        serial = self.server.json("identity", "list", "--device", "t-1")[0]["serial"]
        self.server.run("identity", "revoke", serial, "--why", "keyCompromise")
        client = self.openssl("-tls1_3", "-sess_in", "ticket.pem")
        client.hear(b"New, TLSv1.3")  # its ticket is gone: a whole handshake
        client.say(CONNECT)
        self.assertNotIn(CONNACK, client.end())  # which names a revoked identity

    def test_gnutls_speaks_updates_its_keys_and_resumes(self):
        client = Client(self, "gnutls-cli", "--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.3", "--inline-commands", "--port", self.port,
                        "--x509cafile", self.root, "--x509certfile", "t-1.pem", "--x509keyfile", "t-1.key", "localhost")
        client.hear(b"Simple Client Mode")
        client.say(CONNECT)
        client.hear(CONNACK)
        # A command stands on a line of its own: what is sent before it has to end one. JSON may.
        client.say(report(1))
        client.hear(puback(1))
        client.say(b"^rekey1^\n")  # its own keys
        client.say(report(2))
        client.hear(puback(2))
        client.say(b"^rekey^\n")  # and it asks for ours
        client.say(report(3))
        client.hear(puback(3))
        client.say(b"^resume^\n")
        client.hear(b"This is a resumed session")
        client.say(CONNECT)
        client.hear(CONNACK)

    def test_nss_speaks(self):
        database = self.folder / "nss"
        for command in (f"mkdir {database}", f"certutil -N -d {database} --empty-password", f"certutil -A -d {database} -n root -t CT,, -i {self.root}",
                        "openssl pkcs12 -export -in t-1.pem -inkey t-1.key -name t-1 -out t-1.p12 -passout pass:",
                        f"pk12util -i t-1.p12 -d {database} -W ''"):
            self.shell(command)
        client = Client(self, "tstclnt", "-4", "-h", "localhost", "-p", self.port, "-d", database, "-n", "t-1", "-V", "tls1.3:tls1.3")
        client.say(CONNECT)
        client.hear(CONNACK)
        client.say(PINGREQ)
        client.hear(PINGRESP)

    def test_wolfssl_speaks_updates_its_keys_and_resumes(self):
        self.assertEqual(build_and_run(self, "wolfssl", "-lwolfssl").split(), ["connected", "updated", "resumed", "updated"])

    def test_tls_12_is_refused_by_default(self):
        client = self.openssl("-tls1_2")
        self.assertIn(b"alert protocol version", client.end())


class OldModems(outrider.ServerCase):
    config = outrider.CONFIG.replace("[mqtt]", '[mqtt]\ntls_min = "1.2"')

    def test_mbedtls_connects_with_an_aead_and_short_records(self):
        self.enrol("t-1")
        self.assertRegex(build_and_run(self, "mbedtls", "-lmbedtls -lmbedx509 -lmbedcrypto"), "TLSv1.2 TLS-ECDHE-ECDSA-WITH-.*(GCM|POLY1305)")

    def test_a_client_of_tls_12_connects_where_the_listener_allows_it(self):
        self.enrol("t-1")
        for version in ("-tls1_2", "-tls1_3"):
            client = Client(self, "openssl", "s_client", "-connect", f"localhost:{self.server.port('mqtt')}", "-CAfile",
                            str(self.server.data / "ca/root.pem"), "-cert", "t-1.pem", "-key", "t-1.key", version)
            client.say(CONNECT)
            client.hear(CONNACK)
            client.say(PINGREQ)
            client.hear(PINGRESP)


if __name__ == "__main__":
    unittest.main()
