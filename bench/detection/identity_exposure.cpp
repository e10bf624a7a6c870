// Connections of observed cells (imsi_exposure): does a cell that asks for identities stand out, and does an honest one
// not?
//   bench_detection_identity_exposure DATA
// Each capture is one cell, each connection a device that comes onto it. The fleet has seen the benign captures other
// than the one that is judged (leave one out), nothing is known of places. A capture is flagged when rogue-base-station
// becomes a ticket for at least one device (risk ≥ 7 nats); the largest risk is printed, too.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bench/detection/table.h"
#include "detect/engine/engine.h"

using namespace outrider;

namespace {

struct Connection {
  double at_s;
  std::string message;
};
struct Capture {
  bool attack = false;
  std::vector<Connection> connections;
};

struct Result {
  float risk = 0;
  int tickets = 0, exposed = 0;
};

Result play(detect::Engine& engine, const std::string& name, const Capture& capture, std::uint64_t cell,
            double start_s) {
  detect::Contract contract;
  contract.profile = "phone";
  const auto profile = engine.add_contract(contract);
  Result result;
  std::vector<detect::Finding> findings;
  for (std::size_t i = 0; i < capture.connections.size(); ++i) {
    const auto& connection = capture.connections[i];
    detect::Observation observation{.what = detect::What::report, .entry = i + 1};
    observation.device = engine.add_device(fmt::format("{}-{}", name, i), profile);
    observation.received_s = observation.measured_s = start_s + connection.at_s;
    auto& reading = observation.reading;
    reading.rat = name.find("gsm") != std::string::npos ? detect::Radio::gsm : detect::Radio::lte;
    reading.mcc = 1;
    reading.mnc = 1;
    reading.cell = cell;
    const bool asked = connection.message == "Identity Request", rejected = !asked && !connection.message.empty();
    reading.identity_request = asked ? detect::Truth::yes : detect::Truth::no;
    reading.reject = rejected ? detect::Truth::yes : detect::Truth::no;
    result.exposed += asked || rejected;
    findings.clear();
    engine.observe(observation, findings);
    // What is below a ticket shows in no finding, but in the memory.
    if (const auto* suspect = std::as_const(engine).memory().radio.suspect({1, 1, 0, cell}))
      result.risk = std::max(result.risk, suspect->of(detect::Sign::identity));
    for (const auto& finding : findings) {
      if (finding.threat != detect::Threat::rogue_base_station) continue;
      result.risk = std::max(result.risk, finding.risk);
      ++result.tickets;
    }
  }
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return fmt::print(stderr, "usage: {} DATA\n", argv[0]), 2;
  const auto table = bench::read_table(std::filesystem::path(argv[1]) / "imsi_exposure" / "connections.csv");
  std::map<std::string, Capture> captures;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    auto& capture = captures[table.rows[row][0]];
    capture.attack = table.rows[row][1] == "1";
    capture.connections.push_back({table.number(row, 2), table.rows[row][4]});
  }
  int flagged_attacks = 0, attacks = 0, flagged_benign = 0, benign = 0;
  for (const auto& [name, capture] : captures) {
    detect::Engine engine;
    double start_s = 1.6e9;
    std::uint64_t cell = 1;
    for (const auto& [other, before] : captures)
      if (!before.attack && other != name) play(engine, other, before, ++cell, start_s += 7 * 86'400);
    const auto result = play(engine, name, capture, 1, start_s + 7 * 86'400);
    fmt::print("{:<52} {:<7} {:>5} connections, {:>3} exposing: {} tickets, largest risk {:.1f} nats\n", name,
               capture.attack ? "attack" : "benign", capture.connections.size(), result.exposed, result.tickets,
               result.risk);
    (capture.attack ? attacks : benign) += 1;
    (capture.attack ? flagged_attacks : flagged_benign) += result.tickets > 0;
  }
  fmt::print("attack captures flagged {} of {}, benign captures flagged {} of {}\n", flagged_attacks, attacks,
             flagged_benign, benign);
  return flagged_benign == 0 ? 0 : 1;
}
