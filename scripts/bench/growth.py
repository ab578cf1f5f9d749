#!/usr/bin/env python3
"""The table of a growth.jsonl, as Markdown: each cost by size, its growth, its bound.
Exits 1 when a bound is not held or a run had errors."""
import json
import statistics as st
import sys

CPU = "server_cpu_us_per_op"
runs = {}
errors = []
for line in open(sys.argv[1]):
    d = json.loads(line)
    key = (d["workload"], int(d["label"]), d.get("members"))
    runs.setdefault(key, []).append(d)
    if d.get("errors"):
        errors.append(f"{d['workload']} at {d['label']}: {d['errors']} errors, {d.get('error', '')}")


def value(workload, size, field, members=None):
    found = runs.get((workload, size, members))
    if not found:
        return None
    if members is not None and field == CPU:
        # Short runs, measured in ticks: their sum is right where their median is a tick.
        return st.mean([d[field] for d in found])
    return st.median([d[field] for d in found])


def show(v, digits=1):
    return "–" if v is None else f"{v:,.{digits}f}"


sizes = sorted({size for (workload, size, _) in runs if workload == "seed"})
missed = []


def verdict(name, got, bound, unit=""):
    if got is None:
        return "not measured"
    if got > bound:
        missed.append(f"{name}: {got:.2f}{unit}, bound {bound}{unit}")
    return f"{got:.2f}{unit} of {bound}{unit}{'' if got <= bound else ' **missed**'}"


print(f"| CPU µs an operation | {' | '.join(f'{s:,} people' for s in sizes)} | growth, bound |")
print(f"|---|{'---:|' * len(sizes)}---|")
for workload, bound in (("get_user", 2.0), ("find_user", 2.0), ("list_page", 2.0)):
    values = [value(workload, s, CPU) for s in sizes]
    growth = values[-1] / values[0] if len(values) > 1 and values[0] and values[-1] else None
    cells = " | ".join(show(v) for v in values)
    print(f"| {workload} | {cells} | {verdict(workload, growth, bound, ' ×')} |")
cells = " | ".join(show(value("seed", s, CPU)) for s in sizes)
print(f"| create, {runs[('seed', sizes[0], None)][0]['conc']} connections | {cells} | |")
print()

print("| group PATCH that adds one member | people | CPU µs | p50 µs | p99 µs |")
print("|---|---:|---:|---:|---:|")
for size in sizes:
    for m in sorted(m for (w, s, m) in runs if w == "group_add_member" and s == size):
        cost = [value("group_add_member", size, f, m) for f in (CPU, "p50_us", "p99_us")]
        print(f"| {m:,} members | {size:,} | {' | '.join(show(v) for v in cost)} |")
for size in sizes:
    many = value("group_add_member", size, CPU, 100_000)
    for few in (10, 1000):
        base = value("group_add_member", size, CPU, few)
        if base and many:
            growth = verdict(f"group PATCH at {size}, from {few}", many / base, 1.2, " ×")
            print(f"\nFrom {few:,} to 100,000 members, at {size:,} people: {growth}")
print()

print("| people | start to first 200, ms (median, max) | RSS after seeding, MiB | RSS after the workloads, MiB | seeded a second |")
print("|---:|---|---:|---:|---:|")
for size in [0, *sizes]:
    median, worst = value("startup", size, "median_ms"), value("startup", size, "max_ms")
    rss = value("rss", size, "rss_mib")
    start = verdict(f"start at {size}", median, 50, " ms") + f", {show(worst, 0)} ms"
    after = verdict("RSS at 100,000", rss, 50, " MiB") if size == 100_000 else show(rss)
    seeded = value("seed", size, "rss_mib")
    print(f"| {size:,} | {start} | {show(seeded)} | {after} | {show(value('seed', size, 'ops_s'), 0)} |")

for line in errors:
    print(f"ERROR {line}", file=sys.stderr)
for line in missed:
    print(f"MISSED {line}", file=sys.stderr)
sys.exit(1 if errors or missed else 0)
