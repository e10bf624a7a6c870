#include "gateway/mqtt/loops/mailbox.h"

#include <utility>

namespace outrider::gateway::mqtt {

std::uint64_t Mailbox::keep(Completion completion) {
  if (free_.empty()) {
    kept_.push_back(std::move(completion));
    return kept_.size() - 1;
  }
  const std::uint64_t token = free_.back();
  free_.pop_back();
  kept_[token] = std::move(completion);
  return token;
}

void Mailbox::appended(std::span<const ledger::Receipt> receipts) {
  {
    const std::lock_guard lock(mutex_);
    for (const ledger::Receipt& receipt : receipts)
      answers_.push_back({receipt.token, receipt.error == nullptr ? nullptr : std::make_unique<Error>(*receipt.error)});
    if (std::exchange(woken_, true)) return;
  }
  loop_.post([self = shared_from_this()] { self->open(); });
}

void Mailbox::open() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = false;
    opened_.swap(answers_);
  }
  for (Answer& answer : opened_) {
    Completion& completion = ended_.emplace_back(std::move(kept_[answer.token]));
    if (answer.error) completion.error = std::move(*answer.error);
    free_.push_back(answer.token);
  }
  opened_.clear();
  if (take_) take_(ended_);
  ended_.clear();
}

}  // namespace outrider::gateway::mqtt
