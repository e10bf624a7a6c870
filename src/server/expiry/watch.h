#pragma once
// Expiry is never a surprise: watches over the ends of every certificate of ours and of the devices' identities.
//
// look() goes over all of them: sets the metrics' values, makes an entry `certificate.ending` for each that has reached
// a stage (stages.h) it had not reached before, and remembers what to show. Once per certificate and stage, whatever
// happens in between: what was said is read back from the ledger's projection. look() is called by one thread, now and
// then; everything else by any.
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "api/expiry.h"
#include "base/metrics.h"
#include "fleet/expiry/endings.h"
#include "ledger/ledger.h"
#include "server/expiry/ca_files.h"
#include "server/expiry/stages.h"

namespace outrider::server {

// A pass makes at most this many entries about devices of a fleet; the next one goes on.
inline constexpr std::size_t device_entries_max = 1000;

class ExpiryWatch {
 public:
  struct Rooms {
    std::filesystem::path ca;
    ledger::Ledger& ledger;
    const fleet::Endings& endings;
    Metrics& metrics;
    const Clock& clock;
    std::function<std::vector<FleetId>()> fleets;
    FleetId server_log;
  };
  explicit ExpiryWatch(Rooms rooms) : rooms_(std::move(rooms)) {}

  void look();
  // What the last look found.
  api::Expiry found() const;
  // Certificates without which nobody can connect and that have ended, a sentence each.
  std::vector<std::string> problems() const;
  // Those that end soon, a sentence each.
  std::vector<std::string> warnings() const;
  // Sets the gauges: seconds pass between two looks.
  void measure() const;

 private:
  void look_at_certificates(Timestamp now);
  void look_at_devices(const FleetId& fleet, Timestamp now);
  // Makes the entry unless there is one for that stage or a later one.
  bool notice(const FleetId& log, const std::string& role, const std::string& name, const std::string& serial,
              Timestamp not_after, std::chrono::hours stage, std::optional<std::chrono::seconds> noticed);

  const Rooms rooms_;
  std::set<std::string> said_;  // "log/serial/stage" of this process: the projection may lag a little
  mutable std::mutex mutex_;    // guards the rest
  std::vector<api::CertificateEnd> certificates_;  // those that end first first
  std::map<FleetId, fleet::EndingCounts> devices_;
};

}  // namespace outrider::server
