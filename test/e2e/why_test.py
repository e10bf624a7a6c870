"""`outrider why`: the same answer as the gateway gives, with the entry that decides, now and for the past."""
import unittest

import outrider


class Why(outrider.ServerCase):
    def setUp(self):
        super().setUp()
        self.enrol("t-1")

    def ask(self, *arguments, allowed):
        done = self.server.run("why", *arguments, "--json", check=False)
        self.assertEqual(done.returncode, 0 if allowed else 1, done.stdout + done.stderr)
        answer = outrider.json.loads(done.stdout)
        self.assertEqual(answer["allowed"], allowed, answer)
        return answer

    def kinds(self, answer):
        """The kind of each fact's entry, checked against the ledger."""
        entries = {e["number"]: e["kind"] for e in map(outrider.json.loads, self.server.run("tail", "--from", 0, "--json").stdout.splitlines())}
        for fact in answer["facts"]:
            if "entry" in fact:
                self.assertEqual(entries[fact["entry"]], fact["kind"], fact)
        return [fact.get("kind") for fact in answer["facts"]]

    def test_what_is_allowed_names_the_facts_it_rests_on(self):
        answer = self.ask("t-1", "connect", allowed=True)
        self.assertEqual(self.kinds(answer), ["identity.issued", "profile.added", "identity.issued"])
        self.assertEqual(self.ask("t-1", "publish", "d/me/telemetry", allowed=True)["rule"], "profile-grants")
        self.assertEqual(self.ask("t-1", "renew", allowed=True)["rule"], "renewal")

    def test_a_refusal_has_the_rule_of_the_live_refusal_and_a_remedy(self):
        done = self.mosquitto("mosquitto_sub", "t-1", "-V 5 -t 'd/+/telemetry' -W 5", check=False)
        self.assertNotEqual(done.returncode, 27)
        live = self.entries("access.refused")[-1]["payload"]
        answer = self.ask("t-1", "subscribe", "d/+/telemetry", allowed=False)
        self.assertEqual((answer["rule"], answer["detail"]), (live["rule"], live["detail"]))
        self.assertIn("outrider app grant", answer["remedy"])

    def test_a_revocation_is_named_by_its_entry_and_was_not_there_before(self):
        serial = self.server.json("identity", "list", "--device", "t-1")[0]["serial"]
        self.server.run("identity", "revoke", serial, "--why", "keyCompromise")
        revoked = self.entries("identity.revoked")[-1]
        answer = self.ask("t-1", "connect", allowed=False)
        self.assertEqual(answer["rule"], "identity-revoked")
        self.assertIn(revoked["number"], [fact.get("entry") for fact in answer["facts"]])
        self.assertIn("outrider device code t-1", answer["remedy"])
        self.ask("t-1", "connect", "--as-of", str(revoked["number"] - 1), allowed=True)
        self.ask("t-1", "connect", "--as-of", str(revoked["number"]), allowed=False)

    def test_an_applications_grant_comes_and_goes(self):
        self.server.run("app", "add", "billing", "--out", self.folder / "billing")
        self.assertEqual(self.ask("billing", "receive", "d/t-1/telemetry", allowed=False)["remedy"],
                         "grant it: outrider app grant billing --subscribe 'd/t-1/telemetry'")
        self.server.run("app", "grant", "billing", "--subscribe", "d/+/telemetry")
        answer = self.ask("billing", "receive", "d/t-1/telemetry", allowed=True)
        self.assertIn("application.granted", self.kinds(answer))
        self.server.run("app", "withdraw", "billing", "--subscribe", "d/+/telemetry")
        self.ask("app:billing", "subscribe", "d/+/telemetry", allowed=False)
        self.ask("billing", "receive", "d/t-1/telemetry", "--as-of", str(answer["entry"]), allowed=True)
        self.assertEqual(self.ask("billing", "publish", "d/t-1/telemetry", allowed=False)["rule"], "speaks-as-device")

    def test_the_life_of_a_device(self):
        self.assertEqual(self.ask("t-9", "connect", allowed=False)["rule"], "unknown-device")
        self.server.run("device", "add", "t-2", "--profile", "fleet-tracker")
        self.assertEqual(self.ask("t-2", "connect", allowed=False)["rule"], "never-enrolled")
        self.assertEqual(self.ask("t-2", "enrol", allowed=False)["rule"], "code-unknown")
        self.server.run("device", "code", "t-2")
        self.ask("t-2", "enrol", allowed=True)
        self.server.run("device", "retire", "t-2", "--reason", "sold")
        self.assertEqual(self.ask("t-2", "enrol", allowed=False)["rule"], "device-retired")

    def test_a_moment_may_be_a_time_and_people_read_a_sentence(self):
        done = self.server.run("why", "t-1", "publish", "d/t-2/telemetry", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"t-1 may not publish d/t-2/telemetry: d/t-2/ is another device's")
        self.assertRegex(done.stdout, r"Rule: foreign-topic\. As of entry \d+")
        late = self.server.run("why", "t-1", "connect", "--as-of", "2020-01-01T00:00:00Z", check=False)
        self.assertIn("unknown-entry", late.stderr)

    def test_a_question_that_makes_no_sense_is_refused_with_a_hint(self):
        for arguments, hint in ((("t-1", "conect"), "connect"), (("t-1", "publish"), "topic"), (("t-1", "connect", "x"), "no topic"),
                                (("t-1", "publish", "a/+"), "")):
            done = self.server.run("why", *arguments, check=False)
            self.assertNotEqual(done.returncode, 0, arguments)
            self.assertIn(hint, done.stderr)

    def test_the_answer_survives_the_loss_of_the_database(self):
        issued = str(self.entries("identity.issued")[-1]["number"])
        before = self.ask("t-1", "publish", "d/me/telemetry", "--as-of", issued, allowed=True)
        self.server.stop()
        for file in (self.server.data / "database").iterdir():
            file.unlink()
        self.server.start()
        self.assertEqual(self.ask("t-1", "publish", "d/me/telemetry", "--as-of", issued, allowed=True), before)


if __name__ == "__main__":
    unittest.main()
