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
    answers = (503, 503)
    more = "quarantine_share = 100\nquarantines_per_hour = 1000\n"

    def test_what_has_not_arrived_is_tried_again_however_often_the_server_is_killed(self):
        self.playbook(responding.TELL)
        self.enrol("t-0")
        self.enrol("v-0")
        self.copied_key("v-0", "t-0")
        ids = set()
        for tries in (1, 2):
            ids.add(self.hooks.seen.get(timeout=responding.WAIT_SECONDS_MAX)[0]["Outrider-Id"])
            self.follow("response.done", lambda said, known=tries: said["outcome"] == "postponed" and said["tries"] == known
                        and said["response"] in ids)
            self.server.kill()
            self.server.start()
        ids.add(self.hooks.seen.get(timeout=responding.WAIT_SECONDS_MAX)[0]["Outrider-Id"])
        self.assertEqual(len(ids), 1)
        done = self.follow("response.done", lambda said: said["outcome"] == "done" and said["response"] in ids)["payload"]
        self.assertEqual(done["tries"], 3)
        self.assertTrue(self.hooks.seen.empty())


if __name__ == "__main__":
    unittest.main()
