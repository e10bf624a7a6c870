#include "fleet/registry/commit.h"

namespace outrider::fleet {

bool Commit::append(ledger::Ledger& ledger, ledger::Draft draft, std::size_t place) {
  {
    const std::lock_guard lock(mutex_);
    ++pending_;
    appending_ = true;
  }
  ++health_->outstanding;
  ledger.append(std::move(draft), [self = shared_from_this(), place](Result<std::uint64_t> answer) {
    self->settle(place, std::move(answer));
  });
  const std::lock_guard lock(mutex_);
  appending_ = false;
  return outcomes_[place].has_value();
}

void Commit::settle(std::size_t place, Result<std::uint64_t> answer) {
  Finish finish;
  std::vector<Result<void>> outcomes;
  {
    const std::lock_guard lock(mutex_);
    if (!answer) {
      // Refused before append returned: nothing was applied. Otherwise memory may be ahead of the ledger.
      const bool at_once = appending_ && std::this_thread::get_id() == decider_;
      if (!at_once) health_->failed = true;
      outcomes_[place] = std::unexpected(std::move(answer).error());
    }
    if (--pending_ == 0) {
      finish = std::move(finish_);
      outcomes = std::move(outcomes_);
    }
  }
  --health_->outstanding;
  if (finish) finish(std::move(outcomes));
}

void Commit::refuse(std::size_t place, Error error) {
  const std::lock_guard lock(mutex_);
  outcomes_[place] = std::unexpected(std::move(error));
}

void Commit::close() {
  Finish finish;
  std::vector<Result<void>> outcomes;
  {
    const std::lock_guard lock(mutex_);
    if (--pending_ == 0) {
      finish = std::move(finish_);
      outcomes = std::move(outcomes_);
    }
  }
  if (finish) finish(std::move(outcomes));
}

}  // namespace outrider::fleet
