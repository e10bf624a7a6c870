"""mosquitto_pub and mosquitto_sub of an application, in both versions of MQTT."""
import itertools
import subprocess
import unittest

import clients

VERSIONS = ("mqttv311", "5")


class MosquittoClients(clients.ClientCase):
    def line(self, program, arguments):
        ca, cert, key = self.tls()
        return [program, "-h", "localhost", "-p", str(self.port), "--cafile", ca, "--cert", cert, "--key", key, *arguments.split()]

    def publish(self, arguments, message="hello"):
        done = subprocess.run([*self.line("mosquitto_pub", arguments), "-m", message], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + self.server.log_tail())

    def subscriber(self, arguments):
        """mosquitto_sub as a process whose subscription is in force when this returns."""
        client = subprocess.Popen(["stdbuf", "-oL", *self.line("mosquitto_sub", f"-d {arguments}")], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
        self.addCleanup(client.stdout.close)
        self.addCleanup(client.wait)
        self.addCleanup(client.kill)
        for said in client.stdout:
            if "Subscribed" in said:
                return client
        self.fail("mosquitto_sub ended before it was subscribed")

    def hears(self, client, text):
        said = next((line for line in client.stdout if text in line and "Client " not in line), None)
        self.assertIsNotNone(said, f"it never heard {text}")
        return said

    def received(self, arguments, count):
        """What mosquitto_sub prints until it has so many messages."""
        done = subprocess.run(self.line("mosquitto_sub", f"{arguments} -C {count} -W 30"), capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + self.server.log_tail())
        return done.stdout.splitlines()

    def test_every_qos_arrives(self):
        for version in VERSIONS:
            listener = self.subscriber(f"-V {version} -q 2 -t m/{version}/#")
            for qos in (0, 1, 2):
                self.publish(f"-V {version} -q {qos} -t m/{version}/{qos}", f"qos {qos}")
                self.hears(listener, f"qos {qos}")

    def test_versions_hear_each_other(self):
        old, new = self.subscriber("-V mqttv311 -q 1 -t mixed"), self.subscriber("-V 5 -q 1 -t mixed")
        self.publish("-V 5 -q 2 -t mixed", "from five")
        self.publish("-V mqttv311 -q 2 -t mixed", "from three")
        for listener in (old, new):
            self.hears(listener, "from five")
            self.hears(listener, "from three")

    def test_a_retained_message_is_there_for_who_comes_later_even_after_a_kill(self):
        for version in VERSIONS:
            self.publish(f"-V {version} -q 1 -r -t state/{version}", f"kept {version}")
        self.assertEqual(sorted(self.received("-V 5 -q 1 -t state/+", 2)), ["kept 5", "kept mqttv311"])
        self.kill_and_restart()
        self.assertEqual(sorted(self.received("-V 5 -q 1 -t state/+", 2)), ["kept 5", "kept mqttv311"])

    def test_a_persistent_session_gets_what_came_while_it_was_away_even_after_a_kill(self):
        for version, more in (("mqttv311", ""), ("5", " -x 600")):
            session = f"-V {version} -c -i keeper-{version} -q 2 -t queue/{version}{more}"
            done = subprocess.run(self.line("mosquitto_sub", f"{session} -E"), capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            for number in range(5):
                self.publish(f"-V {version} -q 2 -t queue/{version}", f"m{number}")
            if version == "5":
                self.kill_and_restart()
            self.assertEqual(self.received(session, 5), [f"m{n}" for n in range(5)])

    def test_a_will_is_published_when_its_client_is_killed(self):
        for version in VERSIONS:
            listener = self.subscriber(f"-V {version} -q 1 -t last/{version}")
            mortal = self.subscriber(f"-V {version} -q 1 -t nothing --will-topic last/{version} --will-payload goodbye --will-qos 1")
            mortal.kill()
            self.hears(listener, "goodbye")

    def test_properties_pass_through(self):
        listener = self.subscriber("-V 5 -q 1 -t props -F %t|%C|%R|%D|%P|%E|%p")
        self.publish("-V 5 -q 1 -t props -D publish content-type text/plain -D publish response-topic answers -D publish correlation-data c-1 "
                     "-D publish user-property b 1 -D publish user-property a 2 -D publish message-expiry-interval 600", "hi")
        topic, content, response, correlation, pairs, expiry, text = self.hears(listener, "props|").strip().split("|")
        self.assertEqual((topic, content, response, correlation, text), ("props", "text/plain", "answers", "c-1", "hi"))
        self.assertEqual(pairs.split(), ["b:1", "a:2"])
        self.assertIn(int(expiry), range(590, 601))

    def test_a_shared_subscription_divides_the_work(self):
        workers = [self.subscriber("-V 5 -q 1 -t $share/workers/jobs -t end") for _ in range(2)]
        jobs = [f"job-{number}" for number in range(8)]
        for job in jobs:
            self.publish("-V 5 -q 1 -t jobs", job)
        self.publish("-V 5 -q 1 -t end", "end")  # everybody hears it, behind what was theirs
        got = []
        for worker in workers:
            got += [line for line in itertools.takewhile(lambda line: line != "end", map(str.strip, worker.stdout)) if line in jobs]
        self.assertEqual(sorted(got), jobs)


if __name__ == "__main__":
    unittest.main()
