#pragma once
// Who a certificate or a request speaks of.
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace outrider::crypto {

// RFC 5280, 4.2.1.6. Values are as received, without embedded NUL.
struct AltNames {
  std::vector<std::string> dns;
  std::vector<std::string> uri;
  std::vector<std::string> ip;  // "192.0.2.1", "2001:db8::1"
  std::vector<std::string> email;
  // hwSerialNum of a hardwareModuleName (RFC 4108, 5), which stands among the others too: how a maker's certificate
  // (IEEE 802.1AR, 8.10.4) names its device.
  std::optional<Bytes> hardware_serial;
  bool others = false;  // there are names of kinds not listed above
  bool empty() const { return dns.empty() && uri.empty() && ip.empty() && email.empty() && !others; }
  bool operator==(const AltNames&) const = default;
};

// A distinguished name, as far as anything here is decided by it.
struct SubjectName {
  std::string common_name;  // the only CN, or empty
  bool several_common_names = false;
  std::string serial_number;  // the only serialNumber attribute (2.5.4.5), or empty
  Bytes der;                  // the whole name, as encoded
  std::string text;           // the whole name after RFC 4514, for people: "CN=t-1,O=Example"; empty when the name is
  bool operator==(const SubjectName&) const = default;
};

}  // namespace outrider::crypto
