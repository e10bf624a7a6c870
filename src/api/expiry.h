#pragma once
// The ends of certificates, as the status shows them.
#include <boost/describe.hpp>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace outrider::api {

// A certificate of ours.
struct CertificateEnd {
  std::string role;   // "root", "issuing", "server-issuing", "server" …
  std::string fleet;  // empty: of the server
  std::string serial;
  Timestamp not_after;
  bool soon = false;  // it is worth a word by now
  bool operator==(const CertificateEnd&) const = default;
};
BOOST_DESCRIBE_STRUCT(CertificateEnd, (), (role, fleet, serial, not_after, soon))

// How many devices' last identity ends within that time.
struct DeviceEnds {
  FleetId fleet;
  std::uint64_t ended = 0;
  std::uint64_t within_7_days = 0;
  std::uint64_t within_30_days = 0;  // those within 7 days too
  bool operator==(const DeviceEnds&) const = default;
};
BOOST_DESCRIBE_STRUCT(DeviceEnds, (), (fleet, ended, within_7_days, within_30_days))

struct Expiry {
  std::vector<CertificateEnd> certificates;  // those that end first first
  std::vector<DeviceEnds> devices;
};
BOOST_DESCRIBE_STRUCT(Expiry, (), (certificates, devices))

}  // namespace outrider::api
