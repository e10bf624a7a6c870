"""A server whose responses are to be seen: receivers of its notifications, and somebody who gives cause for them."""
import shutil
import subprocess
import tempfile

import outrider
import receivers

SECRET = "a secret of the receiver and us"
WAIT_SECONDS_MAX = 60
TELL = """
format = 1
id = "tell"
title = "Tell whoever watches"
mode = "act"
[trigger]
threats = ["cloned-identity"]
[[step]]
action = "notify"
url = "{url}"
[[step]]
action = "notify"
to = ["soc@example.com"]
"""

class ResponseCase(outrider.ServerCase):
    """A server that may notify receivers on this machine."""

    answers = ()
    mail = {}  # of receivers.Mails
    password = None  # with which we sign in there
    more = ""

    def mail_certificate(self, pem):
        return pem

    def setUp(self):
        folder = tempfile.mkdtemp(prefix="outrider-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        pem = receivers.certificate(folder)
        secret = pem.with_name("secret")
        secret.write_text(SECRET + "\n", encoding="utf-8")
        secret.chmod(0o600)
        self.hooks = receivers.Hooks(pem, self.answers)
        self.addCleanup(self.hooks.close)
        self.mails = receivers.Mails(self.mail_certificate(pem), **self.mail)
        self.addCleanup(self.mails.close)
        self.config = outrider.CONFIG + f"""
[respond]
webhook_secret_file = "{secret}"
webhook_allow = ["127.0.0.0/8", "::1"]
ca_file = "{pem}"
smtp_host = "localhost"
smtp_port = {self.mails.port}
mail_from = "outrider@example.com"
{self.more}
"""
        if self.password is not None:
            file = pem.with_name("password")
            file.write_text(self.password + "\n", encoding="utf-8")
            file.chmod(0o600)
            self.config += f'smtp_user = "outrider"\nsmtp_password_file = "{file}"\n'
        super().setUp()

    def playbook(self, text):
        path = self.folder / "playbook.toml"
        path.write_text(text.format(url=self.hooks.url), encoding="utf-8")
        self.server.run("playbook", "add", path)
        return path

    def copied_key(self, thief, victim):
        """Somebody asks for a certificate in the name of `thief` with the key of `victim`."""
        code = self.server.json("device", "code", thief)["code"]
        self.shell(f"openssl req -new -key {victim}.key -subj /CN={thief} -outform DER | base64 > copied.csr")
        self.est("simpleenroll", f"--user {thief}:{code} --data @copied.csr", "copied.pem", check=False)

    def follow(self, kind, wanted):
        """The first entry of the kind that is wanted."""
        tail = subprocess.Popen(["timeout", str(WAIT_SECONDS_MAX), outrider.OUTRIDER, "tail", "--follow", "--from", "0", "--kind", kind,
                                 "--json", "--data", self.server.data], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            for line in tail.stdout:
                entry = outrider.json.loads(line)
                if wanted(entry["payload"]):
                    return entry
        finally:
            tail.kill()
            tail.wait()
            tail.stdout.close()
        return self.fail(f"no {kind} within {WAIT_SECONDS_MAX} s\n" + self.server.log_tail())

    def responses(self, *arguments):
        return self.server.json("response", "list", *arguments)

    def response(self, action, playbook=None):
        found = [one for one in self.responses() if one["action"] == action and playbook in (None, one["playbook"])]
        self.assertEqual(len(found), 1, found)
        return found[0]
