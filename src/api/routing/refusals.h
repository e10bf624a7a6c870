#pragma once
// The last refusals, for people who look at the server's status: what was refused, to whom, by which rule.
//
// A projection without tables: it is handed the entries by the Projector and keeps a few in memory. After a start it
// knows those that came since. Threads: apply and its kin on the Projector's thread, newest() on any.
#include <boost/describe.hpp>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "base/time.h"
#include "fleet/projection/projection.h"

namespace outrider::api {

struct Refusal {
  Timestamp time;
  FleetId fleet;
  std::string device;   // as claimed; may not exist
  std::string address;  // may be unknown
  std::string action;   // connect, publish, subscribe, report, enrol
  std::string rule;     // slug of the rule that refused
  std::string detail;
  std::uint64_t count = 1;  // refusals this one stands for
};
BOOST_DESCRIBE_STRUCT(Refusal, (), (time, fleet, device, address, action, rule, detail, count))

class Refusals final : public fleet::Projection {
 public:
  static constexpr std::size_t kept_max = 20;  // as many as fit on a screen

  // Newest first.
  std::vector<Refusal> newest() const;

  std::string_view name() const override { return "recent-refusals"; }
  Result<void> apply(store::Session& session, fleet::DecodedEntry& entry) override;
  Result<void> flush(store::Session& session) override;
  void committed() override;
  void rolled_back() override;

 private:
  std::vector<Refusal> batch_;
  mutable std::mutex mutex_;
  std::deque<Refusal> kept_;  // newest first
};

}  // namespace outrider::api
