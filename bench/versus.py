"""Outrider against Mosquitto on the same work, measured in the same run: mutual TLS 1.3 with P-256, the same certificates,
the same load, no subscriber, reports of 100 bytes. Server and load are pinned to different cores; what a server costs is
what /proc says of its whole process.

usage: versus.py [--sessions N] [--only memory,saturated,rate,loops] [--json]

Outrider checks every report against its profile, and acknowledges it when it is on disk and in the ledger; its registry and
history follow in the same process and count. Mosquitto forwards it to nobody and writes nothing.
"""
import argparse
import contextlib
import csv
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import outrider

LOAD = outrider.BUILD / "bench/bench_load"
MOSQUITTO = "/usr/sbin/mosquitto"
SERVER_CORE, LOAD_CORE = "0", "1"
PROFILE = "bench"
RATE_SESSIONS, RATE = 1_000, 10_000
SATURATED_SESSIONS, WINDOW = 64, 32
CONFIG = outrider.CONFIG + """
[limits]
connections = 100000
connections_per_address = 100000
messages_per_second = 100000
"""


def payload():
    text = '[{"bt":%d,"n":"temperature","u":"Cel","v":21.5},{"n":"humidity","u":"%%RH","v":48.250}]' % int(time.time())
    return text + " " * (100 - len(text))


class Process:
    """What a server's process has used."""

    def __init__(self, pid):
        self.pid = pid

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kib(self):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
        return 0

    def kib_at_rest(self):
        """What it holds when that no longer changes: what is freed later is freed."""
        seen = []
        for _ in range(100):
            seen = seen[-9:] + [self.kib()]
            if len(seen) == 10 and max(seen) == min(seen):
                return seen[-1]
            time.sleep(0.1)
        sys.exit(f"the memory of process {self.pid} does not come to rest: {seen} KiB")

    def pin(self, cores):
        subprocess.run(["taskset", "--all-tasks", "--pid", "--cpu-list", cores, str(self.pid)], check=True, stdout=subprocess.DEVNULL)


class Outrider:
    name = "outrider"

    def __init__(self, place, loops=1, cores=SERVER_CORE):
        self.place = place
        place.server.config.write_text(f"threads = {loops}\n" + CONFIG.format(data=place.server.data), encoding="utf-8")
        place.server.start()
        self.process = Process(place.server.process.pid)
        self.process.pin(cores)
        self.port = place.server.port("mqtt")

    def settle(self):
        """Until the projections have read everything: their work is part of the bill."""
        for _ in range(3_000):
            text = subprocess.run(["curl", "--silent", f"http://{self.place.server.addresses['metrics']}/metrics"], text=True,
                                  capture_output=True, check=True).stdout
            if "\noutrider_projection_lag_entries 0\n" in text:
                return
            time.sleep(0.01)
        sys.exit("the projections do not catch up")

    def stop(self):
        self.place.server.stop()


class Mosquitto:
    name = "mosquitto"

    def __init__(self, place, cores=SERVER_CORE):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        ca = place.server.data / "ca"
        anchors = place.folder / "anchors.pem"
        anchors.write_text((ca / "root.pem").read_text() + "".join(p.read_text() for p in ca.glob("fleets/*/issuing*.pem")))
        config = place.folder / "mosquitto.conf"
        config.write_text(f"""user root
persistence false
log_type none
allow_anonymous true
set_tcp_nodelay true
max_inflight_messages 0
listener {self.port} 127.0.0.1
require_certificate true
tls_version tlsv1.3
cafile {anchors}
certfile {ca / 'server.pem'}
keyfile {ca / 'server.key'}
""")
        self.child = subprocess.Popen([MOSQUITTO, "-c", config])
        self.process = Process(self.child.pid)
        self.process.pin(cores)
        for _ in range(1_000):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        sys.exit("mosquitto does not start")

    def settle(self):
        pass

    def stop(self):
        self.child.kill()
        self.child.wait()


class Place:
    """A server with a fleet of enrolled devices, used for both brokers."""

    def __init__(self, devices):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="outrider-versus-"))
        self.server = outrider.Server(self.folder, CONFIG)
        self.server.start()
        self.server.run("fleet", "create", "demo")
        text = (outrider.SOURCE / "profiles/field-sensor.toml").read_text(encoding="utf-8")
        lines = ["per_minute_max = 60000" if line.startswith("per_minute_max") else line for line in text.splitlines()]
        profile = self.folder / "bench.toml"
        profile.write_text("\n".join(lines).replace('id = "field-sensor"', f'id = "{PROFILE}"') + "\n", encoding="utf-8")
        self.server.run("profile", "add", profile)
        with open(self.folder / "devices.csv", "w", encoding="utf-8", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(["device", "profile"])
            rows.writerows([f"d-{i:05}", PROFILE] for i in range(devices))
        self.server.run("device", "add", "--csv", self.folder / "devices.csv", "--codes", self.folder / "codes.csv")
        codes = (self.folder / "codes.csv").read_text(encoding="utf-8").replace(PROFILE, "field-sensor")
        (self.folder / "codes.csv").write_text(codes, encoding="utf-8")  # the simulator has no model of our own profile
        done = subprocess.run([outrider.SIMULATOR, "--devices-file", self.folder / "codes.csv", "--fleet", "demo", "--est",
                               f"https://localhost:{self.server.port('https')}", "--mqtt", f"localhost:{self.server.port('mqtt')}",
                               "--ca", self.server.data / "ca/root.pem", "--state", self.folder / "sim", "--interval", "1w", "--for",
                               "1s", "--json"], stdout=subprocess.PIPE, text=True, check=True)
        enrolled = json.loads(done.stdout.splitlines()[-1])["devices_enrolled"]
        if enrolled != devices:
            sys.exit(f"only {enrolled} of {devices} devices could enrol")
        self.server.stop()

    def close(self):
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Load:
    """The load generator on its own core, led by lines."""

    def __init__(self, place, broker, sessions, *mode):
        self.child = subprocess.Popen(["taskset", "--cpu-list", LOAD_CORE, LOAD, str(broker.port), place.server.data / "ca/root.pem",
                                       place.folder / "sim/devices.jsonl", str(sessions), *map(str, mode)],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.online = self.answer()

    def answer(self):
        line = self.child.stdout.readline()
        if not line:
            sys.exit("the load generator gave up")
        return json.loads(line)

    def go(self):
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        return self.answer()

    def end(self):
        self.child.stdin.close()
        self.child.wait()


@contextlib.contextmanager
def running(broker):
    try:
        yield broker
    finally:
        broker.stop()


def measure_memory(place, start, sessions):
    with running(start()) as broker:
        rest = broker.process.kib()
        cpu = broker.process.cpu()
        load = Load(place, broker, sessions, "idle")
        broker.settle()
        held = broker.process.kib_at_rest()
        cpu = broker.process.cpu() - cpu
        load.end()
        return {"kib_per_session": (held - rest) / sessions, "kib_whole_process_per_session": held / sessions,
                "rest_mib": rest / 1024, "connect_ms": 1000 * cpu / sessions}


def measure_reports(place, start, sessions, *mode):
    with running(start()) as broker:
        load = Load(place, broker, sessions, *mode, payload())
        broker.settle()
        before = broker.process.cpu()
        result = load.go()
        broker.settle()
        cpu = broker.process.cpu() - before
        load.end()
        return {**result, "us_per_report": 1e6 * cpu / result["reports"], "per_second": result["reports"] / result["seconds"]}


def measure_loops(place, reports):
    """Two event loops against one. The load needs a core too: what two loops give is told by the reports a CPU second
    gives, and by what both cores give when the load shares them."""
    both = f"{SERVER_CORE},{LOAD_CORE}"
    out = {}
    for loops in (1, 2):
        out[f"loops_{loops}"] = measure_reports(place, lambda n=loops: Outrider(place, n, both), SATURATED_SESSIONS, "saturate", WINDOW,
                                                reports)
    return out


def ratio(ours, theirs, key):
    return ours[key] / theirs[key] if theirs[key] else float("nan")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sessions", type=int, default=19_000, help="idle sessions for the memory figure")
    options.add_argument("--reports", type=int, default=600_000, help="of the saturated measurement")
    options.add_argument("--seconds", type=int, default=20, help="of the measurement at a rate")
    options.add_argument("--only", default="memory,saturated,rate,loops")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    wanted = chosen.only.split(",")
    if not pathlib.Path(MOSQUITTO).exists():
        sys.exit("mosquitto is not installed")
    place = Place(max(chosen.sessions if "memory" in wanted else 0, RATE_SESSIONS))
    found = {}
    try:
        for name, measure in (("memory", lambda start: measure_memory(place, start, chosen.sessions)),
                              ("saturated", lambda start: measure_reports(place, start, SATURATED_SESSIONS, "saturate", WINDOW,
                                                                          chosen.reports)),
                              ("rate", lambda start: measure_reports(place, start, RATE_SESSIONS, "rate", RATE, chosen.seconds))):
            if name in wanted:
                found[name] = {"outrider": measure(lambda: Outrider(place)), "mosquitto": measure(lambda: Mosquitto(place))}
        if "loops" in wanted:
            found["loops"] = measure_loops(place, chosen.reports)
    finally:
        place.close()
    if chosen.json:
        print(json.dumps(found))
        return
    if "memory" in found:
        ours, theirs = found["memory"]["outrider"], found["memory"]["mosquitto"]
        print(f"resident memory, {chosen.sessions} idle sessions")
        for who, each in (("outrider", ours), ("mosquitto", theirs)):
            print(f"  {who:10} {each['kib_per_session']:6.2f} KiB a session  ({each['rest_mib']:.0f} MiB at rest; whole process "
                  f"{each['kib_whole_process_per_session']:.2f} KiB a session)  {each['connect_ms']:.3f} ms CPU to connect")
        print(f"  ratio      {ratio(ours, theirs, 'kib_per_session'):6.2f}")
    for name, title in (("saturated", f"QoS 1 reports as fast as they are acknowledged, {SATURATED_SESSIONS} sessions x {WINDOW}"),
                        ("rate", f"QoS 1 reports, {RATE} a second over {RATE_SESSIONS} sessions")):
        if name not in found:
            continue
        ours, theirs = found[name]["outrider"], found[name]["mosquitto"]
        print(title)
        for who, each in (("outrider", ours), ("mosquitto", theirs)):
            latency = f"  PUBACK p50 {each['p50_ms']:.2f} ms, p99 {each['p99_ms']:.2f} ms" if "p99_ms" in each else ""
            print(f"  {who:10} {each['us_per_report']:6.2f} us CPU a report  {each['per_second']:9.0f} a second{latency}")
        print(f"  ratio      {ratio(ours, theirs, 'us_per_report'):6.2f}")
    if "loops" in found:
        one, two = found["loops"]["loops_1"], found["loops"]["loops_2"]
        print("event loops, server and load on the same two cores")
        for loops, each in ((1, one), (2, two)):
            print(f"  {loops} loop{'s' if loops > 1 else ' '}    {each['per_second']:9.0f} a second  {each['us_per_report']:6.2f} us CPU a report")
        print(f"  a CPU second of two loops is worth {one['us_per_report'] / two['us_per_report']:.2f} of one of one loop")


if __name__ == "__main__":
    main()
