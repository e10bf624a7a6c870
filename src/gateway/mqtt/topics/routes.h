#pragma once
// Who of a fleet subscribed to what, and who hears a message: all sessions of
// all loops, those that sleep included.
#include <atomic>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "gateway/mqtt/topics/message.h"
#include "wire/mqtt/trie.h"

namespace outrider::gateway::mqtt {

// A session as messages see it.
struct Hearer {
  explicit Hearer(KeptId id) : kept(id) {}
  const KeptId kept;                  // 0: it ends with its connection
  std::atomic<SessionId> session{0};  // its connection; 0: it sleeps
  // What sleeps in the store for it; the store's thread writes.
  std::atomic<std::uint32_t> queued{0};
  std::atomic<std::uint64_t> queued_bytes{0};
  std::uint64_t next_sequence = 1;  // the store's thread alone
};

// What a client said with a subscription (MQTT 5, 3.8.3.1).
struct Wanted {
  wire::mqtt::QoS qos = wire::mqtt::QoS::at_most_once;
  bool no_local = false;
  bool retain_as_published = false;
  bool by_alias = false;         // subscribed with "d/me/…": hears of it under that name
  std::uint32_t identifier = 0;  // 0: none
  bool operator==(const Wanted&) const = default;
};

// One subscription of a session, as it is remembered and stored. `filter` is
// canonical.
struct Filter {
  std::string filter;
  std::string group;  // of a shared subscription; else empty
  bool by_alias = false;
  auto operator<=>(const Filter&) const = default;
};

// Who hears a message, and how. One for each session, however many of its
// filters match.
struct Target {
  std::shared_ptr<Hearer> hearer;
  SessionId session = 0;  // as it was when the message was routed
  wire::mqtt::QoS qos = wire::mqtt::QoS::at_most_once;
  bool retain_as_published = false;
  bool by_alias = false;
  bool retained = false;                   // not routed: sent because it was there when the client subscribed
  std::string group;                       // shared subscription through which it was chosen; else empty
  std::vector<std::uint32_t> identifiers;  // MQTT 5, 3.3.4-3: of all that match
};

// Thread-safe.
class Routes {
 public:
  explicit Routes(std::size_t entries_max) : trie_(entries_max) {}

  // Adds or replaces. True when it is new. Errors as SubscriptionTrie::insert.
  Result<bool> subscribe(const Filter& filter, const std::shared_ptr<Hearer>& hearer, const Wanted& wanted);
  void unsubscribe(const Filter& filter, const std::shared_ptr<Hearer>& hearer);

  // May be asked before the message is made: is there anybody at all?
  bool heard(std::string_view topic) const;
  // Whoever hears it, appended to `out`. Each shared subscription that matches
  // chooses one of its members (MQTT 5, 4.8.2): in turn, those who are online
  // before those who sleep.
  void match(const Message& message, std::vector<Target>& out);
  // Another member of the group for a message that one who left had been given;
  // nothing when there is none.
  std::optional<Target> another(const std::string& group, const Hearer* than);

  std::size_t size() const;

 private:
  struct Member {
    std::shared_ptr<Hearer> hearer;
    Wanted wanted;
  };
  struct Group {
    std::string name;  // "<group>/<filter>"
    std::vector<Member> members;
    std::atomic<std::size_t> turn{0};
  };
  struct Key {
    Hearer* hearer;  // null: a group
    Group* group;
    bool by_alias;
    bool operator==(const Key&) const = default;
  };
  struct Value {
    std::shared_ptr<Hearer> hearer;
    Wanted wanted;
  };
  using GroupName = std::pair<std::string, std::string>;  // group, filter
  static void add(std::vector<Target>& out, const std::shared_ptr<Hearer>& hearer, const Wanted& wanted,
                  std::size_t since);
  static const Member* choose(Group& group, const Hearer* not_this);

  mutable std::shared_mutex mutex_;
  wire::mqtt::SubscriptionTrie<Key, Value> trie_;
  std::map<GroupName, std::unique_ptr<Group>> groups_;
  std::atomic<std::size_t> entries_{0};  // so that nobody takes the lock while there is no subscription
};

}  // namespace outrider::gateway::mqtt
