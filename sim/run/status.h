#pragma once
#include <chrono>
#include <string>

#include "sim/run/counters.h"
#include "sim/run/notices.h"
#include "sim/run/settings.h"

namespace outrider::sim {

// Shows a run while it goes on: a progress bar or a line of counters on a terminal, plain lines now and then elsewhere
// (standard error in both cases), and the status file. One thread.
class Status {
 public:
  Status(const RunSettings& settings, const Counters& counters, Notices& notices, std::size_t devices);

  // To be called a few times a second.
  void show(const Summary& now);
  // Clears the progress line and leaves the last word in the status file.
  void finish(const Summary& last);

 private:
  std::string line(const Summary& now) const;
  void write_file(const Summary& now);

  const RunSettings& settings_;
  const Counters& counters_;
  Notices& notices_;
  const std::size_t devices_;
  const bool terminal_;
  std::size_t width_ = 0;
  std::uint64_t acknowledged_before_ = 0;
  std::uint64_t enrolled_before_ = 0;
  double acknowledged_rate_ = 0;
  double enrolled_rate_ = 0;
  std::chrono::steady_clock::time_point rate_at_;
  std::chrono::steady_clock::time_point line_at_;
  std::chrono::steady_clock::time_point file_at_;
};

}  // namespace outrider::sim
