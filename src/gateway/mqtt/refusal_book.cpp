#include "gateway/mqtt/refusal_book.h"

#include "facts/facts.h"
#include "ledger/subject.h"

namespace outrider::gateway::mqtt {

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
  facts::AccessRefused fact{last.device, last.action, last.object, last.rule, last.detail, last.address, pending.count};
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
