#pragma once
// Where a private key lives: what a request claims of it, and how good a home is.
//
// A device claims it by a requested extension of its certification request (docs/format/identity.md):
//   OID key_home_oid, value UTF8String: "software", "tee", "tpm", "secure_element" or "sim"
// A claim is a claim: it is recorded as not attested.
#include "crypto/x509/csr.h"
#include "facts/facts.h"

namespace outrider::identity {

// Under 2.25, where anybody may have a number of his own: UUID 1e100308-0293-439d-9aa6-166f72129afb (X.667, 7).
inline constexpr std::string_view key_home_oid = "2.25.39959978105135145919259503800429484795";

// software when the request says nothing. malformed ("bad-key-home") when it says something else.
Result<facts::KeyHome> claimed_home(const crypto::Csr& csr);
// The extension, for whoever makes a request.
crypto::RequestedExtension key_home_claim(facts::KeyHome home);

// software < tee < tpm, secure_element, sim: an isolated world of the same processor is better than none, a chip of its
// own better than that; between chips the profile's author decides by name what else to demand.
bool at_least(facts::KeyHome home, facts::KeyHome least);

std::string_view word_of(facts::KeyHome home);

}  // namespace outrider::identity
