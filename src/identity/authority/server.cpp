// The server's own certificate. It is cheap to make and nobody pins it, so whatever is wrong with the files is mended
// by making a new one.
#include <arpa/inet.h>

#include <algorithm>
#include <mutex>

#include "base/file.h"
#include "base/log.h"
#include "crypto/x509/chain.h"
#include "crypto/x509/issue.h"
#include "identity/authority.h"

namespace outrider::identity {
namespace {

constexpr std::size_t chain_file_bytes_max = 64 * 1024;
constexpr std::size_t server_names_max = 64;

bool is_address(const std::string& text) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, text.c_str(), bytes) == 1 || inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

// As it will read back from a certificate: addresses in their one spelling.
std::string canonical_address(const std::string& text) {
  unsigned char bytes[16];
  char out[INET6_ADDRSTRLEN] = {};
  const int family = inet_pton(AF_INET, text.c_str(), bytes) == 1 ? AF_INET : AF_INET6;
  if (family == AF_INET6) inet_pton(AF_INET6, text.c_str(), bytes);
  return inet_ntop(family, bytes, out, sizeof out);
}

crypto::AltNames alt_names(const std::vector<std::string>& names) {
  crypto::AltNames out;
  for (const auto& name : names) {
    if (is_address(name)) {
      out.ip.push_back(canonical_address(name));
    } else {
      out.dns.push_back(name);
    }
  }
  return out;
}

}  // namespace

Result<ServerIdentity> Authority::server_identity(const std::vector<std::string>& names) {
  if (names.empty() || names.size() > server_names_max)
    return fail(Errc::malformed, "bad-name", "the server's certificate needs 1 to 64 names");
  const auto key_file = options_.directory / "server.key";
  const auto chain_file = options_.directory / "server.pem";
  const std::scoped_lock changing(changing_);
  const auto signer = server_signer();
  const auto all_roots = roots();
  const auto wanted = alt_names(names);
  // Devices that know only a former root find the way from the present one to it here. Those that are behind the
  // present one's own issuing CA have no use for it.
  const auto whole = [&](std::string chain) {
    if (signer->certificate.authority_key_id != all_roots->present->certificate.subject_key_id) return chain;
    for (const auto& cross : all_roots->cross)
      if (all_roots->age_of(cross.subject_key_id) < all_roots->age_of(cross.authority_key_id)) chain += cross.pem();
    return chain;
  };
  const auto from = now();
  const auto remember = [&](const crypto::KeyPair& key) {
    const std::unique_lock lock(mutex_);
    server_spki_sha256_ = key.public_key().spki_sha256();
  };

  const auto text = read_text_file(chain_file, chain_file_bytes_max);
  const auto old_chain = text ? crypto::certificates_from_pem(*text) : Result<std::vector<crypto::Certificate>>();
  const auto old_key = crypto::KeyPair::load(key_file);
  // A key that others may read is no longer secret: say so instead of mending it silently.
  if (!old_key && old_key.error().code == Errc::forbidden) return std::unexpected(old_key.error());
  if (text && old_chain && !old_chain->empty() && old_key) {
    const auto& leaf = old_chain->front();
    if (leaf.key == old_key->public_key() && leaf.names == wanted && leaf.not_after - from >= server_renewal_left &&
        leaf.not_before <= from && crypto::signed_by(leaf, signer->certificate)) {
      remember(*old_key);
      return ServerIdentity{whole(*text), old_key->to_pem(), leaf.not_after, false};
    }
  }

  const auto& issuer = signer->certificate;
  if (from >= issuer.not_after)
    return fail(Errc::unavailable, "authority-expired", "the server's issuing CA has expired; it must be replaced");
  const auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
  crypto::CertificateTemplate what{.common_name = names.front().substr(0, id_bytes_max),
                                   .key = key.public_key(),
                                   .not_before = std::max(from - backdating, issuer.not_before),
                                   .not_after = std::min(from + server_life, issuer.not_after),
                                   .names = wanted,
                                   .server_auth = true};
  TRY(const auto leaf, crypto::issue_certificate(what, issuer, *signer->key));
  std::string chain = leaf.pem() + issuer.pem();
  // A crash between the two leaves a pair that does not belong together, which the check above replaces.
  CHECK(key.save(key_file));
  CHECK(write_file_atomic(chain_file, chain, 0644));
  remember(key);
  log::info("server certificate made", {{"serial", leaf.serial}, {"not_after", to_rfc3339(leaf.not_after)}});
  return ServerIdentity{whole(std::move(chain)), key.to_pem(), leaf.not_after, true};
}

}  // namespace outrider::identity
