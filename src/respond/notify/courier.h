#pragma once
// Carries notifications: webhooks and mail, on threads of its own, each letter once. Who hears of the outcome decides
// whether and when it is tried again, and writes that down (act/desk_notify.cpp).
//
// Life cycle: make it, set the receiver of outcomes with on_delivered, start(), stop(). At stop() letters that wait
// come back as untried; of a letter that was on its way when it may have arrived nothing is said.
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <set>
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

  // Whom it needs: the URL's host and port, or nothing for the mail server.
  std::string_view receiver() const;
};

inline constexpr std::size_t letters_max = 1'000;            // that wait
inline constexpr std::size_t letters_of_receiver_max = 100;  // one that does not answer leaves room for the others

class Courier {
 public:
  using Delivered = std::function<void(const Letter&, const Posted&)>;
  // `carry` sends one letter once; empty: by HTTPS and SMTP.
  using Carry = std::function<Posted(const Letter&)>;

  explicit Courier(PostOptions options, Carry carry = {});
  ~Courier();
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  void on_delivered(Delivered delivered) { delivered_ = std::move(delivered); }
  void start();
  void stop();
  // overloaded ("too-many") when too many wait, in all or for its receiver.
  Result<void> take(Letter letter);
  bool has_room(const Letter& letter) const;

 private:
  void run();
  std::deque<Letter>::iterator next();
  bool full(const Letter& letter) const;

  const PostOptions options_;
  Carry carry_;
  Delivered delivered_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Letter> waiting_;
  std::multiset<std::string, std::less<>> of_receiver_;  // receivers of those that wait
  std::set<std::string, std::less<>> busy_;              // receivers that are being talked to
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

}  // namespace outrider::respond
