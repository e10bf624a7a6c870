#pragma once
// Entries of a small fleet, for tests: by hand, and a random mix in which a little of everything happens.
#include <fmt/format.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "facts/alerts.h"
#include "facts/facts.h"
#include "ledger/entry.h"
#include "ledger/subject.h"

namespace outrider::detect::testing {

inline constexpr std::int64_t start_us = 1'790'000'000'000'000;  // 2026
inline const FleetId fleet{"demo"};

inline ledger::Entry entry(Kind kind, std::string_view device, double at_s, std::string_view payload,
                           std::string_view content_type = "application/senml+json") {
  ledger::Entry out;
  out.kind = static_cast<std::uint16_t>(kind);
  out.fleet = fleet;
  out.subject = {ledger::SubjectKind::device, std::string(device)};
  out.received = from_micros(start_us + static_cast<std::int64_t>(at_s * 1e6));
  out.content_type = content_type;
  out.payload = to_bytes(as_bytes(payload));
  return out;
}

template <class Fact>
ledger::Entry fact(std::string_view device, double at_s, const Fact& said) {
  return entry(Fact::kind, device, at_s, json::write(said), "application/json");
}

// To be appended, as if it had been received when it says.
inline ledger::Draft draft_of(const ledger::Entry& entry, const FleetId& whose = fleet) {
  return {.kind = entry.kind,
          .fleet = whose,
          .subject = entry.subject,
          .content_type = entry.content_type,
          .payload = entry.payload,
          .received = entry.received};
}

inline ledger::Entry telemetry(std::string_view device, double at_s, std::string_view records) {
  return entry(Kind::telemetry, device, at_s, records);
}

inline ledger::Entry position(std::string_view device, double at_s, double lat, double lon) {
  return telemetry(
      device, at_s,
      fmt::format(R"([{{"n":"lat","u":"lat","v":{}}},{{"n":"lon","u":"lon","v":{}}},{{"n":"hdop","v":1}}])", lat, lon));
}

// Numbers them as a ledger does.
class Log {
 public:
  std::uint64_t add(ledger::Entry one) {
    one.number = entries_.size();
    entries_.push_back(std::move(one));
    return entries_.back().number;
  }
  const std::vector<ledger::Entry>& entries() const { return entries_; }

 private:
  std::vector<ledger::Entry> entries_;
};

// A fleet of `devices` over some days: reports that drift and sometimes jump, sessions from here and there, refusals,
// tampering, lifecycles, tuning, rubbish. The same seed gives the same entries.
inline std::vector<ledger::Entry> random_entries(std::uint64_t seed, std::size_t count, int devices) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t limit) { return random() % limit; };
  const auto real = [&](double from, double to) {
    return from + (to - from) * static_cast<double>(random() >> 11U) * 0x1p-53;
  };
  Log log;
  double now = 0;
  log.add(fact("", now, facts::ProfileAdded{ProfileId("tracker"), "interval = 60"}));
  for (int i = 0; i < devices; ++i) {
    const std::string name = "t-" + std::to_string(i);
    log.add(fact(name, now, facts::DeviceAdded{DeviceId(name), ProfileId("tracker"), {}, {}}));
    facts::IdentityIssued issued;
    issued.device = DeviceId(name);
    issued.serial = fmt::format("{:016x}", random());
    issued.spki_sha256 = fmt::format("{:064x}", below(8) == 0 ? 7 : random());
    log.add(fact(name, now, issued));
  }
  struct Place {
    double lat, lon, temperature, battery;
  };
  std::vector<Place> places;
  for (int i = 0; i < devices; ++i) places.push_back({real(45, 55), real(5, 15), 4, 90});
  while (log.entries().size() < count) {
    now += real(0, 20);
    const auto which = below(static_cast<std::uint64_t>(devices));
    Place& place = places[which];
    const std::string name = "t-" + std::to_string(which);
    const std::string address = fmt::format("198.51.{}.{}:{}", below(4), below(8), 1024 + below(1000));
    switch (below(40)) {
      case 0: {
        facts::SessionOpened opened;
        opened.device = DeviceId(name);
        opened.session = std::to_string(random());
        opened.address = address;
        opened.certificate_serial = std::to_string(below(3));
        opened.network_kind = "carrier";
        opened.country = below(10) == 0 ? "FR" : "DE";
        opened.asn = 64500 + static_cast<std::uint32_t>(below(3));
        log.add(fact(name, now, opened));
        break;
      }
      case 1: {
        facts::AccessRefused refused;
        refused.device = name;
        refused.action = "publish";
        refused.object = fmt::format("d/t-{}/telemetry", below(50));
        refused.rule = below(2) == 0 ? "foreign-topic" : "identity-revoked";
        refused.address = address;
        refused.count = below(40) + 1;
        log.add(fact(name, now, refused));
        break;
      }
      case 2:
        log.add(entry(Kind::event, name, now,
                      fmt::format(R"([{{"n":"enclosure","vb":true}},{{"n":"light","u":"lx","v":{}}}])", below(500))));
        break;
      case 3:
        log.add(fact(name, now, facts::EnrolmentRefused{"x-" + std::to_string(below(9)), "code-unknown", "", address}));
        break;
      case 4:
        log.add(fact(name, now, facts::SessionClosed{DeviceId(name), std::to_string(below(99)), "taken-over", 10, 10}));
        break;
      case 5:
        now += real(0, 7200);
        log.add(fact("", now, facts::ClockTicked{}));
        break;
      case 6:
        log.add(fact(name, now,
                     facts::DeviceStateChanged{DeviceId(name),
                                               {},
                                               {},
                                               below(2) == 0 ? facts::Lifecycle::quarantined : facts::Lifecycle::active,
                                               "why",
                                               "op",
                                               {}}));
        break;
      case 7:
        log.add(telemetry(name, now, below(2) == 0 ? "[{\"n\":\"lat\"" : "[{\"n\":\"lat\",\"v\":1e300}]"));
        break;
      case 8:
        place.lat += real(-5, 5);  // a jump
        log.add(position(name, now, place.lat, place.lon));
        break;
      case 9: {
        facts::DetectionTuned tuned;
        tuned.what = below(2) == 0 ? "ticket-risk" : "impossible-travel";
        tuned.factor = real(0.5, 8);
        log.add(fact("", now, tuned));
        break;
      }
      default:
        place.lat += real(-0.002, 0.002);
        place.lon += real(-0.002, 0.002);
        place.temperature += real(-0.3, 0.3);
        place.battery -= real(0, 0.01);
        log.add(telemetry(
            name, now,
            fmt::format(
                R"([{{"n":"lat","u":"lat","v":{}}},{{"n":"lon","u":"lon","v":{}}},{{"n":"hdop","v":1.1}},)"
                R"({{"n":"temperature","u":"Cel","v":{:.1f}}},{{"n":"battery","u":"%","v":{:.1f}}},)"
                R"({{"n":"rat","vs":"lte"}},{{"n":"mcc","v":262}},{{"n":"mnc","v":2}},{{"n":"tac","v":{}}},{{"n":"cell","v":{}}},)"
                R"({{"n":"cipher","vs":"{}"}},{{"n":"temperature","u":"Cel","v":{:.1f},"t":-30}}])",
                place.lat, place.lon, place.temperature, place.battery, below(4), below(20),
                below(200) == 0 ? "eea0" : "eea2", place.temperature + 0.2)));
    }
  }
  return log.entries();
}

}  // namespace outrider::detect::testing
