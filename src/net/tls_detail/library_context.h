#pragma once
// OpenSSL library contexts, lent and taken back; for the sources of this room only.
#include <openssl/types.h>

#include <memory>

namespace outrider::net::openssl {

// A context that nobody else uses at present, with the algorithms of our policies only (see slim_provider.h). It goes
// back to a pool when the last reference is gone and is never freed: OpenSSL 3.0 leaves clean-up work for each thread
// that ever used a context, and a thread that ends after the context would work on freed memory. There are as many as
// were ever in use at one time (one a loop, one a client).
std::shared_ptr<OSSL_LIB_CTX> borrow_library_context();

}  // namespace outrider::net::openssl
