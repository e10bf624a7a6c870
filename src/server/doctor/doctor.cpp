#include "server/doctor/doctor.h"

#include <algorithm>
#include <array>

#include "server/doctor/checks.h"

namespace outrider::server::doctor {
namespace {

// In this order: what explains other findings comes first.
constexpr std::array table{
    Check{"settings", "the configuration file and the environment", check_settings},
    Check{"lists", "the files the configuration names: blocked keys, networks' databases", check_lists},
    Check{"directory", "the data directory: there, ours, closed to others", check_directory},
    Check{"files", "owner and permissions of every private file", check_files},
    Check{"space", "free space and inodes, the kind of file system", check_space},
    Check{"durability", "whether and how fast the disk syncs", check_durability},
    Check{"clock", "the clock against file times, certificates and the ledger", check_clock},
    Check{"clock-source", "whether something keeps the clock right", check_clock_source},
    Check{"limits", "descriptors and the kernel's queue of connections", check_limits},
    Check{"ledger", "lock, write-ahead log, checkpoints, the end of every tree", check_ledger},
    Check{"anchor", "whether the ledger continues what was noted of it outside", check_anchor},
    Check{"database", "integrity, schema, and that it is not ahead of the ledger", check_database},
    Check{"detection", "its snapshots, and whether it keeps up with the ledger", check_detection},
    Check{"authorities", "root and issuing CAs: validity, chain, keys", check_authorities},
    Check{"certificate", "the server's certificate: validity, chain, key, names", check_certificate},
    Check{"ports", "the listeners' ports: free, or held by our server and reachable", check_ports},
    Check{"server", "what the running server says of its own health", check_server},
    Check{"keys", "whether devices have keys that anybody can compute", check_keys},
};

}  // namespace

std::span<const Check> checks() {
  return table;
}

Patient examine(LoadedConfig settings, bool deep) {
  Patient out{.settings = std::move(settings), .deep = deep};
  out.paths.root = std::filesystem::absolute(out.config().data_directory).lexically_normal();
  if (auto running = read_addresses(out.paths.root)) out.running = *std::move(running);
  out.ledger = ledger::glance(out.paths.ledger());
  out.vitals = take_vitals(out.paths.root, out.running ? out.running->pid : 0, out.paths.addresses());
  return out;
}

std::size_t Diagnosis::count(Severity severity) const {
  return static_cast<std::size_t>(std::ranges::count(findings, severity, &Finding::severity));
}

Diagnosis diagnose(const Patient& patient, std::string_view only) {
  std::vector<Finding> all;
  for (const Check& check : checks()) {
    if (!only.empty() && check.name != only) continue;
    // With an unreadable configuration nobody knows which directory and which ports are meant.
    if (!patient.settings.ok() && check.run != check_settings) continue;
    Findings found(check.name);
    check.run(patient, found);
    for (Finding& finding : std::move(found).take()) all.push_back(std::move(finding));
  }
  Diagnosis out;
  for (const Severity severity : {Severity::problem, Severity::warning, Severity::note})
    std::ranges::copy_if(all, std::back_inserter(out.findings),
                         [&](const auto& each) { return each.severity == severity; });
  return out;
}

}  // namespace outrider::server::doctor
