#pragma once
// Names, times and certificates between the library's objects and our values; inside this room only.
#include <openssl/x509v3.h>

#include "base/result.h"
#include "base/time.h"
#include "crypto/openssl.h"
#include "crypto/x509/certificate.h"
#include "crypto/x509/names.h"

namespace outrider::crypto {

Result<SubjectName> read_name(const X509_NAME* name);
// malformed for embedded NUL or an address that is none.
Result<AltNames> read_alt_names(const GENERAL_NAMES* names);
// nullptr when there is nothing to say.
Result<Owned<X509_EXTENSION>> make_alt_names(const AltNames& names);

Result<Timestamp> read_time(const ASN1_TIME* time);
// As Certificate::serial; malformed when it is negative.
Result<std::string> read_serial(const ASN1_INTEGER* serial);

// The certificate as a value, its encoding and its key being known already.
Result<Certificate> describe_certificate(X509* native, ByteView der, PublicKey key);

}  // namespace outrider::crypto
