#pragma once
// How the ledger's answers come home to a loop: many with one wake-up.
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "ledger/ledger.h"
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
  std::uint64_t exchange = 0;  // its exchange of that number is settled
  std::uint64_t will = 0;      // this one is published; of whatever session
  std::optional<Error> error;
};

// Shared by a loop and its appends under way. What an append is for waits here, on the loop, and only a number goes to
// the ledger and back: no allocation a report, and nothing is freed on another thread.
class Mailbox final : public ledger::Recipient, public std::enable_shared_from_this<Mailbox> {
 public:
  using Take = std::function<void(std::span<Completion>)>;
  // `take` runs on the loop with those that have ended, in the order of their appends.
  Mailbox(net::Loop& loop, Take take) : loop_(loop), take_(std::move(take)) {}

  // The token of its append. On the loop's thread, as close().
  std::uint64_t keep(Completion completion);
  void appended(std::span<const ledger::Receipt> receipts) override;
  // Nothing is taken afterwards.
  void close() { take_ = nullptr; }

 private:
  struct Answer {
    std::uint64_t token = 0;
    std::unique_ptr<Error> error;
  };
  void open();

  net::Loop& loop_;
  // The loop's thread only:
  Take take_;
  std::vector<Completion> kept_;     // by token
  std::vector<std::uint64_t> free_;  // tokens
  std::vector<Answer> opened_;
  std::vector<Completion> ended_;

  std::mutex mutex_;
  bool woken_ = false;
  std::vector<Answer> answers_;
};

}  // namespace outrider::gateway::mqtt
