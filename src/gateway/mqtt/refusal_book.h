#pragma once
// Every refusal is counted; what the ledger and the operator's eyes get of a flood of them is limited.
#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/metrics.h"
#include "gateway/mqtt/broker.h"
#include "ledger/entry.h"

namespace outrider::gateway::mqtt {

// One a loop. refuse() and flush() on the loop's thread; counts() and newest() on any.
class RefusalBook {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Append = std::function<void(ledger::Draft)>;
  static constexpr std::size_t kept_max = 64;  // for people; a screen or three

  // `strangers`: the log for refusals of connections that are nobody's yet; empty: they are only counted.
  RefusalBook(Metrics& metrics, const Limits& limits, Append append, FleetId strangers = FleetId());

  // Counts it under its rule. When the fleet is known it becomes an entry facts::AccessRefused: at once, or together
  // with others of the same device, action and rule when the interval since the last such entry is over. When it is not
  // known it becomes a facts::AdmissionRefused in the same way, by rule alone.
  void refuse(Refusal refusal, Time now);
  // Counts without an entry, for what has an entry of its own (facts::ReportRefused).
  void count(Refusal refusal);
  // Writes the entries whose interval is over; with `all`, every one that stands for something.
  void flush(Time now, bool all);

  void add_counts(std::map<std::string, std::uint64_t>& sum) const;
  void add_newest(std::vector<Refusal>& out) const;

 private:
  // Refusals of the same device, action and rule since the last entry.
  struct Pending {
    Refusal last;
    std::uint64_t count = 0;
    std::array<std::uint64_t, 8> objects{};  // a bit each, by hash: how many different ones they were for
    Time next;                               // when the next entry may be written
  };
  void write(Pending& pending, Time now);

  Metrics& metrics_;
  const Limits& limits_;
  Append append_;
  FleetId strangers_;
  std::unordered_map<std::string, Pending> pending_;
  std::unordered_map<std::string, Counter> counters_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, std::uint64_t> counts_;
  std::deque<Refusal> kept_;  // newest first
};

}  // namespace outrider::gateway::mqtt
