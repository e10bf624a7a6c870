#include "respond/notify/courier.h"

#include <fmt/format.h>

#include <algorithm>

namespace outrider::respond {
namespace {

// A receiver that does not answer keeps one of them busy for 20 seconds a letter, and never a second one.
constexpr std::size_t threads = 4;

}  // namespace

std::string_view Letter::receiver() const {
  const std::string_view all = url;
  const auto begin = all.find("://");
  if (begin == std::string_view::npos) return {};
  const auto authority = all.substr(begin + 3);
  return authority.substr(0, authority.find_first_of("/?#"));
}

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
  const bool ran = !threads_.empty();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  std::deque<Letter> left;
  {
    const std::lock_guard lock(mutex_);
    left.swap(waiting_);
    of_receiver_.clear();
  }
  if (!ran) return;  // nobody was promised an answer
  for (const Letter& letter : left)
    delivered_(letter, {Posted::Fate::untried, "the server stopped before it was sent"});
}

bool Courier::full(const Letter& letter) const {
  return waiting_.size() >= letters_max || of_receiver_.count(letter.receiver()) >= letters_of_receiver_max;
}

bool Courier::has_room(const Letter& letter) const {
  const std::lock_guard lock(mutex_);
  return !stopping_ && !full(letter);
}

Result<void> Courier::take(Letter letter) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return fail(Errc::unavailable, "stopping", "the server is stopping");
    if (full(letter))
      return fail(Errc::overloaded, "too-many", "too many notifications wait already, in all or for this receiver");
    of_receiver_.emplace(letter.receiver());
    waiting_.push_back(std::move(letter));
  }
  changed_.notify_one();
  return {};
}

// The oldest whose receiver nobody talks to.
std::deque<Letter>::iterator Courier::next() {
  return std::ranges::find_if(waiting_, [&](const Letter& letter) { return !busy_.contains(letter.receiver()); });
}

void Courier::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto found = next();
    if (found == waiting_.end()) {
      changed_.wait(lock);
      continue;
    }
    const Letter letter = std::move(*found);
    waiting_.erase(found);
    of_receiver_.erase(of_receiver_.find(letter.receiver()));
    busy_.emplace(letter.receiver());
    lock.unlock();
    const Posted posted = carry_(letter);
    if (posted.fate != Posted::Fate::broken_off) delivered_(letter, posted);
    lock.lock();
    busy_.erase(busy_.find(letter.receiver()));
    changed_.notify_one();  // another letter may be for the same receiver
  }
}

}  // namespace outrider::respond
