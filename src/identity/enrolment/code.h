#pragma once
// Enrolment codes: what an operator hands to whoever sets up a device. Shown once, stored only as a hash.
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/ids.h"

namespace outrider::identity {

// A new code: 24 letters and digits in groups of six, 120 random bits: "7K3M9Q-…". The alphabet (Crockford's base 32)
// has no I, L, O and U, so that no two characters look alike.
std::string make_code();

// The one spelling of what a person typed: upper case, dashes where they belong, O read as 0, I and L as 1. Empty when
// it cannot be a code.
std::string canonical_code(std::string_view typed);

// facts::CodeCreated::code_hash: lower-case hex of SHA-256("outrider enrolment code\0" device "\0" canonical code).
// The device is in it, so a code is good for its device alone, and equal codes of two devices would not show.
// `code` may be as typed; what cannot be a code gets a hash that belongs to none.
std::string code_hash(const DeviceId& device, std::string_view code);

}  // namespace outrider::identity
