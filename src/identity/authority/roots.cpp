// The root, those before it, and what ties them together.
//   root.pem root.key|uri        the present one
//   former/<id>.pem …            those before it, and the server's former issuing CAs
//   cross/<subject>-by-<signer>.pem
#include <algorithm>

#include "base/file.h"
#include "base/log.h"
#include "crypto/x509/chain.h"
#include "crypto/x509/issue.h"
#include "identity/authority/wanted.h"

namespace outrider::identity {
namespace {

namespace fs = std::filesystem;
using crypto::Certificate;

constexpr std::size_t files_max = 64;  // roll-overs of a lifetime

// Every certificate in the directory, which may be missing; in no order.
Result<std::vector<std::pair<fs::path, Certificate>>> load_all(const fs::path& directory) {
  std::vector<std::pair<fs::path, Certificate>> out;
  TRY(const bool there, is_present(directory));
  if (!there) return out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() != ".pem") continue;
    if (out.size() == files_max) return fail(Errc::too_large, "too-many", directory.string() + " holds too many files");
    TRY(auto certificate, load_certificate(entry.path()));
    out.emplace_back(entry.path(), std::move(certificate));
  }
  if (error) return std::unexpected(system_error("list", directory.string(), error.value()));
  return out;
}

bool is_root(const Certificate& certificate) {
  return certificate.authority && certificate.subject.der == certificate.issuer.der &&
         crypto::signed_by(certificate, certificate);
}

// Newest first.
constexpr auto by_age = [](const auto& a, const auto& b) { return a.not_before > b.not_before; };

}  // namespace

std::size_t Authority::Root::age_of(const Bytes& key_id) const {
  if (key_id == present->certificate.subject_key_id) return 0;
  return 1 + static_cast<std::size_t>(std::ranges::find(former, key_id, &Certificate::subject_key_id) - former.begin());
}

Result<void> Authority::open_root() {
  const auto stem = root_stem();
  TRY(const bool certified, is_present(with(stem, ".pem")));
  if (certified) {
    CHECK(put_in_place(stem, options_.directory / "former"));
    TRY(auto certificate, load_certificate(with(stem, ".pem")));
    if (!is_root(certificate))
      return fail(Errc::corrupt, "bad-authority", with(stem, ".pem").string() + " is not a root certificate");
    auto placed = load_key(stem, certificate);
    // A token that is not plugged in is a root that is offline.
    if (!placed && placed.error().code != Errc::unavailable) return std::unexpected(std::move(placed).error());
    if (!placed) log::warn("the root's key is offline", {{"why", placed.error().text()}});
    Signer present{std::move(certificate), std::nullopt, {}};
    if (placed && *placed) {
      present.key = std::move((*placed)->key);
      present.key_uri = std::move((*placed)->uri);
    }
    return load_roots(std::make_shared<const Signer>(std::move(present)));
  }
  TRY(const bool was_used, is_present(options_.directory / "server-issuing.pem"));
  if (was_used)
    return fail(Errc::corrupt, "authority-missing",
                with(stem, ".pem").string() + " is missing, but authorities below it exist; restore it from a backup");
  TRY(auto placed, load_or_make_key(stem));
  const auto from = now();
  const crypto::CertificateTemplate what{.common_name = "Outrider Root CA",
                                         .organization = options_.server_name,
                                         .not_before = from - backdating,
                                         .not_after = from + root_life,
                                         .authority = true};
  TRY(auto certificate, crypto::issue_self_signed(what, placed.key));
  CHECK(write_file_atomic(with(stem, ".pem"), certificate.pem(), certificate_mode));
  log::info("root authority made", {{"file", with(stem, ".pem").string()}, {"serial", certificate.serial}});
  return load_roots(std::make_shared<const Signer>(Signer{std::move(certificate), std::move(placed.key), {}}));
}

// The present root is known; finds those before it.
Result<void> Authority::load_roots(SignerPtr present) {
  Root found{.present = std::move(present), .former = {}, .cross = {}};
  const Certificate& newest = found.present->certificate;
  TRY(auto former, load_all(options_.directory / "former"));
  for (auto& [path, certificate] : former)
    if (is_root(certificate) && certificate.key != newest.key) found.former.push_back(std::move(certificate));
  std::ranges::sort(found.former, by_age);
  // A cross certificate of a roll-over that never was names a key that nobody has.
  const auto known = [&](const Bytes& key_id) {
    return key_id == newest.subject_key_id ||
           std::ranges::any_of(found.former, [&](const auto& root) { return root.subject_key_id == key_id; });
  };
  TRY(auto cross, load_all(options_.directory / "cross"));
  for (auto& [path, certificate] : cross)
    if (known(certificate.subject_key_id) && known(certificate.authority_key_id))
      found.cross.push_back(std::move(certificate));
  std::ranges::sort(found.cross, by_age);
  const std::unique_lock lock(mutex_);
  root_ = std::make_shared<const Root>(std::move(found));
  root_list_.clear();
  ++generation_;
  return {};
}

// A fleet's former issuing CAs, newest first.
Result<std::vector<Authority::SignerPtr>> Authority::load_former(const fs::path& directory) const {
  std::vector<SignerPtr> out;
  TRY(auto all, load_all(directory));
  for (auto& [path, certificate] : all) {
    if (certificate.not_after <= now()) continue;  // and with it everything it has signed
    TRY(auto placed, load_key(fs::path(path).replace_extension(), certificate));
    Signer signer{std::move(certificate), std::nullopt, {}};
    if (placed) {
      signer.key = std::move(placed->key);
      signer.key_uri = std::move(placed->uri);
    }
    out.push_back(std::make_shared<const Signer>(std::move(signer)));
  }
  std::ranges::sort(out, [](const auto& a, const auto& b) { return by_age(a->certificate, b->certificate); });
  return out;
}

}  // namespace outrider::identity
