#pragma once
// Carries notifications: webhooks and mail, on threads of its own, again and again until they arrive or are given up.
//
// Life cycle: make it, set the receiver of outcomes with on_delivered, start(), stop(). What has not arrived at stop()
// is forgotten: its intent stands in the ledger, and it is sent once more at the next start.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "respond/notify/post.h"

namespace outrider::respond {

// One notification on its way.
struct Letter {
  FleetId fleet;
  std::string id;    // the response's; the receiver knows a repetition by it
  std::string body;  // JSON
  std::string url;   // webhook; else mail
  std::vector<std::string> to;
  std::string subject;
};

struct Delivery {
  bool arrived = false;
  std::string detail;
  std::uint64_t tries = 0;
};

// Pauses before the second and later tries: a receiver that restarts is back within a minute, one that is repaired
// within a quarter of an hour.
inline constexpr std::array<std::chrono::milliseconds, 5> retry_pauses{
    std::chrono::seconds{1}, std::chrono::seconds{5}, std::chrono::seconds{30}, std::chrono::minutes{2},
    std::chrono::minutes{10}};
inline constexpr std::size_t letters_max = 10'000;  // under way; more are refused, and their steps fail

class Courier {
 public:
  using Delivered = std::function<void(const Letter&, const Delivery&)>;
  // `carry` sends one letter once; empty: by HTTPS and SMTP.
  using Carry = std::function<Posted(const Letter&)>;

  explicit Courier(PostOptions options, Carry carry = {});
  ~Courier();
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  void on_delivered(Delivered delivered) { delivered_ = std::move(delivered); }
  void start();
  void stop();
  // overloaded ("too-many") when too many are under way.
  Result<void> take(Letter letter);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Journey {
    Letter letter;
    std::uint64_t tries = 0;
  };
  void run();
  void go(Journey journey);

  const PostOptions options_;
  Carry carry_;
  Delivered delivered_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<Time, Journey> waiting_;
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

}  // namespace outrider::respond
