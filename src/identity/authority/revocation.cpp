// What authorities sign about certificates that are no longer good, and what people see of the authorities.
#include "base/file.h"
#include "base/log.h"
#include "crypto/keys/pem.h"
#include "crypto/x509/issue.h"
#include "identity/authority/wanted.h"

namespace outrider::identity {
namespace {

constexpr std::size_t root_list_bytes_max = 64 * 1024;
constexpr std::string_view list_label = "X509 CRL";

std::unexpected<Error> key_gone(const std::string& issuer) {
  return fail(Errc::unavailable, "authority-key-missing", "the key of the issuing CA " + issuer + " is not here");
}

AuthorityStatus status_of(std::string role, const crypto::Certificate& certificate, std::string key) {
  return {.role = std::move(role),
          .fleet = std::nullopt,
          .id = hex(certificate.subject_key_id),
          .subject = certificate.subject.text,
          .serial = certificate.serial,
          .signed_by = hex(certificate.authority_key_id),
          .not_before = certificate.not_before,
          .not_after = certificate.not_after,
          .key = std::move(key)};
}

std::string place_of(const Signer& signer) {
  if (!signer.key) return "offline";
  return signer.key_uri.empty() ? "file" : "device";
}

}  // namespace

Result<Bytes> Authority::issue_crl(const FleetId& fleet, const std::string& issuer, const crypto::CrlTemplate& what,
                                   ByteView elements) const {
  TRY(const auto signer, signer_of(fleet, issuer));
  if (!signer->key) return key_gone(issuer);
  return crypto::issue_crl(what, elements, signer->certificate, *signer->key);
}

Result<OcspSigner> Authority::ocsp_signer(const FleetId& fleet, const std::string& issuer) const {
  TRY(const auto signer, signer_of(fleet, issuer));
  if (!signer->key) return key_gone(issuer);
  auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
  const auto from = now();
  const auto& by = signer->certificate;
  const crypto::CertificateTemplate what{.common_name = "OCSP " + signer->short_id(),
                                         .organization = "Outrider",
                                         .key = key.public_key(),
                                         .not_before = std::max(from - backdating, by.not_before),
                                         .not_after = std::min(from + ocsp_signer_life, by.not_after),
                                         .ocsp_signing = true};
  TRY(auto certificate, crypto::issue_certificate(what, by, *signer->key));
  return OcspSigner{std::move(certificate), std::move(key)};
}

Result<Bytes> Authority::root_crl() {
  // Of the present root, and new enough, or nobody is here to make a newer one.
  const auto will_do = [&](Timestamp until) { return !root_->present->key || until - now() > root_list_life / 2; };
  {
    const std::shared_lock lock(mutex_);
    if (!root_list_.empty() && will_do(root_list_until_)) return root_list_;
  }
  const std::scoped_lock changing(changing_);
  const auto keep = [&](const Bytes& der, Timestamp until) {
    const std::unique_lock lock(mutex_);
    root_list_ = der;
    root_list_until_ = until;
    return der;
  };
  const auto file = with(root_stem(), ".crl");
  const auto root = roots()->present;
  const auto text = read_text_file(file, root_list_bytes_max);
  const auto blocks = text ? crypto::from_pem(*text) : Result<std::vector<crypto::PemBlock>>();
  if (text && blocks && blocks->size() == 1) {
    const auto view = crypto::read_crl(blocks->front().content, root->certificate);
    if (view && will_do(view->next_update)) return keep(blocks->front().content, view->next_update);
  }
  if (!root->key) return fail(Errc::unavailable, "root-offline", "the root's key is offline, and it left no list");
  const auto from = now();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(from).time_since_epoch().count();
  const crypto::CrlTemplate what{.number = static_cast<std::uint64_t>(seconds),
                                 .this_update = from - backdating,
                                 .next_update = from + root_list_life,
                                 .scope = crypto::CrlScope::authorities};
  TRY(auto der, crypto::issue_crl(what, {}, root->certificate, *root->key));
  CHECK(write_file_atomic(file, crypto::to_pem(list_label, der), certificate_mode));
  return keep(der, what.next_update);
}

std::vector<AuthorityStatus> Authority::status() const {
  const std::shared_lock lock(mutex_);
  std::vector<AuthorityStatus> out;
  out.push_back(status_of("root", root_->present->certificate, place_of(*root_->present)));
  for (const auto& former : root_->former) out.push_back(status_of("former-root", former, "archived"));
  out.push_back(status_of("server-issuing", server_->certificate, place_of(*server_)));
  for (const auto& [fleet, signers] : fleets_) {
    for (const auto& signer : signers) {
      out.push_back(
          status_of(signer == signers.front() ? "issuing" : "former-issuing", signer->certificate, place_of(*signer)));
      out.back().fleet = fleet;
    }
  }
  return out;
}

}  // namespace outrider::identity
