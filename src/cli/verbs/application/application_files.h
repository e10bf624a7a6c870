#pragma once
// Key and certificate of an application as files that any MQTT client takes. The key is made here and stays here.
#include <filesystem>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "crypto/keys/key.h"

namespace outrider::cli {

inline constexpr std::string_view application_key_file = "app.key";
inline constexpr std::string_view application_certificate_file = "app.pem";
inline constexpr std::string_view application_ca_file = "ca.pem";

// What is done to files that are there.
enum class Replace : bool { no, yes };

struct ApplicationKey {
  crypto::KeyPair key;
  std::string csr_pem;
};

// Refused: conflict "file-exists". Makes nothing.
Result<void> check_application_directory(const std::filesystem::path& directory, Replace replace);
// A new P-256 key and its request; makes the directory (0700) when missing, and writes nothing yet.
Result<ApplicationKey> make_application_key(const std::filesystem::path& directory, const ApplicationId& id,
                                            Replace replace);
// Key (0600) first, then what belongs to it.
Result<void> write_application_files(const std::filesystem::path& directory, const ApplicationKey& key,
                                     std::string_view certificate_pem, std::string_view ca_pem);

}  // namespace outrider::cli
