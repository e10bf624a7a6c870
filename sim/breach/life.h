#pragma once
// The ordinary life of the fleet while it is attacked: this program again, as a process of its own.
#include <sys/types.h>

#include <filesystem>

#include "base/result.h"
#include "sim/run/counters.h"
#include "sim/run/settings.h"
#include "sim/stage/order.h"

namespace outrider::sim {

class Life {
 public:
  // Starts it; it dies with us.
  static Result<Life> begin(const RunSettings& settings);
  Life(Life&& other) noexcept;
  Life& operator=(Life&&) = delete;
  ~Life();  // asks it to end and waits

  // Lets something befall its devices; for a fleet that takes orders.
  Result<void> tell(const Order& order) const;
  // How it is; nothing while it has not said anything. An Error: it has ended.
  Result<std::optional<Summary>> look() const;

 private:
  Life(pid_t pid, int orders, std::filesystem::path status) : pid_(pid), orders_(orders), status_(std::move(status)) {}
  pid_t pid_ = -1;
  int orders_ = -1;  // its standard input
  std::filesystem::path status_;
};

}  // namespace outrider::sim
