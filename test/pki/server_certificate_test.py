"""The server's own certificates change while it runs: connections stay, new handshakes get the new one."""
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import unittest

from outrider import CONFIG, Server
from pki import PkiCase, until

OWN_CERTIFICATE = CONFIG.replace("[metrics]", 'certificate_file = "{data}/../web.pem"\nkey_file = "{data}/../web.key"\n[metrics]')


class Renewal(PkiCase):
    def presented(self, listener):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        try:
            with socket.create_connection(("localhost", self.server.port(listener))) as plain, context.wrap_socket(plain) as tls:
                return tls.getpeercert(binary_form=True)
        except ssl.SSLError:
            return None

    def test_one_that_ends_soon_is_replaced_under_a_live_session(self):
        self.enrol("t-1")
        session = self.subscribe("t-1")
        before = {listener: self.presented(listener) for listener in ("https", "mqtt")}
        # What the daily look finds after two months: a certificate of ours with two days left.
        self.shell("openssl x509 -in $DATA/ca/server.pem -out leaf.pem; openssl x509 -in leaf.pem -signkey $DATA/ca/server.key -x509toreq -out r.csr")
        (self.folder / "ext").write_text("extendedKeyUsage=serverAuth\nsubjectAltName=DNS:localhost,DNS:outrider.local,IP:127.0.0.1\n", encoding="utf-8")
        self.shell("openssl x509 -req -in r.csr -CA $DATA/ca/server-issuing.pem -CAkey $DATA/ca/server-issuing.key -days 2 -extfile ext "
                   "-set_serial 0x4712 -out short.pem; cat short.pem $DATA/ca/server-issuing.pem > $DATA/ca/server.pem")
        self.server.run("fleet", "create", "other")  # looks at the certificates, as every day does
        for listener in ("https", "mqtt"):
            self.assertNotEqual(self.presented(listener), before[listener], listener)
        self.shell("openssl x509 -in $DATA/ca/server.pem -noout -checkend 5184000")  # two months
        self.assertIsNone(session.poll(), "the session went on")
        self.publish("t-1")


class Supplied(PkiCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="outrider-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.make_certificate("first")
        self.server = Server(self.folder, OWN_CERTIFICATE).start()
        self.addCleanup(self.server.stop)

    def make_certificate(self, name):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "web.key",
                        "-out", "web.pem", "-subj", f"/CN={name}", "-addext", "subjectAltName=DNS:localhost", "-days", "2"],
                       cwd=self.folder, check=True, capture_output=True, timeout=60)

    def subject(self):
        return self.shell("openssl s_client -connect localhost:$HTTPS </dev/null 2>/dev/null | openssl x509 -noout -subject", check=False).stdout.strip()

    def test_an_operators_files_are_read_again_when_they_change(self):
        self.assertEqual(self.subject(), "subject=CN = first")
        self.make_certificate("second")
        until(lambda: self.subject() == "subject=CN = second", "the new certificate")
        (self.folder / "web.pem").write_text("nonsense", encoding="utf-8")
        until(lambda: "the certificate of HTTPS stays as it was" in self.server.log_tail(), "the complaint")
        self.assertEqual(self.subject(), "subject=CN = second")


if __name__ == "__main__":
    unittest.main()
