"""Certificates taken back, judged by programs we did not write: openssl, nginx, mosquitto, curl."""
import json
import shutil
import socket
import subprocess
import unittest

from outrider import OUTRIDER
from pki import SECONDS_MAX, PkiCase, until


class Revocation(PkiCase):
    def test_openssl_believes_lists_and_answers_and_sees_a_revocation_within_a_moment(self):
        self.enrol("t-1")
        self.enrol("t-2")
        self.fetch_authorities()
        for name in ("t-1", "t-2"):
            self.assertIn("OK", self.verify(name, check=True).stdout)
            self.assertIn(f"{name}.pem: good", self.ocsp(name).stdout)
        text = self.certificate_text("t-1.pem")
        self.assertIn("http://pki.test/ocsp", text)
        self.assertRegex(text, r"http://pki.test/crl/demo/[0-9a-f]{16}\.crl")
        before = self.shell("openssl crl -in demo.crl.pem -noout -crlnumber").stdout

        self.server.run("identity", "revoke", self.serial("t-1"), "--why", "keyCompromise")
        # The whole list again, and the delta to the one that was fetched before.
        def listed():
            self.fetch_lists()
            return self.serial("t-1").upper() in self.shell("openssl crl -in demo.crl.pem -noout -text").stdout
        until(listed, "the revocation in the list")
        text = self.shell("openssl crl -in demo.crl.pem -noout -text").stdout
        self.assertIn("Key Compromise", text)
        self.assertIn("Only User Certificates", text)
        self.assertIn("X509v3 Issuing Distribution Point: critical", text)
        self.assertIn("X509v3 Freshest CRL", text)
        self.assertNotEqual(before, self.shell("openssl crl -in demo.crl.pem -noout -crlnumber").stdout)
        delta = self.shell("openssl crl -in delta.crl.pem -noout -text").stdout
        self.assertIn("X509v3 Delta CRL Indicator: critical", delta)
        self.assertIn(self.serial("t-1").upper(), delta)
        self.assertIn("verify OK", self.shell("openssl crl -in demo.crl.pem -noout -CAfile issuing.pem 2>&1").stdout)

        refused = self.verify("t-1")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("certificate revoked", refused.stderr)
        self.assertIn("OK", self.verify("t-2", check=True).stdout)
        answer = self.ocsp("t-1").stdout
        self.assertIn("t-1.pem: revoked", answer)
        self.assertIn("Reason: keyCompromise", answer)
        self.assertIn("t-2.pem: good", self.ocsp("t-2", "-no_nonce").stdout)
        self.assertIn("t-2.pem: good", self.ocsp("t-2", "-sha256").stdout)

    def test_an_old_list_and_the_delta_together_refuse_the_revoked(self):
        self.enrol("t-1")
        self.enrol("t-2")
        self.fetch_authorities()
        self.shell("cp demo.crl.pem old.crl.pem")
        self.server.run("identity", "revoke", self.serial("t-1"))

        def listed():
            self.fetch_lists()
            return self.serial("t-1").upper() in self.shell("openssl crl -in delta.crl.pem -noout -text").stdout
        until(listed, "the revocation in the delta")
        line = ("openssl verify -crl_check -use_deltas -extended_crl -partial_chain -CAfile issuing.pem "
                "-CRLfile old.crl.pem -CRLfile delta.crl.pem ")
        self.assertIn("certificate revoked", self.shell(line + "t-1.pem", check=False).stderr)
        self.assertIn("OK", self.shell(line + "t-2.pem").stdout)

    def test_ocsp_says_exactly_what_it_knows(self):
        self.enrol("t-1")
        self.fetch_authorities()
        unknown = self.shell(f"openssl ocsp -issuer issuing.pem -serial 0x1234 -CAfile trust.pem -url {self.pki('/ocsp')}").stdout
        self.assertIn("0x1234: unknown", unknown)
        self.shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout s.key -out s.pem -subj /CN=stranger -days 2")
        stranger = self.shell(f"openssl ocsp -issuer s.pem -serial 0x1234 -url {self.pki('/ocsp')} 2>&1", check=False)
        self.assertIn("unauthorized", stranger.stdout)
        # RFC 5019, by GET: the request in the path, kept by whoever stands in between.
        self.shell("openssl ocsp -issuer issuing.pem -cert t-1.pem -no_nonce -reqout ask.der")
        path = self.shell("base64 -w0 ask.der | jq -sRr @uri").stdout.strip()
        headers = self.shell(f"curl -sSf -D - -o answer.der '{self.pki('/ocsp/')}{path}'").stdout
        self.assertIn("application/ocsp-response", headers)
        self.assertIn("max-age=", headers)
        self.assertIn("Expires:", headers)
        self.assertIn("good", self.shell("openssl ocsp -respin answer.der -issuer issuing.pem -cert t-1.pem -CAfile trust.pem").stdout)
        etag = next(line.split(": ")[1].strip() for line in headers.splitlines() if line.lower().startswith("etag"))
        again = self.shell(f"curl -sS -o /dev/null -w '%{{http_code}}' -H 'If-None-Match: {etag}' '{self.pki('/ocsp/')}{path}'").stdout
        self.assertEqual(again, "304")
        nonsense = self.shell(f"curl -sS --data-binary nonsense -H 'Content-Type: application/ocsp-request' {self.pki('/ocsp')} | xxd -p").stdout
        self.assertEqual(nonsense.strip(), "30030a0101")

    def test_lists_are_given_once_and_over_https_too(self):
        until(lambda: self.shell(f"curl -sSf -o /dev/null {self.pki('/crl/demo.crl')}", check=False).returncode == 0, "the first list")
        headers = self.shell(f"curl -sSf -D - -o a.crl {self.pki('/crl/demo.crl')}").stdout
        self.assertIn("application/pkix-crl", headers)
        etag = next(line.split(": ")[1].strip() for line in headers.splitlines() if line.lower().startswith("etag"))
        modified = next(line.split(": ", 1)[1].strip() for line in headers.splitlines() if line.lower().startswith("last-modified"))
        for header in (f"If-None-Match: {etag}", f"If-Modified-Since: {modified}"):
            code = self.shell(f"curl -sS -o /dev/null -w '%{{http_code}}' -H '{header}' {self.pki('/crl/demo.crl')}").stdout
            self.assertEqual(code, "304", header)
        self.shell("curl -sSf --cacert $DATA/ca/root.pem -o b.crl https://localhost:$HTTPS/crl/demo.crl && cmp a.crl b.crl")
        for path in ("/crl/none.crl", "/crl/demo", "/ca/demo/00.cer", "/status", "/api/v1/status"):
            self.assertEqual(self.shell(f"curl -sS -o /dev/null -w '%{{http_code}}' {self.pki(path)}").stdout, "404", path)
        ident = self.server.json("ca", "status")[-1]["id"][:16]
        self.shell(f"curl -sSf -o c.cer {self.pki(f'/ca/demo/{ident}.cer')} && openssl x509 -inform DER -in c.cer -noout "
                   f"&& openssl x509 -in $DATA/ca/fleets/demo/issuing.pem -outform DER | cmp - c.cer")

    def test_a_mass_revocation_closes_exactly_the_sessions_it_previewed(self):
        for name in ("t-1", "t-2", "u-1"):
            self.enrol(name)
        for name in ("t-1", "t-2", "u-1"):
            self.subscribe(name)
        preview = self.server.json("identity", "revoke", "--prefix", "t-", "--dry-run")
        self.assertEqual(preview["count"], 2)
        self.assertEqual({each["device"] for each in preview["sample"]}, {"t-1", "t-2"})
        refused = self.server.run("identity", "revoke", "--prefix", "t-", "--json", check=False)
        self.assertEqual(refused.returncode, 2, refused.stderr)
        wrong = subprocess.run([OUTRIDER, "identity", "revoke", "--prefix", "t-", "--data", self.server.data], input="3\n",
                               capture_output=True, text=True, timeout=60, check=False)
        self.assertIn("not-confirmed", wrong.stderr)
        self.assertTrue(self.online("t-1"))
        right = subprocess.run([OUTRIDER, "identity", "revoke", "--prefix", "t-", "--why", "superseded", "--data", self.server.data],
                               input="2\n", capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(right.returncode, 0, right.stderr)
        self.assertIn("Revoked 2 of 2", right.stdout)
        until(lambda: not self.online("t-1") and not self.online("t-2"), "the end of their sessions")
        self.assertTrue(self.online("u-1"))
        for name in ("t-1", "t-2"):
            self.assertNotEqual(self.publish(name, check=False).returncode, 0)
        self.assertEqual(self.publish("u-1").returncode, 0)
        stale = self.shell(f"curl -sS --unix-socket $DATA/run/outrider.sock -H 'Content-Type: application/json' -d "
                           f"'{{\"why\":\"superseded\",\"prefix\":\"u-\",\"confirm\":\"00\"}}' http://x/api/v1/fleets/demo/identities/revoke").stdout
        self.assertEqual(json.loads(stale)["reason"], "preview-changed")

    def test_an_https_connection_ends_with_its_certificate(self):
        self.enrol("t-1")
        with subprocess.Popen(["openssl", "s_client", "-quiet", "-connect", f"localhost:{self.server.port('https')}", "-CAfile",
                               self.server.data / "ca/root.pem", "-cert", self.folder / "t-1.pem", "-key", self.folder / "t-1.key"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as client:
            client.stdin.write(b"GET /.well-known/est/demo/csrattrs HTTP/1.1\r\nHost: localhost\r\n\r\n")
            client.stdin.flush()
            self.assertIn(b"200 OK", client.stdout.readline())
            self.server.run("identity", "revoke", self.serial("t-1"))
            client.stdout.read()  # to the end of the connection
            self.assertIsNotNone(client.wait(SECONDS_MAX))

    def test_nginx_with_our_list_lets_the_good_in_and_the_revoked_stay_out(self):
        if shutil.which("nginx") is None:
            self.skipTest("nginx is not installed")
        self.enrol("t-1")
        self.enrol("t-2")
        self.server.run("identity", "revoke", self.serial("t-1"))
        self.fetch_authorities()

        def listed():
            self.fetch_lists()
            return self.serial("t-1").upper() in self.shell("openssl crl -in demo.crl.pem -noout -text").stdout
        until(listed, "the revocation in the list")
        self.shell("cat issuing.pem root.pem > trust.pem; cat demo.crl.pem rootlist.crl.pem > lists.pem; openssl req -x509 "
                   "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout web.key -out web.pem -subj /CN=localhost -days 2")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        (self.folder / "nginx.conf").write_text(f"""
daemon off; pid {self.folder}/nginx.pid; error_log {self.folder}/nginx.log info; events {{}}
http {{ access_log off; client_body_temp_path {self.folder}/b; proxy_temp_path {self.folder}/p; fastcgi_temp_path {self.folder}/f;
  uwsgi_temp_path {self.folder}/u; scgi_temp_path {self.folder}/s;
  server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {self.folder}/web.pem; ssl_certificate_key {self.folder}/web.key;
    ssl_client_certificate {self.folder}/trust.pem; ssl_verify_client on; ssl_verify_depth 2; ssl_crl {self.folder}/lists.pem;
    location / {{ return 200 "$ssl_client_verify\\n"; }} }} }}
""", encoding="utf-8")
        nginx = subprocess.Popen(["nginx", "-c", self.folder / "nginx.conf", "-p", self.folder], stderr=subprocess.DEVNULL)
        self.addCleanup(nginx.wait)
        self.addCleanup(nginx.terminate)

        def ask(name):
            return self.shell(f"curl -sS --cacert web.pem --cert {name}.pem --key {name}.key https://localhost:{port}/", check=False)
        until(lambda: ask("t-2").returncode == 0, "nginx")
        self.assertEqual(ask("t-2").stdout.strip(), "SUCCESS")
        self.assertIn("400", ask("t-1").stdout)
        self.assertIn("certificate revoked", (self.folder / "nginx.log").read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
