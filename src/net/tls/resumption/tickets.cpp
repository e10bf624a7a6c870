#include "net/tls/resumption/tickets.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <vector>

#include "net/tls/resumption/key_ages.h"

namespace outrider::net::tls {

using std::chrono::seconds;

namespace {

constexpr std::size_t shard_count = 16;  // a power of two, more than the loops of a usual machine
// The ids are random: their first bytes are as good as a hash, and half of them as good as the whole.
constexpr std::size_t key_bytes = 16;
using Key = std::array<std::uint8_t, key_bytes>;

struct KeyHash {
  std::size_t operator()(const Key& key) const noexcept {
    std::size_t out = 0;
    std::memcpy(&out, key.data(), sizeof out);
    return out;
  }
};

std::uint64_t hash_of(std::string_view name) {
  return std::hash<std::string_view>{}(name);
}

Key key_of(ByteView id) {
  Key out{};
  std::copy_n(id.begin(), key_bytes, out.begin());
  return out;
}

std::uint32_t to_seconds(Timestamp time) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<seconds>(time.time_since_epoch()).count());
}
Timestamp from_seconds(std::uint32_t time) {
  return Timestamp{seconds{time}};
}

}  // namespace

struct TicketStore::Shard {
  struct Entry {
    Key key{};
    std::uint64_t owner = 0;
    std::uint64_t serial = 0;
    Secret secret;  // PSK, then the tag
    std::uint32_t began = 0;
    std::uint32_t expires = 0;
    std::uint64_t put = 0;  // how many came before it
    Suite suite{};
  };
  using Place = std::list<Entry>::iterator;

  void erase(Place place) {
    const auto [first, last] = owners.equal_range(place->owner);
    owners.erase(std::find_if(first, last, [&](const auto& pair) { return pair.second == place; }));
    ages.remove(from_seconds(place->began));
    keys.erase(place->key);
    entries.erase(place);
  }

  // The owner's oldest give way to the one that comes. Ids are random, so each shard has its part.
  void make_room_of(std::uint64_t owner) {
    while (owners.count(owner) >= of_owner_max / shard_count) {
      const auto [first, last] = owners.equal_range(owner);
      erase(std::min_element(first, last, [](const auto& a, const auto& b) {
              return a.second->put < b.second->put;
            })->second);
    }
  }

  // What forget() took, without its key.
  void take_back(Place place) {
    const ByteView tag = place->secret.view().subspan(traits_of(place->suite).secret_bytes);
    if (gone.size() >= taken_back_max / shard_count) gone.pop_front();
    gone.emplace_back(place->key, to_bytes(tag));
    erase(place);
  }

  mutable std::mutex mutex;
  std::deque<std::pair<Key, Bytes>> gone;  // taken back, the newest last
  std::uint64_t puts = 0;
  std::list<Entry> entries;  // in the order of put()
  std::unordered_map<Key, Place, KeyHash> keys;
  std::unordered_multimap<std::uint64_t, Place> owners;
  KeyAges ages;
};

TicketStore::TicketStore(const TicketLimits& limits, const Clock& clock)
    : limits_(limits), clock_(clock), shards_(std::make_unique<Shard[]>(shard_count)) {}
TicketStore::~TicketStore() = default;

TicketStore::Shard& TicketStore::shard_of(ByteView id) const {
  return shards_[id[key_bytes] % shard_count];
}

seconds TicketStore::life_of(Timestamp began) const {
  const auto left = std::chrono::duration_cast<seconds>(began + limits_.session_age_max - clock_.now());
  return std::clamp(left, seconds{0}, limits_.life);
}

void TicketStore::put(const Id& id, std::string_view owner, std::string_view serial, Ticket ticket) {
  const std::size_t psk_bytes = traits_of(ticket.suite).secret_bytes;
  const Timestamp now = clock_.now();
  if (ticket.expires <= now || ticket.tag.size() > tag_bytes_max || ticket.psk.size() != psk_bytes) return;
  Bytes joined(psk_bytes + ticket.tag.size());
  std::ranges::copy(ticket.psk.view(), joined.begin());
  std::ranges::copy(ticket.tag, joined.begin() + static_cast<std::ptrdiff_t>(psk_bytes));

  Shard& shard = shard_of(id);
  const std::lock_guard lock(shard.mutex);
  if (shard.keys.contains(key_of(id))) return;
  const std::size_t count_max = std::max<std::size_t>(1, limits_.count_max / shard_count);
  while (!shard.entries.empty() &&
         (shard.entries.size() >= count_max || shard.entries.front().expires <= to_seconds(now)))
    shard.erase(shard.entries.begin());
  shard.make_room_of(hash_of(owner));
  const auto place = shard.entries.insert(
      shard.entries.end(), {key_of(id), hash_of(owner), hash_of(serial), Secret(std::move(joined)),
                            to_seconds(ticket.began), to_seconds(ticket.expires), shard.puts++, ticket.suite});
  shard.keys.emplace(place->key, place);
  shard.owners.emplace(place->owner, place);
  shard.ages.add(ticket.began);
}

std::optional<Ticket> TicketStore::find(ByteView id) const {
  if (id.size() != id_bytes) return std::nullopt;
  const Shard& shard = shard_of(id);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.keys.find(key_of(id));
  if (found == shard.keys.end()) return std::nullopt;
  const Shard::Entry& entry = *found->second;
  if (from_seconds(entry.expires) <= clock_.now()) return std::nullopt;
  const std::size_t psk_bytes = traits_of(entry.suite).secret_bytes;
  return Ticket{entry.suite, Secret(to_bytes(entry.secret.view().first(psk_bytes))), from_seconds(entry.began),
                from_seconds(entry.expires), to_bytes(entry.secret.view().subspan(psk_bytes))};
}

bool TicketStore::holds(ByteView id) const {
  if (id.size() != id_bytes) return false;
  const Shard& shard = shard_of(id);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.keys.find(key_of(id));
  return found != shard.keys.end() && from_seconds(found->second->expires) > clock_.now();
}

std::optional<Bytes> TicketStore::taken_back(ByteView id) const {
  if (id.size() != id_bytes) return std::nullopt;
  const Shard& shard = shard_of(id);
  const std::lock_guard lock(shard.mutex);
  const auto found = std::ranges::find(shard.gone, key_of(id), &std::pair<Key, Bytes>::first);
  return found == shard.gone.end() ? std::nullopt : std::optional(found->second);
}

void TicketStore::remove(ByteView id) {
  if (id.size() != id_bytes) return;
  Shard& shard = shard_of(id);
  const std::lock_guard lock(shard.mutex);
  if (const auto found = shard.keys.find(key_of(id)); found != shard.keys.end()) shard.erase(found->second);
}

void TicketStore::forget(std::string_view owner, std::string_view serial) {
  for (std::size_t i = 0; i < shard_count; ++i) {
    const std::lock_guard lock(shards_[i].mutex);
    // A collision of hashes costs somebody else a full handshake, nothing more.
    std::vector<Shard::Place> meant;
    const auto [first, last] = shards_[i].owners.equal_range(hash_of(owner));
    for (auto at = first; at != last; ++at)
      if (serial.empty() || at->second->serial == hash_of(serial)) meant.push_back(at->second);
    for (const auto place : meant) shards_[i].take_back(place);
  }
}

std::size_t TicketStore::size() const {
  std::size_t out = 0;
  for (std::size_t i = 0; i < shard_count; ++i) {
    const std::lock_guard lock(shards_[i].mutex);
    out += shards_[i].entries.size();
  }
  return out;
}

std::optional<Timestamp> TicketStore::oldest() const {
  std::optional<Timestamp> out;
  for (std::size_t i = 0; i < shard_count; ++i) {
    const std::lock_guard lock(shards_[i].mutex);
    const auto began = shards_[i].ages.oldest();
    if (began && (!out || *began < *out)) out = began;
  }
  return out;
}

}  // namespace outrider::net::tls
