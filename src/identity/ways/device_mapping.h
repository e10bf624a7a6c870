#pragma once
// Where another CA's certificates name their device. Pure.
//   cn                    the common name
//   cn:<pattern>          the common name after a pattern with one '*': "cn:device-*.example.com"
//   san-dns, san-dns:<pattern>   the only DNS name, likewise
//   san-uri, san-uri:<pattern>   the only URI
//   serial-number         the serialNumber of the subject
#include <string_view>

#include "base/ids.h"
#include "crypto/x509/certificate.h"

namespace outrider::identity {

// malformed ("bad-mapping").
Result<void> check_mapping(std::string_view mapping);
// forbidden ("not-a-device") when the certificate does not name one in this place.
Result<DeviceId> device_named(const crypto::Certificate& certificate, std::string_view mapping);

}  // namespace outrider::identity
