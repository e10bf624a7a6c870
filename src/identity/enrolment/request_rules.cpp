#include "identity/enrolment/request_rules.h"

#include <algorithm>

#include "crypto/weakness/weak_key.h"
#include "facts/holder.h"
#include "identity/keys/key_home.h"

namespace outrider::identity {
namespace {

using crypto::KeyType;

std::string allowed_types(const KeyPolicy& policy) {
  std::string out;
  const auto add = [&](bool allowed, std::string_view name) {
    if (allowed) out += (out.empty() ? "" : ", ") + std::string(name);
  };
  add(policy.p256, "EC P-256");
  add(policy.p384, "EC P-384");
  add(policy.ed25519, "Ed25519");
  if (policy.rsa_bits_min > 0) add(true, "RSA of " + std::to_string(policy.rsa_bits_min) + " bits or more");
  return out;
}

bool allows(const KeyPolicy& policy, KeyType type) {
  switch (type) {
    case KeyType::p256:
      return policy.p256;
    case KeyType::p384:
      return policy.p384;
    case KeyType::ed25519:
      return policy.ed25519;
    case KeyType::rsa:
      return policy.rsa_bits_min > 0;
    case KeyType::other:
      return false;
  }
  return false;
}

std::unexpected<Error> wrong_subject(std::string detail) {
  return fail(Errc::forbidden, "wrong-subject", std::move(detail));
}

}  // namespace

Result<void> check_key(const crypto::Csr& csr, const KeyPolicy& policy) {
  const auto& key = csr.key;
  if (!allows(policy, key.type)) {
    const std::string what =
        key.type == KeyType::other ? "a key of this type, or in this encoding," : std::string(name_of(key.type));
    return fail(Errc::forbidden, "key-type-not-allowed",
                what + " is not allowed by the device's profile; allowed: " + allowed_types(policy));
  }
  if (key.type == KeyType::rsa && key.bits < policy.rsa_bits_min)
    return fail(Errc::forbidden, "weak-key",
                "the RSA key has " + std::to_string(key.bits) + " bits; the device's profile asks for " +
                    std::to_string(policy.rsa_bits_min));
  if (key.bits > crypto::csr_rsa_bits_max)
    return fail(Errc::forbidden, "key-type-not-allowed",
                "RSA keys of more than " + std::to_string(crypto::csr_rsa_bits_max) + " bits are not taken");
  if (auto weakness = crypto::weakness_of(key))
    return fail(Errc::forbidden, "weak-key", *std::move(weakness) + "; make a new key");
  if (!csr.signature_valid)
    return fail(Errc::malformed, "bad-csr-signature",
                "the request is not signed with the private key that belongs to its public key");
  return {};
}

Result<facts::KeyHome> check_home(const crypto::Csr& csr, const KeyPolicy& policy) {
  TRY(const auto home, claimed_home(csr));
  if (policy.home_attested)
    return fail(Errc::forbidden, "key-home-not-attested",
                "the device's profile wants proof of where the key lives, and the request only claims " +
                    std::string(word_of(home)));
  if (!at_least(home, policy.home_min))
    return fail(Errc::forbidden, "key-home-too-low",
                "the key lives in " + std::string(word_of(home)) + "; the device's profile asks for " +
                    std::string(word_of(policy.home_min)) + " or better");
  return home;
}

Result<void> check_subject(const crypto::Csr& csr, const DeviceName& own, const crypto::SubjectName* papers) {
  const auto& subject = csr.subject;
  const bool as_in_papers = papers != nullptr && subject.der == papers->der;
  if (subject.several_common_names && !as_in_papers) return wrong_subject("the request has more than one common name");
  const std::string name(facts::plain_name(own.device));
  if (!subject.common_name.empty() && subject.common_name != name && !as_in_papers)
    return wrong_subject("the request's common name is not the id '" + name + "'");
  if (subject.common_name.empty() && !subject.text.empty() && !as_in_papers)
    return wrong_subject("the request's subject has no common name; it must be the id '" + name +
                         "', or the subject empty");
  const auto& names = csr.names;
  const std::string urn = to_urn(own.fleet, own.device);
  const bool own_names = std::ranges::all_of(names.uri, [&](const auto& uri) { return uri == urn; }) &&
                         std::ranges::all_of(names.dns, [&](const auto& dns) { return dns == name; }) &&
                         names.ip.empty() && names.email.empty() && !names.others;
  if (!own_names)
    return wrong_subject("the request asks for alternative names that are not the device's own (" + urn + ")");
  return {};
}

}  // namespace outrider::identity
