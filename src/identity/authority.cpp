#include "identity/authority.h"

#include <algorithm>

#include "base/file.h"
#include "base/log.h"
#include "crypto/x509/chain.h"
#include "crypto/x509/issue.h"
#include "facts/holder.h"
#include "identity/authority/wanted.h"
#include "identity/enrolment/device_name.h"

namespace outrider::identity {
namespace {

constexpr std::size_t organization_bytes_max = 64;  // X.520 ub-organization-name
constexpr std::size_t recorded_bytes_max = 1024;

using crypto::Certificate;

facts::AuthorityCreated fact_of(std::string role, const Certificate& certificate) {
  return {std::move(role), certificate.serial, certificate.not_after, certificate.der};
}

// What the file `recorded` says when the ledger knows both.
std::string recorded_text(const Certificate& root, const Certificate& issuing) {
  return root.serial + "\n" + issuing.serial + "\n";
}

}  // namespace

Authority::Authority(AuthorityOptions options) : options_(std::move(options)) {
  if (options_.clock == nullptr) options_.clock = &system_clock();
  options_.server_name.resize(std::min(options_.server_name.size(), organization_bytes_max));
}
Authority::~Authority() = default;

Authority::Wanted Authority::wanted_of(const FleetId& fleet) {
  return {.common_name = fleet.value, .organization = "Outrider issuing CA", .client_auth = true};
}

Authority::Wanted Authority::wanted_server() const {
  return {.common_name = "Outrider Server CA", .organization = options_.server_name, .server_auth = true};
}

Result<std::unique_ptr<Authority>> Authority::open(AuthorityOptions options) {
  std::unique_ptr<Authority> out(new Authority(std::move(options)));
  CHECK(make_directories(out->options_.directory / "fleets", directory_mode));
  CHECK(out->open_root());
  TRY(out->server_, out->open_below_root(out->options_.directory / "server-issuing", out->wanted_server()));
  // A roll-over of the root that was interrupted behind its first half.
  const auto& root = *out->root_->present;
  if (root.key && out->server_->certificate.authority_key_id != root.certificate.subject_key_id)
    CHECK(out->replace_server_issuing());
  return out;
}

std::shared_ptr<const Authority::Root> Authority::roots() const {
  const std::shared_lock lock(mutex_);
  return root_;
}

Authority::SignerPtr Authority::server_signer() const {
  const std::shared_lock lock(mutex_);
  return server_;
}

bool Authority::below_a_root(const Certificate& certificate) const {
  const auto all = roots();
  return crypto::signed_by(certificate, all->present->certificate) ||
         std::ranges::any_of(all->former, [&](const auto& root) { return crypto::signed_by(certificate, root); });
}

Result<Authority::SignerPtr> Authority::load_below_root(const std::filesystem::path& stem, const Wanted& wanted) const {
  TRY(auto certificate, load_certificate(with(stem, ".pem")));
  if (!certificate.authority || certificate.subject.common_name != wanted.common_name || !below_a_root(certificate))
    return fail(
        Errc::corrupt, "bad-authority",
        with(stem, ".pem").string() + " is not the issuing certificate of '" + wanted.common_name + "' under our root");
  TRY(auto placed, load_key(stem, certificate));
  if (!placed)
    return fail(Errc::corrupt, "authority-key-missing",
                with(stem, ".key").string() + " is missing; restore it from a backup");
  return std::make_shared<const Signer>(Signer{std::move(certificate), std::move(placed->key), std::move(placed->uri)});
}

Result<Authority::SignerPtr> Authority::open_below_root(const std::filesystem::path& stem, const Wanted& wanted) {
  TRY(const bool certified, is_present(with(stem, ".pem")));
  if (!certified) return make_below_root(stem, wanted);
  CHECK(put_in_place(stem, stem.parent_path() / "former"));
  return load_below_root(stem, wanted);
}

Result<Certificate> Authority::certify(const Wanted& wanted, const crypto::PublicKey& key) const {
  const auto root = roots()->present;
  if (!root->key)
    return fail(Errc::unavailable, "root-offline",
                "the root's key is offline; bring it back (outrider ca import) to make an issuing CA");
  const auto from = now();
  const crypto::CertificateTemplate what{.common_name = wanted.common_name,
                                         .organization = wanted.organization,
                                         .key = key,
                                         .not_before = std::max(from - backdating, root->certificate.not_before),
                                         .not_after = std::min(from + issuing_life, root->certificate.not_after),
                                         .client_auth = wanted.client_auth,
                                         .server_auth = wanted.server_auth,
                                         .authority = true,
                                         .path_length = 0,
                                         // An issuing CA's extended key usage binds everything below it, for many.
                                         .ocsp_signing = wanted.client_auth};
  return crypto::issue_certificate(what, root->certificate, *root->key);
}

Result<Authority::SignerPtr> Authority::make_below_root(const std::filesystem::path& stem, const Wanted& wanted) {
  if (!roots()->present->key) return std::unexpected(certify(wanted, {}).error());
  TRY(auto placed, load_or_make_key(stem));
  TRY(auto certificate, certify(wanted, placed.key.public_key()));
  CHECK(write_file_atomic(with(stem, ".pem"), certificate.pem(), certificate_mode));
  log::info("issuing authority made", {{"file", with(stem, ".pem").string()}, {"serial", certificate.serial}});
  return std::make_shared<const Signer>(Signer{std::move(certificate), std::move(placed.key), std::move(placed.uri)});
}

std::filesystem::path Authority::fleet_directory(const FleetId& fleet) const {
  return options_.directory / "fleets" / fleet.value;
}

Result<void> Authority::add_fleet(const FleetId& fleet) {
  const std::scoped_lock changing(changing_);
  if (signers_of(fleet)) return {};
  CHECK(make_directories(fleet_directory(fleet), directory_mode));
  TRY(const bool was_used, is_present(fleet_directory(fleet) / "recorded"));
  TRY(const bool certified, is_present(fleet_directory(fleet) / "issuing.pem"));
  if (was_used && !certified)
    return fail(Errc::corrupt, "authority-missing",
                (fleet_directory(fleet) / "issuing.pem").string() +
                    " is missing, but the fleet has used it; restore it from a backup");
  TRY(auto present, open_below_root(fleet_directory(fleet) / "issuing", wanted_of(fleet)));
  TRY(auto all, load_former(fleet_directory(fleet) / "former"));
  all.insert(all.begin(), std::move(present));
  const std::unique_lock lock(mutex_);
  fleets_.emplace(fleet, std::move(all));
  ++generation_;
  return {};
}

Result<std::vector<facts::AuthorityCreated>> Authority::unrecorded(const FleetId& fleet) const {
  TRY(const auto issuing_certificate, issuing(fleet));
  const auto root_certificate = root();
  const auto recorded = read_text_file(fleet_directory(fleet) / "recorded", recorded_bytes_max);
  if (recorded && *recorded == recorded_text(root_certificate, issuing_certificate))
    return std::vector<facts::AuthorityCreated>{};
  return std::vector<facts::AuthorityCreated>{fact_of("root", root_certificate),
                                              fact_of("issuing", issuing_certificate)};
}

Result<void> Authority::mark_recorded(const FleetId& fleet) {
  TRY(const auto issuing_certificate, issuing(fleet));
  return write_file_atomic(fleet_directory(fleet) / "recorded", recorded_text(root(), issuing_certificate),
                           certificate_mode);
}

Result<std::vector<Authority::SignerPtr>> Authority::signers_of(const FleetId& fleet) const {
  const std::shared_lock lock(mutex_);
  const auto found = fleets_.find(fleet);
  if (found == fleets_.end()) return fail(Errc::not_found, "unknown-fleet", "there is no fleet '" + fleet.value + "'");
  return found->second;
}

Result<Authority::SignerPtr> Authority::signer_of(const FleetId& fleet, const std::string& issuer) const {
  TRY(const auto all, signers_of(fleet));
  const auto found = std::ranges::find(all, issuer, [](const auto& signer) { return signer->id(); });
  if (found == all.end())
    return fail(Errc::not_found, "unknown-issuer", "fleet '" + fleet.value + "' has no issuing CA " + issuer);
  return *found;
}

Certificate Authority::root() const {
  return roots()->present->certificate;
}

Result<Certificate> Authority::issuing(const FleetId& fleet) const {
  TRY(const auto all, signers_of(fleet));
  return all.front()->certificate;
}

Result<std::vector<Certificate>> Authority::issuers(const FleetId& fleet) const {
  TRY(const auto all, signers_of(fleet));
  std::vector<Certificate> out;
  for (const auto& signer : all) out.push_back(signer->certificate);
  return out;
}

Result<std::vector<Certificate>> Authority::ca_certificates(const FleetId& fleet) const {
  TRY(auto out, issuers(fleet));
  const auto all = roots();
  // Cross certificates come before the roots whose names and keys they have: OpenSSL takes the first that fits, and
  // from a root that the client does not trust there is no way on.
  out.insert(out.end(), all->cross.begin(), all->cross.end());
  out.push_back(all->present->certificate);
  out.insert(out.end(), all->former.begin(), all->former.end());
  return out;
}

std::string Authority::client_anchors_pem() const {
  const std::shared_lock lock(mutex_);
  if (fleets_.empty()) return root_->present->certificate.pem();
  std::string out;
  for (const auto& [fleet, signers] : fleets_)
    for (const auto& signer : signers) out += signer->certificate.pem();
  return out;
}

Result<Certificate> Authority::issue_device(const FleetId& fleet, const DeviceId& device, const crypto::PublicKey& key,
                                            std::chrono::seconds life) const {
  TRY(const auto all, signers_of(fleet));
  const Signer& signer = *all.front();
  const auto& issuer = signer.certificate;
  const auto from = now();
  if (from >= issuer.not_after)
    return fail(Errc::unavailable, "authority-expired",
                "the issuing CA of fleet '" + fleet.value + "' has expired; replace it: outrider ca rotate");
  const std::chrono::seconds lived = std::max<std::chrono::seconds>(life, device_life_min);
  crypto::CertificateTemplate what{.common_name = std::string(facts::plain_name(device)),
                                   .key = key,
                                   .not_before = std::max(from - backdating, issuer.not_before),
                                   .not_after = std::min(from + lived, issuer.not_after),
                                   .client_auth = true};
  what.names.uri = {to_urn(fleet, device)};
  if (!options_.base_url.empty()) {  // the paths of gateway/pki
    const std::string place = "/" + fleet.value + "/" + signer.short_id();
    what.crl_url = options_.base_url + "/crl" + place + ".crl";
    what.ocsp_url = options_.base_url + "/ocsp";
    what.issuer_url = options_.base_url + "/ca" + place + ".cer";
  }
  return crypto::issue_certificate(what, issuer, *signer.key);
}

bool Authority::is_own_key(const std::string& spki_sha256) const {
  const std::shared_lock lock(mutex_);
  const auto is = [&](const Certificate& certificate) { return certificate.spki_sha256() == spki_sha256; };
  if (spki_sha256 == server_spki_sha256_ || is(server_->certificate) || is(root_->present->certificate) ||
      std::ranges::any_of(root_->former, is))
    return true;
  return std::ranges::any_of(fleets_, [&](const auto& entry) {
    return std::ranges::any_of(entry.second, [&](const auto& signer) { return is(signer->certificate); });
  });
}

}  // namespace outrider::identity
