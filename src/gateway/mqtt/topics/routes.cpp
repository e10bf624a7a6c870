#include "gateway/mqtt/topics/routes.h"

#include <algorithm>
#include <mutex>

namespace outrider::gateway::mqtt {

Result<bool> Routes::subscribe(const Filter& filter, const std::shared_ptr<Hearer>& hearer, const Wanted& wanted) {
  const std::unique_lock lock(mutex_);
  if (filter.group.empty()) {
    TRY(const bool fresh, trie_.insert(filter.filter, {hearer.get(), nullptr, filter.by_alias}, {hearer, wanted}));
    entries_ = trie_.size();
    return fresh;
  }
  auto& group = groups_[{filter.group, filter.filter}];
  if (!group) {
    auto made = std::make_unique<Group>();
    made->name = filter.group + "/" + filter.filter;
    if (auto inserted = trie_.insert(filter.filter, {nullptr, made.get(), false}, {}); !inserted) {
      groups_.erase({filter.group, filter.filter});
      return std::unexpected(std::move(inserted).error());
    }
    group = std::move(made);
    entries_ = trie_.size();
  }
  for (Member& member : group->members) {
    if (member.hearer != hearer || member.wanted.by_alias != filter.by_alias) continue;
    member.wanted = wanted;
    return false;
  }
  group->members.push_back({hearer, wanted});
  return true;
}

void Routes::unsubscribe(const Filter& filter, const std::shared_ptr<Hearer>& hearer) {
  const std::unique_lock lock(mutex_);
  if (filter.group.empty()) {
    trie_.erase(filter.filter, {hearer.get(), nullptr, filter.by_alias});
  } else if (const auto found = groups_.find({filter.group, filter.filter}); found != groups_.end()) {
    Group& group = *found->second;
    std::erase_if(group.members, [&](const Member& member) {
      return member.hearer == hearer && member.wanted.by_alias == filter.by_alias;
    });
    if (group.members.empty()) {
      trie_.erase(filter.filter, {nullptr, &group, false});
      groups_.erase(found);
    }
  }
  entries_ = trie_.size();
}

bool Routes::heard(std::string_view topic) const {
  if (entries_.load(std::memory_order_acquire) == 0) return false;
  const std::shared_lock lock(mutex_);
  bool any = false;
  trie_.match(topic, [&](const Key&, const Value&) { any = true; });
  return any;
}

// A client whose filters overlap hears a message once, at the highest QoS (MQTT
// 5, 3.3.4-2). Those since `since` are of this message.
void Routes::add(std::vector<Target>& out, const std::shared_ptr<Hearer>& hearer, const Wanted& wanted,
                 std::size_t since) {
  auto same = std::find_if(out.begin() + static_cast<std::ptrdiff_t>(since), out.end(),
                           [&](const Target& t) { return t.hearer == hearer && t.group.empty(); });
  if (same == out.end()) {
    Target target;
    target.hearer = hearer;
    target.session = hearer->session.load(std::memory_order_acquire);
    target.qos = wanted.qos;
    target.by_alias = wanted.by_alias;
    target.retain_as_published = wanted.retain_as_published;
    out.push_back(std::move(target));
    same = out.end() - 1;
  } else {
    same->qos = std::max(same->qos, wanted.qos);
    same->retain_as_published = same->retain_as_published || wanted.retain_as_published;
  }
  if (wanted.identifier != 0) same->identifiers.push_back(wanted.identifier);
}

const Routes::Member* Routes::choose(Group& group, const Hearer* not_this) {
  const std::size_t count = group.members.size();
  const std::size_t turn = group.turn.fetch_add(1, std::memory_order_relaxed);
  const Member* asleep = nullptr;
  for (std::size_t i = 0; i < count; ++i) {
    const Member& member = group.members[(turn + i) % count];
    if (member.hearer.get() == not_this) continue;
    if (member.hearer->session.load(std::memory_order_acquire) != 0) return &member;
    if (asleep == nullptr && member.hearer->kept != 0) asleep = &member;
  }
  return asleep;
}

void Routes::match(const Message& message, std::vector<Target>& out) {
  if (entries_.load(std::memory_order_acquire) == 0) return;
  const std::shared_lock lock(mutex_);
  const std::size_t since = out.size();
  trie_.match(message.topic(), [&](const Key& key, const Value& value) {
    if (key.group == nullptr) {
      // MQTT 5, 3.8.3-3
      const bool own = message.from_kept != 0 ? value.hearer->kept == message.from_kept
                                              : value.hearer->session.load() == message.from && message.from != 0;
      if (!value.wanted.no_local || !own) add(out, value.hearer, value.wanted, since);
      return;
    }
    const Member* const member = choose(*key.group, nullptr);
    if (member == nullptr) return;
    // Beside what its own subscriptions bring it: MQTT 5, 4.8.2 treats a shared
    // subscription as a session of its own.
    std::vector<Target> chosen;
    add(chosen, member->hearer, member->wanted, 0);
    chosen.front().group = key.group->name;
    out.push_back(std::move(chosen.front()));
  });
}

std::optional<Target> Routes::another(const std::string& group, const Hearer* than) {
  const std::shared_lock lock(mutex_);
  const auto slash = group.find('/');
  const auto found = groups_.find({group.substr(0, slash), group.substr(slash + 1)});
  if (found == groups_.end()) return std::nullopt;
  const Member* const member = choose(*found->second, than);
  if (member == nullptr) return std::nullopt;
  std::vector<Target> chosen;
  add(chosen, member->hearer, member->wanted, 0);
  chosen.front().group = group;
  return std::move(chosen.front());
}

std::size_t Routes::size() const {
  return entries_.load();
}

}  // namespace outrider::gateway::mqtt
