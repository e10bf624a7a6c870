#pragma once
#include <mutex>
#include <string>
#include <string_view>

#include "base/log.h"

namespace outrider::sim {

// What people should hear of while a run goes on: refusals with the server's reason, servers that cannot be reached.
// At most a few lines a second; what was left out is counted in the next one. Goes to standard error, past a progress
// bar if there is one. Thread-safe.
class Notices {
 public:
  void say(std::string_view device, std::string_view what, std::string_view why);
  // Width of the progress line on the terminal that has to be wiped before a notice; 0 for none.
  void set_progress_width(std::size_t columns);

 private:
  log::Throttle throttle_{5};
  std::mutex mutex_;
  std::size_t progress_width_ = 0;
};

}  // namespace outrider::sim
