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

std::vector<const CheckInfo*> number() {
  std::vector<const CheckInfo*> by_number;
  for (const CheckInfo& check : checks()) {
    by_number.resize(static_cast<std::size_t>(check.id) + 1, nullptr);
    by_number.back() = &check;
  }
  return by_number;
}

}  // namespace

std::span<const CheckInfo> checks() {
  static const std::vector<CheckInfo> all = join();
  return all;
}

const CheckInfo* info(CheckId check) {
  // Asked for every surprise: by number, without a search.
  static const std::vector<const CheckInfo*> by_number = number();
  const auto number = static_cast<std::size_t>(check);
  return number < by_number.size() ? by_number[number] : nullptr;
}

std::optional<CheckId> check_from_slug(std::string_view slug) {
  const auto found = std::ranges::find(checks(), slug, &CheckInfo::slug);
  return found == checks().end() ? std::nullopt : std::optional(found->id);
}

}  // namespace outrider::detect
