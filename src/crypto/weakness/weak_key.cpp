#include "crypto/weakness/weak_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace outrider::crypto {
namespace {

constexpr unsigned small_private_keys = 1024;
constexpr std::uint64_t rsa_exponent_min = 65537;  // FIPS 186-5, 5.1
constexpr unsigned small_factor_max = 1U << 14U;   // about a millisecond for a modulus of 4096 bits
// Keys found in the wild (CVE-2022-26320) fall in the first few rounds; primes chosen at random never do.
constexpr unsigned fermat_rounds = 100;

// --- RSA -----------------------------------------------------------------------------------------------------------

Owned<BIGNUM> number(EVP_PKEY* key, const char* name) {
  BIGNUM* out = nullptr;
  must(EVP_PKEY_get_bn_param(key, name, &out) == 1, "read a public key");
  return Owned<BIGNUM>(out);
}

// Infineon's generator made primes of the form k·M + (65537^a mod M) with M the product of small primes, so the modulus
// is a power of 65537 modulo each of them. A random modulus passes all of these by accident once in 2^27 or so.
// Nemec et al., "The Return of Coppersmith's Attack", CCS 2017.
bool has_roca_pattern(const BIGNUM* modulus) {
  constexpr std::array<unsigned, 38> primes{3,   5,   7,   11,  13,  17,  19,  23,  29,  31,  37,  41,  43,
                                            47,  53,  59,  61,  67,  71,  73,  79,  83,  89,  97,  101, 103,
                                            107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};
  return std::ranges::all_of(primes, [&](unsigned prime) {
    const auto residue = BN_mod_word(modulus, prime);
    unsigned power = 1;
    do {
      if (power == residue) return true;
      power = power * (65537U % prime) % prime;
    } while (power != 1);
    return false;
  });
}

std::vector<unsigned> odd_primes_below(unsigned limit) {
  std::vector<bool> composite(limit);
  std::vector<unsigned> out;
  for (unsigned n = 3; n < limit; n += 2) {
    if (composite[n]) continue;
    out.push_back(n);
    for (std::uint64_t multiple = std::uint64_t{n} * n; multiple < limit; multiple += 2UL * n)
      composite[multiple] = true;
  }
  return out;
}

bool has_small_factor(const BIGNUM* modulus) {
  static const auto primes = odd_primes_below(small_factor_max);
  return std::ranges::any_of(primes, [&](unsigned prime) { return BN_mod_word(modulus, prime) == 0; });
}

struct NumbersFree {
  void operator()(BN_CTX* p) const { BN_CTX_free(p); }
};
using Numbers = std::unique_ptr<BN_CTX, NumbersFree>;

Owned<BIGNUM> number_like(const BIGNUM* from) {
  Owned<BIGNUM> out(BN_dup(from));
  must(out != nullptr, "copy a number");
  return out;
}

// The greatest number whose square is at most `n`: Newton's method from above.
Owned<BIGNUM> square_root(const BIGNUM* n, BN_CTX* numbers) {
  const Owned<BIGNUM> next(BN_new());
  Owned<BIGNUM> root(BN_new());
  must(next != nullptr && root != nullptr && BN_set_bit(root.get(), (BN_num_bits(n) + 1) / 2) == 1, "take a root");
  for (;;) {
    must(BN_div(next.get(), nullptr, n, root.get(), numbers) == 1 && BN_add(next.get(), next.get(), root.get()) == 1 &&
             BN_rshift1(next.get(), next.get()) == 1,
         "take a root");
    if (BN_cmp(next.get(), root.get()) >= 0) return root;
    must(BN_copy(root.get(), next.get()) != nullptr, "take a root");
  }
}

bool is_square(const BIGNUM* n, BN_CTX* numbers) {
  if (BN_is_zero(n)) return true;
  // Squares end in 0, 1, 4 or 9 in base 16: the root is taken of a quarter of the candidates only.
  const auto end = BN_mod_word(n, 16);
  if (end != 0 && end != 1 && end != 4 && end != 9) return false;
  const auto root = square_root(n, numbers);
  must(BN_sqr(root.get(), root.get(), numbers) == 1, "square a number");
  return BN_cmp(root.get(), n) == 0;
}

// Fermat: n = a² − b² with a near the root of n when the primes are near each other.
bool has_close_primes(const BIGNUM* modulus) {
  const Numbers numbers(BN_CTX_new());
  must(numbers != nullptr, "allocate numbers");
  const auto a = square_root(modulus, numbers.get());
  const auto square = number_like(a.get());
  for (unsigned round = 0; round < fermat_rounds; ++round) {
    must(BN_sqr(square.get(), a.get(), numbers.get()) == 1 && BN_sub(square.get(), square.get(), modulus) == 1 &&
             BN_add_word(a.get(), 1) == 1,
         "square a number");
    if (!BN_is_negative(square.get()) && is_square(square.get(), numbers.get())) return true;
  }
  return false;
}

std::optional<std::string> rsa_weakness(EVP_PKEY* key) {
  const auto modulus = number(key, OSSL_PKEY_PARAM_RSA_N);
  const auto exponent = number(key, OSSL_PKEY_PARAM_RSA_E);
  const Owned<BIGNUM> least(BN_new());
  must(least != nullptr && BN_set_word(least.get(), rsa_exponent_min) == 1, "allocate a number");
  if (!BN_is_odd(exponent.get()) || BN_cmp(exponent.get(), least.get()) < 0)
    return "the RSA public exponent is below 65537 or even";
  if (!BN_is_odd(modulus.get())) return "the RSA modulus is even";
  if (has_roca_pattern(modulus.get()))
    return "the RSA key was made by a generator whose keys can be factored (ROCA, CVE-2017-15361)";
  if (has_small_factor(modulus.get())) return "the RSA modulus has a small prime factor";
  if (has_close_primes(modulus.get()))
    return "the two primes of the RSA modulus are so close together that anybody can find them (CVE-2022-26320)";
  return std::nullopt;
}

// --- EC ------------------------------------------------------------------------------------------------------------

// The x coordinates of 1·G, 2·G …; a private key and its negative share one.
std::set<Bytes> small_multiples(int curve, std::size_t coordinate_bytes) {
  std::set<Bytes> out;
  EC_GROUP* group = EC_GROUP_new_by_curve_name(curve);
  must(group != nullptr, "make a curve");
  EC_POINT* point = EC_POINT_dup(EC_GROUP_get0_generator(group), group);
  const Owned<BIGNUM> x(BN_new());
  must(point != nullptr && x != nullptr, "make a point");
  for (unsigned i = 0; i < small_private_keys; ++i) {
    Bytes bytes(coordinate_bytes);
    must(EC_POINT_get_affine_coordinates(group, point, x.get(), nullptr, nullptr) == 1 &&
             BN_bn2binpad(x.get(), bytes.data(), static_cast<int>(bytes.size())) > 0 &&
             EC_POINT_add(group, point, point, EC_GROUP_get0_generator(group), nullptr) == 1,
         "add points");
    out.insert(std::move(bytes));
  }
  EC_POINT_free(point);
  EC_GROUP_free(group);
  return out;
}

std::optional<std::string> ec_weakness(const PublicKey& key) {
  static const auto p256 = small_multiples(NID_X9_62_prime256v1, 32);
  static const auto p384 = small_multiples(NID_secp384r1, 48);
  const bool is_p256 = key.type == KeyType::p256;
  const std::size_t coordinate = is_p256 ? 32 : 48;
  // The canonical encoding ends in x and y.
  const ByteView x = ByteView(key.spki).last(2 * coordinate).first(coordinate);
  if (!(is_p256 ? p256 : p384).contains(to_bytes(x))) return std::nullopt;
  return "the EC private key is one of the first 1024 numbers";
}

// --- Ed25519 -------------------------------------------------------------------------------------------------------

// The encodings of the eight points of order 1, 2, 4 and 8 (with y below and not below the field's prime); the top bit
// is the sign of x and does not matter.
bool has_small_order(ByteView point) {
  static const std::array<Bytes, 7> small{
      *from_hex("0000000000000000000000000000000000000000000000000000000000000000"),
      *from_hex("0100000000000000000000000000000000000000000000000000000000000000"),
      *from_hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
      *from_hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
      *from_hex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
      *from_hex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
      *from_hex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")};
  Bytes plain = to_bytes(point);
  plain.back() &= 0x7fU;
  return std::ranges::find(small, plain) != small.end();
}

}  // namespace

std::optional<std::string> weakness_of(const PublicKey& key) {
  switch (key.type) {
    case KeyType::p256:
    case KeyType::p384:
      return ec_weakness(key);
    case KeyType::ed25519:
      if (has_small_order(ByteView(key.spki).last(32))) return "the Ed25519 public key has small order";
      return std::nullopt;
    case KeyType::rsa: {
      const auto decoded = native(key);
      return decoded ? rsa_weakness(decoded.get()) : "the RSA key cannot be read";
    }
    case KeyType::other:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace outrider::crypto
