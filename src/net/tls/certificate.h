#pragma once
// The little that TLS needs of an OpenSSL certificate.
#include <openssl/types.h>

#include <vector>

#include "base/bytes.h"
#include "base/time.h"

namespace outrider::net::tls {

Bytes der_of(const X509& certificate);
// The certificates that the peer sent, leaf first, each behind its length; and these taken apart.
Bytes chain_of(SSL& ssl);
std::vector<Bytes> certificates_of(ByteView chain);
// The serial number's bytes, without leading zeros; lent.
ByteView serial_of(const X509& certificate);
// notAfter; the epoch when it is no time at all.
Timestamp end_of(const X509& certificate);

}  // namespace outrider::net::tls
