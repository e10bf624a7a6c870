"""Receivers of notifications, on free ports of this machine: a web server and a mail server, both with TLS."""
import base64
import http.server
import pathlib
import queue
import socketserver
import ssl
import subprocess
import threading


def certificate(folder):
    """A certificate for localhost that vouches for itself; the path of it, with its key beside it."""
    pem = pathlib.Path(folder, "receiver.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", pem.with_suffix(".key"),
                    "-out", pem], check=True, capture_output=True)
    return pem


def context_of(pem):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, pem.with_suffix(".key"))
    return context


class Hooks:
    """Answers each POST with the next of `answers` (a status, or None: not at all), then with 204; `seen` is a queue of
    (headers, body)."""

    def __init__(self, pem, answers=()):
        self.seen = queue.Queue()
        self.answers = list(answers)
        self.over = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = outer.answers.pop(0) if outer.answers else 204
                outer.seen.put((dict(self.headers), body))
                if answer is None:
                    outer.over.wait()
                    return
                self.send_response(answer)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True

            def handle_error(self, *_):  # a client that was killed
                pass

            def finish_request(self, request, client_address):  # shakes hands on the thread of the connection
                with tls.wrap_socket(request, server_side=True) as secure:
                    super().finish_request(secure, client_address)

        tls = context_of(pem)
        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"https://localhost:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Mails:
    """An SMTP server (RFC 5321) that wants TLS before anything else: by STARTTLS (RFC 3207), or with `implicit` from the first
    byte (RFC 8314). With `password` it takes mail only from "outrider" who knows it (AUTH PLAIN, RFC 4616). Receivers in `unknown`
    are refused; `busy` mails are put off (451) first. `seen` is a queue of (from, to, message), `plain` what was said before TLS."""

    def __init__(self, pem, implicit=False, password=None, unknown=(), busy=0):
        self.seen = queue.Queue()
        self.plain = []
        self.busy = busy
        outer = self
        tls = context_of(pem)
        credentials = base64.b64encode(b"\0outrider\0" + (password or "").encode()).decode()

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                try:
                    if implicit:
                        with tls.wrap_socket(self.request, server_side=True) as wrapped:
                            self.talk(wrapped, True)
                    else:
                        self.talk(self.request, False)
                except OSError:  # a client that was killed, or does not like our certificate
                    pass

            def talk(self, connection, secure):
                lines = connection.makefile("rb")
                known = password is None

                def say(text):
                    connection.sendall(text.encode() + b"\r\n")

                if not secure or implicit:
                    say("220 test ESMTP")
                sender, receivers = None, []
                for line in lines:
                    word = line.decode().strip().upper()
                    if not secure:
                        outer.plain.append(word)
                    if word.startswith("EHLO"):
                        say("250-test\r\n250 AUTH PLAIN" if secure else "250-test\r\n250 STARTTLS")
                    elif word == "STARTTLS":
                        say("220 go on")
                        with tls.wrap_socket(connection, server_side=True) as wrapped:
                            self.talk(wrapped, True)
                        return
                    elif word == "QUIT":
                        say("221 bye")
                        return
                    elif not secure:
                        say("530 5.7.0 STARTTLS first")
                    elif word.startswith("AUTH PLAIN"):
                        given = line.decode().split()[2:]
                        if not given:
                            say("334 ")
                            given = [next(lines).decode().strip()]
                        known = given == [credentials]
                        say("235 2.7.0 welcome" if known else "535 5.7.8 who are you?")
                    elif not known:
                        say("530 5.7.0 sign in first")
                    elif word.startswith("MAIL FROM:") and outer.busy > 0:
                        outer.busy -= 1
                        say("451 4.3.0 come back later")
                    elif word.startswith("MAIL FROM:"):
                        sender = line.decode().strip()[10:]
                        say("250 ok")
                    elif word.startswith("RCPT TO:"):
                        address = line.decode().strip()[8:]
                        if address.strip("<>") in unknown:
                            say("550 5.1.1 nobody here has that name")
                        else:
                            receivers.append(address)
                            say("250 ok")
                    elif word == "DATA":
                        say("354 go on")
                        message = b""
                        for part in lines:
                            if part == b".\r\n":
                                break
                            message += part[1:] if part.startswith(b".") else part
                        say("250 taken")
                        outer.seen.put((sender, receivers, message))
                    else:
                        say("502 5.5.1 not known here")

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
