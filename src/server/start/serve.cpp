// `outrider serve`: a Server from the first to the second signal.
#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <ctime>
#include <future>
#include <stop_token>
#include <thread>

#include "base/log.h"
#include "server/server.h"
#include "server/upkeep/notify.h"

namespace outrider::server {
namespace {

constexpr int exit_by_signal = 128;  // the shell's convention: 128 + signal number
constexpr std::chrono::nanoseconds look_interval = std::chrono::milliseconds{200};  // for the end of the watcher itself

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

// Takes the stop signals away from every thread started from now on, and gives them to a thread that waits for them.
class SignalWatcher {
 public:
  SignalWatcher() : asked_(promise_.get_future()) {
    const sigset_t set = stop_signals();
    pthread_sigmask(SIG_BLOCK, &set, &before_);
    thread_ = std::jthread([this](const std::stop_token& end) { watch(end); });
  }
  ~SignalWatcher() {
    thread_.request_stop();
    thread_.join();
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

  // From now on the first signal asks, and only the second ends the process.
  void ready() { ready_ = true; }
  int wait() { return asked_.get(); }

 private:
  static int next_signal(const std::stop_token& end) {
    const sigset_t set = stop_signals();
    const timespec patience{.tv_sec = 0, .tv_nsec = look_interval.count()};
    while (!end.stop_requested()) {
      const int signal = sigtimedwait(&set, nullptr, &patience);
      if (signal > 0) return signal;
    }
    return 0;
  }

  void watch(const std::stop_token& end) {
    const int first = next_signal(end);
    if (first == 0) return;
    // While starting nothing has been promised to anybody, and the ledger survives any end.
    if (!ready_) ::_exit(exit_by_signal + first);
    promise_.set_value(first);
    const int second = next_signal(end);
    if (second != 0) ::_exit(exit_by_signal + second);
  }

  sigset_t before_{};
  std::promise<int> promise_;
  std::future<int> asked_;
  std::atomic<bool> ready_{false};
  std::jthread thread_;
};

}  // namespace

Result<void> serve(LoadedConfig loaded, Progress progress, const std::function<void(const Addresses&)>& ready) {
  SignalWatcher signals;
  TRY(const auto server, Server::start(std::move(loaded), std::move(progress)));
  signals.ready();
  if (ready) ready(server->addresses());
  notify_service_manager("READY=1");
  const int signal = signals.wait();
  log::info("stopping", {{"signal", signal}});
  notify_service_manager("STOPPING=1");
  server->stop();
  return {};
}

}  // namespace outrider::server
