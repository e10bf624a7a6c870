#pragma once
// A small fleet under the eyes of the engine, for tests of checks: entries in, what was found out of it.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "detect/engine/engine.h"
#include "detect/input/decoder.h"
#include "detect/testing/entries.h"

namespace outrider::detect::testing {

class Watch {
 public:
  explicit Watch(Contract contract = {}) : decoder_(engine, [contract](std::string_view) { return contract; }) {
    say(fact("", 0, facts::ProfileAdded{ProfileId("tracker"), ""}));
  }

  // A device that has enrolled; its session makes it active.
  void add(const std::string& device) {
    say(fact(device, now, facts::DeviceAdded{DeviceId(device), ProfileId("tracker"), {}, {}}));
    issue(device, "key of " + device);
  }
  void issue(const std::string& device, const std::string& key) {
    facts::IdentityIssued issued;
    issued.device = DeviceId(device);
    issued.serial = std::to_string(entry_);
    issued.spki_sha256 = key;
    say(fact(device, now, issued));
  }
  std::string open(const std::string& device, const std::string& address, std::uint32_t asn = 64500,
                   const std::string& country = "DE", const std::string& tls_client = "") {
    facts::SessionOpened opened;
    opened.device = DeviceId(device);
    opened.session = "s-" + std::to_string(++sessions_);
    opened.address = address + ":4711";
    opened.network_kind = "carrier";
    if (!country.empty()) opened.country = country;
    if (asn != 0) opened.asn = asn;
    if (!tls_client.empty()) opened.tls_client = tls_client;
    say(fact(device, now, opened));
    return opened.session;
  }
  void close(const std::string& device, const std::string& session, const std::string& reason) {
    say(fact(device, now, facts::SessionClosed{DeviceId(device), session, reason, 0, 0}));
  }
  void refuse(const std::string& device, const std::string& action, const std::string& object, const std::string& rule,
              std::uint64_t count = 1, const std::string& address = "203.0.113.9:1") {
    facts::AccessRefused refused;
    refused.device = device;
    refused.action = action;
    refused.object = object;
    refused.rule = rule;
    refused.address = address;
    refused.count = count;
    say(fact(device, now, refused));
  }
  void report(const std::string& device, const std::string& records = R"([{"n":"battery","u":"%","v":80}])") {
    say(telemetry(device, now, records));
  }
  void event(const std::string& device, const std::string& records) { say(entry(Kind::event, device, now, records)); }
  void tick() { say(fact("", now, facts::ClockTicked{})); }

  void say(ledger::Entry one) {
    one.number = ++entry_;
    std::vector<Observation> observations;
    decoder_.decode(one, observations);
    for (const auto& observation : observations) engine.observe(observation, findings);
  }

  // The highest that was ever found.
  Level level(const std::string& device, Threat threat) const {
    Level highest = Level::none;
    for (const auto& each : findings)
      if (each.device == engine.device(device) && each.threat == threat) highest = std::max(highest, each.level);
    return highest;
  }
  // Of the risk slots: what the check said last of the device, for whatever threat; 0: nothing that was kept.
  float nats(const std::string& device, CheckId check) const {
    float most = 0;
    for (const auto& kept : engine.state(engine.device(device)).risk.evidence)
      if (kept.check == check) most = std::max(most, kept.nats);
    return most;
  }
  std::size_t pages() const {
    return static_cast<std::size_t>(std::ranges::count(findings, Level::page, &Finding::level));
  }

  Engine engine;
  std::vector<Finding> findings;
  double now = 0;  // s since entries.h's start

 private:
  Decoder decoder_;
  std::uint64_t entry_ = 0;
  int sessions_ = 0;
};

}  // namespace outrider::detect::testing
