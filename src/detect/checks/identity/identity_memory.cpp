#include "detect/checks/identity/identity_memory.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "detect/input/hash.h"

namespace outrider::detect {
namespace {

constexpr std::uint32_t refused_for_s = 3600;

std::unexpected<Error> too_many(const char* of) {
  return fail(Errc::corrupt, "bad-snapshot", std::string("too many ") + of + " in the memory of identities");
}

}  // namespace

// Half a count for what is known keeps a thing that came up once from being certain.
double Census::probability(std::uint32_t thing) const {
  const auto total = static_cast<double>(total_);
  if (const auto found = counts_.find(thing); found != counts_.end()) return (found->second + 0.5) / (total + 1);
  if (counts_.size() >= kinds_max) return 1;
  return (static_cast<double>(counts_.size()) + 1) / (total + 2);
}

double Census::rarity(std::uint32_t thing) const {
  const auto found = counts_.find(thing);
  if (found == counts_.end()) return probability(thing);
  double sum = 1;
  for (const auto& [other, count] : counts_)
    if (count <= found->second) sum += count;
  return std::min(1.0, sum / (static_cast<double>(total_) + 1));
}

void Census::add(std::uint32_t thing) {
  ++total_;
  if (const auto found = counts_.find(thing); found != counts_.end())
    ++found->second;
  else if (counts_.size() < kinds_max)
    counts_.emplace(thing, 1U);
}

void Census::save(ByteWriter& out) const {
  out.u64(total_).u32(static_cast<std::uint32_t>(counts_.size()));
  for (const auto& [thing, count] : counts_) out.u32(thing).u32(count);
}

Result<void> Census::load(ByteReader& in) {
  TRY(total_, in.u64());
  TRY(const auto count, in.u32());
  if (count > kinds_max) return too_many("kinds");
  for (std::uint32_t i = 0; i < count; ++i) {
    TRY(const auto thing, in.u32());
    TRY(counts_[thing], in.u32());
  }
  return {};
}

std::uint32_t IdentityMemory::holder_of_key(std::uint64_t key, std::uint32_t device) {
  if (const auto found = keys_.find(key); found != keys_.end()) return found->second;
  if (keys_.size() < keys_max) keys_.emplace(key, device);
  return device;
}

double IdentityMemory::share_of_move(std::uint16_t from, std::uint16_t to, std::uint8_t span) {
  const std::uint64_t pair = static_cast<std::uint64_t>(from) << 16U;
  if (moves_.size() + 1 + spans > moves_max) return 1;
  std::uint32_t& any = moves_[pair];
  const auto within = [&](std::uint64_t number) -> std::uint32_t& { return moves_[number << 32U | pair | to]; };
  const double share = span < spans ? (within(span) + 0.5) / (any + 1.0) : 1;
  ++any;
  if (to != from)
    for (std::uint64_t each = span; each < spans; ++each) ++within(each);
  return share;
}

double IdentityMemory::names_refused(std::uint64_t address, std::uint64_t name, double now_s) {
  const auto now = static_cast<std::uint32_t>(now_s);
  auto found = refused_.find(address);
  if (found == refused_.end()) {
    if (refused_.size() >= addresses_max)
      refused_.erase(std::ranges::min_element(refused_, {}, [](const auto& each) { return each.second.last_s; }));
    found = refused_.emplace(address, Refused{}).first;
  }
  Refused& here = found->second;
  if (now - here.since_s > refused_for_s) here = {.names = {}, .since_s = now, .last_s = now};
  here.last_s = now;
  const std::uint64_t bit = mix(name) % 256;
  here.names[bit / 64] |= std::uint64_t{1} << bit % 64;
  int set = 0;
  for (const std::uint64_t word : here.names) set += std::popcount(word);
  return -256.0 * std::log(std::max(1, 256 - set) / 256.0);  // linear counting
}

void IdentityMemory::save(ByteWriter& out) const {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> keys(keys_.begin(), keys_.end());
  std::ranges::sort(keys);
  out.u32(static_cast<std::uint32_t>(keys.size()));
  for (const auto& [key, device] : keys) out.u64(key).u32(device);
  places.save(out);
  stacks.save(out);
  out.u64(sessions).u64(place_changes).u64(handshakes).u64(stack_changes);
  out.u32(static_cast<std::uint32_t>(moves_.size()));
  for (const auto& [move, count] : moves_) out.u64(move).u32(count);
  out.u32(static_cast<std::uint32_t>(refused_.size()));
  for (const auto& [address, here] : refused_) {
    out.u64(address);
    for (const std::uint64_t word : here.names) out.u64(word);
    out.u32(here.since_s).u32(here.last_s);
  }
}

Result<void> IdentityMemory::load(ByteReader& in) {
  TRY(const auto keys, in.u32());
  if (keys > keys_max) return too_many("keys");
  for (std::uint32_t i = 0; i < keys; ++i) {
    TRY(const auto key, in.u64());
    TRY(keys_[key], in.u32());
  }
  CHECK(places.load(in));
  CHECK(stacks.load(in));
  TRY(sessions, in.u64());
  TRY(place_changes, in.u64());
  TRY(handshakes, in.u64());
  TRY(stack_changes, in.u64());
  TRY(const auto moves, in.u32());
  if (moves > moves_max) return too_many("moves");
  for (std::uint32_t i = 0; i < moves; ++i) {
    TRY(const auto move, in.u64());
    TRY(moves_[move], in.u32());
  }
  TRY(const auto refused, in.u32());
  if (refused > addresses_max) return too_many("addresses");
  for (std::uint32_t i = 0; i < refused; ++i) {
    TRY(const auto address, in.u64());
    Refused& here = refused_[address];
    for (std::uint64_t& word : here.names) {
      TRY(word, in.u64());
    }
    TRY(here.since_s, in.u32());
    TRY(here.last_s, in.u32());
  }
  return {};
}

}  // namespace outrider::detect
