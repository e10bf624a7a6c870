"""The ways into a fleet that need no enrolment code, with openssl and curl as the device."""
import itertools
import json
import re
import subprocess
import threading
import unittest

from outrider import OUTRIDER, SOURCE, ServerCase

TEST_KEY_OF_RFC_9500 = """-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIObLW92AqkWunJXowVR2Z5/+yVPBaFHnEedDk5WJxk/BoAoGCCqGSM49
AwEHoUQDQgAEQiVI+I+3gv+17KN0RFLHKh5Vj71vc75eSOkyMsxFxbFsTNEMTLjV
uKFxOelIgsiZJXKZNCX0FBmrfpCkKklCcg==
-----END EC PRIVATE KEY-----
"""


class WaysInCase(ServerCase):
    def make_key(self, name):
        self.shell(f"openssl ecparam -name prime256v1 -genkey -noout -out {name}.key")

    def make_request(self, name, subject, options=""):
        """<name>.csr of <name>.key, which is made when missing."""
        if not (self.folder / f"{name}.key").exists():
            self.make_key(name)
        self.shell(f"openssl req -new -key {name}.key -subj '{subject}' {options} -outform DER | base64 > {name}.csr")

    def make_ca(self, name):
        self.make_key(name)
        self.shell(f"openssl req -x509 -new -key {name}.key -subj /CN={name} -days 3650 -out {name}.pem "
                   "-addext basicConstraints=critical,CA:TRUE")

    def sign(self, ca, name, subject, options="-not_after 99991231235959Z"):
        """<name>.pem for <name>.key, by the CA, with openssl ca, which knows dates."""
        self.make_request(name, subject)
        self.shell(f"""
            mkdir -p {ca}.d; : >> {ca}.d/index; [ -e {ca}.d/serial ] || echo 1000 > {ca}.d/serial
            printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase={ca}.d/index\\nserial={ca}.d/serial\\nnew_certs_dir={ca}.d\\n\
default_md=sha256\\npolicy=p\\nunique_subject=no\\nx509_extensions=x\\n[p]\\n[x]\\nbasicConstraints=CA:FALSE\\n' > {ca}.cnf
            base64 -d {name}.csr | openssl req -inform DER -out {name}.req
            openssl ca -batch -notext -config {ca}.cnf -cert {ca}.pem -keyfile {ca}.key -in {name}.req -out {name}.pem \
              -preserveDN -startdate 20200101000000Z {options.replace('-not_after', '-enddate')} 2>&1""")

    def post(self, operation, request, arguments="", fleet="demo"):
        """Status, headers and body of an EST request."""
        done = self.shell(
            f"curl --silent --show-error --cacert $DATA/ca/root.pem -D - {arguments} --data @{request}.csr "
            f"--header 'Content-Type: application/pkcs10' https://localhost:$HTTPS/.well-known/est/{fleet}/{operation}")
        head, _, body = done.stdout.partition("\n\n")
        return int(head.split()[1]), head, body.strip()

    def receive(self, name, body):
        """The certificate of an answer as <name>.pem."""
        (self.folder / f"{name}.p7").write_text(body, encoding="ascii")
        self.shell(f"base64 -d {name}.p7 | openssl pkcs7 -inform DER -print_certs -out {name}.pem")

    def publish(self, device, name, check=True):
        return self.shell(
            f"mosquitto_pub -h localhost -p $MQTT --cafile $DATA/ca/root.pem --cert {name}.pem --key {name}.key "
            f"-i {device} -q 1 -t d/me/telemetry -m '[{{\"n\":\"battery\",\"u\":\"%EL\",\"v\":50}}]' 2>&1", check)

    def assert_refused(self, answer, status, reason):
        self.assertEqual((answer[0], answer[2].split(":")[0]), (status, reason), answer[2])

    def wait_for(self, kind, count=1):
        """Entries of the kind, once there are so many; the ledger's stream waits, not the clock."""
        command = [OUTRIDER, "tail", "--data", self.server.data, "--from", "0", "--kind", kind, "--follow", "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as tail:
            late = threading.Timer(60, tail.kill)
            late.start()
            lines = list(itertools.islice(tail.stdout, count))
            late.cancel()
            tail.kill()
        self.assertEqual(len(lines), count, f"no {kind} within a minute\n{self.server.log_tail()}")
        return [json.loads(line) for line in lines]


class Keys(WaysInCase):
    def enrolment(self, device):
        self.server.run("device", "add", device, "--profile", "fleet-tracker")
        return f"--user {device}:{self.server.json('device', 'code', device)['code']}"

    def test_a_key_that_is_published_blocked_or_taken_is_refused(self):
        (self.folder / "rfc.key").write_text(TEST_KEY_OF_RFC_9500, encoding="ascii")
        self.make_request("rfc", "/CN=t-1")
        as_t1 = self.enrolment("t-1")
        self.assert_refused(self.post("simpleenroll", "rfc", as_t1), 403, "key-known")

        self.make_request("lost", "/CN=t-1")
        digest = self.shell("openssl pkey -in lost.key -pubout -outform DER | sha256sum").stdout.split()[0]
        blocked = self.folder / "blocked.keys"
        blocked.write_text(f"{digest}  # found on a web page\n", encoding="ascii")
        with open(self.server.config, "a", encoding="utf-8") as config:
            config.write(f'[keys]\nblock_list = "{blocked}"\n')
        self.server.stop()
        self.server.start()
        self.assert_refused(self.post("simpleenroll", "lost", as_t1), 403, "key-known")

        self.make_request("good", "/CN=t-1")
        status, _, body = self.post("simpleenroll", "good", as_t1)
        self.assertEqual(status, 200, body)
        # Nobody else gets an identity with this key, in another fleet either.
        self.server.run("fleet", "create", "other")
        self.server.run("device", "add", "t-1", "--profile", "fleet-tracker", "--fleet", "other")
        code = self.server.json("device", "code", "t-1", "--fleet", "other")["code"]
        self.assert_refused(self.post("simpleenroll", "good", f"--user t-1:{code}", fleet="other"), 409, "key-in-use")

    def test_where_the_key_lives_is_claimed_and_recorded(self):
        self.add_profile("chip", ('certificate_life', 'home_min = "tee"\ncertificate_life'))
        self.server.run("device", "add", "t-1", "--profile", "chip")
        code = self.server.json("device", "code", "t-1")["code"]
        self.make_request("plain", "/CN=t-1")
        self.assert_refused(self.post("simpleenroll", "plain", f"--user t-1:{code}"), 403, "key-home-too-low")
        oid = re.search(r"2\.25\.\d+", (SOURCE / "docs/format/identity.md").read_text(encoding="utf-8")).group()
        self.make_request("chip", "/CN=t-1", f"-addext {oid}=ASN1:UTF8String:tpm")
        self.assertEqual(self.post("simpleenroll", "chip", f"--user t-1:{code}")[0], 200)
        identity = self.server.json("identity", "list", "--device", "t-1")[0]
        self.assertEqual((identity["key_home"], identity["key_home_attested"]), ("tpm", False))


class Renewal(WaysInCase):
    def test_the_old_certificate_retires_when_the_new_one_has_connected_and_not_before(self):
        self.enrol("t-1", name="old")
        self.publish("t-1", "old")
        self.make_request("new", "/CN=t-1")
        status, _, body = self.post("simplereenroll", "new", "--cert old.pem --key old.key")
        self.assertEqual(status, 200, body)
        self.receive("new", body)
        self.publish("t-1", "old")  # the answer might have got lost
        self.assertEqual(self.entries("identity.revoked"), [])
        self.publish("t-1", "new")
        retired = self.wait_for("identity.revoked")[0]
        self.assertEqual(retired["payload"]["why"], "superseded")
        # A copy of the device would still use the old one.
        self.assertNotEqual(self.publish("t-1", "old", check=False).returncode, 0)
        refused = self.wait_for("access.refused")[0]
        self.assertEqual(refused["payload"]["rule"], "identity-superseded")
        suspected = self.wait_for("identity.suspected")[0]
        self.assertEqual(suspected["payload"]["sign"], "superseded-used")
        self.assertEqual(suspected["payload"]["serial"], retired["payload"]["serial"])
        self.assert_refused(self.post("simplereenroll", "new", "--cert old.pem --key old.key"), 403, "identity-superseded")
        self.publish("t-1", "new")

    def test_an_expired_certificate_gets_to_est_and_nowhere_else(self):
        self.enrol("t-1")
        # Signed by the fleet's own authority, and over; the server has never recorded it.
        self.make_request("over", "/CN=t-1")
        self.shell("""
            base64 -d over.csr | openssl req -inform DER -out over.req
            printf 'extendedKeyUsage=clientAuth\nsubjectAltName=URI:urn:outrider:demo:t-1\nbasicConstraints=critical,CA:FALSE\n\
keyUsage=critical,digitalSignature\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n' > over.ext
            mkdir over.d; : > over.d/index; echo 1000 > over.d/serial
            printf '[ca]\ndefault_ca=d\n[d]\ndatabase=over.d/index\nserial=over.d/serial\nnew_certs_dir=over.d\n\
default_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n' > over.cnf
            openssl ca -batch -notext -config over.cnf -cert $DATA/ca/fleets/demo/issuing.pem \
              -keyfile $DATA/ca/fleets/demo/issuing.key -extfile over.ext -in over.req -out over.pem \
              -startdate $(date -u -d '-50 min' +%Y%m%d%H%M%SZ) -enddate $(date -u -d '-10 min' +%Y%m%d%H%M%SZ) 2>&1""")
        self.assert_refused(self.post("simplereenroll", "over", "--cert over.pem --key over.key"), 403, "unknown-identity")
        self.assertNotEqual(self.publish("t-1", "over", check=False).returncode, 0)
        self.assert_refused(self.post("simpleenroll", "over", "--cert over.pem --key over.key"), 403, "unknown-manufacturer")


class Manufacturer(WaysInCase):
    def setUp(self):
        super().setUp()
        self.make_ca("acme")
        self.server.run("anchor", "add", "acme", self.folder / "acme.pem", "--profile", "fleet-tracker")
        self.server.run("device", "add", "t-1", "--profile", "fleet-tracker", "--serial-number", "SN-4711")
        self.sign("acme", "idevid", "/O=Acme/serialNumber=SN-4711")

    def test_a_device_enrols_with_its_makers_certificate_once(self):
        self.make_request("device", "/")
        papers = "--cert idevid.pem --key idevid.key"
        status, _, body = self.post("simpleenroll", "device", papers)
        self.assertEqual(status, 200, body)
        self.receive("device", body)
        self.publish("t-1", "device")
        issued = self.entries("identity.issued")[0]["payload"]
        self.assertEqual((issued["right"], issued["anchor"]), ("manufacturer", "acme"))
        # The same device asking again, because the answer got lost, has the same key; a copy has not.
        self.assertEqual(self.post("simpleenroll", "device", papers)[0], 200)
        self.make_request("copy", "/")
        self.assert_refused(self.post("simpleenroll", "copy", papers), 409, "serial-enrolled")
        self.assertEqual(self.entries("identity.suspected")[0]["payload"]["sign"], "manufacturer-again")
        progress = self.server.json("anchor", "show", "acme")["progress"]
        self.assertEqual((progress["came"], progress["expected"]), (1, 1))

    def test_makers_certificates_are_good_for_enrolment_and_nothing_else(self):
        self.assertNotEqual(self.publish("t-1", "idevid", check=False).returncode, 0)
        self.make_request("device", "/")
        self.assert_refused(self.post("simplereenroll", "device", "--cert idevid.pem --key idevid.key"), 403,
                            "certificate-untrusted")
        answer = self.shell("curl --silent --cacert $DATA/ca/root.pem --cert idevid.pem --key idevid.key "
                            "-o /dev/null -w '%{http_code}' https://localhost:$HTTPS/api/v1/fleets")
        self.assertEqual(answer.stdout, "401")

    def test_what_is_not_expected_is_refused(self):
        self.make_request("device", "/")
        self.sign("acme", "stranger", "/O=Acme/serialNumber=SN-1")
        self.assert_refused(self.post("simpleenroll", "device", "--cert stranger.pem --key stranger.key"), 403,
                            "serial-not-expected")
        self.make_ca("fake")
        self.sign("fake", "forged", "/O=Acme/serialNumber=SN-4711")
        self.assert_refused(self.post("simpleenroll", "device", "--cert forged.pem --key forged.key"), 403,
                            "unknown-manufacturer")
        self.sign("acme", "over", "/O=Acme/serialNumber=SN-4711", "-not_after 20210101000000Z")
        self.assert_refused(self.post("simpleenroll", "device", "--cert over.pem --key over.key"), 403, "idevid-expired")
        self.server.run("anchor", "remove", "acme", "--why", "bankrupt")
        self.assert_refused(self.post("simpleenroll", "device", "--cert idevid.pem --key idevid.key"), 403,
                            "unknown-manufacturer")


class Approval(WaysInCase):
    def test_a_device_waits_for_the_operator_and_gets_its_certificate_for_the_same_key(self):
        self.add_profile("asks", ("[data]", "[enrolment]\nby_approval = true\n\n[data]"))
        self.server.run("device", "add", "t-1", "--profile", "asks")
        self.make_request("device", "/CN=t-1")
        status, head, body = self.post("simpleenroll", "device")
        self.assertEqual(status, 202, body)
        self.assertIn("retry-after: 60", head.lower())
        self.assertEqual(self.post("simpleenroll", "device")[0], 202)
        waiting = self.server.json("enrolment", "list")
        self.assertEqual([each["device"] for each in waiting], ["t-1"])
        digest = self.shell("openssl pkey -in device.key -pubout -outform DER | sha256sum").stdout.split()[0]
        shown = self.server.run("enrolment", "show", waiting[0]["request"]).stdout
        self.assertIn(digest, shown.replace(" ", ""))

        # What waits survives a restart.
        self.server.stop()
        self.server.start()
        self.server.run("enrolment", "approve", waiting[0]["request"], "--why", "compared by telephone")
        self.make_request("other", "/CN=t-1")
        self.assertEqual(self.post("simpleenroll", "other")[0], 202)
        status, _, body = self.post("simpleenroll", "device")
        self.assertEqual(status, 200, body)
        self.receive("device", body)
        self.publish("t-1", "device")
        self.assertEqual(self.entries("identity.issued")[0]["payload"]["right"], "approval")
        self.assertEqual(self.server.run("enrolment", "approve", waiting[0]["request"], check=False).returncode != 0, True)

        request = self.server.json("enrolment", "list")[0]["request"]
        self.server.run("enrolment", "reject", request)
        self.assert_refused(self.post("simpleenroll", "other"), 403, "approval-rejected")

    def test_without_the_profiles_word_nobody_is_asked(self):
        self.server.run("device", "add", "t-1", "--profile", "fleet-tracker")
        self.make_request("device", "/CN=t-1")
        self.assert_refused(self.post("simpleenroll", "device"), 401, "no-code")
        self.make_request("nobody", "/CN=t-404")
        self.assert_refused(self.post("simpleenroll", "nobody"), 401, "no-code")
        self.assertEqual(self.server.json("enrolment", "list"), [])


class Migration(WaysInCase):
    def test_devices_of_another_ca_are_served_until_they_have_moved_over(self):
        self.make_ca("old")
        for device in ("t-1", "t-2"):
            self.server.run("device", "add", device, "--profile", "fleet-tracker")
        self.sign("old", "theirs", "/CN=t-1.devices.example.com", "-not_after 20400101000000Z")
        self.assertNotEqual(self.publish("t-1", "theirs", check=False).returncode, 0)
        self.server.run("anchor", "add", "old", self.folder / "old.pem", "--role", "device-ca", "--device-id-from",
                        "cn:*.devices.example.com", "--until", "2039-01-01T00:00:00Z")
        self.publish("t-1", "theirs")
        taken = self.wait_for("identity.issued")[0]["payload"]
        self.assertEqual((taken["right"], taken["anchor"], taken["device"]), ("foreign", "old", "t-1"))
        self.sign("old", "stranger", "/CN=t-404.devices.example.com", "-not_after 20400101000000Z")
        self.assertNotEqual(self.publish("t-404", "stranger", check=False).returncode, 0)

        self.make_request("mine", "/CN=t-1")
        status, _, body = self.post("simplereenroll", "mine", "--cert theirs.pem --key theirs.key")
        self.assertEqual(status, 200, body)
        self.receive("mine", body)
        self.publish("t-1", "theirs")
        self.publish("t-1", "mine")
        self.assertEqual(self.wait_for("identity.revoked")[0]["payload"]["serial"], taken["serial"])
        self.assertNotEqual(self.publish("t-1", "theirs", check=False).returncode, 0)
        progress = self.server.json("anchor", "show", "old")["progress"]
        self.assertEqual((progress["came"], progress["expected"]), (1, 2))

        self.sign("old", "theirs2", "/CN=t-2.devices.example.com", "-not_after 20400101000000Z")
        self.publish("t-2", "theirs2")
        self.server.run("anchor", "remove", "old", "--why", "all have moved")
        self.assertNotEqual(self.publish("t-2", "theirs2", check=False).returncode, 0)
        self.publish("t-1", "mine")

    def make_list(self, ca, name, form="PEM", days=1):
        """<name>.crl of the CA, by openssl ca."""
        self.shell(f"""
            [ -e {ca}.d/crlnumber ] || echo 01 > {ca}.d/crlnumber
            sed '/^serial=/i crlnumber={ca}.d/crlnumber' {ca}.cnf > {ca}-crl.cnf
            openssl ca -gencrl -config {ca}-crl.cnf -cert {ca}.pem -keyfile {ca}.key -crldays {days} -out {name}.pem.crl 2>&1
            openssl crl -in {name}.pem.crl -outform {form} -out {name}.crl""")

    def take_list(self, name, *options):
        done = self.server.run("anchor", "crl", "old", self.folder / f"{name}.crl", *options, check=False)
        return done.stdout + done.stderr if done.returncode else ""

    def test_what_the_other_ca_has_revoked_is_refused_at_once_and_after_kill_9(self):
        self.make_ca("old")
        devices = ("t-1", "t-2", "t-3")
        for device in devices:
            self.server.run("device", "add", device, "--profile", "fleet-tracker")
            self.sign("old", device, f"/CN={device}", "-not_after 20400101000000Z")
        self.server.run("anchor", "add", "old", self.folder / "old.pem", "--role", "device-ca", "--device-id-from", "cn")
        self.publish("t-3", "t-3")
        self.subscribed(self.server.data / "ca" / "root.pem", "t-1.pem", "t-1.key", "-i", "t-1", "-t", "d/me/command", "-q", "1")

        self.make_list("old", "empty")
        for device in ("t-1", "t-2"):
            self.shell(f"openssl ca -config old.cnf -cert old.pem -keyfile old.key -revoke {device}.pem 2>&1")
        self.make_list("old", "full", "DER")
        self.assertEqual(self.take_list("full", "--dry-run"), "")
        self.publish("t-2", "t-2")
        self.assertEqual(self.take_list("full"), "")
        closed = [each["payload"] for each in self.wait_for("session.closed", 3)]  # after two visits
        self.assertIn(("t-1", "identity-revoked"), [(each["device"], each["reason"]) for each in closed])
        for device in ("t-1", "t-2"):
            self.assertNotEqual(self.publish(device, device, check=False).returncode, 0)
        self.publish("t-3", "t-3")
        self.make_request("mine", "/CN=t-2")
        self.assert_refused(self.post("simplereenroll", "mine", "--cert t-2.pem --key t-2.key"), 403, "revoked-by-its-ca")
        taken = self.entries("anchor.list")[0]["payload"]
        self.assertEqual((taken["anchor"], taken["number"], taken["revoked"]), ("old", "2", 2))

        self.assertIn("list 2 (hex) has been taken already", self.take_list("empty"))
        self.assertIn("has been taken already", self.take_list("empty", "--dry-run"))
        self.make_ca("fake")
        self.sign("fake", "nobody", "/CN=nobody")
        self.make_list("fake", "forged")
        self.assertIn("of another issuer", self.take_list("forged"))

        self.server.kill()
        self.server.start()
        self.assertNotEqual(self.publish("t-2", "t-2", check=False).returncode, 0)
        self.publish("t-3", "t-3")
        shown = self.server.json("anchor", "show", "old")["list"]
        self.assertEqual((shown["number"], shown["revoked"], shown["stale"]), ("2", 2, False))


class Delivery(WaysInCase):
    def test_a_delivery_is_registered_once_and_labelled_however_often_it_is_interrupted(self):
        devices = [f"d-{n:03}" for n in range(30)]
        (self.folder / "delivery.csv").write_text(
            "device,profile,serial_number\n" + "".join(f"{each},fleet-tracker,SN-{each}\n" for each in devices), encoding="ascii")
        # An earlier run has added some, and got the codes of fewer.
        (self.folder / "first.csv").write_text(
            "device,profile,serial_number\n" + "".join(f"{each},fleet-tracker,SN-{each}\n" for each in devices[:10]), encoding="ascii")
        self.shell("outrider device add --csv first.csv --codes codes.csv --data $DATA")
        begun = (self.folder / "codes.csv").read_bytes().splitlines(keepends=True)
        (self.folder / "codes.csv").write_bytes(b"".join(begun[:6]) + begun[6][:9])
        self.assertNotEqual(self.shell("outrider device add --csv delivery.csv --codes codes.csv --data $DATA", check=False).returncode, 0)
        self.shell("outrider device add --csv delivery.csv --codes codes.csv --resume --data $DATA")
        self.shell("outrider device add --csv delivery.csv --codes codes.csv --resume --data $DATA")
        lines = (self.folder / "codes.csv").read_text(encoding="ascii").splitlines()
        self.assertEqual([line.split(",")[0] for line in lines], ["device"] + devices)
        self.assertEqual((self.folder / "codes.csv").stat().st_mode & 0o777, 0o600)

        self.shell("outrider device labels codes.csv --address outrider.example.com:8443 --out labels.html --data $DATA")
        page = (self.folder / "labels.html").read_text(encoding="utf-8")
        pictures = re.findall(r"<svg.*?</svg>", page)
        self.assertEqual(len(pictures), len(devices))
        code = lines[7].split(",")[2]
        self.draw(pictures[6], "label.pgm")
        self.assertEqual(self.shell("zbarimg --quiet --raw label.pgm").stdout.strip(),
                         f"outrider:enrol?s=outrider.example.com:8443&f=demo&d={devices[6]}&c={code}")
        # The code of a label works.
        self.make_request("device", f"/CN={devices[6]}")
        self.assertEqual(self.post("simpleenroll", "device", f"--user {devices[6]}:{code}")[0], 200)

    def draw(self, svg, name, scale=4):
        """The label's picture as zbar reads it: what the path says, in black on white."""
        size = int(re.search(r'viewBox="0 0 (\d+)', svg).group(1))
        rows = [[255] * size for _ in range(size)]
        for x, y, run in re.findall(r"M(\d+) (\d+)h(\d+)", svg):
            rows[int(y)][int(x):int(x) + int(run)] = [0] * int(run)
        pixels = b"".join(bytes(v for v in row for _ in range(scale)) * scale for row in rows)
        (self.folder / name).write_bytes(f"P5 {size * scale} {size * scale} 255\n".encode() + pixels)


if __name__ == "__main__":
    unittest.main()
