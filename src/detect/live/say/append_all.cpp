#include "detect/live/say/append_all.h"

#include <future>

namespace outrider::detect {

std::vector<Refused> append_all(ledger::Ledger& ledger, const std::vector<ledger::Draft>& drafts) {
  std::vector<std::future<Result<std::uint64_t>>> pending;
  pending.reserve(drafts.size());
  for (const auto& draft : drafts) {
    std::promise<Result<std::uint64_t>> promise;
    pending.push_back(promise.get_future());
    ledger.append(draft, [promise = std::move(promise)](Result<std::uint64_t> number) mutable {
      promise.set_value(std::move(number));
    });
  }
  std::vector<Refused> refused;
  for (std::size_t i = 0; i < drafts.size(); ++i)
    if (auto number = pending[i].get(); !number) refused.push_back({drafts[i], std::move(number).error()});
  return refused;
}

}  // namespace outrider::detect
