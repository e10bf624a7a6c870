#include "cli/quickstart/signals.h"

namespace outrider::cli {

Signals::Signals() {
  ::sigemptyset(&held_);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) ::sigaddset(&held_, number);
  ::pthread_sigmask(SIG_BLOCK, &held_, &before_);
}

Signals::~Signals() {
  // What came late must not kill us now that all is done.
  while (wait(std::chrono::milliseconds{0}) != Wake::time) {
  }
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

Signals::Wake Signals::wait(std::chrono::milliseconds at_most) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at_most);
  timespec time{};
  time.tv_sec = seconds.count();
  time.tv_nsec = std::chrono::nanoseconds(at_most - seconds).count();
  const int number = ::sigtimedwait(&held_, nullptr, &time);
  if (number < 0) return Wake::time;
  return number == SIGCHLD ? Wake::child : Wake::stop;
}

}  // namespace outrider::cli
