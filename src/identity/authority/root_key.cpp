// The root's key goes offline and comes back.
#include "base/file.h"
#include "base/log.h"
#include "crypto/keys/encrypted.h"
#include "identity/authority/wanted.h"

namespace outrider::identity {
namespace {

std::unexpected<Error> wrong_key() {
  return fail(Errc::malformed, "wrong-key", "this is not the key of our root");
}

}  // namespace

Result<std::string> Authority::export_root_key(ByteView passphrase) const {
  const auto root = roots()->present;
  if (!root->key) return fail(Errc::unavailable, "root-offline", "the root's key is not here");
  if (!root->key_uri.empty()) return fail(Errc::conflict, "key-in-device", "the root's key cannot leave its device");
  return crypto::to_encrypted_pem(*root->key, passphrase);
}

Result<void> Authority::remove_root_key(const std::string& spki_sha256, const Record& record) {
  const std::scoped_lock changing(changing_);
  const auto root = roots()->present;
  if (!root->key) return fail(Errc::unavailable, "root-offline", "the root's key is not here");
  if (root->certificate.spki_sha256() != spki_sha256) return wrong_key();
  CHECK(say(record, hex(root->certificate.subject_key_id)));
  std::error_code error;
  for (const auto* extension : {".key", ".uri"}) {
    std::filesystem::remove(with(root_stem(), extension), error);
    if (error) return std::unexpected(system_error("remove", with(root_stem(), extension).string(), error.value()));
  }
  CHECK(sync_directory(options_.directory));
  log::info("the root's key was taken offline", {{"key", spki_sha256}});
  return load_roots(std::make_shared<const Signer>(Signer{root->certificate, std::nullopt, {}}));
}

Result<void> Authority::import_root_key(std::string_view encrypted_pem, ByteView passphrase, bool keep,
                                        const Record& record) {
  const std::scoped_lock changing(changing_);
  const auto root = roots()->present;
  TRY(auto key, crypto::from_encrypted_pem(encrypted_pem, passphrase));
  if (key.public_key() != root->certificate.key) return wrong_key();
  CHECK(say(record, hex(root->certificate.subject_key_id)));
  if (keep) CHECK(key.save(with(root_stem(), ".key")));
  log::info("the root's key is here", {{"kept", keep}});
  return load_roots(std::make_shared<const Signer>(Signer{root->certificate, std::move(key), {}}));
}

Result<void> Authority::import_root_key(const std::string& key_uri, const Record& record) {
  const std::scoped_lock changing(changing_);
  const auto root = roots()->present;
  TRY(auto key, crypto::KeyPair::from_device(key_uri));
  if (key.public_key() != root->certificate.key) return wrong_key();
  CHECK(say(record, hex(root->certificate.subject_key_id)));
  CHECK(write_file_atomic(with(root_stem(), ".uri"), key_uri + "\n", key_mode));
  std::error_code error;
  std::filesystem::remove(with(root_stem(), ".key"), error);
  if (error) return std::unexpected(system_error("remove", with(root_stem(), ".key").string(), error.value()));
  return load_roots(std::make_shared<const Signer>(Signer{root->certificate, std::move(key), key_uri}));
}

}  // namespace outrider::identity
