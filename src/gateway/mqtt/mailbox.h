#pragma once
// How the ledger's answers come home to a loop: many with one wake-up.
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "net/loop.h"

namespace outrider::gateway::mqtt {

// Names a session among all loops and for ever.
using SessionId = std::uint64_t;
// Its upper bits are the loop it lives on.
inline constexpr unsigned session_loop_shift = 48;

struct Message;  // topics/message.h

// What an append is for, and then how it ended.
struct Completion {
  SessionId session = 0;
  std::uint64_t sequence = 0;              // of AckQueue; 0: nobody waits for it
  bool report = false;                     // something the client published, not an entry of our own
  std::shared_ptr<const Message> message;  // to be routed when it is durable
  // Of a kept session, what the store must hear of at the same time:
  std::uint64_t kept = 0;
  std::uint16_t exchange = 0;  // its exchange of that packet identifier is settled
  bool will = false;           // its will is published
  std::optional<Error> error;
};

// Shared by a loop and the appends under way. put() may be called from any thread; `take` runs on the loop.
class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  using Take = std::function<void(std::vector<Completion>)>;
  Mailbox(net::Loop& loop, Take take) : loop_(loop), take_(std::move(take)) {}

  void put(Completion completion);
  // Nothing is taken afterwards. On the loop's thread.
  void close() { take_ = nullptr; }

 private:
  net::Loop& loop_;
  Take take_;  // the loop's thread only
  std::mutex mutex_;
  bool woken_ = false;
  std::vector<Completion> completions_;
};

}  // namespace outrider::gateway::mqtt
