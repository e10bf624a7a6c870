"""Where a session comes from: configured networks, a load balancer that speaks the PROXY protocol (HAProxy), geographic
databases, and admission that is judged again when the rules change."""
import pathlib
import shutil
import socket
import subprocess
import unittest

import mmdb
import outrider

REPORT = '[{"n":"speed","u":"m/s","v":13.4}]'
HAPROXY = shutil.which("haproxy", path="/usr/sbin:/usr/bin")

NETWORKS = outrider.CONFIG + """
[[network]]
name = "fleet-apn"
kind = "private-apn"
cidrs = ["127.0.0.0/8"]
[[network]]
name = "customers"
kind = "carrier"
cidrs = ["127.7.0.0/16"]
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class NetworkCase(outrider.ServerCase):
    def publish(self, device, host="localhost", port=None, check=True):
        return self.shell(f"mosquitto_pub -h {host} -p {port or self.server.port('mqtt')} --cafile $DATA/ca/root.pem "
                          f"--cert {device}.pem --key {device}.key -V 5 -d -i {device}/pub -q 1 -t d/me/telemetry -m '{REPORT}'", check)

    def subscriber(self, device):
        return self.subscribed(self.server.data / "ca/root.pem", f"{device}.pem", f"{device}.key", "-V", "5", "-i", f"{device}/sub",
                               "-t", "d/me/command")

    def opened(self):
        return self.entries("session.opened")[-1]["payload"]


class Networks(NetworkCase):
    config = NETWORKS

    def test_a_session_says_from_which_network_it_comes(self):
        self.enrol("t-1")
        self.publish("t-1")
        self.assertEqual((self.opened()["network"], self.opened()["network_kind"]), ("fleet-apn", "private-apn"))
        posture = self.server.json("device", "show", "t-1")["posture"]
        self.assertEqual((posture["network"]["value"], posture["network_kind"]["value"]), ("fleet-apn", "private-apn"))

    def test_a_profile_confines_its_devices_to_kinds_of_networks(self):
        self.add_profile("homely")
        self.enrol("t-1", profile="homely")
        self.add_profile("homely", ("subscribe = [", 'networks = ["vpn"]\nsubscribe = ['))
        done = self.publish("t-1", check=False)
        self.assertRegex(done.stdout + done.stderr, r"(?i)not authori[sz]ed|RC:135|\(135\)")
        refusal = self.entries("access.refused")[-1]["payload"]
        self.assertEqual((refusal["device"], refusal["action"], refusal["rule"]), ("t-1", "connect", "network-not-allowed"))
        self.assertIn("comes from private-apn network 'fleet-apn'", refusal["detail"])

    def test_a_device_enrols_and_renews_only_from_networks_of_its_profile(self):
        self.add_profile("moved", ("subscribe = [", 'networks = ["carrier"]\nsubscribe = ['))
        plain, self.est = self.est, lambda op, arguments, out, check=True: plain(op, "--interface 127.7.0.9 " + arguments, out, check)
        self.enrol("t-1", profile="moved")
        self.est = plain
        renewal = "--cert t-1.pem --key t-1.key --data @t-1.csr"
        refused = self.est("simplereenroll", renewal, "again.pem", check=False)
        self.assertNotEqual(refused.returncode, 0)
        self.assertRegex(refused.stdout, "network-not-allowed: .*private-apn network 'fleet-apn'")
        refusal = self.entries("enrolment.refused")[-1]["payload"]
        self.assertEqual((refusal["device"], refusal["reason"]), ("t-1", "network-not-allowed"))
        self.est("simplereenroll", "--interface 127.7.0.9 " + renewal, "again.pem")
        self.assertEqual(len(self.entries("identity.issued")), 2)

    def test_a_profile_that_changes_its_networks_ends_the_sessions_it_no_longer_allows(self):
        self.add_profile("homely")
        self.enrol("t-1", profile="homely")
        self.enrol("t-2")
        moved, stays = self.subscriber("t-1"), self.subscriber("t-2")
        self.add_profile("homely", ("subscribe = [", 'networks = ["vpn", "carrier"]\nsubscribe = ['))
        self.assertTrue(any("DISCONNECT" in line for line in moved.stdout))
        closed = self.entries("session.closed")
        self.assertEqual([(e["payload"]["device"], e["payload"]["reason"]) for e in closed if e["payload"]["reason"] != "disconnected"],
                         [("t-1", "network-not-allowed")])
        self.assertIsNone(stays.poll())
        self.publish("t-2")

    def test_networks_are_shown_and_a_wrong_one_is_named_with_its_line(self):
        shown = self.server.run("config", "show", "--config", self.server.config).stdout
        self.assertIn('network = [{name = "fleet-apn", kind = "private-apn", cidrs = ["127.0.0.0/8"]}', shown)
        wrong = pathlib.Path(self.folder, "wrong.toml")
        wrong.write_text('[[network]]\nname = "a"\nkind = "apn"\ncidrs = ["10.0.0.0/8"]\n', encoding="utf-8")
        done = self.shell(f"outrider config check --config {wrong}", check=False)
        self.assertIn("wrong.toml:1: network: number 1: kind must be private-apn, vpn, carrier or public", done.stdout + done.stderr)


class Geography(NetworkCase):
    def setUp(self):
        self.databases = pathlib.Path(outrider.tempfile.mkdtemp(prefix="outrider-geo-"))
        self.addCleanup(shutil.rmtree, self.databases, ignore_errors=True)
        (self.databases / "country.mmdb").write_bytes(mmdb.database({"127.0.0.0/8": {"country": {"iso_code": "DE"}}}))
        (self.databases / "asn.mmdb").write_bytes(mmdb.database({"127.0.0.0/8": {"autonomous_system_number": 64500}}))
        self.config = outrider.CONFIG + f"""
[geo]
country_db = "{self.databases}/country.mmdb"
asn_db = "{self.databases}/asn.mmdb"
"""
        super().setUp()

    def test_a_session_has_a_country_and_an_autonomous_system(self):
        self.enrol("t-1")
        self.publish("t-1")
        self.assertEqual((self.opened()["country"], self.opened()["asn"], self.opened()["network_kind"]), ("DE", 64500, "public"))
        self.assertNotIn("network", self.opened())

    def test_a_garbage_database_stops_the_start_with_its_name(self):
        self.server.stop()
        (self.databases / "asn.mmdb").write_bytes(b"garbage")
        done = self.shell(f"outrider serve --config {self.server.config}", check=False)
        self.assertIn("asn.mmdb is not a MaxMind database", done.stdout + done.stderr)


@unittest.skipUnless(HAPROXY, "haproxy is not installed")
class LoadBalancer(NetworkCase):
    config = NETWORKS + """
[proxy]
listeners = ["mqtt", "https"]
trusted = ["127.0.0.1"]
"""

    def balance(self, send="send-proxy-v2"):
        """HAProxy in front of the MQTT listener, for clients that come to 127.0.0.1; returns its port."""
        port, ready = free_port(), self.folder / "haproxy.sock"
        (self.folder / "haproxy.cfg").write_text(f"""
global
    stats socket {ready} mode 600
defaults
    mode tcp
    timeout connect 10s
    timeout client 60s
    timeout server 60s
frontend devices
    bind 127.0.0.1:{port}
    default_backend outrider
backend outrider
    source 127.0.0.1
    server one 127.0.0.1:{self.server.port('mqtt')} {send}
""", encoding="utf-8")
        process = subprocess.Popen([HAPROXY, "-db", "-f", self.folder / "haproxy.cfg"], stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        while process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", port)):
                    return port
            except ConnectionRefusedError:
                continue
        return self.fail("haproxy ended")

    def enrol(self, device, profile="fleet-tracker", add=True, name=None):
        # curl speaks version 1 of the protocol only, so it comes from an address that is no load balancer's.
        self.addCleanup(setattr, self, "est", self.est)
        plain = self.est
        self.est = lambda operation, arguments, out, check=True: plain(operation, "--interface 127.0.0.9 " + arguments, out, check)
        try:
            return super().enrol(device, profile, add, name)
        finally:
            self.est = plain

    def test_the_clients_own_address_arrives_through_haproxy(self):
        self.enrol("t-1")
        port = self.balance()
        self.shell(f"mosquitto_pub -A 127.7.0.5 -h 127.0.0.1 --insecure -p {port} --cafile $DATA/ca/root.pem --cert t-1.pem --key t-1.key "
                   f"-V 5 -i t-1/pub -q 1 -t d/me/telemetry -m '{REPORT}'")
        self.assertTrue(self.opened()["address"].startswith("127.7.0.5:"), self.opened())
        self.assertEqual((self.opened()["network"], self.opened()["network_kind"]), ("customers", "carrier"))

    def test_without_the_header_the_load_balancer_is_refused(self):
        self.enrol("t-1")
        for send in ("", "send-proxy"):
            port = self.balance(send)
            self.assertNotEqual(self.publish("t-1", port=port, check=False).returncode, 0)
        self.assertEqual(self.entries("session.opened"), [])

    def test_who_is_no_load_balancer_comes_directly_and_may_not_send_a_header(self):
        self.enrol("t-1")
        self.shell(f"mosquitto_pub -A 127.0.0.9 -h localhost -p $MQTT --cafile $DATA/ca/root.pem --cert t-1.pem --key t-1.key "
                   f"-V 5 -i t-1/pub -q 1 -t d/me/telemetry -m '{REPORT}'")
        self.assertTrue(self.opened()["address"].startswith("127.0.0.9:"))
        with socket.create_connection(("127.0.0.1", self.server.port("mqtt")), source_address=("127.0.0.9", 0)) as forger:
            forger.sendall(bytes.fromhex("0d0a0d0a000d0a515549540a2111000cc0000207c0000201c35022b3"))
            with self.assertRaises(ConnectionResetError):
                forger.recv(1)
        refused = self.server.run("tail", "--fleet", "server", "--from", 0, "--kind", "admission.refused", "--json").stdout
        self.assertIn('"proxy-not-trusted"', refused)


if __name__ == "__main__":
    unittest.main()
