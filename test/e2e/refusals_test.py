"""Whatever is refused has a reason, a counter and an entry, whichever door it came to."""
import unittest

import outrider
from websocket_test import CONFIG, WebSocket

REPORT = '[{"n":"speed","u":"m/s","v":13.4}]'


class Refusals(outrider.ServerCase):
    config = CONFIG

    def setUp(self):
        super().setUp()
        self.enrol("t-1")

    def metrics(self):
        return self.shell("curl -s http://" + self.server.addresses["metrics"] + "/metrics").stdout

    def refused(self, action, rule):
        """The newest entry of a refusal; the counter must have seen it too."""
        entry = next(e for e in reversed(self.entries("access.refused")) if e["payload"]["action"] == action)
        self.assertEqual(entry["subject"], {"kind": "device", "id": "t-1"})
        self.assertEqual(entry["payload"]["rule"], rule)
        self.assertNotEqual(entry["payload"]["detail"], "")
        self.assertIn(f'rule="{rule}"', self.metrics())
        return entry["payload"]

    def pub(self, arguments):
        done = self.shell("mosquitto_pub -h localhost -p $MQTT --cafile $DATA/ca/root.pem --cert t-1.pem --key t-1.key -V 5 -q 1 "
                          f"{arguments}", check=False)
        return done.stdout + done.stderr

    def test_connecting_as_somebody_else(self):
        self.pub(f"-i t-2 -t d/t-1/telemetry -m '{REPORT}'")
        self.refused("connect", "client-identifier-not-valid")

    def test_publishing_elsewhere(self):
        self.pub(f"-i t-1 -t d/t-2/telemetry -m '{REPORT}'")
        self.assertEqual(self.refused("publish", "foreign-topic")["object"], "d/t-2/telemetry")

    def test_subscribing_to_others(self):
        self.mosquitto("mosquitto_sub", "t-1", "-V 5 -t 'd/+/telemetry' -W 5", check=False)
        self.assertIn("d/t-1/", self.refused("subscribe", "cross-device-wildcard")["detail"])

    def test_leaving_a_will_elsewhere(self):
        self.pub(f"-i t-1 -t d/t-1/telemetry -m '{REPORT}' --will-topic d/t-2/event --will-payload '[]'")
        self.assertIn("d/t-2", str(self.refused("connect", "foreign-topic")))

    def test_a_page_that_may_not(self):
        self.assertEqual(WebSocket(self, "t-1", origin="https://evil.example").status, 403)
        self.refused("connect", "origin-not-allowed")

    def test_enrolling_with_a_wrong_code(self):
        self.shell("openssl req -new -key t-1.key -subj /CN=t-1 -outform DER | base64 > x.csr")
        self.est("simpleenroll", "--user t-1:AAAAAA-AAAAAA-AAAAAA-AAAAAA --data @x.csr", "no.pem", check=False)
        entry = self.entries("enrolment.refused")[-1]
        self.assertEqual((entry["subject"]["id"], entry["payload"]["reason"]), ("t-1", "code-unknown"))
        self.assertIn('outrider_enrolments_refused_total{reason="code-unknown"} 1', self.metrics())

    def test_a_flood_is_one_entry_with_its_count(self):
        self.shell("for i in $(seq 30); do echo x; done | mosquitto_pub -h localhost -p $MQTT --cafile $DATA/ca/root.pem --cert t-1.pem "
                   "--key t-1.key -V 5 -q 0 -i t-1 -t d/t-2/telemetry -l", check=False)
        self.server.stop()
        self.server.start()
        counts = [e["payload"]["count"] for e in self.entries("access.refused") if e["payload"]["rule"] == "foreign-topic"]
        self.assertEqual(sum(counts), 30)
        self.assertLess(len(counts), 5)


if __name__ == "__main__":
    unittest.main()
