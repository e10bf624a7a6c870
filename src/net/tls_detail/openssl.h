#pragma once
// PEM into OpenSSL objects; for the sources of this room only.
#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace outrider::net::openssl {

// A bundle of every fleet's issuing CA stays far below; a text without end is refused.
inline constexpr std::size_t certificates_max = 10'000;

// Every certificate of a PEM text, in order; at least one. `what` names the text in errors.
Result<std::vector<std::shared_ptr<X509>>> parse_certificates(OSSL_LIB_CTX* crypto, std::string_view pem,
                                                              std::string_view what);
// Read by the default context's decoders; a key can be used with any context.
Result<std::shared_ptr<EVP_PKEY>> parse_key(ByteView pem);

}  // namespace outrider::net::openssl
