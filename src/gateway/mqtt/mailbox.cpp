#include "gateway/mqtt/mailbox.h"

#include <utility>

namespace outrider::gateway::mqtt {

void Mailbox::put(Completion completion) {
  {
    const std::lock_guard lock(mutex_);
    completions_.push_back(std::move(completion));
    if (std::exchange(woken_, true)) return;
  }
  loop_.post([self = shared_from_this()] {
    std::vector<Completion> all;
    {
      const std::lock_guard lock(self->mutex_);
      self->woken_ = false;
      all.swap(self->completions_);
    }
    if (self->take_) self->take_(std::move(all));
  });
}

}  // namespace outrider::gateway::mqtt
