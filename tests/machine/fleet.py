"""Many accounts on one machine: `python -m tests.machine.fleet [--accounts 200] [--minutes 3]`.

The real service as a process of its own over that many Maildirs, a turn a minute (ten times as often as usual); figures are
read from its own window and from the operating system (Linux).
"""

from __future__ import annotations

import argparse
import datetime as dt
import email.utils
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from bot.jobs.playground import Playground

PORT = 19465
_ACCOUNT = """  - name: rep{n}
    me: rep{n}@kiln.example
    rep: {{name: Rep Number{n}}}
    zone: {zone}
    country: {country}
    mail: {{kind: maildir, path: {n}/mail}}
    calendar: {{kind: icsdir, path: {n}/calendar}}
"""
_PLACES = (("Europe/Berlin", "DE"), ("America/Chicago", "US"), ("Asia/Kolkata", "IN"), ("Australia/Sydney", "AU"))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--accounts", type=int, default=200)
    arguments.add_argument("--minutes", type=float, default=3)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        config = prepare(Path(name), given.accounts)
        with (Path(name) / "log").open("w") as log:
            process = subprocess.Popen([sys.executable, "-m", "bot", "run", "--log", "-c", str(config)], stderr=log)
            try:
                watch(process.pid, given.accounts, given.minutes)
            finally:
                process.send_signal(signal.SIGTERM)
                begun = time.monotonic()
                process.wait(25)
                print(f"stopped in {time.monotonic() - begun:.1f} s, exit status {process.returncode}")


def prepare(root: Path, accounts: int) -> Path:
    """That many reps, each with six quotes of the last weeks, two of them answered."""
    now = dt.datetime.now(dt.UTC)
    for n in range(accounts):
        ground = Playground(root / str(n))
        me = f"Rep Number{n} <rep{n}@kiln.example>"
        for q in range(6):
            at = email.utils.format_datetime(now - dt.timedelta(days=3 * q + 4))
            who = f"Cleo <c{q}@c{q}co{n}.example>"
            body = "Hello Cleo,\n\nhere is our quote for the kiln: $ 4,200.00 in total.\n\nRep\n"
            head = f"From: {me}\nTo: {who}\nSubject: Quote Q-{q} for the kiln\nDate: {at}\nMessage-ID: <q{q}.{n}@kiln.example>\n\n"
            ground.arrive((head + body).encode(), sent=True)
            if q < 2:
                head = (
                    f"From: {who}\nTo: {me}\nSubject: Re: Quote Q-{q}\nDate: {at}\nMessage-ID: <a{q}.{n}@x.example>\n"
                )
                ground.arrive(f"{head}In-Reply-To: <q{q}.{n}@kiln.example>\n\nPlease go ahead.\n".encode(), sent=False)
    config = root / "followup.yaml"
    parts = [_ACCOUNT.format(n=n, zone=_PLACES[n % 4][0], country=_PLACES[n % 4][1]) for n in range(accounts)]
    config.write_text(
        "accounts:\n" + "".join(parts) + f"every: 1m\nstore: {{path: m.sqlite3}}\nservice: {{port: {PORT}}}\n"
    )
    return config


def watch(process: int, accounts: int, minutes: float) -> None:
    """A line every quarter of a minute, and what it comes to."""
    begun, settled, lags, memory = time.monotonic(), 0.0, [], []
    used, turns = 0.0, 0.0
    while time.monotonic() - begun < 60 * minutes:
        time.sleep(15)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics", timeout=10) as answer:
                text = answer.read().decode()
        except urllib.error.URLError:
            continue
        lag = sorted(float(v) for v in re.findall(r"^followup_lag_seconds\S* (\S+)", text, re.MULTILINE))
        done = sum(float(v) for v in re.findall(r"^followup_turns_total\S* (\S+)", text, re.MULTILINE))
        rss, cpu = usage(process)
        tried = sum(1 for v in re.findall(r"^followup_turns_total\{account=\"(\w+)\"", text, re.MULTILINE))
        print(f"{time.monotonic() - begun:5.0f} s  {tried} accounts tried  {done:.0f} turns  lag p50 {lag[len(lag) // 2]:.0f} s  "
              f"p99 {lag[int(len(lag) * 0.99) - 1]:.0f} s  {rss:.0f} MB  {cpu:.1f} s of CPU", flush=True)  # fmt: skip
        if tried >= accounts:
            if not settled:
                settled, used, turns = time.monotonic(), cpu, done
            lags += lag
            memory.append(rss)
            last = (time.monotonic() - settled, cpu - used, done - turns)
    if memory and last[2]:
        seconds, cpu_used, turned = last
        lags.sort()
        print(
            f"settled: {turned:.0f} turns in {seconds:.0f} s, {1000 * cpu_used / turned:.1f} ms of CPU a turn, "
            f"{100 * cpu_used / seconds:.1f} % of a core"
        )
        print(f"lag p99 {lags[int(len(lags) * 0.99)]:.0f} s; memory {memory[0]:.0f} -> {memory[-1]:.0f} MB, "
              f"{1024 * memory[-1] / accounts:.0f} kB an account with everything")  # fmt: skip


def usage(process: int) -> tuple[float, float]:
    """Resident memory in MB and seconds of CPU of a process."""
    status = Path(f"/proc/{process}/status").read_text()
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0, (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
