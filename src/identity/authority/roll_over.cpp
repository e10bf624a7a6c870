// One authority takes the place of another while the fleet runs.
//
// The order is always: the new key is durable, then its certificate, which is the point of no return (files.h), then
// the places are changed on disk, then in memory. Whoever starts behind a crash finishes what was begun.
#include <algorithm>

#include "base/file.h"
#include "base/log.h"
#include "crypto/keys/pem.h"
#include "crypto/x509/chain.h"
#include "crypto/x509/csr.h"
#include "crypto/x509/issue.h"
#include "identity/authority/wanted.h"

namespace outrider::identity {
namespace {

namespace fs = std::filesystem;
using crypto::Certificate;

// The subject and key of one root, signed by another (RFC 4210, 4.4.1): the old one's name for the new one's key, and
// the other way round. It lives as long as both.
Result<Certificate> cross_certificate(const Certificate& subject, const Certificate& by, const crypto::KeyPair& key,
                                      const std::string& organization) {
  const crypto::CertificateTemplate what{.common_name = subject.subject.common_name,
                                         .organization = organization,
                                         .key = subject.key,
                                         .not_before = std::max(subject.not_before, by.not_before),
                                         .not_after = std::min(subject.not_after, by.not_after),
                                         .authority = true};
  return crypto::issue_certificate(what, by, key);
}

fs::path cross_file(const fs::path& directory, const Certificate& certificate) {
  return directory / (hex(certificate.subject_key_id) + "-by-" + hex(certificate.authority_key_id) + ".pem");
}

std::unexpected<Error> offline() {
  return fail(Errc::unavailable, "root-offline",
              "the root's key is offline; bring it back (outrider ca import), or have a request signed where it is "
              "(outrider ca rotate --request)");
}

}  // namespace

// What is ready becomes the fleet's present issuing CA. With `changing_` held.
Result<Certificate> Authority::take_over(const FleetId& fleet) {
  const auto directory = fleet_directory(fleet);
  CHECK(put_in_place(directory / "issuing", directory / "former"));
  TRY(auto present, load_below_root(directory / "issuing", wanted_of(fleet)));
  TRY(auto all, load_former(directory / "former"));
  all.insert(all.begin(), present);
  const std::unique_lock lock(mutex_);
  fleets_[fleet] = std::move(all);
  ++generation_;
  return present->certificate;
}

Result<Certificate> Authority::replace_issuing(const FleetId& fleet, const std::string& key_uri, const Record& record) {
  const std::scoped_lock changing(changing_);
  CHECK(signers_of(fleet));
  if (!roots()->present->key) return offline();
  const auto next = next_of(fleet_directory(fleet) / "issuing");
  TRY(const auto placed, load_or_make_key(next, key_uri));
  TRY(const auto certificate, certify(wanted_of(fleet), placed.key.public_key()));
  CHECK(say(record, hex(certificate.subject_key_id)));
  CHECK(write_file_atomic(with(next, ".pem"), certificate.pem(), certificate_mode));
  return take_over(fleet);
}

Result<std::string> Authority::request_issuing(const FleetId& fleet, const std::string& key_uri, const Record& record) {
  const std::scoped_lock changing(changing_);
  CHECK(signers_of(fleet));
  TRY(const auto placed, load_or_make_key(next_of(fleet_directory(fleet) / "issuing"), key_uri));
  TRY(const auto request, crypto::make_csr(placed.key, fleet.value));
  CHECK(say(record, ""));
  return crypto::to_pem("CERTIFICATE REQUEST", request);
}

Result<Certificate> Authority::install_issuing(const FleetId& fleet, std::string_view pem, const Record& record) {
  const std::scoped_lock changing(changing_);
  CHECK(signers_of(fleet));
  TRY(const auto certificate, crypto::certificate_from_pem(pem));
  const auto next = next_of(fleet_directory(fleet) / "issuing");
  const auto refuse = [](std::string why) { return fail(Errc::malformed, "bad-authority", std::move(why)); };
  TRY(const auto placed, load_key(next, certificate));
  if (!placed) return refuse("no request is waiting for a certificate; begin with 'outrider ca rotate --request'");
  if (!below_a_root(certificate)) return refuse("the certificate is not signed by our root");
  if (!certificate.authority || certificate.path_length != 0U)
    return refuse("the certificate must have basicConstraints CA:TRUE, pathlen:0");
  if (certificate.subject.common_name != fleet.value)
    return refuse("the certificate's common name must be '" + fleet.value + "', as in the request");
  if (certificate.subject_key_id.empty() || certificate.authority_key_id.empty())
    return refuse("the certificate must have subject and authority key identifiers");
  if (certificate.not_after <= now() || certificate.not_before > now())
    return refuse("the certificate is not valid now");
  CHECK(say(record, hex(certificate.subject_key_id)));
  CHECK(write_file_atomic(with(next, ".pem"), certificate.pem(), certificate_mode));
  return take_over(fleet);
}

// With `changing_` held, or before anybody else knows us.
Result<void> Authority::replace_server_issuing() {
  const auto stem = options_.directory / "server-issuing";
  TRY(const auto placed, load_or_make_key(next_of(stem)));
  TRY(const auto certificate, certify(wanted_server(), placed.key.public_key()));
  CHECK(write_file_atomic(with(next_of(stem), ".pem"), certificate.pem(), certificate_mode));
  CHECK(put_in_place(stem, options_.directory / "former"));
  TRY(auto signer, load_below_root(stem, wanted_server()));
  const std::unique_lock lock(mutex_);
  server_ = std::move(signer);
  return {};
}

Result<Certificate> Authority::replace_root(const std::string& key_uri, const Record& record) {
  const std::scoped_lock changing(changing_);
  const auto old = roots()->present;
  if (!old->key) return offline();
  const auto next = next_of(root_stem());
  TRY(const auto placed, load_or_make_key(next, key_uri));
  const auto from = now();
  const crypto::CertificateTemplate what{.common_name = old->certificate.subject.common_name,
                                         .organization = options_.server_name,
                                         .not_before = from - backdating,
                                         .not_after = from + root_life,
                                         .authority = true};
  TRY(const auto certificate, crypto::issue_self_signed(what, placed.key));
  CHECK(make_directories(options_.directory / "cross", directory_mode));
  TRY(const auto new_with_old, cross_certificate(certificate, old->certificate, *old->key, options_.server_name));
  TRY(const auto old_with_new, cross_certificate(old->certificate, certificate, placed.key, options_.server_name));
  CHECK(say(record, hex(certificate.subject_key_id)));
  for (const auto& cross : {new_with_old, old_with_new})
    CHECK(write_file_atomic(cross_file(options_.directory / "cross", cross), cross.pem(), certificate_mode));
  CHECK(write_file_atomic(with(next, ".pem"), certificate.pem(), certificate_mode));
  CHECK(open_root());
  CHECK(replace_server_issuing());
  return certificate;
}

Result<void> Authority::forget_former_roots(const Record& record) {
  const std::scoped_lock changing(changing_);
  const auto all = roots();
  if (all->former.empty()) return fail(Errc::conflict, "no-former-root", "there is no former root");
  for (const auto& status_of : status()) {
    if (!status_of.role.ends_with("issuing") || status_of.signed_by == hex(all->present->certificate.subject_key_id))
      continue;
    const std::string which = "the " + status_of.role + " CA " + status_of.id.substr(0, 16);
    const bool former = status_of.role.starts_with("former-");
    return fail(Errc::conflict, "root-in-use",
                which + " is still below a former root; " +
                    (former ? "when its devices have renewed: outrider ca forget issuing --id " + status_of.id
                            : "replace it, and wait until its devices have renewed"));
  }
  CHECK(say(record, ""));
  const auto gone = options_.directory / "gone";
  CHECK(make_directories(gone, directory_mode));
  std::error_code error;
  for (const auto& root : all->former)
    for (const auto* extension : {".key", ".uri", ".pem"}) {
      const auto file = with(options_.directory / "former" / hex(root.subject_key_id), extension);
      TRY(const bool there, is_present(file));
      if (!there) continue;
      fs::rename(file, gone / file.filename(), error);
      if (error) return std::unexpected(system_error("rename", file.string(), error.value()));
    }
  return load_roots(all->present);
}

Result<void> Authority::forget_issuer(const FleetId& fleet, const std::string& issuer, const Record& record) {
  const std::scoped_lock changing(changing_);
  TRY(auto all, signers_of(fleet));
  TRY(const auto found, signer_of(fleet, issuer));
  if (found == all.front())
    return fail(Errc::conflict, "issuer-in-use", "this is the issuing CA that signs now; replace it first");
  CHECK(say(record, issuer));
  const auto gone = fleet_directory(fleet) / "gone";
  CHECK(make_directories(gone, directory_mode));
  std::error_code error;
  for (const auto* extension : {".key", ".uri", ".pem"}) {
    const auto file = with(fleet_directory(fleet) / "former" / issuer, extension);
    TRY(const bool there, is_present(file));
    if (!there) continue;
    fs::rename(file, gone / file.filename(), error);
    if (error) return std::unexpected(system_error("rename", file.string(), error.value()));
  }
  std::erase(all, found);
  const std::unique_lock lock(mutex_);
  fleets_[fleet] = std::move(all);
  ++generation_;
  return {};
}

}  // namespace outrider::identity
