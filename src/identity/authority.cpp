#include "identity/authority.h"

#include <algorithm>
#include <mutex>

#include "base/file.h"
#include "base/log.h"
#include "crypto/x509/chain.h"
#include "crypto/x509/issue.h"
#include "facts/holder.h"
#include "identity/device_name.h"

namespace outrider::identity {
namespace {

constexpr mode_t directory_mode = 0750;  // names and certificates may be seen by the service's group, keys are 0600
constexpr mode_t certificate_mode = 0644;
constexpr std::size_t certificate_file_bytes_max = 64 * 1024;
constexpr std::size_t organization_bytes_max = 64;  // X.520 ub-organization-name

using crypto::Certificate;
using crypto::KeyPair;

std::filesystem::path with(const std::filesystem::path& stem, std::string_view extension) {
  return std::filesystem::path(stem.string() + std::string(extension));
}

// An error other than "not there" must not look like first start, or a new authority would replace one that is there.
Result<bool> is_present(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) return false;
  if (error) return std::unexpected(system_error("stat", path.string(), error.value()));
  return true;
}

Result<Certificate> load_certificate(const std::filesystem::path& path) {
  TRY(const auto text, read_text_file(path, certificate_file_bytes_max));
  auto certificate = crypto::certificate_from_pem(text);
  if (!certificate) return std::unexpected(std::move(certificate).error().during("while reading " + path.string()));
  return certificate;
}

// The key in the file, or a new one that is durable in it. A key without certificate is left over when making an
// authority was interrupted, and is used.
Result<KeyPair> load_or_make_key(const std::filesystem::path& path) {
  TRY(const bool there, is_present(path));
  if (there) return KeyPair::load(path);
  auto key = KeyPair::generate(crypto::KeyType::p256);
  CHECK(key.save(path));
  return key;
}

Result<void> check_pair(const Certificate& certificate, const KeyPair& key, const std::filesystem::path& stem) {
  if (certificate.key == key.public_key()) return {};
  return fail(Errc::corrupt, "key-mismatch",
              with(stem, ".key").string() + " is not the key of " + with(stem, ".pem").string() +
                  "; restore the two files from one backup");
}

facts::AuthorityCreated fact_of(std::string role, const Certificate& certificate) {
  return {std::move(role), certificate.serial, certificate.not_after, certificate.der};
}

}  // namespace

// What an issuing CA shall be.
struct Authority::Wanted {
  std::string common_name;
  std::string organization;
  bool client_auth = false;  // an issuing CA's extended key usage binds everything below it
  bool server_auth = false;
};

Authority::Authority(AuthorityOptions options) : options_(std::move(options)) {
  if (options_.clock == nullptr) options_.clock = &system_clock();
  options_.server_name.resize(std::min(options_.server_name.size(), organization_bytes_max));
}
Authority::~Authority() = default;

Result<std::unique_ptr<Authority>> Authority::open(AuthorityOptions options) {
  std::unique_ptr<Authority> out(new Authority(std::move(options)));
  CHECK(make_directories(out->options_.directory / "fleets", directory_mode));
  CHECK(out->open_root());
  const Wanted server{
      .common_name = "Outrider Server CA", .organization = out->options_.server_name, .server_auth = true};
  TRY(out->server_, out->open_below_root(out->options_.directory / "server-issuing", server));
  return out;
}

Result<void> Authority::open_root() {
  const auto stem = options_.directory / "root";
  TRY(const bool certified, is_present(with(stem, ".pem")));
  TRY(const bool has_key, is_present(with(stem, ".key")));
  if (certified) {
    TRY(auto certificate, load_certificate(with(stem, ".pem")));
    if (!certificate.authority || !crypto::signed_by(certificate, certificate))
      return fail(Errc::corrupt, "bad-authority", with(stem, ".pem").string() + " is not a root certificate");
    if (has_key) {
      TRY(auto key, KeyPair::load(with(stem, ".key")));
      CHECK(check_pair(certificate, key, stem));
      root_key_ = std::move(key);
    }
    root_ = std::make_shared<const Certificate>(std::move(certificate));
    return {};
  }
  TRY(const bool was_used, is_present(options_.directory / "server-issuing.pem"));
  if (was_used)
    return fail(Errc::corrupt, "authority-missing",
                with(stem, ".pem").string() + " is missing, but authorities below it exist; restore it from a backup");
  TRY(auto key, load_or_make_key(with(stem, ".key")));
  const auto from = now();
  const crypto::CertificateTemplate what{.common_name = "Outrider Root CA",
                                         .organization = options_.server_name,
                                         .not_before = from - backdating,
                                         .not_after = from + root_life,
                                         .authority = true};
  TRY(auto certificate, crypto::issue_self_signed(what, key));
  CHECK(write_file_atomic(with(stem, ".pem"), certificate.pem(), certificate_mode));
  log::info("root authority made", {{"file", with(stem, ".pem").string()}, {"serial", certificate.serial}});
  root_ = std::make_shared<const Certificate>(std::move(certificate));
  root_key_ = std::move(key);
  return {};
}

Result<std::shared_ptr<const Authority::Signer>> Authority::open_below_root(const std::filesystem::path& stem,
                                                                            const Wanted& wanted) {
  TRY(const bool certified, is_present(with(stem, ".pem")));
  if (!certified) return make_below_root(stem, wanted);
  TRY(auto certificate, load_certificate(with(stem, ".pem")));
  if (!certificate.authority || certificate.subject.common_name != wanted.common_name ||
      !crypto::signed_by(certificate, *root_))
    return fail(
        Errc::corrupt, "bad-authority",
        with(stem, ".pem").string() + " is not the issuing certificate of '" + wanted.common_name + "' under our root");
  TRY(const bool has_key, is_present(with(stem, ".key")));
  if (!has_key)
    return fail(Errc::corrupt, "authority-key-missing",
                with(stem, ".key").string() + " is missing; restore it from a backup");
  TRY(auto key, KeyPair::load(with(stem, ".key")));
  CHECK(check_pair(certificate, key, stem));
  return std::make_shared<const Signer>(Signer{std::move(certificate), std::move(key)});
}

Result<std::shared_ptr<const Authority::Signer>> Authority::make_below_root(const std::filesystem::path& stem,
                                                                            const Wanted& wanted) {
  if (!root_key_)
    return fail(
        Errc::unavailable, "root-offline",
        "the root's key is offline; put " + (options_.directory / "root.key").string() + " back to add an issuing CA");
  TRY(auto key, load_or_make_key(with(stem, ".key")));
  const auto from = now();
  const crypto::CertificateTemplate what{.common_name = wanted.common_name,
                                         .organization = wanted.organization,
                                         .key = key.public_key(),
                                         .not_before = std::max(from - backdating, root_->not_before),
                                         .not_after = std::min(from + issuing_life, root_->not_after),
                                         .client_auth = wanted.client_auth,
                                         .server_auth = wanted.server_auth,
                                         .authority = true,
                                         .path_length = 0};
  TRY(auto certificate, crypto::issue_certificate(what, *root_, *root_key_));
  CHECK(write_file_atomic(with(stem, ".pem"), certificate.pem(), certificate_mode));
  log::info("issuing authority made", {{"file", with(stem, ".pem").string()}, {"serial", certificate.serial}});
  return std::make_shared<const Signer>(Signer{std::move(certificate), std::move(key)});
}

std::filesystem::path Authority::fleet_directory(const FleetId& fleet) const {
  return options_.directory / "fleets" / fleet.value;
}

Result<void> Authority::add_fleet(const FleetId& fleet) {
  const std::unique_lock lock(mutex_);
  if (fleets_.contains(fleet)) return {};
  CHECK(make_directories(fleet_directory(fleet), directory_mode));
  TRY(const bool was_used, is_present(fleet_directory(fleet) / "recorded"));
  TRY(const bool certified, is_present(fleet_directory(fleet) / "issuing.pem"));
  if (was_used && !certified)
    return fail(Errc::corrupt, "authority-missing",
                (fleet_directory(fleet) / "issuing.pem").string() +
                    " is missing, but the fleet has used it; restore it from a backup");
  const Wanted wanted{.common_name = fleet.value, .organization = "Outrider issuing CA", .client_auth = true};
  TRY(auto signer, open_below_root(fleet_directory(fleet) / "issuing", wanted));
  fleets_.emplace(fleet, std::move(signer));
  return {};
}

Result<std::vector<facts::AuthorityCreated>> Authority::unrecorded(const FleetId& fleet) const {
  TRY(const auto signer, signer_of(fleet));
  TRY(const bool recorded, is_present(fleet_directory(fleet) / "recorded"));
  if (recorded) return std::vector<facts::AuthorityCreated>{};
  return std::vector<facts::AuthorityCreated>{fact_of("root", *root_), fact_of("issuing", signer->certificate)};
}

Result<void> Authority::mark_recorded(const FleetId& fleet) {
  TRY(const auto signer, signer_of(fleet));
  return write_file_atomic(fleet_directory(fleet) / "recorded", signer->certificate.serial + "\n", certificate_mode);
}

Result<std::shared_ptr<const Authority::Signer>> Authority::signer_of(const FleetId& fleet) const {
  const std::shared_lock lock(mutex_);
  const auto found = fleets_.find(fleet);
  if (found == fleets_.end()) return fail(Errc::not_found, "unknown-fleet", "there is no fleet '" + fleet.value + "'");
  return found->second;
}

Result<Certificate> Authority::issuing(const FleetId& fleet) const {
  TRY(const auto signer, signer_of(fleet));
  return signer->certificate;
}

std::string Authority::client_anchors_pem() const {
  const std::shared_lock lock(mutex_);
  if (fleets_.empty()) return root_->pem();
  std::string out;
  for (const auto& [fleet, signer] : fleets_) out += signer->certificate.pem();
  return out;
}

Result<Certificate> Authority::issue_device(const FleetId& fleet, const DeviceId& device, const crypto::PublicKey& key,
                                            std::chrono::seconds life) const {
  TRY(const auto signer, signer_of(fleet));
  const auto& issuer = signer->certificate;
  const auto from = now();
  if (from >= issuer.not_after)
    return fail(Errc::unavailable, "authority-expired",
                "the issuing CA of fleet '" + fleet.value + "' has expired; it must be replaced");
  const std::chrono::seconds lived = std::max<std::chrono::seconds>(life, device_life_min);
  crypto::CertificateTemplate what{.common_name = std::string(facts::plain_name(device)),
                                   .key = key,
                                   .not_before = std::max(from - backdating, issuer.not_before),
                                   .not_after = std::min(from + lived, issuer.not_after),
                                   .client_auth = true};
  what.names.uri = {to_urn(fleet, device)};
  return crypto::issue_certificate(what, issuer, *signer->key);
}

bool Authority::is_own_key(const std::string& spki_sha256) const {
  if (spki_sha256 == root_->spki_sha256() || spki_sha256 == server_->certificate.spki_sha256()) return true;
  const std::shared_lock lock(mutex_);
  return spki_sha256 == server_spki_sha256_ || std::ranges::any_of(fleets_, [&](const auto& entry) {
           return entry.second->certificate.spki_sha256() == spki_sha256;
         });
}

}  // namespace outrider::identity
