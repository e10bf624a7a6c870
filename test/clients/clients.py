"""What the tests of standard clients share: a server, and an application that may say and hear everything."""
import subprocess

import application
import outrider


class ClientCase(outrider.ServerCase):
    def setUp(self):
        super().setUp()
        self.app = application.add(self.server, self.folder, "app", publish=["#"], subscribe=["#"])
        self.port = self.server.port("mqtt")
        # The same port after a restart, so that clients find the server again.
        text = self.server.config.read_text(encoding="utf-8")
        self.server.config.write_text(text.replace("port = 0", f"port = {self.port}", 1), encoding="utf-8")

    def tls(self):
        return [str(self.app.ca), str(self.app.cert), str(self.app.key)]

    def ends_well(self, command, saying, seconds=90):
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=seconds, check=False)
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}{done.stderr}\n{self.server.log_tail()}")
        self.assertIn(saying, done.stdout)
        return done.stdout

    def kill_and_restart(self):
        self.server.kill()
        self.server.start()

    def survives_a_kill(self, command, saying):
        """The client says "ready"; then the server is killed and comes back; the client has to find its way alone."""
        with subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as client:
            self.addCleanup(client.kill)
            first = client.stdout.readline().strip()
            self.assertEqual(first, "ready", f"{first}\n{client.stdout.read() if first != 'ready' else ''}")
            self.kill_and_restart()
            rest = client.stdout.read()
        self.assertEqual(client.returncode, 0, f"{rest}\n{self.server.log_tail()}")
        self.assertIn(saying, rest)
