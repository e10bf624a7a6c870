"""What the server knows survives restarts, a deleted database, and a restore from backup."""
import pathlib
import shutil
import unittest

import outrider


class State(outrider.ServerCase):
    # The server's own entries about the passing of time would come between two pictures.
    config = outrider.CONFIG + '[detection]\ntick_interval = "1h"\n'

    def setUp(self):
        super().setUp()
        self.enrol("t-1")
        self.mosquitto("mosquitto_pub", "t-1", "-q 1 -t d/t-1/telemetry -m '[{\"n\":\"speed\",\"u\":\"m/s\",\"v\":7.5}]'")
        self.server.run("device", "add", "t-2", "--profile", "container-reefer")
        self.server.run("device", "retire", "t-2", "--reason", "scrapped")
        self.enrol("t-3")
        serial = self.server.json("identity", "list", "--device", "t-3")[0]["serial"]
        self.server.run("identity", "revoke", serial, "--why", "keyCompromise")

    def picture(self):
        """Everything a user can ask for that must not change."""
        devices = self.server.json("device", "list")
        return {
            "devices": devices,
            "identities": self.server.json("identity", "list"),
            "history": self.server.json("history", "t-1", "--since", "1d"),
            "profiles": self.server.json("profile", "list"),
            "fleets": self.server.json("fleet", "list"),
        }

    def test_a_deleted_database_is_rebuilt_from_the_ledger(self):
        before = self.picture()
        self.server.stop()
        shutil.rmtree(self.server.data / "database")
        self.server.start()
        self.assertEqual(self.picture(), before)

    def test_after_kill_minus_nine_it_is_all_there(self):
        before = self.picture()
        self.server.kill()
        self.server.start()
        self.assertEqual(self.picture(), before)

    def test_a_backup_of_the_running_server_restores_to_the_same_state(self):
        before = self.picture()
        backup = self.folder / "backup.tar"
        self.server.run("backup", "--output", backup)
        self.assertEqual(backup.stat().st_mode & 0o077, 0, "a backup holds keys")
        self.server.stop()
        restored = self.folder / "restored"
        self.shell(f"outrider restore {backup} --data {restored}")
        self.server.data = restored
        self.server.config.write_text(self.config.format(data=restored), encoding="utf-8")
        self.server.start()
        self.assertEqual(self.picture(), before)
        self.server.run("ledger", "verify")

    def test_restore_refuses_a_directory_that_is_not_empty(self):
        backup = self.folder / "backup.tar"
        self.server.run("backup", "--output", backup)
        done = self.shell(f"outrider restore {backup} --data {self.server.data}", check=False)
        self.assertNotEqual(done.returncode, 0)

    def test_two_servers_never_share_a_directory(self):
        second = self.shell(f"outrider serve --config {self.server.config}", check=False)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn(str(self.server.data), second.stderr)

    def test_a_flipped_bit_is_found_and_named(self):
        self.server.run("ledger", "checkpoint")
        self.server.stop()
        bundle = next(pathlib.Path(self.server.data, "ledger/demo/tile/entries").rglob("*.p/*"))
        content = bytearray(bundle.read_bytes())
        content[len(content) // 2] ^= 0x10
        bundle.write_bytes(content)
        done = self.server.run("ledger", "verify", "--offline", check=False)
        self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
        self.assertRegex(done.stdout + done.stderr, r"demo.*entry \d+")


if __name__ == "__main__":
    unittest.main()
