#include "net/tls_detail/slim_provider.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/provider.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <vector>

#include "crypto/openssl.h"

namespace outrider::net::openssl {

namespace {

struct Kept {
  int operation;
  std::vector<std::string_view> names;
};

// What TLS 1.3 and 1.2 with our policies need: key exchange X25519 and P-256; certificates and signatures with ECDSA,
// Ed25519 and RSA (other people's CAs).
const std::vector<Kept>& kept() {
  static const std::vector<Kept> only{
      // SHA-1 is no signature here: OpenSSL names certificates in its store by it.
      {OSSL_OP_DIGEST, {"SHA1", "SHA2-256", "SHA2-384", "SHA2-512"}},
      {OSSL_OP_CIPHER, {"AES-128-GCM", "AES-256-GCM", "ChaCha20-Poly1305", "AES-256-CTR"}},
      {OSSL_OP_MAC, {"HMAC"}},
      {OSSL_OP_KDF, {"HKDF", "TLS13-KDF", "TLS1-PRF"}},
      {OSSL_OP_RAND, {"CTR-DRBG", "SEED-SRC"}},
      // HMAC as a key and a signature: the binders of tickets.
      {OSSL_OP_KEYMGMT, {"EC", "X25519", "ED25519", "RSA", "HMAC"}},
      {OSSL_OP_KEYEXCH, {"ECDH", "X25519"}},
      {OSSL_OP_SIGNATURE, {"ECDSA", "ED25519", "RSA", "HMAC"}},
      {OSSL_OP_ENCODER, {"EC", "ED25519", "RSA"}},
      {OSSL_OP_DECODER, {"EC", "ED25519", "RSA"}},
  };
  return only;
}

// Of decoders only those of public keys as they stand in certificates; private keys are read in another context.
constexpr std::string_view decoded_structure = "structure=SubjectPublicKeyInfo";

bool is_kept(int operation, const OSSL_ALGORITHM& algorithm) {
  return operation != OSSL_OP_DECODER ||
         std::string_view(algorithm.property_definition).find(decoded_structure) != std::string_view::npos;
}

bool has_name(std::string_view names, std::string_view wanted) {
  for (;;) {
    const auto colon = names.find(':');
    if (names.substr(0, colon) == wanted) return true;
    if (colon == std::string_view::npos) return false;
    names.remove_prefix(colon + 1);
  }
}

using Algorithms = std::map<int, std::vector<OSSL_ALGORITHM>>;

Algorithms select(OSSL_PROVIDER* whole) {
  Algorithms out;
  for (const auto& [operation, names] : kept()) {
    int no_cache = 0;
    const OSSL_ALGORITHM* algorithm = OSSL_PROVIDER_query_operation(whole, operation, &no_cache);
    auto& list = out[operation];
    for (; algorithm != nullptr && algorithm->algorithm_names != nullptr; ++algorithm) {
      if (is_kept(operation, *algorithm) &&
          std::ranges::any_of(names, [&](auto name) { return has_name(algorithm->algorithm_names, name); }))
        list.push_back(*algorithm);
    }
    list.push_back({});
  }
  return out;
}

// The default provider's tables are the same in every context, so ours are made once, and read without a lock: OpenSSL
// asks for them with every certificate. `first` stays loaded for ever.
struct Selection {
  OSSL_PROVIDER* first;
  Algorithms algorithms;
};
const Selection& selection(OSSL_PROVIDER* whole = nullptr) {
  static const Selection& only = *new Selection{whole, select(whole)};
  return only;
}

const OSSL_ALGORITHM* query(void*, int operation, int* no_cache) {
  *no_cache = 0;
  const auto& algorithms = selection().algorithms;
  const auto found = algorithms.find(operation);
  return found == algorithms.end() ? nullptr : found->second.data();
}

// The groups of TLS, among others.
int capabilities(void*, const char* capability, OSSL_CALLBACK* callback, void* argument) {
  return OSSL_PROVIDER_get_capabilities(selection().first, capability, callback, argument);
}

// What the algorithms expect to be given; for the one call of initialize() that add_slim_provider() leads to.
thread_local void* context_in_the_making = nullptr;

int initialize(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** out, void** context) {
  static const std::array<OSSL_DISPATCH, 3> functions{{
      {OSSL_FUNC_PROVIDER_QUERY_OPERATION, reinterpret_cast<void (*)()>(query)},
      {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, reinterpret_cast<void (*)()>(capabilities)},
      {0, nullptr},
  }};
  *out = functions.data();
  *context = context_in_the_making;
  return 1;
}

}  // namespace

void add_slim_provider(OSSL_LIB_CTX* slim, OSSL_LIB_CTX* whole) {
  OSSL_PROVIDER* const provider = OSSL_PROVIDER_load(whole, "default");
  crypto::must(provider != nullptr, "loading the default provider");
  selection(provider);
  context_in_the_making = OSSL_PROVIDER_get0_provider_ctx(provider);
  crypto::must(
      OSSL_PROVIDER_add_builtin(slim, "outrider", initialize) == 1 && OSSL_PROVIDER_load(slim, "outrider") != nullptr,
      "loading our provider");
}

}  // namespace outrider::net::openssl
