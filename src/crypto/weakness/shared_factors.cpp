#include "crypto/weakness/shared_factors.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include <unordered_set>

#include "crypto/hash.h"

namespace outrider::crypto {
namespace {

// Moduli in one product: few enough that one division is short, many enough that there are few divisions.
constexpr std::size_t keys_per_product = 64;

struct NumbersFree {
  void operator()(BN_CTX* p) const { BN_CTX_free(p); }
};

Owned<BIGNUM> number(const Bytes& from) {
  Owned<BIGNUM> out(BN_bin2bn(from.data(), static_cast<int>(from.size()), nullptr));
  must(out != nullptr, "read a number");
  return out;
}

Owned<BIGNUM> one() {
  Owned<BIGNUM> out(BN_new());
  must(out != nullptr && BN_one(out.get()) == 1, "make a number");
  return out;
}

}  // namespace

std::optional<Bytes> rsa_modulus(const PublicKey& key) {
  if (key.type != KeyType::rsa) return std::nullopt;
  const auto decoded = native(key);
  BIGNUM* modulus = nullptr;
  if (!decoded || EVP_PKEY_get_bn_param(decoded.get(), OSSL_PKEY_PARAM_RSA_N, &modulus) != 1) {
    forget_openssl_errors();
    return std::nullopt;
  }
  const Owned<BIGNUM> owner(modulus);
  Bytes out(static_cast<std::size_t>(BN_num_bytes(modulus)));
  BN_bn2bin(modulus, out.data());
  return out;
}

struct SharedFactors::Inside {
  std::unique_ptr<BN_CTX, NumbersFree> numbers{BN_CTX_new()};
  std::vector<Bytes> moduli;
  std::vector<Owned<BIGNUM>> products;  // of keys_per_product moduli each; the last one may have fewer
  std::unordered_set<std::string> known;

  // Do the numbers share a factor? Zero shares all of them.
  bool share(const BIGNUM* a, const BIGNUM* modulus) const {
    const Owned<BIGNUM> divisor(BN_new());
    must(divisor != nullptr && BN_gcd(divisor.get(), a, modulus, numbers.get()) == 1, "find a common divisor");
    return !BN_is_one(divisor.get());
  }
  Owned<BIGNUM> remainder(const BIGNUM* product, const BIGNUM* modulus) const {
    Owned<BIGNUM> out(BN_new());
    must(out != nullptr && BN_mod(out.get(), product, modulus, numbers.get()) == 1, "divide numbers");
    return out;
  }
};

SharedFactors::SharedFactors() : inside_(std::make_unique<Inside>()) {}
SharedFactors::~SharedFactors() = default;

std::vector<std::string> SharedFactors::add(const Bytes& bytes, std::string name) {
  Inside& in = *inside_;
  if (names_.size() >= keys_max || !in.known.insert(hex(sha256(bytes))).second) return {};
  const auto modulus = number(bytes);
  const auto all = one();
  for (const auto& product : in.products) {
    const auto part = in.remainder(product.get(), modulus.get());
    must(BN_mod_mul(all.get(), all.get(), part.get(), modulus.get(), in.numbers.get()) == 1, "multiply numbers");
  }
  std::vector<std::string> out;
  if (in.share(all.get(), modulus.get())) {
    for (std::size_t i = 0; i < in.moduli.size(); ++i)
      if (in.share(number(in.moduli[i]).get(), modulus.get())) out.push_back(names_[i]);
  }
  if (in.moduli.size() % keys_per_product == 0) in.products.push_back(one());
  BIGNUM* const last = in.products.back().get();
  must(BN_mul(last, last, modulus.get(), in.numbers.get()) == 1, "multiply numbers");
  in.moduli.push_back(bytes);
  names_.push_back(std::move(name));
  return out;
}

}  // namespace outrider::crypto
