"""Signed readings: made with Python and openssl as docs/signed-readings.md says, proven to a stranger, and changed by whoever can."""
import base64
import json
import re
import subprocess
import unittest

import outrider

READING = '[{"n":"temperature","u":"Cel","v":4.5}]'
PLACE = '[{"n":"lat","u":"lat","v":52.5},{"n":"lon","u":"lon","v":13.4}]'
COSE = "-V 5 -q 1 -t d/me/telemetry -D publish content-type 'application/cose; cose-type=\"cose-sign1\"' -f reading.cose"


def blocks(language):
    text = (outrider.SOURCE / "docs/signed-readings.md").read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def flip(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


class Signed(outrider.ServerCase):
    def setUp(self):
        super().setUp()
        (self.folder / "sign_reading.py").write_text(blocks("python")[0], encoding="utf-8")
        self.enrol("my-tracker")

    def sign(self, number, report=READING, boot_count=1):
        self.shell(f"echo '{report}' | python3 sign_reading.py my-tracker.key my-tracker.pem {boot_count} {number} > reading.cose")
        return (self.folder / "reading.cose").read_bytes()

    def publish(self, check=True):
        return self.mosquitto("mosquitto_pub", "my-tracker", "-d " + COSE, check=check).stdout

    def newest(self):
        return self.entries("telemetry")[-1]

    def trusted(self):
        status = self.server.json("ledger", "status")
        key = next(fleet["public_key"] for fleet in status["fleets"] if fleet["fleet"] == "demo")
        return ["--key", key, "--root", self.server.data / "ca/root.pem"]

    def bundle(self):
        self.publish()
        return json.loads(self.server.run("prove", "reading", self.newest()["number"]).stdout)

    def verify(self, bundle, *arguments):
        path = self.folder / "bundle.json"
        path.write_text(json.dumps(bundle), encoding="utf-8")
        return subprocess.run([outrider.OUTRIDER, "verify", path, *arguments], capture_output=True, text=True, check=False,
                              timeout=outrider.COMMAND_SECONDS_MAX)

    def test_the_commands_of_the_documentation_work_as_written(self):
        commands = next(block for block in blocks("sh") if "mosquitto_pub" in block)
        self.shell(commands.replace("-p 8883", "-p $MQTT").replace("data/ca", "$DATA/ca"))
        entry = self.newest()
        self.assertEqual(entry["content_type"], 'application/cose; cose-type="cose-sign1"; trust=device-signed')
        self.assertEqual(base64.b64decode(entry["payload"]), (self.folder / "reading.cose").read_bytes())
        self.server.run("prove", "reading", entry["number"])

    def test_a_stranger_verifies_what_the_device_said(self):
        bundles = {}
        for number, (privacy, report) in enumerate((("open", READING), ("personal", PLACE))):
            self.sign(number, report)
            bundles[privacy] = self.bundle()
            self.assertEqual(self.newest()["privacy"], privacy)
        given = self.trusted()
        self.server.stop()  # neither server nor database
        for privacy, bundle in bundles.items():
            done = self.verify(bundle, *given, "--json")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            proven = json.loads(done.stdout)
            self.assertTrue(proven["verified"] and proven["key_was_given"] and proven["root_was_given"])
            self.assertEqual((proven["device"], proven["trust"], proven["boot_count"]), ("my-tracker", "device-signed", 1))
            self.assertEqual(proven["readings"][0]["value"], 4.5 if privacy == "open" else 52.5)
        alone = self.verify(bundles["open"])
        self.assertEqual(alone.returncode, 0, alone.stderr)
        self.assertIn("came from the bundle itself", alone.stdout + alone.stderr)

    def test_every_later_change_is_found_and_named(self):
        self.sign(1)
        bundle = self.bundle()
        given = self.trusted()
        reading = base64.b64decode(bundle["reading"])
        extra = bundle["entry"].split("\n")

        def line(proof, number, old=None):
            lines = proof.split("\n")
            at = len(lines[number]) // 2
            lines[number] = lines[number][:at] + ("A" if lines[number][at] != "A" else "B") + lines[number][at + 1:]
            return "\n".join(lines)

        chain = [base64.b64decode(each) for each in bundle["chain"]]
        note = next(i for i, text in enumerate(extra) if text == "") + 1  # where the checkpoint begins
        changes = {
            "payload": (dict(bundle, reading=base64.b64encode(flip(reading, reading.index(b"4.5"))).decode()), "comparing the reading"),
            "signature": (dict(bundle, reading=base64.b64encode(flip(reading, len(reading) - 9)).decode()), "comparing the reading"),
            "entry": (dict(bundle, entry=line(bundle["entry"], 1)), "reading is in the log"),
            "path": (dict(bundle, entry=line(bundle["entry"], 3)), "reading is in the log"),
            "checkpoint": (dict(bundle, entry=line(bundle["entry"], note + 2)), "reading is in the log"),
            "checkpoint's signature": (dict(bundle, entry=line(bundle["entry"], note + 4)), "reading is in the log"),
            "certificate": (dict(bundle, identity=line(bundle["identity"], 1)), "identity is in the log"),
            "issuer": (dict(bundle, chain=[base64.b64encode(flip(chain[0], len(chain[0]) // 2)).decode(), bundle["chain"][1]]), "certificates"),
            "root": (dict(bundle, chain=[bundle["chain"][0], base64.b64encode(flip(chain[1], len(chain[1]) - 5)).decode()]), "certificates"),
        }
        for what, (changed, says) in changes.items():
            with self.subTest(what):
                done = self.verify(changed, *given)
                self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
                self.assertIn(says, done.stderr)

    def test_what_is_not_signed_as_it_should_be_is_refused(self):
        good = self.sign(5)
        self.publish()
        self.assertEqual(self.newest()["content_type"].split("trust=")[1], "device-signed")
        (self.folder / "reading.cose").write_bytes(flip(good, len(good) - 1))
        self.publish(check=False)
        self.sign(4)
        self.publish(check=False)
        self.sign(4, boot_count=2)
        self.publish()
        reasons = [entry["payload"]["reason"] for entry in self.entries("report.refused")]
        self.assertEqual(reasons, ["bad-signature", "signed-number-old"])
        self.assertEqual(len(self.entries("telemetry")), 2)

    def test_numbers_are_remembered_over_a_crash(self):
        message = self.sign(7)
        self.publish()
        self.server.kill()
        self.server.start()
        self.sign(6)
        self.publish(check=False)
        self.assertEqual([entry["payload"]["reason"] for entry in self.entries("report.refused")], ["signed-number-old"])
        (self.folder / "reading.cose").write_bytes(message)
        self.publish()  # a redelivery of what was acknowledged, or not
        self.assertEqual(len(self.entries("telemetry")), 2)

    def test_a_profile_can_demand_signatures(self):
        self.add_profile("strict", ("[keys]\n", '[keys]\nsigned_readings = "required"\n'))
        self.enrol("t-2", "strict")
        self.mosquitto("mosquitto_pub", "t-2", f"-V 5 -q 1 -t d/me/telemetry -m '{READING}'", check=False)
        self.assertEqual([entry["payload"]["reason"] for entry in self.entries("report.refused")], ["signature-required"])

    def test_simulated_devices_sign(self):
        self.server.run("device", "add", "t-3", "--profile", "container-dry")
        code = self.server.json("device", "code", "t-3")["code"]
        (self.folder / "codes.csv").write_text(f"device,profile,code\nt-3,container-dry,{code}\n", encoding="utf-8")
        simulator = subprocess.Popen(
            [outrider.SIMULATOR, "--devices-file", "codes.csv", "--state", "sim", "--ca", self.server.data / "ca/root.pem", "--mqtt",
             f"localhost:{self.server.port('mqtt')}", "--est", f"https://localhost:{self.server.port('https')}", "--signed",
             "--encoding", "cbor", "--interval", "200ms"], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(simulator.wait)
        self.addCleanup(simulator.kill)
        tail = subprocess.Popen([outrider.OUTRIDER, "tail", "--follow", "--from", "0", "--kind", "telemetry", "--json",
                                 "--data", self.server.data], stdout=subprocess.PIPE, text=True)
        self.addCleanup(tail.stdout.close)
        self.addCleanup(tail.wait)
        self.addCleanup(tail.kill)
        for _ in range(3):
            self.assertIn("trust=device-signed", json.loads(tail.stdout.readline())["content_type"])


if __name__ == "__main__":
    unittest.main()
