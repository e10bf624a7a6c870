"""Eclipse Paho C of Debian, compiled as its users compile it."""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import clients

HERE = pathlib.Path(__file__).resolve().parent / "paho"


class PahoC(clients.ClientCase):
    @classmethod
    def setUpClass(cls):
        cls.programs = pathlib.Path(tempfile.mkdtemp(prefix="paho-"))
        cls.addClassCleanup(shutil.rmtree, cls.programs)
        for name, library in (("paho_sync", "paho-mqtt3cs"), ("paho_async", "paho-mqtt3as")):
            subprocess.run(["cc", "-O1", "-o", cls.programs / name, HERE / f"{name}.c", f"-l{library}"], check=True)

    def sync(self, scenario):
        self.ends_well([self.programs / "paho_sync", scenario, f"ssl://localhost:{self.port}", *self.tls(), "paho", f"paho/{scenario}"],
                       f"{scenario} ok")

    def test_every_qos_both_ways_with_mqtt_311(self):
        self.sync("exchange3")

    def test_every_qos_both_ways_and_properties_with_mqtt_5(self):
        self.sync("exchange5")

    def test_twenty_messages_of_qos_2_wait_for_a_persistent_session_of_mqtt_311(self):
        self.sync("session3")

    def test_twenty_messages_of_qos_2_wait_for_a_persistent_session_of_mqtt_5(self):
        self.sync("session5")

    def test_it_reconnects_by_itself_after_the_server_was_killed_and_its_session_is_there(self):
        self.survives_a_kill([self.programs / "paho_async", f"ssl://localhost:{self.port}", *self.tls(), "paho-async", "paho/async"],
                             "reconnect ok")


if __name__ == "__main__":
    unittest.main()
