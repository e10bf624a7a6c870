#include "net/tls_detail/library_context.h"

#include <openssl/crypto.h>

#include <mutex>
#include <vector>

#include "crypto/openssl.h"

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
  if (context == nullptr) context = OSSL_LIB_CTX_new();
  crypto::must(context != nullptr, "OSSL_LIB_CTX_new");
  return {context, [](OSSL_LIB_CTX* returned) {
            const std::lock_guard lock(pool().mutex);
            pool().unused.push_back(returned);
          }};
}

}  // namespace outrider::net::openssl
