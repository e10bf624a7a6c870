#pragma once
// The kinds of networks that a session may come from. Where it comes from is a fact like any other: an entry says it,
// a profile may ask for it.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace outrider::facts {

enum class NetworkKind : std::uint8_t {
  private_apn,  // a mobile operator's access point of our own
  vpn,
  carrier,  // a mobile operator's common one, behind its NAT
  open,     // "public": anywhere else
};

// As they stand in configuration, profiles and entries; in the order of the enumerators.
inline constexpr std::array<std::string_view, 4> network_kind_words{"private-apn", "vpn", "carrier", "public"};

constexpr std::string_view word_of(NetworkKind kind) {
  return network_kind_words.at(static_cast<std::size_t>(kind));
}

constexpr std::optional<NetworkKind> network_kind_from(std::string_view word) {
  for (std::size_t i = 0; i < network_kind_words.size(); ++i)
    if (network_kind_words.at(i) == word) return static_cast<NetworkKind>(i);
  return std::nullopt;
}

}  // namespace outrider::facts
