#pragma once
// OpenSSL's many ways of failing in the words of TlsUser::on_closed; for the sources of this room only.
#include <openssl/types.h>

#include <string>

#include "base/result.h"

namespace outrider::net {

// After a call on `ssl` failed with `ssl_error` (SSL_get_error). Takes the thread's error queue.
std::unexpected<Error> tls_failure(const SSL& ssl, int ssl_error, int system_errno, const std::string& during);

}  // namespace outrider::net
