#include "identity/authority/files.h"

#include <system_error>

#include "base/file.h"
#include "base/log.h"

namespace outrider::identity {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t certificate_file_bytes_max = 64 * 1024;
constexpr std::size_t key_file_bytes_max = 16 * 1024;
constexpr std::size_t short_id_digits = 16;  // 64 bits of a hash: authorities are counted on fingers

Result<void> copy(const fs::path& from, const fs::path& to, mode_t mode) {
  TRY(const bool there, is_present(from));
  if (!there) return {};
  if (mode == certificate_mode) {
    TRY(const auto text, read_text_file(from, certificate_file_bytes_max));
    return write_file_atomic(to, text, mode);
  }
  TRY(const auto secret, read_secret_file(from, key_file_bytes_max));
  return write_file_atomic(to, secret.view(), mode);
}

Result<void> move_file(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) return std::unexpected(system_error("rename", from.string(), error.value()));
  return sync_directory(to.parent_path());
}

Result<std::string> read_uri(const fs::path& file) {
  TRY(const auto secret, read_secret_file(file, key_file_bytes_max));  // it may hold a PIN
  std::string uri(as_text(secret.view()));
  while (!uri.empty() && uri.back() == '\n') uri.pop_back();
  return uri;
}

}  // namespace

std::string Signer::short_id() const {
  return id().substr(0, short_id_digits);
}

fs::path with(const fs::path& stem, std::string_view extension) {
  return fs::path(stem.string() + std::string(extension));
}

fs::path next_of(const fs::path& stem) {
  return with(stem, "-next");
}

Result<bool> is_present(const fs::path& path) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) return false;
  if (error) return std::unexpected(system_error("stat", path.string(), error.value()));
  return true;
}

Result<crypto::Certificate> load_certificate(const fs::path& path) {
  TRY(const auto text, read_text_file(path, certificate_file_bytes_max));
  auto certificate = crypto::certificate_from_pem(text);
  if (!certificate) return std::unexpected(std::move(certificate).error().during("while reading " + path.string()));
  return certificate;
}

Result<std::optional<PlacedKey>> load_key(const fs::path& stem, const crypto::Certificate& certificate) {
  const auto mismatch = [&](std::string_view extension) {
    return fail(Errc::corrupt, "key-mismatch",
                with(stem, extension).string() + " is not the key of " + with(stem, ".pem").string() +
                    "; restore the two files from one backup");
  };
  // With both there, putting a next one in place was interrupted: the device's is the newer.
  TRY(const bool in_device, is_present(with(stem, ".uri")));
  if (in_device) {
    TRY(auto uri, read_uri(with(stem, ".uri")));
    auto key = crypto::KeyPair::from_device(uri);
    if (!key) return std::unexpected(std::move(key).error().during("while opening " + with(stem, ".uri").string()));
    if (key->public_key() != certificate.key) return mismatch(".uri");
    return PlacedKey{*std::move(key), std::move(uri)};
  }
  TRY(const bool in_file, is_present(with(stem, ".key")));
  if (!in_file) return std::nullopt;
  TRY(auto key, crypto::KeyPair::load(with(stem, ".key")));
  if (key.public_key() != certificate.key) return mismatch(".key");
  return PlacedKey{std::move(key), {}};
}

Result<PlacedKey> load_or_make_key(const fs::path& stem, const std::string& uri) {
  if (!uri.empty()) {
    TRY(auto key, crypto::KeyPair::from_device(uri));
    // A key that waited for something else must not take the place of this one.
    std::error_code error;
    fs::remove(with(stem, ".key"), error);
    if (error) return std::unexpected(system_error("remove", with(stem, ".key").string(), error.value()));
    CHECK(write_file_atomic(with(stem, ".uri"), uri + "\n", key_mode));
    return PlacedKey{std::move(key), uri};
  }
  TRY(const bool in_device, is_present(with(stem, ".uri")));
  if (in_device) {
    TRY(auto place, read_uri(with(stem, ".uri")));
    TRY(auto key, crypto::KeyPair::from_device(place));
    return PlacedKey{std::move(key), std::move(place)};
  }
  TRY(const bool there, is_present(with(stem, ".key")));
  if (there) {
    TRY(auto key, crypto::KeyPair::load(with(stem, ".key")));
    return PlacedKey{std::move(key), {}};
  }
  auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
  CHECK(key.save(with(stem, ".key")));
  return PlacedKey{std::move(key), {}};
}

Result<void> put_in_place(const fs::path& stem, const fs::path& former) {
  const auto next = next_of(stem);
  TRY(const bool ready, is_present(with(next, ".pem")));
  if (!ready) return {};
  TRY(const auto old, load_certificate(with(stem, ".pem")));
  TRY(const auto coming, load_certificate(with(next, ".pem")));
  const fs::path archive = former / hex(old.subject_key_id);
  CHECK(make_directories(former, directory_mode));
  TRY(const bool key_waits, is_present(with(next, ".key")));
  TRY(const bool uri_waits, is_present(with(next, ".uri")));
  if (key_waits || uri_waits) {  // so the present key is still the old one
    CHECK(copy(with(stem, ".key"), with(archive, ".key"), key_mode));
    CHECK(copy(with(stem, ".uri"), with(archive, ".uri"), key_mode));
  }
  if (old.der != coming.der) CHECK(copy(with(stem, ".pem"), with(archive, ".pem"), certificate_mode));
  std::error_code ignored;
  if (uri_waits) {
    CHECK(move_file(with(next, ".uri"), with(stem, ".uri")));
    fs::remove(with(stem, ".key"), ignored);
  }
  if (key_waits) {
    fs::remove(with(stem, ".uri"), ignored);
    CHECK(move_file(with(next, ".key"), with(stem, ".key")));
  }
  CHECK(move_file(with(next, ".pem"), with(stem, ".pem")));
  log::info("an authority was replaced", {{"file", with(stem, ".pem").string()}, {"serial", coming.serial}});
  return {};
}

}  // namespace outrider::identity
