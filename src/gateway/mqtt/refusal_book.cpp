#include "gateway/mqtt/refusal_book.h"

#include <bit>
#include <cmath>

#include "crypto/hash.h"
#include "facts/facts.h"
#include "ledger/subject.h"

namespace outrider::gateway::mqtt {

namespace {

constexpr std::size_t object_bits = 512;

// A stranger chooses the names, so a hash that he cannot bend; refusals are limited anyway.
void note_object(std::array<std::uint64_t, 8>& objects, std::string_view object) {
  const auto digest = crypto::sha256(as_bytes(object));
  const std::size_t bit = (static_cast<std::size_t>(digest[0]) << 8U | digest[1]) % object_bits;
  objects.at(bit / 64) |= std::uint64_t{1} << bit % 64;
}

// Linear counting: exact for a few, good to a tenth up to two thousand.
std::uint64_t count_objects(const std::array<std::uint64_t, 8>& objects, std::uint64_t at_most) {
  int set = 0;
  for (const std::uint64_t word : objects) set += std::popcount(word);
  const double free = std::max(1.0, object_bits - static_cast<double>(set));
  const double estimate = -static_cast<double>(object_bits) * std::log(free / object_bits);
  return std::min(at_most, static_cast<std::uint64_t>(std::llround(std::max(1.0, estimate))));
}

}  // namespace

RefusalBook::RefusalBook(Metrics& metrics, const Limits& limits, Append append, FleetId strangers)
    : metrics_(metrics), limits_(limits), append_(std::move(append)), strangers_(std::move(strangers)) {}

void RefusalBook::count(Refusal refusal) {
  auto counter = counters_.find(refusal.rule);
  if (counter == counters_.end()) {
    counter = counters_
                  .emplace(refusal.rule,
                           metrics_.counter("outrider_mqtt_refused_total", "What MQTT clients were refused, by rule",
                                            {{"rule", refusal.rule}}))
                  .first;
  }
  counter->second.add();
  const std::lock_guard lock(mutex_);
  ++counts_[refusal.rule];
  kept_.push_front(std::move(refusal));
  if (kept_.size() > kept_max) kept_.pop_back();
}

void RefusalBook::refuse(Refusal refusal, Time now) {
  count(refusal);
  if (refusal.fleet.empty() && strangers_.value.empty()) return;
  if (refusal.fleet.empty()) refusal.device.clear();  // claimed at most: a flood of names must not be one of entries
  const std::string key = refusal.fleet + "/" + refusal.device + "/" + refusal.action + "/" + refusal.rule;
  if (pending_.size() >= limits_.refusal_keys_max && !pending_.contains(key)) {
    flush(now, true);
    pending_.clear();
  }
  Pending& pending = pending_[key];
  pending.last = std::move(refusal);
  note_object(pending.objects, pending.last.object);
  ++pending.count;
  if (now >= pending.next) write(pending, now);
}

void RefusalBook::write(Pending& pending, Time now) {
  const Refusal& last = pending.last;
  if (last.fleet.empty()) {
    facts::AdmissionRefused fact{last.rule, last.detail, last.address, pending.count};
    pending.count = 0;
    pending.next = now + limits_.stranger_interval;
    return append_(ledger::draft_of(strangers_, {ledger::SubjectKind::server, strangers_.value}, fact));
  }
  facts::AccessRefused fact{last.device, last.action,  last.object,   last.rule,
                            last.detail, last.address, pending.count, {}};
  if (const auto objects = count_objects(pending.objects, pending.count); objects > 1) fact.objects = objects;
  pending.objects = {};
  pending.count = 0;
  pending.next = now + limits_.refusal_interval;
  append_(ledger::draft_of(FleetId(last.fleet), ledger::subject_of(DeviceId(last.device)), fact));
}

void RefusalBook::flush(Time now, bool all) {
  for (auto at = pending_.begin(); at != pending_.end();) {
    Pending& pending = at->second;
    const bool due = all || now >= pending.next;
    if (due && pending.count > 0) {
      write(pending, now);
    } else if (due) {  // quiet for a whole interval
      at = pending_.erase(at);
      continue;
    }
    ++at;
  }
}

void RefusalBook::add_counts(std::map<std::string, std::uint64_t>& sum) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [rule, count] : counts_) sum[rule] += count;
}

void RefusalBook::add_newest(std::vector<Refusal>& out) const {
  const std::lock_guard lock(mutex_);
  out.insert(out.end(), kept_.begin(), kept_.end());
}

}  // namespace outrider::gateway::mqtt
