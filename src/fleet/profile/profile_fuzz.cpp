// A profile comes from an operator's file or over the API. Property: what is accepted keeps its own promises (sorted
// unique names, ranges in order, known units), is accepted again from its source, and gives the same profile.
#include <algorithm>
#include <cstdlib>

#include "base/bytes.h"
#include "fleet/profile/profile.h"
#include "wire/senml/units.h"

namespace {

using outrider::fleet::Profile;
using outrider::fleet::ReadingRule;

void require(bool truth) {
  if (!truth) std::abort();
}

void check_rules(const std::vector<ReadingRule>& rules) {
  require(std::ranges::adjacent_find(rules, std::ranges::greater_equal{}, &ReadingRule::name) == rules.end());
  for (const ReadingRule& rule : rules) {
    require(outrider::wire::senml::valid_name(rule.name));
    require(rule.unit.empty() || outrider::wire::senml::known_unit(rule.unit));
    require(!rule.min || !rule.max || *rule.min <= *rule.max);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = outrider::as_text(outrider::ByteView(data, size));
  const auto profile = Profile::parse(text, "fuzz.toml");
  if (!profile) {
    require(!profile.error().reason.empty());
    return 0;
  }
  check_rules(profile->readings);
  check_rules(profile->events);
  require(profile->retention.count() > 0 && profile->interval.count() > 0);
  const auto again = Profile::parse(profile->toml, "fuzz.toml");
  require(again && again->id == profile->id && again->readings.size() == profile->readings.size());
  return 0;
}
