"""Older copies put back: of the database, and of the ledger itself."""
import shutil
import subprocess
import unittest

from outrider import OUTRIDER
from pki import PkiCase


class Rollback(PkiCase):
    def restored(self, archive):
        shutil.rmtree(self.server.data)
        subprocess.run([OUTRIDER, "restore", archive, "--data", self.server.data], check=True, capture_output=True, timeout=60)

    def test_an_older_database_does_not_undo_a_revocation_because_the_ledger_wins(self):
        self.enrol("t-1")
        self.publish("t-1")
        self.server.stop()
        shutil.copytree(self.server.data / "database", self.folder / "database")
        self.server.start()
        self.server.run("identity", "revoke", self.serial("t-1"))
        self.server.stop()
        shutil.rmtree(self.server.data / "database")
        shutil.copytree(self.folder / "database", self.server.data / "database")
        self.server.start()
        self.assertNotEqual(self.publish("t-1", check=False).returncode, 0)
        self.fetch_authorities()
        self.assertIn("t-1.pem: revoked", self.ocsp("t-1").stdout)

    def test_an_older_ledger_is_noticed_and_only_accepted_by_name(self):
        self.enrol("t-1")
        archive = self.folder / "backup.tar"
        self.server.run("backup", "--output", archive)
        self.server.run("identity", "revoke", self.serial("t-1"))
        self.server.stop()  # which notes the last checkpoint
        self.restored(archive)
        done = subprocess.run([OUTRIDER, "serve", "--config", self.server.config], capture_output=True, text=True, timeout=60, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("ledger-rolled-back", done.stderr)
        self.assertIn("fleet demo had", done.stderr)
        again = subprocess.run([OUTRIDER, "serve", "--config", self.server.config], capture_output=True, text=True, timeout=60, check=False)
        self.assertIn("ledger-rolled-back", again.stderr, "a refused start forgets nothing")
        doctor = subprocess.run([OUTRIDER, "doctor", "--config", self.server.config, "--json"], capture_output=True, text=True, timeout=60, check=False)
        self.assertIn("an older copy was put back", doctor.stdout)
        with subprocess.Popen([OUTRIDER, "serve", "--config", self.server.config, "--accept-ledger-rollback", "--json"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as accepted:
            try:
                self.assertTrue(accepted.stdout.readline(), "it is ready")
                entries = self.server.run("ledger", "status").stdout
                self.assertIn("demo", entries)
            finally:
                accepted.terminate()
                accepted.wait(60)
        self.server.start()  # accepted once is accepted


if __name__ == "__main__":
    unittest.main()
