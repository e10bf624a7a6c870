#pragma once
// When the end of a certificate is worth a word. One rule for all of them, from an OCSP signer of a week to a root of
// twenty years: the last of the stages below that has been reached, but only stages shorter than a third of the
// certificate's whole life, since until then it is in the middle of it (and the server's own is renewed at a third).
#include <array>
#include <chrono>
#include <optional>

#include "base/time.h"

namespace outrider::server {

inline constexpr std::array<std::chrono::hours, 5> expiry_stages{
    std::chrono::hours{0},  // has ended
    std::chrono::hours{24 * 7}, std::chrono::hours{24 * 30}, std::chrono::hours{24 * 90}, std::chrono::hours{24 * 365}};

// Nothing: it is far from its end. Zero hours: it has ended.
constexpr std::optional<std::chrono::hours> stage_of(Timestamp not_before, Timestamp not_after, Timestamp now) {
  const auto life = not_after - not_before;
  for (const auto stage : expiry_stages)
    if (stage < life / 3 && not_after - now <= stage) return stage;
  return std::nullopt;
}

}  // namespace outrider::server
