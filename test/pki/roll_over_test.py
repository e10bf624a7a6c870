"""Authorities replaced, taken offline and put into a token, while devices work and sleep."""
import os
import pathlib
import subprocess
import unittest

from pki import PkiCase, until

SOFTHSM = pathlib.Path("/usr/lib/softhsm/libsofthsm2.so")
ENGINE = pathlib.Path("/usr/lib/x86_64-linux-gnu/engines-3/pkcs11.so")


class RollOver(PkiCase):
    def test_issuing_ca_and_root_are_replaced_while_one_device_works_and_one_sleeps(self):
        self.enrol("awake")
        self.enrol("asleep")
        self.shell("cp $DATA/ca/root.pem old-root.pem; cp $DATA/ca/fleets/demo/issuing.pem old-issuing.pem; cat old-issuing.pem old-root.pem > old-trust.pem")
        session = self.subscribe("awake", "old-root.pem")
        first = self.server.json("ca", "rotate", "issuing")
        self.enrol("newer")
        self.assertIsNone(session.poll(), "the session went on")
        for name in ("asleep", "newer"):
            self.publish(name)
        status = self.server.json("ca", "status")
        self.assertEqual([each["role"] for each in status], ["root", "server-issuing", "issuing", "former-issuing"])
        self.assertEqual(status[2]["id"], first["id"])

        # Both lists are there, each by its own issuing CA; the old device is judged by the old one's.
        self.server.run("identity", "revoke", "--device", "asleep", "--yes")
        old = status[3]["id"][:16]

        def listed():
            self.shell(f"curl -sSf -o old.crl {self.pki(f'/crl/demo/{old}.crl')}")
            return self.serial("asleep").upper() in self.shell("openssl crl -inform DER -in old.crl -noout -text").stdout
        until(listed, "the revocation in the former CA's list")
        self.shell("openssl crl -inform DER -in old.crl -noout -CAfile old-issuing.pem")
        answer = self.shell(f"openssl ocsp -issuer old-issuing.pem -cert asleep.pem -CAfile old-trust.pem -url {self.pki('/ocsp')}").stdout
        self.assertIn("asleep.pem: revoked", answer)

        self.server.run("ca", "rotate", "root")
        self.assertIsNone(session.poll(), "the session went on")
        self.shell("cp $DATA/ca/root.pem new-root.pem; ! cmp -s old-root.pem new-root.pem")
        # Who slept through it knows only the old root; who comes now knows only the new one.
        for root in ("old-root.pem", "new-root.pem"):
            self.shell(f"curl -sSf --cacert {root} -o cacerts.p7 https://localhost:$HTTPS/.well-known/est/demo/cacerts")
            self.shell(f"mosquitto_pub -h localhost -p $MQTT --cafile {root} --cert newer.pem --key newer.key -i newer "
                       "-t d/newer/telemetry -q 1 -V 5 -m '[{\"n\":\"battery\",\"u\":\"%\",\"v\":50}]'")
        self.shell("base64 -d cacerts.p7 | openssl pkcs7 -inform DER -print_certs -out cacerts.pem")
        self.assertEqual((self.folder / "cacerts.pem").read_text(encoding="utf-8").count("BEGIN CERT"), 6)
        # The old device's certificate leads to the new root over OldWithNew, and the other way round.
        for root in ("old-root.pem", "new-root.pem"):
            self.shell(f"openssl verify -CAfile {root} -untrusted cacerts.pem newer.pem")
        # Renewed with what it has, by a device that knows the old root alone.
        self.shell("openssl ecparam -name prime256v1 -genkey -noout -out again.key; openssl req -new -key again.key "
                   "-subj /CN=newer -outform DER | base64 > again.csr")
        self.shell("curl -sSf --cacert old-root.pem --cert newer.pem --key newer.key --data @again.csr -H 'Content-Type: "
                   "application/pkcs10' -o again.p7 https://localhost:$HTTPS/.well-known/est/demo/simplereenroll")
        self.server.stop()
        self.server.start()
        self.shell("curl -sSf --cacert old-root.pem -o /dev/null https://localhost:$HTTPS/.well-known/est/demo/cacerts")

    def test_the_root_goes_offline_and_an_issuing_ca_is_signed_where_it_is(self):
        phrase = self.folder / "phrase"
        phrase.write_text("a long enough phrase\n", encoding="utf-8")
        phrase.chmod(0o600)
        self.server.run("ca", "export", "--output", self.folder / "root.p8", "--passphrase-file", phrase, "--remove")
        self.assertFalse((self.server.data / "ca/root.key").exists())
        self.assertEqual(self.server.json("ca", "status")[0]["key"], "offline")
        refused = self.server.run("ca", "rotate", "issuing", check=False)
        self.assertIn("root-offline", refused.stderr)
        self.server.run("ca", "rotate", "issuing", "--request", self.folder / "demo.csr")
        (self.folder / "ext").write_text("basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n"
                                         "extendedKeyUsage=clientAuth,OCSPSigning\nsubjectKeyIdentifier=hash\n"
                                         "authorityKeyIdentifier=keyid\n", encoding="utf-8")
        self.shell("openssl x509 -req -in demo.csr -CA $DATA/ca/root.pem -CAkey root.p8 -passin file:phrase -days 1000 -sha256 "
                   "-extfile ext -out demo.pem -set_serial 0x4711")
        self.server.run("ca", "import", "--certificate", self.folder / "demo.pem")
        self.enrol("t-1")
        self.shell("openssl verify -CAfile $DATA/ca/root.pem -untrusted demo.pem t-1.pem")
        self.publish("t-1")
        self.server.run("ca", "import", "--key", self.folder / "root.p8", "--passphrase-file", phrase)
        self.server.run("ca", "rotate", "issuing")
        self.server.stop()
        self.server.start()
        self.assertEqual(self.server.json("ca", "status")[0]["key"], "offline", "it was not to be kept")


@unittest.skipUnless(SOFTHSM.exists() and ENGINE.exists(), "softhsm2 or libengine-pkcs11-openssl is not installed")
class KeyInADevice(PkiCase):
    def setUp(self):
        # The token must be there before the server looks for it, so its folder is not the test's own.
        super().setUp()
        self.server.stop()
        (self.folder / "tokens").mkdir()
        conf = self.folder / "softhsm2.conf"
        conf.write_text(f"directories.tokendir = {self.folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n", encoding="utf-8")
        before = os.environ.get("SOFTHSM2_CONF")
        os.environ["SOFTHSM2_CONF"] = str(conf)
        self.addCleanup(lambda: os.environ.update({"SOFTHSM2_CONF": before}) if before else os.environ.pop("SOFTHSM2_CONF"))
        (self.folder / "pin").write_text("1234", encoding="utf-8")
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", "fleet", "--pin", "1234", "--so-pin", "5678"],
                       check=True, capture_output=True, timeout=60)
        for number, label in enumerate(("root", "issuing"), 1):
            subprocess.run(["pkcs11-tool", "--module", SOFTHSM, "--token-label", "fleet", "--login", "--pin", "1234", "--keypairgen",
                            "--key-type", "EC:prime256v1", "--label", label, "--id", f"0{number}"], check=True, capture_output=True, timeout=60)
        self.server.start()

    def uri(self, label):
        return f"pkcs11:token=fleet;object={label};type=private?pin-source=file:{self.folder}/pin&module-path={SOFTHSM}"

    def test_root_and_issuing_ca_sign_with_keys_that_never_leave_the_token(self):
        self.server.run("ca", "rotate", "root", "--key-uri", self.uri("root"))
        self.server.run("ca", "rotate", "issuing", "--key-uri", self.uri("issuing"))
        roles = {each["role"]: each["key"] for each in self.server.json("ca", "status")}
        self.assertEqual((roles["root"], roles["issuing"]), ("device", "device"))
        self.assertFalse((self.server.data / "ca/root.key").exists())
        self.assertFalse((self.server.data / "ca/fleets/demo/issuing.key").exists())
        self.server.stop()
        self.server.start()
        self.enrol("t-1")
        self.publish("t-1")
        self.fetch_authorities()
        self.shell("openssl verify -CAfile root.pem -untrusted issuing.pem t-1.pem")
        self.assertIn("OK", self.verify("t-1", check=True).stdout)
        self.server.run("identity", "revoke", self.serial("t-1"))

        def listed():
            self.fetch_lists()
            return self.serial("t-1").upper() in self.shell("openssl crl -in demo.crl.pem -noout -text").stdout
        until(listed, "the revocation in the list that the token signed")
        self.assertIn("t-1.pem: revoked", self.ocsp("t-1").stdout)
        # Out of the token nobody gets it.
        phrase = self.folder / "phrase"
        phrase.write_text("a long enough phrase\n", encoding="utf-8")
        phrase.chmod(0o600)
        refused = self.server.run("ca", "export", "--output", self.folder / "root.p8", "--passphrase-file", phrase, check=False)
        self.assertIn("key-in-device", refused.stderr)

    def test_a_root_whose_token_is_gone_is_offline_and_all_else_goes_on(self):
        self.server.run("ca", "rotate", "root", "--key-uri", self.uri("root"))
        self.server.stop()
        (self.folder / "tokens").rename(self.folder / "unplugged")
        (self.folder / "tokens").mkdir()
        self.server.start()
        self.assertEqual(self.server.json("ca", "status")[0]["key"], "offline")
        self.assertIn("root-offline", self.server.run("ca", "rotate", "issuing", check=False).stderr)
        self.enrol("t-1")
        self.publish("t-1")


if __name__ == "__main__":
    unittest.main()
