#pragma once
// Authorities as files: a certificate and its key, and how one takes the place of another without a moment in which
// there is none. Private to the room.
//
//   <stem>.pem        the certificate
//   <stem>.key        its key, or
//   <stem>.uri        where its key is (PKCS#11)
//   <stem>-next.*     those that are to take their place; once the certificate is there, they will
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "crypto/keys/key.h"
#include "crypto/x509/certificate.h"

namespace outrider::identity {

inline constexpr mode_t directory_mode = 0750;  // names and certificates may be seen by the service's group
inline constexpr mode_t certificate_mode = 0644;
inline constexpr mode_t key_mode = 0600;

// An authority that can sign, or can only be trusted.
struct Signer {
  crypto::Certificate certificate;
  std::optional<crypto::KeyPair> key;
  std::string key_uri;  // when the key is in a device

  // Its name in URLs and file names: the beginning of its key identifier.
  std::string short_id() const;
  std::string id() const { return hex(certificate.subject_key_id); }
};

std::filesystem::path with(const std::filesystem::path& stem, std::string_view extension);
// An error other than "not there" must not look like first start, or a new authority would replace one that is there.
Result<bool> is_present(const std::filesystem::path& path);
Result<crypto::Certificate> load_certificate(const std::filesystem::path& path);

// A key with the place it came from.
struct PlacedKey {
  crypto::KeyPair key;
  std::string uri;
};
// nullopt when there is neither file. A key that does not belong to the certificate is corrupt ("key-mismatch").
Result<std::optional<PlacedKey>> load_key(const std::filesystem::path& stem, const crypto::Certificate& certificate);
// The key in the file (left over when making an authority was interrupted), or a new one that is durable in it; with a
// URI the device's key, and the URI is durable.
Result<PlacedKey> load_or_make_key(const std::filesystem::path& stem, const std::string& uri = {});

// Where the next one of an authority is made ready.
std::filesystem::path next_of(const std::filesystem::path& stem);
// When a next one is ready, it takes its place, and the present one goes to `former`. Does nothing otherwise. May be
// interrupted anywhere and called again.
Result<void> put_in_place(const std::filesystem::path& stem, const std::filesystem::path& former);

}  // namespace outrider::identity
