#pragma once
// Where to ask about a certificate: distribution points (RFC 5280, 4.2.1.13) and authority information access
// (4.2.2.1). Private to the room.
#include <openssl/x509v3.h>

#include <string>
#include <vector>

namespace outrider::crypto {

// One distribution point a URL. The caller frees it.
CRL_DIST_POINTS* make_distribution_points(const std::vector<std::string>& urls);
// nullptr when both are empty. The caller frees it.
AUTHORITY_INFO_ACCESS* make_information_access(const std::string& ocsp_url, const std::string& issuer_url);

}  // namespace outrider::crypto
