#include "crypto/keys/weak_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include <algorithm>
#include <array>
#include <bit>
#include <set>
#include <utility>

namespace outrider::crypto {
namespace {

constexpr unsigned small_private_keys = 1024;
constexpr std::uint64_t rsa_exponent_min = 65537;  // FIPS 186-5, 5.1

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
