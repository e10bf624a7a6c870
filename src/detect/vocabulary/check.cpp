#include "detect/vocabulary/check.h"

#include <algorithm>
#include <vector>

namespace outrider::detect {
namespace {

std::vector<CheckInfo> join() {
  std::vector<CheckInfo> all;
  for (const auto family : {identity_checks(), motion_checks(), gnss_checks(), radio_checks(), physics_checks(),
                            traffic_checks(), tamper_checks()})
    all.insert(all.end(), family.begin(), family.end());
  std::ranges::sort(all, {}, &CheckInfo::id);
  return all;
}

}  // namespace

std::span<const CheckInfo> checks() {
  static const std::vector<CheckInfo> all = join();
  return all;
}

const CheckInfo* info(CheckId check) {
  const auto all = checks();
  const auto found = std::ranges::lower_bound(all, check, {}, &CheckInfo::id);
  return found != all.end() && found->id == check ? &*found : nullptr;
}

std::optional<CheckId> check_from_slug(std::string_view slug) {
  const auto found = std::ranges::find(checks(), slug, &CheckInfo::slug);
  return found == checks().end() ? std::nullopt : std::optional(found->id);
}

}  // namespace outrider::detect
