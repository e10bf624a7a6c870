"""Mosquitto's clients and openssl against the gateway: what works, what is refused, and what a revocation does."""
import unittest

import outrider

REPORT = '[{"n":"lat","u":"lat","v":51.9496},{"n":"lon","u":"lon","v":4.1453},{"n":"speed","u":"m/s","v":13.4}]'


class MqttClients(outrider.ServerCase):
    def setUp(self):
        super().setUp()
        self.enrol("t-1")

    def publish(self, topic, message, more="", check=True):
        return self.mosquitto("mosquitto_pub", "t-1", f"-q 1 -t {topic} -m '{message}' {more}", check)

    def subscriber(self, topic, more="", device="t-1"):
        return self.subscribed(self.server.data / "ca/root.pem", f"{device}.pem", f"{device}.key", "-i", f"{device}/listener",
                               "-t", topic, *more.split())

    def test_a_report_in_either_version_is_in_the_ledger_when_the_client_returns(self):
        for version in ("mqttv311", "5"):
            self.publish("d/t-1/telemetry", REPORT, f"-V {version}")
        reports = self.entries("telemetry")
        self.assertEqual(len(reports), 2)
        self.assertEqual(reports[0]["subject"]["id"], "t-1")
        history = self.server.json("history", "t-1", "speed", "--since", "1h")
        self.assertEqual([r["value"] for r in history], [13.4, 13.4])

    def test_me_is_the_callers_own_root(self):
        self.publish("d/me/telemetry", REPORT)
        self.assertEqual(len(self.entries("telemetry")), 1)

    def test_a_device_whose_profile_says_so_hears_its_own_reports_on_another_connection(self):
        self.server.run("device", "add", "t-2", "--profile", "handheld")
        self.enrol("t-2", add=False)
        listener = self.subscriber("d/t-2/#", device="t-2")
        self.mosquitto("mosquitto_pub", "t-2", "-q 1 -t d/t-2/telemetry -m '[{\"n\":\"battery\",\"u\":\"%\",\"v\":81}]'")
        heard = next(line for line in listener.stdout if '"battery"' in line)
        self.assertIn("81", heard)

    def test_another_devices_topic_is_refused_and_recorded(self):
        done = self.publish("d/t-2/telemetry", REPORT, "-V 5 -d", check=False)
        self.assertRegex(done.stdout + done.stderr, r"(?i)not authori[sz]ed|RC:135")
        self.assertEqual(self.entries("telemetry"), [])
        refusal = self.entries("access.refused")[-1]["payload"]
        self.assertEqual((refusal["device"], refusal["action"], refusal["object"]), ("t-1", "publish", "d/t-2/telemetry"))

    def test_a_subscription_beyond_the_own_root_is_refused(self):
        done = self.mosquitto("mosquitto_sub", "t-1", "-V 5 -d -t 'd/+/telemetry' -W 5", check=False)
        self.assertNotEqual(done.returncode, 27, "it waited for messages, so it was admitted")
        self.assertIn("access.refused", [e["kind"] for e in self.entries("access.refused")])

    def test_another_client_id_than_the_devices_is_refused(self):
        done = self.shell(f"mosquitto_pub -h localhost -p $MQTT --cafile $DATA/ca/root.pem --cert t-1.pem --key t-1.key -V 5 "
                          f"-i t-2 -t d/t-1/telemetry -m '{REPORT}'", check=False)
        self.assertNotEqual(done.returncode, 0)

    def test_a_malformed_report_is_refused_with_its_reason_and_the_session_goes_on(self):
        done = self.publish("d/t-1/telemetry", '[{"n":"speed","u":"km/h","v":50}]', "-V 5 -d", check=False)
        self.assertRegex(done.stdout + done.stderr, r"(?i)payload format invalid|RC:153")
        refusal = self.entries("report.refused")[-1]["payload"]
        self.assertIn("speed", refusal["detail"])

    def test_a_client_without_a_certificate_gets_no_session(self):
        done = self.shell("mosquitto_pub -h localhost -p $MQTT --cafile $DATA/ca/root.pem -t d/t-1/telemetry -m x", check=False)
        self.assertNotEqual(done.returncode, 0)

    def test_a_certificate_of_another_ca_gets_no_session(self):
        self.shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout f.key -out f.pem -subj /CN=t-1 "
                   "-addext subjectAltName=URI:urn:outrider:demo:t-1 2>/dev/null")
        done = self.shell("mosquitto_pub -h localhost -p $MQTT --cafile $DATA/ca/root.pem --cert f.pem --key f.key -i t-1 "
                          "-t d/t-1/telemetry -m x", check=False)
        self.assertNotEqual(done.returncode, 0)

    def test_older_tls_is_refused(self):
        done = self.shell("openssl s_client -connect localhost:$MQTT -tls1_2 -CAfile $DATA/ca/root.pem -cert t-1.pem -key t-1.key "
                          "-brief < /dev/null", check=False)
        self.assertNotEqual(done.returncode, 0)

    def test_revocation_closes_the_live_session_and_the_next_connect_is_refused(self):
        listener = self.subscriber("d/t-1/command", "-V 5")
        serial = self.server.json("identity", "list", "--device", "t-1")[0]["serial"]
        self.server.run("identity", "revoke", serial, "--why", "keyCompromise")
        rest = listener.stdout.read()  # ends only when the server has closed the connection and the client gives up
        self.assertRegex(rest, r"(?i)disconnect|administrative|connection")
        self.assertNotEqual(self.publish("d/t-1/telemetry", REPORT, check=False).returncode, 0)

    def test_a_retired_device_is_refused(self):
        self.server.run("device", "retire", "t-1", "--reason", "sold")
        self.assertNotEqual(self.publish("d/t-1/telemetry", REPORT, check=False).returncode, 0)


if __name__ == "__main__":
    unittest.main()
