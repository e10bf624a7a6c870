#pragma once
// Looks for RSA keys of devices that share a prime, a little at a time: all identities of all fleets once after a
// start, and those issued since. A pair that is found is an entry identity.suspected of each of the two, a gauge
// (outrider_keys_with_shared_factors) and a line in the log; both keys can be computed by anybody who has both
// certificates. Said again at every start, as long as either identity is good.
//
// issued() may be called from any thread; step() from one at a time.
#include <chrono>
#include <deque>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "crypto/weakness/shared_factors.h"
#include "fleet/registry/registry.h"
#include "ledger/ledger.h"

namespace outrider::server {

class FactorWatch {
 public:
  // Processor time of one step; there is one a minute.
  static constexpr std::chrono::milliseconds budget{1'000};

  FactorWatch(fleet::Registry& registry, const ledger::Ledger& ledger, Metrics& metrics);

  // A certificate that was issued just now.
  void issued(const FleetId& fleet, const DeviceId& device, const std::string& serial, Bytes certificate);
  // Goes on where it stopped, for `budget`. True when nothing is left to do.
  bool step();

 private:
  struct Candidate {
    FleetId fleet;
    DeviceId device;
    std::string serial;
    Bytes certificate;
  };
  bool next_of_queue(Candidate& out);
  // The next page of what was issued before the start; false at the end.
  bool scan_page();
  void judge(const Candidate& candidate);
  void report(const Candidate& candidate, const std::string& other);

  fleet::Registry& registry_;
  const ledger::Ledger& ledger_;
  Gauge found_;
  crypto::SharedFactors factors_;
  std::set<std::string> suspected_;  // "fleet/serial"
  // The scan: fleets still to look at, the last serial of the page before, and the page's identities.
  std::vector<FleetId> fleets_;
  bool scanning_ = false;
  bool scanned_ = false;
  std::string after_;
  std::deque<fleet::Identity> page_;

  std::mutex mutex_;  // guards the queue
  std::deque<Candidate> queue_;
};

}  // namespace outrider::server
