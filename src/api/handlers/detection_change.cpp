#include "api/handlers/detection_change.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "api/routing/call.h"
#include "base/suggest.h"

namespace outrider::api {
namespace {

// Of the whole fleet, not of a check; the bounds are those of detect::apply.
struct Level {
  std::string_view what;
  double least, most;
};
constexpr std::array levels{Level{"page-budget", 0, 100'000}, Level{"page-risk", 1, 1000},
                            Level{"ticket-risk", 1, 1000}};
constexpr double factor_max = 100;

Result<facts::DetectionTuned> level_change(const Level& level, const DetectionChange& change) {
  if (change.profile || change.enabled)
    return fail(Errc::malformed, "bad-value",
                fmt::format("{} is of the whole fleet: it takes a factor, its value, and nothing else", level.what));
  if (!change.factor || !(*change.factor >= level.least && *change.factor <= level.most))
    return fail(Errc::malformed, "bad-value",
                fmt::format("{} needs a factor, its value, from {} to {}", level.what, level.least, level.most));
  return facts::DetectionTuned{.what = std::string(level.what), .factor = *change.factor};
}

}  // namespace

Result<detect::CheckId> detection_check(const std::string& slug) {
  CHECK(check_text("check", slug, text_bytes_max));
  if (const auto check = detect::check_from_slug(slug)) return *check;
  std::vector<std::string_view> known;
  for (const auto& check : detect::checks()) known.push_back(check.slug);
  for (const auto& level : levels) known.push_back(level.what);
  return fail(
      Errc::not_found, "no-such-check",
      fmt::format("there is no check '{}'{}; outrider detect list shows them", slug, did_you_mean(slug, known)));
}

Result<facts::DetectionTuned> detection_change(const House& house, const FleetId& fleet,
                                               const DetectionChange& change) {
  for (const auto& level : levels)
    if (change.what == level.what) return level_change(level, change);
  CHECK(detection_check(change.what));
  if (!change.factor && !change.enabled)
    return fail(Errc::malformed, "bad-value", "say a factor, or whether the check is on");
  facts::DetectionTuned out{.what = change.what, .enabled = change.enabled.value_or(true)};
  out.factor = change.factor.value_or(1);
  if (!(out.factor >= 0 && out.factor <= factor_max))
    return fail(Errc::malformed, "bad-value", fmt::format("a factor is from 0 to {}", factor_max));
  if (change.profile) {
    TRY(const auto profile, ProfileId::parse(*change.profile));
    CHECK(house.registry.profile(fleet, profile));
    out.profile = profile.value;
  }
  return out;
}

}  // namespace outrider::api
