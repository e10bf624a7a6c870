#pragma once
#include <signal.h>

#include <chrono>

namespace outrider::cli {

// Holds back SIGINT, SIGTERM, SIGHUP and SIGCHLD while it lives, so that they arrive where they are waited for and
// nowhere else. One thread.
class Signals {
 public:
  enum class Wake : unsigned char { time, stop, child };

  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  // Returns when one has come, or after `at_most` (0: looks only).
  Wake wait(std::chrono::milliseconds at_most);

 private:
  sigset_t held_{};
  sigset_t before_{};
};

}  // namespace outrider::cli
