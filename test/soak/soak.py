"""A long day of a fleet in half an hour: churn, roaming, renewals, revocations and storms of reconnects, while the server's
memory, descriptors and threads are watched.

usage: soak.py [--for 30m] [--devices 400] [--interval 1s] [--seed N] [--json]

Three fleets of simulated devices report to one server of its own (in a temporary directory, on free ports):
  kept      QoS 2 in sessions that outlive connections, with subscriptions: each report must be in the ledger exactly once
  plain     QoS 1, a new session with each connection: each acknowledged report must be in the ledger
  victims   QoS 1; their identities are revoked, one at a time and many at once, and they must stay out

At the end: no device was refused but the revoked, everything acknowledged is in the ledger, the ledger verifies, no descriptor
is left over, no thread either, and memory has not grown after the warm-up (the first third). Exit status 0 when all of it holds.
"""
import argparse
import collections
import csv
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import outrider

SAMPLE_SECONDS = 2
# Memory may move by this much without meaning anything (allocator, page cache of the database), and grow by this share of
# its mean in an hour. Below MEMORY_SECONDS_MIN of watching a slope says nothing.
MEMORY_NOISE_KIB = 8 * 1024
MEMORY_GROWTH_PER_HOUR = 0.10
MEMORY_SECONDS_MIN = 300
# Reading connections of the database and the like are opened when they are first needed.
DESCRIPTORS_SPARE = 8
THREADS_SPARE = 2
REVOKED_MASS_SHARE = 0.5
SETTLE_SECONDS_MAX = 60

CONFIG = outrider.CONFIG + """
[limits]
connections_per_address = 100000
"""


def slope(samples):
    """Least squares over (seconds, value): units a second."""
    count = len(samples)
    if count < 2:
        return 0.0
    mean_t = sum(t for t, _ in samples) / count
    mean_v = sum(v for _, v in samples) / count
    spread = sum((t - mean_t) ** 2 for t, _ in samples)
    return sum((t - mean_t) * (v - mean_v) for t, v in samples) / spread if spread else 0.0


def judge_memory(samples):
    """samples: (seconds, KiB) of the whole run. Returns (verdict, words): True, False, or None when it is too short to say."""
    watched = [(t, v) for t, v in samples if t >= samples[-1][0] / 3] if samples else []
    seconds = watched[-1][0] - watched[0][0] if watched else 0
    if seconds < MEMORY_SECONDS_MIN:
        return None, f"watched for {seconds:.0f} s after the warm-up: too short to judge"
    mean = sum(v for _, v in watched) / len(watched)
    grown = slope(watched) * seconds
    allowed = MEMORY_NOISE_KIB + MEMORY_GROWTH_PER_HOUR * mean * seconds / 3600
    words = f"{grown / 1024:+.1f} MiB in {seconds / 60:.0f} min after the warm-up (mean {mean / 1024:.0f} MiB, allowed {allowed / 1024:.1f})"
    return grown <= allowed, words


def judge_reports(sent, acked, held, exactly_once):
    """Counters of (device, hash). Returns the sentence of each rule that is broken."""
    problems = []
    lost = sum(1 for report in acked if report not in held)
    invented = sum(1 for report in held if report not in sent)
    doubled = sum(1 for report in held if report in exactly_once and held[report] != 1)
    if lost:
        problems.append(f"{lost} acknowledged reports are not in the ledger")
    if invented:
        problems.append(f"{invented} reports in the ledger were never sent")
    if doubled:
        problems.append(f"{doubled} reports of QoS 2 are in the ledger more than once")
    return problems


def journalled(path):
    sent, acked = collections.Counter(), collections.Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        word, device, digest = line.split()
        (sent if word == "sent" else acked)[device, digest] += 1
    return sent, acked


class Sampler:
    """What the server's process holds, as /proc tells it."""

    def __init__(self, pid):
        self.pid, self.began, self.samples = pid, time.monotonic(), []

    def now(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        return {"seconds": time.monotonic() - self.began, "kib": int(fields["VmRSS"].split()[0]),
                "descriptors": len(os.listdir(f"/proc/{self.pid}/fd")), "threads": int(fields["Threads"])}

    def take(self):
        self.samples.append(self.now())
        return self.samples[-1]


class Fleet:
    """One simulator with its devices."""

    def __init__(self, folder, name, count, *options):
        self.folder, self.name, self.options = folder, name, options
        self.devices = [f"{name}-{i}" for i in range(count)]
        self.journal = folder / f"{name}.journal"
        self.process = None
        self.summary = {}

    def start(self, server, codes):
        rows = [row for row in codes if row["device"] in set(self.devices)]
        listed = self.folder / f"{self.name}.csv"
        with open(listed, "w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, ["device", "profile", "code"])
            writer.writeheader()
            writer.writerows({"device": r["device"], "profile": "field-sensor", "code": r["code"]} for r in rows)
        self.log = open(self.folder / f"{self.name}.log", "wb")
        self.process = subprocess.Popen(
            [outrider.SIMULATOR, "--devices-file", listed, "--fleet", "demo", "--est", f"https://localhost:{server.port('https')}",
             "--mqtt", f"localhost:{server.port('mqtt')}", "--ca", server.data / "ca/root.pem", "--state", self.folder / f"{self.name}.state",
             "--journal", self.journal, "--status-file", self.status_path, "--json", *map(str, self.options)],
            stdout=subprocess.PIPE, stderr=self.log, text=True)

    @property
    def status_path(self):
        return self.folder / f"{self.name}.status"

    def status(self):
        try:
            return json.loads(self.status_path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}

    def stop(self):
        if self.process is None or self.process.returncode is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=120)
        lines = output.splitlines()
        self.summary = json.loads(lines[-1]) if lines else {}
        self.log.close()

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Soak:
    def __init__(self, folder, chosen):
        self.folder, self.chosen = folder, chosen
        self.seconds = seconds_of(chosen.duration)
        third = max(2, chosen.devices // 3)
        trouble = ["--interval", chosen.interval, "--seed", chosen.seed, "--churn", max(1, third // 4), "--roam-every",
                   f"{pace(self.seconds, 10)}s", "--storm-every", f"{pace(self.seconds, 6)}s"]
        trouble.append("--resume")
        renewals = ["--renew-every", f"{pace(self.seconds, 4)}s"]
        self.kept = Fleet(folder, "kept", third, *trouble, *renewals, "--qos", 2, "--session-expiry", "1h", "--subscribe")
        self.plain = Fleet(folder, "plain", third, *trouble, *renewals, "--qos", 1, "--encoding", "cbor")
        self.victims = Fleet(folder, "victims", third, *trouble, "--qos", 1)
        self.fleets = [self.kept, self.plain, self.victims]
        self.server = outrider.Server(folder, CONFIG)
        self.revoked = 0
        self.rows = []  # (what, verdict, words)

    def run(self):
        self.server.start()
        try:
            self.prepare()
            self.rest = Sampler(self.server.process.pid).now()
            self.trouble()
            self.judge()
        finally:
            for fleet in self.fleets:
                fleet.kill()
            self.server.stop()
        return all(verdict is not False for _, verdict, _ in self.rows)

    def prepare(self):
        self.server.run("fleet", "create", "demo")
        text = (outrider.SOURCE / "profiles/field-sensor.toml").read_text(encoding="utf-8")
        lines = ["per_minute_max = 6000" if line.startswith("per_minute_max") else line for line in text.splitlines()]
        profile = self.folder / "field-sensor.toml"
        profile.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.server.run("profile", "add", profile)
        with open(self.folder / "devices.csv", "w", encoding="utf-8", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(["device", "profile"])
            rows.writerows([device, "field-sensor"] for fleet in self.fleets for device in fleet.devices)
        self.server.run("device", "add", "--csv", self.folder / "devices.csv", "--codes", self.folder / "codes.csv")
        with open(self.folder / "codes.csv", encoding="utf-8", newline="") as codes:
            self.codes = list(csv.DictReader(codes))

    def trouble(self):
        for fleet in self.fleets:
            fleet.start(self.server, self.codes)
        self.wait("every device is online", lambda: all(f.status().get("devices_online", 0) >= len(f.devices) * 0.9 for f in self.fleets), 600)
        self.sampler = Sampler(self.server.process.pid)
        single = list(self.victims.devices[: int(len(self.victims.devices) * (1 - REVOKED_MASS_SHARE))])
        mass_at = self.seconds * 2 / 3
        every = self.seconds / (len(single) + 1)
        began, next_single, mass_done = time.monotonic(), every, False
        while (now := time.monotonic() - began) < self.seconds:
            sample = self.sampler.take()
            if sys.stderr.isatty():
                print(f"\r{now:5.0f} s  {sample['kib'] / 1024:6.1f} MiB  {sample['descriptors']:5} descriptors  {self.revoked} revoked ",
                      end="", file=sys.stderr, flush=True)
            while single and next_single <= now:
                self.revoke(single.pop(0))
                next_single += every
            if not mass_done and now >= mass_at:
                mass_done = True
                before = self.server.json("identity", "revoke", "--prefix", "victims-", "--dry-run")["count"]
                self.server.run("identity", "revoke", "--prefix", "victims-", "--why", "keyCompromise", "--yes")
                self.revoked += before
                single = []
            for fleet in self.fleets:
                if fleet.process.poll() is not None:
                    raise AssertionError(f"the simulator of {fleet.name} ended with {fleet.process.returncode}:\n"
                                         + (self.folder / f"{fleet.name}.log").read_text(encoding="utf-8", errors="replace")[-2000:])
            if self.server.process.poll() is not None:
                raise AssertionError("the server ended:\n" + self.server.log_tail())
            time.sleep(SAMPLE_SECONDS)
        if sys.stderr.isatty():
            print(file=sys.stderr)
        self.victims_online = self.victims.status().get("devices_online", 0)
        for fleet in self.fleets:
            fleet.stop()

    def revoke(self, device):
        for identity in self.server.json("identity", "list", "--device", device):
            if identity.get("revoked"):
                continue
            self.server.run("identity", "revoke", identity["serial"], "--why", "keyCompromise")
            self.revoked += 1

    def judge(self):
        # Connections of devices that were switched off without a word end with their keep alive at the latest, and here
        # because their simulator has ended.
        self.wait("every session has ended", lambda: self.server.json("status")["sessions"] == 0, SETTLE_SECONDS_MAX)
        after = self.sampler.take()
        memory = [(s["seconds"], s["kib"]) for s in self.sampler.samples[:-1]]
        self.row("memory is flat", *judge_memory(memory))
        self.row("no descriptor left over", after["descriptors"] <= self.rest["descriptors"] + DESCRIPTORS_SPARE,
                 f"{self.rest['descriptors']} at rest, {max(s['descriptors'] for s in self.sampler.samples)} at most, {after['descriptors']} afterwards")
        self.row("no thread left over", after["threads"] <= self.rest["threads"] + THREADS_SPARE,
                 f"{self.rest['threads']} at rest, {after['threads']} afterwards")
        for fleet in (self.kept, self.plain):
            done = fleet.summary
            self.row(f"{fleet.name}: nobody refused", done.get("refused", 1) == 0,
                     f"{done.get('refused')} refused, {done.get('reconnects')} reconnects, {done.get('roams')} roams, {done.get('naps')} naps")
            self.row(f"{fleet.name}: resumed", done.get("resumed", 0) > 0, f"{done.get('resumed')} connections by a ticket")
            self.row(f"{fleet.name}: renewals", done.get("renewals", 0) > 0 and done.get("renewals_failed", 1) == 0,
                     f"{done.get('renewals')} done, {done.get('renewals_failed')} failed")
        self.row("the revoked stay out", self.victims_online == 0 and self.revoked > 0,
                 f"{self.revoked} identities revoked, {self.victims_online} of their devices online at the end")
        self.judge_ledger()

    def judge_ledger(self):
        sent, acked, once = collections.Counter(), collections.Counter(), set()
        for fleet in self.fleets:
            fleet_sent, fleet_acked = journalled(fleet.journal)
            sent += fleet_sent
            acked += fleet_acked
            if fleet is self.kept:
                once = set(fleet_sent)
        held = collections.Counter()
        tail = subprocess.run([outrider.OUTRIDER, "tail", "--from", "0", "--kind", "telemetry", "--json", "--data", self.server.data],
                              capture_output=True, text=True, check=True)
        for line in tail.stdout.splitlines():
            entry = json.loads(line)
            held[entry["subject"]["id"], entry["payload_sha256"]] += 1
        problems = judge_reports(sent, acked, held, once)
        self.row("reports", not problems and sum(acked.values()) > 0,
                 "; ".join(problems) or f"{sum(sent.values())} sent, {sum(acked.values())} acknowledged, {sum(held.values())} in the ledger")
        verified = self.server.run("ledger", "verify", check=False)
        self.row("the ledger verifies", verified.returncode == 0, (verified.stdout + verified.stderr).strip().splitlines()[-1])

    def row(self, what, verdict, words):
        self.rows.append((what, verdict, words))

    def wait(self, what, holds, seconds):
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds} s in vain until {what}:\n" + self.server.log_tail())
            time.sleep(0.2)


def pace(seconds, times):
    return max(2, int(seconds / times))


def seconds_of(text):
    units = {"s": 1, "m": 60, "h": 3600}
    if len(text) < 2 or text[-1] not in units or not text[:-1].isdigit():
        raise argparse.ArgumentTypeError(f"{text}: a time such as 90s, 30m or 2h")
    return int(text[:-1]) * units[text[-1]]


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--for", dest="duration", default="30m", metavar="TIME", help="how long (default: 30m)")
    options.add_argument("--devices", type=int, default=400, help="in all three fleets (default: 400)")
    options.add_argument("--interval", default="1s", help="between two reports of a device (default: 1s)")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--json", action="store_true", help="the verdict as one JSON object")
    chosen = options.parse_args()
    seconds_of(chosen.duration)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="outrider-soak-"))
    soak = Soak(folder, chosen)
    good = soak.run()
    if chosen.json:
        print(json.dumps({"good": good, "seconds": soak.seconds, "checks": [{"check": a, "good": b, "detail": c} for a, b, c in soak.rows],
                          "samples": soak.sampler.samples}))
    else:
        for what, verdict, words in soak.rows:
            print(f"{'ok  ' if verdict else 'FAIL' if verdict is False else '-   '}  {what:24}  {words}")
        print("good" if good else f"NOT good; everything is kept in {folder}")
    if good:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
