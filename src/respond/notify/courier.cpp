#include "respond/notify/courier.h"

#include <fmt/format.h>

#include "base/json.h"

namespace outrider::respond {
namespace {

// Two, so that one receiver that does not answer holds nobody else up.
constexpr std::size_t threads = 2;

}  // namespace

Courier::Courier(PostOptions options, Carry carry) : options_(std::move(options)), carry_(std::move(carry)) {
  if (carry_) return;
  carry_ = [this](const Letter& letter) {
    return letter.url.empty() ? post_mail(options_, {letter.id, letter.to, letter.subject, letter.body}, stopping_)
                              : post_webhook(options_, {letter.id, letter.url, letter.body}, stopping_);
  };
}

Courier::~Courier() {
  stop();
}

void Courier::start() {
  stopping_ = false;
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

void Courier::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  waiting_.clear();
}

Result<void> Courier::take(Letter letter) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= letters_max)
    return fail(Errc::overloaded, "too-many", fmt::format("{} notifications are under way already", letters_max));
  waiting_.emplace(std::chrono::steady_clock::now(), Journey{std::move(letter)});
  changed_.notify_one();
  return {};
}

void Courier::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waiting_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto next = waiting_.begin();
    if (next->first > std::chrono::steady_clock::now()) {
      const Time due = next->first;  // the place may be gone when we wake
      changed_.wait_until(lock, due);
      continue;
    }
    Journey journey = std::move(next->second);
    waiting_.erase(next);
    lock.unlock();
    go(std::move(journey));
    lock.lock();
  }
}

void Courier::go(Journey journey) {
  const Posted posted = carry_(journey.letter);
  ++journey.tries;
  if (stopping_ && posted.fate != Posted::Fate::arrived) return;
  const bool again = posted.fate == Posted::Fate::try_again && journey.tries <= retry_pauses.size();
  if (again) {
    const auto due = std::chrono::steady_clock::now() + retry_pauses.at(journey.tries - 1);
    const std::lock_guard lock(mutex_);
    waiting_.emplace(due, std::move(journey));
    changed_.notify_one();
    return;
  }
  delivered_(journey.letter, {posted.fate == Posted::Fate::arrived, posted.detail, journey.tries});
}

}  // namespace outrider::respond
