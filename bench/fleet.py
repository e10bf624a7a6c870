"""A whole fleet on one machine: the simulator enrols it and reports, the server keeps every report.

usage: fleet.py [DEVICES] [SECONDS]     10000 devices, 60 s of reports

Prints what the server paid for it: CPU against the bare cryptography of the handshakes, as openssl speed measures it in the
same run, and memory against the server's own at rest.
"""
import csv
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading

import outrider

TICKS = os.sysconf("SC_CLK_TCK")
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024
REPORT_SECONDS_PER_DEVICE = 10


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_kib(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE_KIB


def handshakes_per_cpu_second():
    """P-256 signatures and key agreements of this machine: what a bare handshake of a server is made of."""
    out = subprocess.run(["openssl", "speed", "-seconds", "1", "-mr", "ecdsap256", "ecdhp256"], capture_output=True, text=True,
                         check=True).stdout
    sign, verify = map(float, re.search(r"\+F4:.*:256:([\d.e-]+):([\d.e-]+)", out).groups())
    agree = float(re.search(r"\+F5:.*:256:([\d.e-]+)", out).group(1))
    def seconds(value):
        return value if value < 1 else 1 / value
    # sign its own, verify the client's certificate and its proof, agree on a key (making one costs about the same)
    return 1 / (seconds(sign) + 2 * seconds(verify) + 2 * seconds(agree))


class Watch(threading.Thread):
    """Notes what the server had used when the last device came online: that moment splits the run in two."""

    def __init__(self, server, status, devices):
        super().__init__(daemon=True)
        self.server, self.status, self.devices = server, status, devices
        self.done = threading.Event()
        self.online = None  # (CPU seconds, KiB, reports acknowledged) when the last device came online

    def run(self):
        while not self.done.wait(0.5):
            try:
                now = json.loads(self.status.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            if self.online is None and now["devices_online"] >= self.devices:
                self.online = (cpu_seconds(self.server.process.pid), memory_kib(self.server.process.pid), now["reports_acknowledged"])


def main():
    devices = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    folder = pathlib.Path(tempfile.mkdtemp(prefix="outrider-bench-"))
    server = outrider.Server(folder).start()
    try:
        server.run("fleet", "create", "demo")
        profiles = [p["profile"] for p in server.json("profile", "list")]
        listed = folder / "devices.csv"
        with open(listed, "w", encoding="utf-8", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(["device", "profile"])
            rows.writerows([f"d-{i:05}", profiles[i % len(profiles)]] for i in range(devices))
        server.run("device", "add", "--csv", listed, "--codes", folder / "codes.csv")
        pid = server.process.pid
        rest_cpu, rest_memory = cpu_seconds(pid), memory_kib(pid)
        status = folder / "status.json"
        watch = Watch(server, status, devices)
        watch.start()
        simulator = subprocess.run(
            [outrider.SIMULATOR, "--devices-file", folder / "codes.csv", "--fleet", "demo", "--est",
             f"https://localhost:{server.port('https')}", "--mqtt", f"localhost:{server.port('mqtt')}", "--ca",
             server.data / "ca/root.pem", "--state", folder / "sim", "--interval", f"{REPORT_SECONDS_PER_DEVICE}s", "--for",
             f"{seconds}s", "--status-file", status, "--seed", "1", "--json"], stdout=subprocess.PIPE, text=True, check=True)
        watch.done.set()
        watch.join()
        summary = json.loads(simulator.stdout.splitlines()[-1])
        end_cpu = cpu_seconds(pid)
        server.run("ledger", "verify")

        enrolled, acknowledged = summary["devices_enrolled"], summary["reports_acknowledged"]
        print(f"devices enrolled            {enrolled}, refused {summary['refused']}")
        print(f"enrolments per second       {summary['enrolments_per_second']:.0f} (server and {devices} devices share {os.cpu_count()} cores)")
        print(f"reports acknowledged        {acknowledged} of {summary['reports_sent']}, ledger verified")
        if watch.online is None:
            sys.exit("not all devices came online; nothing more to say")
        online_cpu, online_memory, before = watch.online
        per_device = (online_cpu - rest_cpu) / devices
        floor = 2 / handshakes_per_cpu_second()
        print(f"server CPU to bring a device online (enrol, connect, first reports)  {per_device * 1000:.2f} ms, "
              f"{per_device / floor:.1f} x the bare cryptography of its two handshakes")
        print(f"server memory per session   {(online_memory - rest_memory) / devices:.1f} KiB, "
              f"{online_memory / rest_memory:.1f} x the server at rest in all")
        steady = acknowledged - before
        if steady > 0:
            print(f"durable reports per server CPU second, steady   {steady / (end_cpu - online_cpu):.0f}")
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
