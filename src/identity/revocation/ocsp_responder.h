#pragma once
// Answers whether a certificate is good (RFC 6960), for every issuing CA there is. Each answer is judged against the
// registry at that moment and signed by a short-lived delegate of the issuing CA, which renews itself.
//
// Answers without a nonce are kept for a while and given again, as long as they are still true: most of what is asked.
// Any thread. What it is given must outlive it.
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "crypto/revocation/ocsp.h"
#include "identity/authority.h"
#include "identity/revocation/source.h"

namespace outrider::identity {

inline constexpr std::size_t ocsp_kept_max = 8192;  // some 8 MB of answers

struct OcspOptions {
  std::chrono::seconds life = std::chrono::hours{1};  // how long an answer may be believed
  const Clock* clock = nullptr;                       // nullptr: the system's
};

struct OcspAnswer {
  Bytes der;
  // For counting: good, revoked, unknown; several (were asked about); malformed, unauthorized, try-later.
  std::string_view result;
  bool good_for_others = false;  // signed, and not for one nonce: may be kept until next_update
  Timestamp this_update;
  Timestamp next_update;
};

class OcspResponder {
 public:
  OcspResponder(const Authority& authority, const RevocationSource& source, OcspOptions options);
  ~OcspResponder();

  // To the bytes of a request, whatever they are. malformedRequest for what is none; unauthorized when the certificates
  // are not all of one issuing CA of ours (RFC 6960, 2.3).
  OcspAnswer answer(ByteView request);

 private:
  struct Issuer {
    FleetId fleet;
    std::string id;  // hex of its key identifier
    bool oldest = false;
    crypto::OcspIssuerNames names;
  };
  using Issuers = std::vector<Issuer>;
  using Statuses = std::vector<crypto::OcspStatus>;
  struct Kept {
    Statuses statuses;
    OcspAnswer answer;
  };

  std::shared_ptr<const Issuers> issuers();
  crypto::OcspStatus status_of(const Issuer& issuer, const std::string& serial) const;
  Result<std::shared_ptr<const OcspSigner>> signer_of(const Issuer& issuer, Timestamp now);
  Result<OcspAnswer> sign(const Issuer& issuer, const crypto::OcspRequest& request, const Statuses& statuses);

  const Authority& authority_;
  const RevocationSource& source_;
  const OcspOptions options_;
  const Clock& clock_;

  std::mutex mutex_;  // guards what follows
  std::uint64_t generation_ = 0;
  std::shared_ptr<const Issuers> issuers_;
  std::map<std::string, std::shared_ptr<const OcspSigner>> signers_;  // by the issuer's id
  std::unordered_map<std::string, Kept> kept_;                        // by what was asked
};

}  // namespace outrider::identity
