// What detection costs on one core, against its target of a million mixed events a second.
//
//   bench_detect [devices] [millions of observations] [engine|families|entries]        default 10000 4, all
//
// Engine: observations made beforehand in memory. Families: the same observations through the checks of each alone.
// Entries: ledger entries through the whole detector, SenML decoding included. All by the thread's CPU time, so that
// other work on the machine does not count; wall time stands beside it.
#include <fmt/format.h>
#include <malloc.h>

#include <chrono>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "bench/detect/fleet_mix.h"
#include "detect/checks/gnss/gnss.h"
#include "detect/checks/identity/identity.h"
#include "detect/checks/motion/motion.h"
#include "detect/checks/physics/physics.h"
#include "detect/checks/radio/radio.h"
#include "detect/checks/tamper/tamper.h"
#include "detect/checks/traffic/traffic.h"
#include "detect/engine/detector.h"
#include "wire/senml/senml.h"

namespace {

using namespace outrider;
using namespace outrider::detect;

constexpr std::uint64_t seed = 20261122;
constexpr std::size_t batch = 1000;
constexpr double target = 1e6;

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double heap_bytes() {
  const auto info = mallinfo2();
  return static_cast<double>(info.uordblks + info.hblkhd);
}

struct Stopwatch {
  double cpu = 0, wall = 0;
  void measure(const std::function<void()>& work) {
    const auto began = std::chrono::steady_clock::now();
    const double before = cpu_seconds();
    work();
    cpu += cpu_seconds() - before;
    wall += std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  }
};

Contract tracker() {
  Contract contract;
  contract.profile = "tracker";
  contract.interval_s = 60;
  contract.messages_per_minute_max = 60;
  contract.channels[0] = "temperature";
  contract.channels[1] = "battery";
  contract.temperature = {-30, 50, 5};
  contract.battery_v = {3, 4.3, absent};
  return contract;
}

std::string name_of(std::uint32_t device) {
  return fmt::format("truck-{}", device);
}

void add_fleet(Engine& engine, std::uint32_t devices) {
  const auto contract = engine.add_contract(tracker());
  std::vector<Finding> findings;
  for (std::uint32_t device = 1; device <= devices; ++device) {
    Observation observation;
    observation.device = engine.add_device(name_of(device), contract);
    observation.received_s = observation.measured_s = 1'790'000'000 - 60;
    for (const What what : {What::identity_issued, What::session_opened}) {
      observation.what = what;
      engine.observe(observation, findings);
    }
  }
}

void bench_engine(std::uint32_t devices, std::size_t batches) {
  const double before = heap_bytes();
  auto engine = std::make_unique<Engine>();
  add_fleet(*engine, devices);
  const double after = heap_bytes();
  bench::FleetMix mix(devices, seed);
  std::vector<Observation> observations;
  std::vector<Finding> findings;
  Stopwatch watch;
  std::size_t found = 0;
  for (std::size_t i = 0; i < batches; ++i) {
    mix.make(batch, observations);
    watch.measure([&] { engine->observe(observations, findings); });
    found += findings.size();
    findings.clear();
  }
  observations = {};
  const double count = static_cast<double>(batches * batch);
  fmt::print("engine      {:>10.0f} observations a second of CPU ({:.0f} of wall), target {:.0f}: {:.2f} times\n",
             count / watch.cpu, count / watch.wall, target, count / watch.cpu / target);
  fmt::print("            {} findings of {:.0f} observations\n", found, count);
  fmt::print(
      "memory      {} bytes of state a device (limit {}), {:.0f} with its name and indexes; {:.1f} MiB in all "
      "after the run, with what the fleet learnt\n",
      sizeof(DeviceState), device_state_bytes_max, (after - before) / devices, (heap_bytes() - before) / 1048576);
}

struct Family {
  const char* name;
  std::function<void(DeviceState&, const Observation&, const Context&, Surprises&)> check;
};

void bench_families(std::uint32_t devices, std::size_t batches) {
  const std::vector<Family> families{
      {"identity", [](auto& s, auto& o, auto& c, auto& out) { check_identity(s.identity, o, c, out); }},
      {"traffic", [](auto& s, auto& o, auto& c, auto& out) { check_traffic(s.traffic, o, c, out); }},
      {"motion", [](auto& s, auto& o, auto& c, auto& out) { check_motion(s.motion, o, c, out); }},
      {"gnss", [](auto& s, auto& o, auto& c, auto& out) { check_gnss(s.gnss, o, c, out); }},
      {"radio", [](auto& s, auto& o, auto& c, auto& out) { check_radio(s.radio, o, c, out); }},
      {"physics", [](auto& s, auto& o, auto& c, auto& out) { check_physics(s.physics, o, c, out); }},
      {"tamper", [](auto& s, auto& o, auto& c, auto& out) { check_tamper(s.tamper, o, c, out); }},
      {"channels",
       [](auto& s, auto& o, auto&, auto&) {
         for (std::size_t i = 0; i < channels_max; ++i)
           if (has(o.reading.channels[i])) follow(s.channels[i], o.measured_s, o.reading.channels[i]);
       }},
  };
  const Contract contract = tracker();
  std::vector<std::pair<const char*, double>> costs;
  double sum = 0;
  for (const Family& family : families) {
    const auto states = std::make_unique<DeviceState[]>(devices + 1);
    const auto memory = std::make_unique<FleetMemory>();
    bench::FleetMix mix(devices, seed);
    std::vector<Observation> observations;
    Surprises surprises;
    Stopwatch watch;
    for (std::size_t i = 0; i < batches; ++i) {
      mix.make(batch, observations);
      watch.measure([&] {
        for (const Observation& observation : observations) {
          if (observation.device == 0) continue;
          surprises.begin(observation);
          family.check(states[observation.device], observation, {contract, observation.received_s, *memory}, surprises);
        }
      });
    }
    costs.emplace_back(family.name, watch.cpu / static_cast<double>(batches * batch));
    sum += costs.back().second;
  }
  for (const auto& [name, cost] : costs)
    fmt::print("  {:<9} {:>8.0f} ns an observation, {:>4.1f} %\n", name, cost * 1e9, 100 * cost / sum);
}

wire::senml::Pack pack_of(const Observation& observation) {
  const Timestamp time = from_micros(static_cast<std::int64_t>(observation.measured_s * 1e6));
  const Reading& reading = observation.reading;
  wire::senml::Pack pack;
  const auto add = [&](const char* name, const char* unit, wire::senml::Value value) {
    pack.push_back({.name = name, .unit = unit, .value = std::move(value), .time = time});
  };
  add("lat", "lat", reading.lat);
  add("lon", "lon", reading.lon);
  add("speed", "m/s", reading.speed);
  add("hdop", "", reading.hdop);
  add("satellites", "", reading.satellites);
  add("temperature", "Cel", reading.temperature);
  add("battery", "%", reading.battery);
  add("rat", "", std::string("lte"));
  add("mcc", "", 262.0);
  add("mnc", "", 2.0);
  add("tac", "", static_cast<double>(reading.tac));
  add("cell", "", static_cast<double>(reading.cell));
  return pack;
}

void bench_entries(std::uint32_t devices, std::size_t count, bool cbor) {
  Detector detector(FleetId("bench"), [](std::string_view) { return tracker(); });
  std::uint64_t number = 0;
  const auto entry_of = [&](Kind kind, std::string_view device, Bytes payload, std::string_view type, double at_s) {
    ledger::Entry entry;
    entry.number = number++;
    entry.kind = static_cast<std::uint16_t>(kind);
    entry.fleet = FleetId("bench");
    entry.subject = {ledger::SubjectKind::device, std::string(device)};
    entry.received = from_micros(static_cast<std::int64_t>(at_s * 1e6));
    entry.content_type = type;
    entry.payload = std::move(payload);
    return entry;
  };
  const auto text = [](const std::string& json) { return to_bytes(as_bytes(json)); };
  detector.follow(
      entry_of(Kind::profile_added, "", text(R"({"profile":"tracker","toml":""})"), "application/json", 1.7e9));
  for (std::uint32_t device = 1; device <= devices; ++device)
    detector.follow(entry_of(Kind::device_added, name_of(device),
                             text(fmt::format(R"({{"device":"{}","profile":"tracker"}})", name_of(device))),
                             "application/json", 1.7e9));
  bench::FleetMix mix(devices, seed);
  std::vector<Observation> observations;
  std::vector<ledger::Entry> entries;
  std::size_t bytes = 0;
  mix.make(count, observations);
  for (const Observation& observation : observations) {
    if (observation.what != What::report) continue;
    const auto pack = pack_of(observation);
    Bytes payload = cbor ? wire::senml::write_cbor(pack).value() : text(wire::senml::write_json(pack).value());
    bytes += payload.size();
    entries.push_back(entry_of(Kind::telemetry, name_of(observation.device), std::move(payload),
                               cbor ? "application/senml+cbor" : "application/senml+json", observation.received_s));
  }
  Stopwatch watch;
  watch.measure([&] {
    for (const auto& entry : entries) detector.follow(entry);
  });
  const double done = static_cast<double>(entries.size());
  fmt::print(
      "entries     {:>10.0f} reports a second of CPU, 12 readings of SenML {} ({:.0f} bytes) each, decoded and "
      "judged\n",
      done / watch.cpu, cbor ? "CBOR" : "JSON", static_cast<double>(bytes) / done);
}

}  // namespace

int main(int argc, char** argv) {
  const auto devices = static_cast<std::uint32_t>(argc > 1 ? std::atoi(argv[1]) : 10'000);
  const auto batches = static_cast<std::size_t>(argc > 2 ? std::atof(argv[2]) * 1e6 / batch : 40);
  fmt::print("{} devices, seed {}, an observation is {} bytes\n", devices, seed, sizeof(Observation));
  const std::string_view part = argc > 3 ? argv[3] : "";
  if (part.empty() || part == "engine") bench_engine(devices, batches);
  if (part.empty() || part == "families") bench_families(devices, batches);
  if (part.empty() || part == "entries") {
    bench_entries(devices, 2 * batch, false);
    bench_entries(devices, 2 * batch, true);
  }
}
