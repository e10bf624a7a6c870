#pragma once
// OpenSSL's default provider with everything left out that our TLS policies do not use; for the sources of this room
// only.
//
// OpenSSL 3.0 walks every decoder it knows for the public key of each certificate: with few of them reading one costs a
// third (docs/decisions/0032-certificates-seen-before.md). It also is a policy: what is not in the list cannot be used
// for a session, whatever a peer or a certificate asks for.
#include <openssl/types.h>

namespace outrider::net::openssl {

// To a context without providers. The algorithms themselves are those of the default provider of `whole`, which must
// live as long.
void add_slim_provider(OSSL_LIB_CTX* slim, OSSL_LIB_CTX* whole);

}  // namespace outrider::net::openssl
