"""Enrolment over EST by curl and openssl: what is granted, and every refusal with its reason."""
import unittest

import outrider


class Est(outrider.ServerCase):
    def refused(self, operation, arguments, reason, status):
        done = self.shell(
            f"curl --silent --show-error --cacert $DATA/ca/root.pem {arguments} --write-out '\\n%{{http_code}}' "
            f"--header 'Content-Type: application/pkcs10' https://localhost:$HTTPS/.well-known/est/demo/{operation}")
        self.assertEqual(done.stdout.splitlines()[-1], str(status), done.stdout)
        self.assertIn(reason, done.stdout)
        return done

    def recorded(self, reason):
        return [e for e in self.entries("enrolment.refused") if e["payload"]["reason"] == reason]

    def csr(self, name, subject, key="ecparam -name prime256v1 -genkey -noout"):
        self.shell(f"openssl {key} > {name}.key 2>/dev/null && openssl req -new -key {name}.key -subj /CN={subject} -outform DER | base64 > {name}.csr")

    def code(self, device, *more):
        return self.server.json("device", "code", device, *more)["code"]

    def setUp(self):
        super().setUp()
        self.server.run("device", "add", "t-1", "--profile", "fleet-tracker")
        self.csr("t-1", "t-1")

    def test_cacerts_lead_to_the_root_the_operator_was_given(self):
        self.shell("curl -sS --fail --cacert $DATA/ca/root.pem https://localhost:$HTTPS/.well-known/est/demo/cacerts "
                   "| base64 -d | openssl pkcs7 -inform DER -print_certs -out chain.pem")
        self.assertIn("OK", self.shell("openssl verify -CAfile $DATA/ca/root.pem chain.pem").stdout)

    def test_csrattrs_name_what_a_request_should_contain(self):
        done = self.shell("curl -sS --fail --cacert $DATA/ca/root.pem https://localhost:$HTTPS/.well-known/est/demo/csrattrs "
                          "| base64 -d | openssl asn1parse -inform DER")
        self.assertIn("OBJECT", done.stdout)

    def test_a_code_gives_one_certificate_that_verifies_and_names_the_device(self):
        code = self.enrol("t-1", add=False)
        self.assertIn("OK", self.shell("curl -sS --fail --cacert $DATA/ca/root.pem https://localhost:$HTTPS/.well-known/est/demo/cacerts "
                                       "| base64 -d | openssl pkcs7 -inform DER -print_certs -out chain.pem && "
                                       "openssl verify -purpose sslclient -CAfile $DATA/ca/root.pem -untrusted chain.pem t-1.pem").stdout)
        self.assertIn("URI:urn:outrider:demo:t-1", self.shell("openssl x509 -in t-1.pem -noout -ext subjectAltName").stdout)
        self.csr("again", "t-1")
        self.refused("simpleenroll", f"--user t-1:{code} --data @again.csr", "code-used", 409)
        self.assertTrue(self.recorded("code-used"))

    def test_a_wrong_code_is_refused_and_says_nothing_about_the_device(self):
        known = self.refused("simpleenroll", "--user t-1:XXXX-XXXX-XXXX --data @t-1.csr", "", 401).stdout
        unknown = self.refused("simpleenroll", "--user t-9:XXXX-XXXX-XXXX --data @t-1.csr", "", 401).stdout
        self.assertEqual(known.replace("t-1", "?"), unknown.replace("t-9", "?"))

    def test_a_request_without_a_code_is_asked_for_one(self):
        done = self.shell("curl -sS -i --cacert $DATA/ca/root.pem --data @t-1.csr -H 'Content-Type: application/pkcs10' "
                          "https://localhost:$HTTPS/.well-known/est/demo/simpleenroll")
        self.assertIn("401", done.stdout.splitlines()[0])
        self.assertIn("www-authenticate: basic", done.stdout.lower())

    def test_a_request_that_its_key_did_not_sign_is_refused(self):
        # The last byte of the DER is in the signature.
        self.shell("base64 -d t-1.csr > r.der && python3 -c \"d=bytearray(open('r.der','rb').read());d[-1]^=1;open('r.der','wb').write(d)\" "
                   "&& base64 r.der > t-1.csr")
        self.refused("simpleenroll", f"--user t-1:{self.code('t-1')} --data @t-1.csr", "bad-csr-signature", 400)

    def test_a_key_of_another_device_is_refused(self):
        self.enrol("t-1", add=False)
        self.server.run("device", "add", "t-2", "--profile", "fleet-tracker")
        self.shell("openssl req -new -key t-1.key -subj /CN=t-2 -outform DER | base64 > t-2.csr")
        self.refused("simpleenroll", f"--user t-2:{self.code('t-2')} --data @t-2.csr", "key-in-use", 409)
        self.assertTrue(self.recorded("key-in-use"))

    def test_a_kind_of_key_that_the_profile_does_not_name_is_refused(self):
        self.csr("rsa", "t-1", "genrsa 3072")
        self.refused("simpleenroll", f"--user t-1:{self.code('t-1')} --data @rsa.csr", "key-type-not-allowed", 403)

    def test_a_weak_key_is_refused(self):
        self.add_profile("old-tracker", ('algorithms = ["p256", "ed25519"]', 'algorithms = ["p256", "rsa-3072"]'))
        self.server.run("device", "add", "t-2", "--profile", "old-tracker")
        self.csr("weak", "t-2", "genrsa 1024")
        self.refused("simpleenroll", f"--user t-2:{self.code('t-2')} --data @weak.csr", "weak-key", 403)
        self.csr("strong", "t-2", "genrsa 3072")
        self.est("simpleenroll", f"--user t-2:{self.code('t-2')} --data @strong.csr", "strong.pem")

    def test_a_name_that_is_not_the_callers_is_refused(self):
        self.csr("other", "t-2")
        self.refused("simpleenroll", f"--user t-1:{self.code('t-1')} --data @other.csr", "wrong-subject", 403)

    def test_a_retired_device_is_refused(self):
        code = self.code("t-1")
        self.server.run("device", "retire", "t-1", "--reason", "sold")
        self.refused("simpleenroll", f"--user t-1:{code} --data @t-1.csr", "device-retired", 403)

    def test_nonsense_is_refused_clearly(self):
        user = f"--user t-1:{self.code('t-1')}"
        self.refused("simpleenroll", f"{user} --data 'not base64 at all!'", "malformed", 400)
        self.refused("simpleenroll", f"{user} --data ''", "malformed", 400)
        self.shell("head -c 3000000 /dev/zero | base64 -w0 > huge")
        self.refused("simpleenroll", f"{user} --data @huge", "", 413)

    def test_renewal_needs_the_current_certificate(self):
        self.enrol("t-1", add=False)
        self.refused("simplereenroll", "--data @t-1.csr", "no-certificate", 403)
        self.est("simplereenroll", "--cert t-1.pem --key t-1.key --data @t-1.csr", "renewed.pem")
        serial = self.shell("openssl x509 -in t-1.pem -noout -serial").stdout.strip().split("=")[1].lower()
        self.server.run("identity", "revoke", serial, "--why", "keyCompromise")
        self.refused("simplereenroll", "--cert t-1.pem --key t-1.key --data @t-1.csr", "identity-revoked", 403)


if __name__ == "__main__":
    unittest.main()
