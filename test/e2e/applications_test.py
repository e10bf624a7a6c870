"""Applications as their users run them: `outrider app`, mosquitto's clients, curl over EST."""
import subprocess
import unittest

import outrider

REPORT = '[{"n":"speed","u":"m/s","v":13.4}]'
EVENT = '[{"n":"enclosure","vb":true}]'


class Applications(outrider.ServerCase):
    def setUp(self):
        super().setUp()
        self.enrol("t-1")
        self.server.run("app", "add", "billing", "--out", self.folder / "billing")

    def client(self, program, who, more, check=True):
        """A client of mosquitto's as a device (t-1) or an application (a folder made by `app add --out`)."""
        cert, key = (f"{who}/app.pem", f"{who}/app.key") if (self.folder / who).is_dir() else (f"{who}.pem", f"{who}.key")
        name = "" if (self.folder / who).is_dir() else f"-i {who}"
        return self.shell(f"{program} -h localhost -p $MQTT --cafile $DATA/ca/root.pem --cert {cert} --key {key} {name} {more}", check)

    def listen(self, who, topic, more=""):
        """mosquitto_sub of an application, whose subscription is in force when this returns."""
        return self.subscribed(f"{who}/ca.pem", f"{who}/app.pem", f"{who}/app.key", "-v", "-V", "5", "-t", topic, *more.split())

    def grant(self, *arguments):
        return self.server.run("app", "grant", "billing", *arguments)

    def reported(self, topic="d/t-1/telemetry", message=REPORT, check=True):
        return self.client("mosquitto_pub", "t-1", f"-q 1 -V 5 -t {topic} -m '{message}'", check)

    def test_an_application_hears_what_devices_report_live(self):
        self.grant("--subscribe", "d/+/telemetry")
        listener = self.listen("billing", "d/+/telemetry", "-q 1")
        self.reported()
        heard = next(line for line in listener.stdout if line.startswith("d/t-1/telemetry "))
        self.assertIn("13.4", heard)

    def test_the_files_are_a_private_key_a_certificate_and_the_ca(self):
        folder = self.folder / "billing"
        self.assertEqual(oct((folder / "app.key").stat().st_mode & 0o777), "0o600")
        text = self.shell("openssl x509 -in billing/app.pem -noout -subject -ext subjectAltName").stdout
        self.assertIn("urn:outrider:demo:app:billing", text)
        self.assertRegex(text, r"CN ?= ?billing")
        again = self.server.run("app", "add", "other", "--out", folder, check=False)
        self.assertIn("file-exists", again.stderr)
        self.assertEqual([a["application"] for a in self.server.json("app", "list")], ["billing"])

    def test_without_a_grant_it_may_do_nothing(self):
        done = self.client("mosquitto_sub", "billing", "-V 5 -d -t 'd/+/telemetry' -W 5", check=False)
        self.assertNotEqual(done.returncode, 27, "it waited for messages, so it was admitted")
        refusal = self.entries("access.refused")[-1]
        self.assertEqual(refusal["subject"]["kind"], "application")
        self.assertEqual(refusal["payload"]["action"], "subscribe")
        self.assertIn("grant", refusal["payload"]["detail"])

    def test_a_grant_covers_no_more_than_it_says(self):
        self.grant("--subscribe", "d/+/telemetry")
        for topic in ("'#'", "'d/#'", "d/t-1/event", "'$SYS/#'"):
            done = self.client("mosquitto_sub", "billing", f"-V 5 -t {topic} -W 5", check=False)
            self.assertNotEqual(done.returncode, 27, topic)

    def test_a_command_reaches_its_device_and_is_in_the_ledger(self):
        self.grant("--publish", "d/+/command")
        device = subprocess.Popen(
            ["stdbuf", "-oL", "mosquitto_sub", "-d", "-h", "localhost", "-p", str(self.server.port("mqtt")), "--cafile",
             self.server.data / "ca/root.pem", "--cert", "t-1.pem", "--key", "t-1.key", "-i", "t-1/listener", "-t", "d/me/command"],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(device.stdout.close)
        self.addCleanup(device.wait)
        self.addCleanup(device.kill)
        next(line for line in device.stdout if "Subscribed" in line)
        self.client("mosquitto_pub", "billing", "-q 1 -V 5 -t d/t-1/command -m open-the-door")
        next(line for line in device.stdout if "open-the-door" in line)
        said = self.entries("application.message")[-1]
        self.assertEqual(said["subject"], {"kind": "application", "id": "billing"})
        self.assertEqual(said["content_type"], 'application/octet-stream; topic="d/t-1/command"')

    def test_whatever_it_is_granted_it_cannot_speak_as_a_device(self):
        self.grant("--publish", "--subscribe", "#")
        for topic in ("d/t-1/telemetry", "d/t-1/event", "d/t-1/command/ack", "d/me/telemetry"):
            done = self.client("mosquitto_pub", "billing", f"-q 1 -V 5 -d -t {topic} -m '{REPORT}'", check=False)
            self.assertRegex(done.stdout + done.stderr, r"(?i)not authori[sz]ed|RC:135", topic)
        self.assertEqual(self.entries("telemetry"), [])
        self.assertEqual(self.entries("access.refused")[-1]["payload"]["rule"], "speaks-as-device")
        refused = self.server.run("app", "grant", "billing", "--publish", "d/+/telemetry", check=False)
        self.assertIn("grant-as-device", refused.stderr)

    def test_a_device_cannot_use_an_applications_topics(self):
        done = self.reported("test/a/b", check=False)
        self.assertNotEqual(done.stdout + done.stderr, "")
        self.assertEqual(self.entries("application.message"), [])

    def test_two_applications_talk_on_topics_of_their_own_and_may_have_the_same_client_id(self):
        self.server.run("app", "add", "other", "--out", self.folder / "other")
        self.grant("--publish", "--subscribe", "#")
        self.server.run("app", "grant", "other", "--subscribe", "test/#")
        listener = self.listen("other", "test/#", "-i same")
        self.client("mosquitto_pub", "billing", "-q 1 -i same -t test/a/b -m hello")
        self.assertEqual(next(line for line in listener.stdout if line.startswith("test/")).strip(), "test/a/b hello")

    def test_a_grant_given_or_withdrawn_works_in_the_open_session(self):
        self.grant("--subscribe", "#")
        listener = self.listen("billing", "#", "-q 1")
        self.server.run("app", "withdraw", "billing", "--subscribe", "#")
        self.reported()
        self.grant("--subscribe", "d/+/event")
        self.reported("d/t-1/event", EVENT)
        heard = next(line for line in listener.stdout if line.startswith("d/t-1/"))
        self.assertTrue(heard.startswith("d/t-1/event "), heard)

    def test_revoking_it_closes_its_session_for_good(self):
        self.grant("--subscribe", "#")
        listener = self.listen("billing", "#")
        self.server.run("app", "revoke", "billing", "--why", "switched off")
        self.assertRegex(listener.stdout.read(), r"(?i)disconnect|administrative|connection")
        self.assertNotEqual(self.client("mosquitto_sub", "billing", "-t '#' -W 3", check=False).returncode, 27)
        self.assertIn("application-removed", self.server.run("app", "code", "billing", check=False).stderr)

    def test_it_enrols_over_est_with_its_code_once_and_renews_with_its_certificate(self):
        code = self.server.json("app", "add", "ledger-export")["code"]
        self.shell("openssl ecparam -name prime256v1 -genkey -noout -out e.key")
        self.shell("openssl req -new -key e.key -subj /CN=ledger-export -outform DER | base64 > e.csr")
        self.est("simpleenroll", f"--user app/ledger-export:{code} --data @e.csr", "e.pem")
        used = self.est("simpleenroll", f"--user app/ledger-export:{code} --data @e.csr", "no.pem", check=False)
        self.assertIn("code-used", used.stdout)
        self.est("simplereenroll", "--cert e.pem --key e.key --data @e.csr", "e2.pem")
        known = self.server.json("app", "show", "ledger-export")
        self.assertEqual([i["right"] for i in known["identities"]], ["renewal", "code"])
        other = self.server.json("app", "code", "billing")["code"]
        wrong = self.est("simpleenroll", f"--user billing:{other} --data @e.csr", "no.pem", check=False)
        self.assertIn("code-unknown", wrong.stdout)

    def test_a_dry_run_changes_nothing(self):
        before = self.server.json("app", "list")
        self.server.run("app", "add", "x", "--dry-run")
        self.server.run("app", "grant", "billing", "--subscribe", "#", "--dry-run")
        self.server.run("app", "revoke", "billing", "--why", "x", "--dry-run")
        self.server.run("app", "enrol", "billing", "--out", self.folder / "new", "--dry-run")
        self.assertEqual(self.server.json("app", "list"), before)
        self.assertFalse((self.folder / "new").exists())

    def test_its_grants_survive_a_kill(self):
        self.grant("--subscribe", "d/+/telemetry")
        self.server.kill()
        self.server.start()
        listener = self.listen("billing", "d/+/telemetry", "-q 1")
        self.reported()
        next(line for line in listener.stdout if line.startswith("d/t-1/telemetry "))


if __name__ == "__main__":
    unittest.main()
