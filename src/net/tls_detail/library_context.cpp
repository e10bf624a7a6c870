#include "net/tls_detail/library_context.h"

#include <openssl/crypto.h>

#include <mutex>
#include <vector>

#include "crypto/openssl.h"
#include "net/tls_detail/slim_provider.h"

namespace outrider::net::openssl {

namespace {

struct Pool {
  std::mutex mutex;
  std::vector<OSSL_LIB_CTX*> unused;
};

// Itself never destroyed: a context may come back while the program's statics are being taken down.
Pool& pool() {
  static Pool& only = *new Pool;
  return only;
}

// The whole one stays behind the slim one.
OSSL_LIB_CTX* make() {
  OSSL_LIB_CTX* const whole = OSSL_LIB_CTX_new();
  OSSL_LIB_CTX* const slim = OSSL_LIB_CTX_new();
  crypto::must(whole != nullptr && slim != nullptr, "OSSL_LIB_CTX_new");
  add_slim_provider(slim, whole);
  return slim;
}

}  // namespace

std::shared_ptr<OSSL_LIB_CTX> borrow_library_context() {
  OSSL_LIB_CTX* context = nullptr;
  {
    const std::lock_guard lock(pool().mutex);
    if (!pool().unused.empty()) {
      context = pool().unused.back();
      pool().unused.pop_back();
    }
  }
  if (context == nullptr) context = make();
  return {context, [](OSSL_LIB_CTX* returned) {
            const std::lock_guard lock(pool().mutex);
            pool().unused.push_back(returned);
          }};
}

}  // namespace outrider::net::openssl
