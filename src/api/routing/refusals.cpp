#include "api/routing/refusals.h"

#include <optional>

#include "facts/facts.h"

namespace outrider::api {
namespace {

std::optional<Refusal> refusal_of(const fleet::DecodedEntry& entry) {
  Refusal out{.time = entry->received, .fleet = entry->fleet};
  switch (entry.kind()) {
    case Kind::access_refused: {
      auto fact = entry.fact<facts::AccessRefused>();
      if (!fact) return std::nullopt;
      out.device = fact->device;
      out.address = fact->address;
      out.action = fact->action;
      out.rule = fact->rule;
      out.detail = fact->object.empty() ? fact->detail : fact->object + ": " + fact->detail;
      out.count = fact->count;
      return out;
    }
    case Kind::enrolment_refused: {
      auto fact = entry.fact<facts::EnrolmentRefused>();
      if (!fact) return std::nullopt;
      out.device = fact->device;
      out.address = fact->address;
      out.action = "enrol";
      out.rule = fact->reason;
      out.detail = fact->detail;
      return out;
    }
    case Kind::report_refused: {
      auto fact = entry.fact<facts::ReportRefused>();
      if (!fact) return std::nullopt;
      out.device = fact->device.value;
      out.action = "report";
      out.rule = fact->reason;
      out.detail = fact->topic + ": " + fact->detail;
      return out;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

std::vector<Refusal> Refusals::newest() const {
  const std::lock_guard lock(mutex_);
  return {kept_.begin(), kept_.end()};
}

Result<void> Refusals::apply(store::Session&, fleet::DecodedEntry& entry) {
  if (auto refusal = refusal_of(entry)) batch_.push_back(*std::move(refusal));
  return {};
}

Result<void> Refusals::flush(store::Session&) {
  return {};
}

void Refusals::committed() {
  const std::lock_guard lock(mutex_);
  for (Refusal& refusal : batch_) kept_.push_front(std::move(refusal));
  if (kept_.size() > kept_max) kept_.resize(kept_max);
  batch_.clear();
}

void Refusals::rolled_back() {
  batch_.clear();
}

}  // namespace outrider::api
