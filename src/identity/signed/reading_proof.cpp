#include "identity/signed/reading_proof.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "crypto/hash.h"
#include "crypto/signed/plain_signature.h"
#include "crypto/x509/chain.h"
#include "facts/facts.h"
#include "identity/enrolment/device_name.h"
#include "ledger/ledger.h"
#include "wire/cose/signed_reading.h"

namespace outrider::identity {
namespace {

std::unexpected<Error> broken(std::string reason, std::string detail) {
  return fail(Errc::corrupt, std::move(reason), std::move(detail));
}

template <class T>
Result<T> during(Result<T> outcome, std::string where) {
  if (outcome) return outcome;
  return std::unexpected(std::move(outcome).error().during(std::move(where)));
}

bool signed_itself(const crypto::Certificate& certificate) {
  return certificate.subject == certificate.issuer && crypto::signed_by(certificate, certificate);
}

bool issued(const crypto::Certificate& issuer, const crypto::Certificate& certificate) {
  return issuer.authority && issuer.subject == certificate.issuer && crypto::signed_by(certificate, issuer);
}

Result<ReadingProof> read_bundle(std::string_view text) {
  if (text.size() > reading_proof_bytes_max)
    return fail(Errc::too_large, "bad-bundle", fmt::format("a bundle has at most {} bytes", reading_proof_bytes_max));
  TRY(auto bundle, during(json::read<ReadingProof>(text), "while reading the bundle"));
  if (bundle.format != reading_proof_format)
    return fail(Errc::malformed, "bad-bundle", fmt::format("the format is not '{}'", reading_proof_format));
  if (bundle.chain.empty() || bundle.chain.size() > reading_proof_certificates_max)
    return fail(Errc::malformed, "bad-bundle",
                fmt::format("the chain has 1 to {} certificates", reading_proof_certificates_max));
  return bundle;
}

// The log holds what the device sent: itself, or of what was encrypted its digest.
Result<facts::Trust> check_entry(const ledger::Entry& entry, ByteView reading) {
  const auto kind = static_cast<Kind>(entry.kind);
  const auto type = facts::read_signed_content_type(entry.content_type);
  if ((kind != Kind::telemetry && kind != Kind::event) || entry.subject.kind != ledger::SubjectKind::device || !type)
    return broken("not-a-signed-reading", fmt::format("entry {} is no signed reading of a device", entry.number));
  const bool open = entry.privacy == ledger::Privacy::open;
  const bool same = open ? std::ranges::equal(entry.payload, reading)
                         : type->digest && std::ranges::equal(*type->digest, crypto::sha256(reading));
  if (!same)
    return broken("reading-changed", fmt::format("the reading is not the one that entry {} holds", entry.number));
  return type->trust;
}

struct Issued {
  facts::IdentityIssued fact;
  crypto::Certificate certificate;
  std::uint64_t entry = 0;
};

// The certificate that the log says was issued to the device.
Result<Issued> check_identity(const ledger::Entry& entry, const ledger::Entry& reading) {
  if (static_cast<Kind>(entry.kind) != Kind::identity_issued)
    return broken("wrong-identity", fmt::format("entry {} is no identity.issued", entry.number));
  TRY(auto fact, json::read<facts::IdentityIssued>(as_text(entry.payload)));
  if (entry.fleet != reading.fleet || fact.device.value != reading.subject.id)
    return broken("wrong-identity", fmt::format("entry {} issues an identity to another device", entry.number));
  if (entry.number >= reading.number)
    return broken("wrong-identity", "the identity was issued after the reading had come");
  TRY(auto certificate, crypto::parse_certificate(fact.certificate));
  if (certificate.serial != fact.serial || certificate.spki_sha256() != fact.spki_sha256)
    return broken("certificate-changed",
                  fmt::format("the certificate in entry {} is not the one it names", entry.number));
  // Another CA's certificate names its device in a way of its own; the entry says whose it was taken to be.
  if (fact.right != facts::EnrolmentRight::foreign) {
    TRY(const auto named, identify(certificate));
    if (named.fleet != entry.fleet || named.device != fact.device)
      return broken("wrong-identity", "the certificate names another device");
  }
  return Issued{std::move(fact), std::move(certificate), entry.number};
}

Result<std::string> check_chain(const Issued& issued, const std::vector<Bytes>& chain, Timestamp at,
                                const std::vector<crypto::Certificate>& trusted) {
  std::vector<crypto::Certificate> above;
  for (const Bytes& der : chain) {
    TRY(auto certificate, crypto::parse_certificate(der));
    above.push_back(std::move(certificate));
  }
  const crypto::Certificate& last = above.back();
  const bool foreign = issued.fact.right == facts::EnrolmentRight::foreign;  // an anchor need not be a root
  if (!foreign && !signed_itself(last))
    return broken("certificate-changed", "the root of the bundle has not signed itself");
  const auto purpose = foreign ? crypto::Purpose::foreign : crypto::Purpose::client;
  const std::span<const crypto::Certificate> roots =
      trusted.empty() ? std::span(above).last(1) : std::span<const crypto::Certificate>(trusted);
  CHECK(crypto::verify_chain(issued.certificate, above, roots, at, purpose));
  return (trusted.empty() ? last : trusted.front()).subject.text;
}

Result<void> check_signature(const wire::cose::SignedReading& reading, const Issued& issued) {
  ByteView serial = reading.key_id;
  while (!serial.empty() && serial.front() == 0) serial = serial.subspan(1);
  if (hex(serial) != issued.fact.serial && hex(reading.key_id) != issued.fact.spki_sha256)
    return broken("wrong-identity", "the reading names another key than the certificate's");
  TRY(const auto key, crypto::VerifyingKey::create(issued.certificate.key.spki));
  if (!key.verify(reading.to_be_signed(), reading.signature))
    return broken("bad-signature", "the signature is not the device's over these bytes");
  return {};
}

}  // namespace

bool is_reading_proof(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

std::vector<Bytes> chain_above(const crypto::Certificate& certificate,
                               const std::vector<crypto::Certificate>& candidates) {
  std::vector<Bytes> out;
  std::vector<Bytes> cross;  // from a newer root: for who trusts that one alone
  const crypto::Certificate* below = &certificate;
  while (out.size() + 1 < reading_proof_certificates_max) {
    const crypto::Certificate* next = nullptr;
    for (const auto& each : candidates) {
      if (!issued(each, *below)) continue;
      const bool root = each.subject == each.issuer;
      if (next == nullptr || root) {
        if (next != nullptr) cross.push_back(next->der);
        next = &each;
      } else {
        cross.push_back(each.der);
      }
    }
    if (next == nullptr) return out;
    if (next->subject == next->issuer) {
      const std::size_t room = reading_proof_certificates_max - 1 - out.size();
      cross.resize(std::min(cross.size(), room));
      out.insert(out.end(), cross.begin(), cross.end());
      out.push_back(next->der);
      return out;
    }
    out.push_back(next->der);
    below = next;
  }
  return out;
}

Result<ProvenReading> verify_reading_proof(std::string_view text, const Trusted& trusted) {
  TRY(const auto bundle, read_bundle(text));
  TRY(const auto entry, during(ledger::verify_proof(bundle.entry, trusted.log_key),
                               "while checking the proof that the reading is in the log"));
  TRY(const auto trust, during(check_entry(entry.entry, bundle.reading), "while comparing the reading with its entry"));
  TRY(const auto reading, during(wire::cose::parse_signed_reading(bundle.reading), "while reading what was signed"));
  TRY(const auto proven, during(ledger::verify_proof(bundle.identity, trusted.log_key),
                                "while checking the proof that the identity is in the log"));
  if (proven.origin != entry.origin)
    return broken("wrong-identity",
                  fmt::format("the identity is in the log {}, the reading in {}", proven.origin, entry.origin));
  TRY(const auto identity, during(check_identity(proven.entry, entry.entry), "while reading the identity"));
  TRY(auto root, during(check_chain(identity, bundle.chain, entry.entry.received, trusted.roots),
                        "while following the certificates to their root"));
  CHECK(during(check_signature(reading, identity), "while checking the device's signature"));
  if ((trust == facts::Trust::device_signed_attested) != identity.fact.key_home_attested)
    return broken("trust-changed", "the entry claims another class of trust than the identity has");
  TRY(auto readings, during(wire::cose::open_pack(reading, entry.entry.received), "while reading what was signed"));
  return ProvenReading{.fleet = entry.entry.fleet,
                       .device = DeviceId(entry.entry.subject.id),
                       .entry = entry.entry.number,
                       .issued_entry = identity.entry,
                       .received = entry.entry.received,
                       .trust = trust,
                       .algorithm = std::string(wire::cose::name_of(reading.algorithm)),
                       .boot_count = reading.boot_count,
                       .number = reading.number,
                       .serial = identity.fact.serial,
                       .origin = entry.origin,
                       .tree_size = entry.tree_size,
                       .root = std::move(root),
                       .key_was_given = entry.key_was_given,
                       .root_was_given = !trusted.roots.empty(),
                       .readings = std::move(readings)};
}

}  // namespace outrider::identity
