#pragma once
// Waits for the entries of one decision. Private to the room.
//
// The ledger answers for each draft on its own thread, or before append returns; the caller is answered once, when all
// have been and the deciding call has let go of the registry's lock (close()).
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/result.h"
#include "ledger/ledger.h"

namespace outrider::fleet {

// How the ledger is doing, shared with answers that may come after the registry is gone.
struct LedgerHealth {
  std::atomic<std::uint64_t> outstanding{0};  // drafts handed over and not answered
  std::atomic<bool> failed{false};            // an entry that memory already shows did not become durable
};

class Commit : public std::enable_shared_from_this<Commit> {
 public:
  using Finish = std::move_only_function<void(std::vector<Result<void>>)>;

  // `outcomes` has one place for each draft to come (and for those refused already).
  Commit(std::shared_ptr<LedgerHealth> health, std::vector<Result<void>> outcomes, Finish finish)
      : health_(std::move(health)), outcomes_(std::move(outcomes)), finish_(std::move(finish)) {}

  // Appends; the answer goes to outcomes[place]. False when the ledger has refused it already. With the lock held.
  bool append(ledger::Ledger& ledger, ledger::Draft draft, std::size_t place);
  // A draft that is not appended at all.
  void refuse(std::size_t place, Error error);
  // After the registry's lock is released: answers when everything is in.
  void close();

 private:
  void settle(std::size_t place, Result<std::uint64_t> answer);

  const std::shared_ptr<LedgerHealth> health_;
  const std::thread::id decider_ = std::this_thread::get_id();
  std::mutex mutex_;  // guards the rest
  std::vector<Result<void>> outcomes_;
  std::size_t pending_ = 1;  // 1: the deciding call
  bool appending_ = false;   // between the begin and the end of Ledger::append
  Finish finish_;
};

}  // namespace outrider::fleet
