"""The soak's judgement, and a very short soak."""
import collections
import json
import os
import subprocess
import sys
import unittest

import outrider
import soak


def line(slope_kib_per_second, seconds=1200, start=100_000):
    return [(t, start + slope_kib_per_second * t) for t in range(0, seconds, 2)]


class Judgement(unittest.TestCase):
    def test_memory_that_stays_is_flat(self):
        self.assertIs(soak.judge_memory(line(0))[0], True)

    def test_memory_that_was_taken_while_warming_up_does_not_count(self):
        samples = [(t, 50_000 + 100 * min(t, 300)) for t in range(0, 1200, 2)]
        self.assertIs(soak.judge_memory(samples)[0], True)

    def test_memory_that_grows_all_the_time_is_found(self):
        self.assertIs(soak.judge_memory(line(30))[0], False)

    def test_a_short_run_says_nothing_of_memory(self):
        self.assertIsNone(soak.judge_memory(line(30, seconds=100))[0])

    def test_reports_are_found_that_were_lost_invented_or_doubled(self):
        report, other = ("t-1", "aa"), ("t-1", "bb")
        once = collections.Counter([report])
        self.assertEqual(soak.judge_reports(once, once, once, {report}), [])
        self.assertEqual(soak.judge_reports(once, once, collections.Counter([report, report]), set()), [], "QoS 1 may double")
        self.assertIn("not in the ledger", soak.judge_reports(once, once, collections.Counter(), set())[0])
        self.assertIn("never sent", soak.judge_reports(once, once, collections.Counter([report, other]), set())[0])
        self.assertIn("more than once", soak.judge_reports(once, once, collections.Counter([report, report]), {report})[0])


class ShortSoak(unittest.TestCase):
    def test_a_short_one_is_good(self):
        done = subprocess.run([sys.executable, soak.__file__, "--for", "20s", "--devices", "12", "--interval", "500ms", "--json"],
                              capture_output=True, text=True, timeout=240, check=False,
                              env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)))
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])
        said = json.loads(done.stdout.splitlines()[-1])
        checks = {each["check"]: each["good"] for each in said["checks"]}
        self.assertIsNone(checks["memory is flat"])
        self.assertTrue(checks["reports"])
        self.assertTrue(checks["the revoked stay out"])
        self.assertTrue(checks["the ledger verifies"])


if __name__ == "__main__":
    unittest.main()
