"""`kill -9` during responses: no alert stays without its response, no device is restricted twice, and a notification comes at most
once more, under the same id."""
import collections
import os
import queue
import random
import threading
import time
import unittest

import responding

KILLS = int(os.environ.get("TEST_KILLS", "8"))
SEED = int(os.environ.get("TEST_SEED", random.randrange(1 << 32)))


class KilledResponses(responding.ResponseCase):
    more = "quarantine_share = 100\nquarantines_per_hour = 1000\n"

    def test_every_response_happens_once(self):
        print(f"seed {SEED}, {KILLS} kills")
        chance = random.Random(SEED)
        self.playbook(responding.TELL)
        self.enrol("t-0")
        victims = [f"v-{i}" for i in range(KILLS)]
        for victim in victims:
            self.enrol(victim)
            self.copied_key(victim, "t-0")
            # Anywhere between the refusal, the alert, the intent, the deed and the outcome.
            threading.Event().wait(chance.uniform(0, 0.4))
            self.server.kill()
            self.server.start()
        for victim in victims:
            self.follow("response.done", lambda said, name=victim: said["detail"] == f"{name} is quarantined")
        deadline = time.monotonic() + responding.WAIT_SECONDS_MAX
        while any(one["state"] == "started" for one in self.responses()) and time.monotonic() < deadline:
            pass

        changed = collections.Counter(e["payload"]["device"] for e in self.entries("device.state-changed"))
        self.assertEqual(changed, collections.Counter(victims), "each is quarantined, and once")
        told = collections.Counter()
        while True:
            try:
                told[self.hooks.seen.get_nowait()[0]["Outrider-Id"]] += 1
            except queue.Empty:
                break
        hooks = [one for one in self.responses() if one["action"] == "notify" and one["step"] == 0]
        self.assertEqual({one["response"] for one in hooks}, set(told))
        self.assertLessEqual(max(told.values()), 2)
        self.assertEqual(len(hooks), KILLS)
        self.assertEqual([one for one in self.responses() if one["state"] == "started"], [])
        self.server.run("ledger", "verify")
        print(f"{len(changed)} quarantined once, {sum(told.values())} notifications of {len(told)}")


class KilledTries(responding.ResponseCase):
    """Its receiver is out of order, and so are we."""
    answers = (503, 503, 503)
    more = "quarantine_share = 100\nquarantines_per_hour = 1000\n"

    def test_what_has_not_arrived_is_tried_again_however_often_the_server_is_killed(self):
        self.playbook(responding.TELL)
        self.enrol("t-0")
        self.enrol("v-0")
        self.copied_key("v-0", "t-0")
        # After the third try it rests for half a minute: time to be killed twice.
        put_off = self.follow("response.done", lambda said: said["outcome"] == "postponed" and said["tries"] == 3)["payload"]
        for _ in range(2):
            self.server.kill()
            self.server.start()
        done = self.follow("response.done", lambda said: said["outcome"] == "done" and said["response"] == put_off["response"])["payload"]
        self.assertEqual(done["tries"], 4)
        told = [self.hooks.seen.get()[0]["Outrider-Id"] for _ in range(self.hooks.seen.qsize())]
        self.assertEqual(set(told), {put_off["response"]})
        self.assertIn(len(told), (4, 5), "at most one is a repetition")


if __name__ == "__main__":
    unittest.main()
