#pragma once
// What lists and answers about revoked certificates are made from. The fleet registry provides it, wired together in
// src/server: rooms on one floor do not include each other.
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace outrider::identity {

// One certificate that was taken back.
struct Revoked {
  std::string serial;
  std::string issuer;  // hex of the issuing CA's key identifier; empty: the fleet's first issuing CA
  Timestamp when;
  std::string why;  // a reason's name in RFC 5280, 5.3.1
  Timestamp not_after;
};

// A certificate as it stands.
struct CertificateState {
  std::string issuer;  // as above
  std::optional<Timestamp> revoked;
  std::string why;
};

// Any thread.
class RevocationSource {
 public:
  virtual ~RevocationSource() = default;
  virtual std::vector<FleetId> fleets() const = 0;
  // In the order in which they were revoked, from number `from` on; some thousand at most, empty at the end.
  virtual Result<std::vector<Revoked>> revoked(const FleetId& fleet, std::size_t from) const = 0;
  // Grows when what revoked() says is no longer a continuation of what it said.
  virtual std::uint64_t rebuilds() const = 0;
  // nullopt: never issued.
  virtual std::optional<CertificateState> state(const FleetId& fleet, const std::string& serial) const = 0;
};

}  // namespace outrider::identity
