"""Receivers of notifications, on free ports of this machine: a web server and a mail server, both with TLS."""
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
    """An SMTP server (RFC 5321) that wants STARTTLS (RFC 3207) before anything else; `seen` is a queue of
    (from, to, message)."""

    def __init__(self, pem):
        self.seen = queue.Queue()
        outer = self
        tls = context_of(pem)

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                self.talk(self.request, False)

            def talk(self, connection, secure):
                lines = connection.makefile("rb")

                def say(text):
                    connection.sendall(text.encode() + b"\r\n")

                if not secure:
                    say("220 test ESMTP")
                sender, receivers = None, []
                for line in lines:
                    word = line.decode().strip().upper()
                    if word.startswith("EHLO"):
                        say("250 test" if secure else "250-test\r\n250 STARTTLS")
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
                    elif word.startswith("MAIL FROM:"):
                        sender = line.decode().strip()[10:]
                        say("250 ok")
                    elif word.startswith("RCPT TO:"):
                        receivers.append(line.decode().strip()[8:])
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
