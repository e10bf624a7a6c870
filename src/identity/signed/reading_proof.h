#pragma once
// A bundle that proves one signed reading to somebody who trusts neither our server nor our database
// (docs/format/signed-reading.md). It holds the reading as the device signed it, the certificates from the device's up
// to the root, and proofs that both the reading and the issuing of the certificate are in the fleet's log.
// Pure functions; any thread.
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/x509/certificate.h"
#include "facts/report_content.h"

namespace outrider::identity {

inline constexpr std::size_t reading_proof_bytes_max = 1024UL * 1024;  // two proofs of 256 KiB, four certificates
inline constexpr std::size_t reading_proof_certificates_max = 8;
inline constexpr std::string_view reading_proof_format = "outrider-reading-proof/1";

struct ReadingProof {
  std::string format = std::string(reading_proof_format);
  Bytes reading;             // the COSE_Sign1, byte for byte
  std::string entry;         // a proof file (docs/format/ledger.md, 7): the reading's entry
  std::string identity;      // another: identity.issued of the key that signed it; the certificate is in it
  std::vector<Bytes> chain;  // DER: its issuer first, the root last
};
BOOST_DESCRIBE_STRUCT(ReadingProof, (), (format, reading, entry, identity, chain))

// Is the text one of these, and no proof file of another kind?
bool is_reading_proof(std::string_view text);

// Of the candidates those that lead from the certificate to its root, as in ReadingProof::chain.
std::vector<Bytes> chain_above(const crypto::Certificate& certificate,
                               const std::vector<crypto::Certificate>& candidates);

struct ProvenReading {
  FleetId fleet;
  DeviceId device;
  std::uint64_t entry = 0;
  std::uint64_t issued_entry = 0;
  Timestamp received;
  facts::Trust trust = facts::Trust::device_signed;
  std::string algorithm;
  std::uint64_t boot_count = 0;
  std::uint64_t number = 0;
  std::string serial;
  std::string origin;  // of the log
  std::uint64_t tree_size = 0;
  std::string root;  // subject of the root that vouches
  bool key_was_given = false;
  bool root_was_given = false;
  wire::senml::Pack readings;
};

// What the verifier knows from elsewhere. What is left empty is taken from the bundle, which then proves that it is
// consistent with itself, and no more.
struct Trusted {
  std::string log_key;  // note verifier key
  std::vector<crypto::Certificate> roots;
};

// The error's context says which part does not fit. Reasons beside those of ledger::verify_proof and verify_chain:
// bad-bundle, not-a-signed-reading, reading-changed, trust-changed, wrong-identity, certificate-changed, bad-signature.
Result<ProvenReading> verify_reading_proof(std::string_view text, const Trusted& trusted);

}  // namespace outrider::identity
