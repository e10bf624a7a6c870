"""Mail with a real server and a mail server that speaks SMTP over TLS, in both of its ways."""
import base64
import unittest

import outrider
import receivers
import responding

PASSWORD = "a password of the mail server"
TELL_THREE = """
format = 1
id = "tell"
title = "Tell three people"
mode = "act"
[trigger]
threats = ["cloned-identity"]
[[step]]
action = "notify"
to = ["left@example.com", "soc@example.com", "ciso@example.com"]
"""


class MailCase(responding.ResponseCase):
    def alarm(self):
        self.enrol("t-1")
        self.enrol("t-2")
        self.playbook(TELL_THREE)
        self.copied_key("t-2", "t-1")

    def outcome(self):
        tell = self.follow("response.started", lambda said: said["action"] == "notify")["payload"]
        return self.follow("response.done", lambda said: said["response"] == tell["response"] and said["outcome"] != "postponed")["payload"]


class Implicit(MailCase):
    """TLS from the first byte (RFC 8314), and the server signs in."""
    mail = {"implicit": True, "password": PASSWORD, "unknown": ("left@example.com",)}
    password = PASSWORD
    more = 'smtp_tls = "implicit"'

    def test_it_signs_in_and_one_receiver_who_has_left_does_not_keep_it_from_the_others(self):
        self.alarm()
        sender, to, message = self.mails.seen.get(timeout=responding.WAIT_SECONDS_MAX)
        self.assertEqual((sender, to), ("<outrider@example.com>", ["<soc@example.com>", "<ciso@example.com>"]))
        self.assertIn(b"\r\nMessage-ID: <", message)
        text = base64.b64decode(message.partition(b"\r\n\r\n")[2]).decode()
        self.assertIn("device   t-2", text)
        done = self.outcome()
        self.assertEqual((done["outcome"], done["detail"]), ("done", "the mail server has taken it for 2 of 3 receivers"))
        # The password is nowhere: not in what the server logs, nor in what it says of itself or exports.
        self.assertNotIn(PASSWORD, self.server.log_tail())
        self.assertNotIn(PASSWORD, self.server.run("config", "show", check=False).stdout)
        for kind in ("response.started", "response.done"):
            self.assertNotIn(PASSWORD, outrider.json.dumps(self.entries(kind)))


class Refused(MailCase):
    """The password is wrong: nobody is told, and that is said."""
    mail = {"implicit": True, "password": "another one"}
    password = PASSWORD
    more = Implicit.more

    def test_a_wrong_password_is_a_failure_that_does_not_repeat_it(self):
        self.alarm()
        done = self.outcome()
        self.assertEqual((done["outcome"], done["tries"]), ("failed", 1))
        self.assertNotIn(PASSWORD, done["detail"])
        self.assertTrue(self.mails.seen.empty())


class StartTls(MailCase):
    """STARTTLS (RFC 3207) from a server that is busy at first."""
    mail = {"busy": 1}

    def test_nothing_is_said_before_tls_and_what_is_put_off_comes_again_with_the_same_id(self):
        self.alarm()
        message = self.mails.seen.get(timeout=responding.WAIT_SECONDS_MAX)[2]
        done = self.outcome()
        self.assertEqual((done["outcome"], done["tries"]), ("done", 2))
        self.assertIn(f"Message-ID: <{done['response']}@".encode(), message)
        put_off = self.follow("response.done", lambda said: said["outcome"] == "postponed")["payload"]
        self.assertEqual((put_off["response"], put_off["tries"]), (done["response"], 1))
        self.assertEqual({line.split()[0] for line in self.mails.plain}, {"EHLO", "STARTTLS"})


class Stranger(MailCase):
    """A mail server whose certificate nobody vouches for."""

    def mail_certificate(self, pem):
        other = pem.with_name("other")
        other.mkdir()
        return receivers.certificate(other)

    def test_it_gets_nothing(self):
        self.alarm()
        put_off = self.follow("response.done", lambda said: said["outcome"] == "postponed")["payload"]
        self.assertIn("certificate", put_off["detail"])
        self.assertTrue(self.mails.seen.empty())


if __name__ == "__main__":
    unittest.main()
