#include "gateway/mqtt/topics/retained.h"

#include <fmt/format.h>

#include <mutex>

#include "wire/mqtt/topic.h"

namespace outrider::gateway::mqtt {

namespace {

constexpr std::size_t page_bytes = 1024UL * 1024;

}  // namespace

Result<void> Retained::check(std::string_view topic, std::size_t bytes) const {
  const std::shared_lock lock(mutex_);
  const auto found = messages_.find(topic);
  const std::size_t freed = found == messages_.end() ? 0 : found->second->bytes();
  if (found == messages_.end() && messages_.size() >= messages_max_)
    return fail(Errc::overloaded, "too-many-retained",
                fmt::format("the fleet has {} retained messages and may have no more", messages_.size()));
  if (bytes_ - freed + bytes > bytes_max_)
    return fail(Errc::overloaded, "too-many-retained",
                fmt::format("the fleet's retained messages may have {} bytes in all", bytes_max_));
  return {};
}

void Retained::erase(Map::iterator at) {
  bytes_ -= at->second->bytes();
  messages_.erase(at);
}

void Retained::set(std::shared_ptr<const Message> message) {
  const std::unique_lock lock(mutex_);
  const std::string topic(message->topic());
  if (const auto found = messages_.find(topic); found != messages_.end()) erase(found);
  if (message->content.payload.empty()) return;
  bytes_ += message->bytes();
  messages_.emplace(topic, std::move(message));
}

void Retained::remove(std::string_view topic) {
  const std::unique_lock lock(mutex_);
  if (const auto found = messages_.find(topic); found != messages_.end()) erase(found);
}

bool Retained::match(std::string_view filter, std::string_view after, std::size_t count_max, Timestamp now,
                     std::vector<std::shared_ptr<const Message>>& out) const {
  const std::shared_lock lock(mutex_);
  // All that match begin with what stands before the first wildcard; "a/#"
  // matches "a" too.
  const auto wild = filter.find_first_of("+#");
  if (wild == std::string_view::npos) {
    if (const auto found = messages_.find(filter); found != messages_.end() && !found->second->expired(now))
      out.push_back(found->second);
    return false;
  }
  auto prefix = filter.substr(0, wild);
  if (prefix.ends_with('/')) prefix.remove_suffix(1);
  std::size_t count = 0;
  std::size_t bytes = 0;
  auto at = after.empty() ? messages_.lower_bound(prefix) : messages_.upper_bound(after);
  for (; at != messages_.end() && at->first.starts_with(prefix); ++at) {
    if (!wire::mqtt::matches(filter, at->first) || at->second->expired(now)) continue;
    if (count == count_max || bytes >= page_bytes) return true;
    ++count;
    bytes += at->second->bytes();
    out.push_back(at->second);
  }
  return false;
}

std::vector<std::string> Retained::of(const DeviceId& publisher) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string> out;
  for (const auto& [topic, message] : messages_)
    if (message->publisher == publisher) out.push_back(topic);
  return out;
}

std::vector<std::string> Retained::expired(Timestamp now) const {
  const std::shared_lock lock(mutex_);
  std::vector<std::string> out;
  for (const auto& [topic, message] : messages_)
    if (message->expired(now)) out.push_back(topic);
  return out;
}

std::size_t Retained::size() const {
  const std::shared_lock lock(mutex_);
  return messages_.size();
}

}  // namespace outrider::gateway::mqtt
