#pragma once
// Names of things as types, so that two strings that must not be swapped cannot be.
#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace outrider {

inline constexpr std::size_t id_bytes_max = 64;  // fits a certificate's CN (X.520 ub-common-name) whole

// Letters, digits, '.', '_', '-' (first and last a letter or digit), 1 to 64 bytes: safe in topics, URLs, file names
// and certificates. "me" is refused: it is the alias of the caller's own topic root.
Result<std::string> check_id(std::string_view what, std::string_view text);

template <class Tag>
struct Id {
  std::string value;

  Id() = default;
  explicit Id(std::string v) : value(std::move(v)) {}
  // The checked way in for names from outside.
  static Result<Id> parse(std::string_view text) {
    TRY(auto checked, check_id(Tag::what, text));
    return Id(std::move(checked));
  }
  auto operator<=>(const Id&) const = default;
};

struct FleetTag {
  static constexpr std::string_view what = "fleet";
};
struct DeviceTag {
  static constexpr std::string_view what = "device";
};
struct ProfileTag {
  static constexpr std::string_view what = "profile";
};

struct ApplicationTag {
  static constexpr std::string_view what = "application";
};

using FleetId = Id<FleetTag>;
using DeviceId = Id<DeviceTag>;
using ProfileId = Id<ProfileTag>;
using ApplicationId = Id<ApplicationTag>;

}  // namespace outrider

template <class Tag>
struct std::hash<outrider::Id<Tag>> {
  std::size_t operator()(const outrider::Id<Tag>& id) const noexcept { return std::hash<std::string>{}(id.value); }
};
