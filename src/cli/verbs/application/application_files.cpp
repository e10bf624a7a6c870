#include "cli/verbs/application/application_files.h"

#include <fmt/format.h>

#include "base/file.h"
#include "crypto/keys/pem.h"
#include "crypto/x509/csr.h"

namespace outrider::cli {
namespace {

constexpr mode_t directory_mode = 0700;
constexpr mode_t certificate_mode = 0644;

}  // namespace

Result<void> check_application_directory(const std::filesystem::path& directory, Replace replace) {
  for (const auto name : {application_key_file, application_certificate_file}) {
    std::error_code error;
    if (replace == Replace::no && std::filesystem::exists(std::filesystem::symlink_status(directory / name, error)))
      return fail(Errc::conflict, "file-exists",
                  fmt::format("{} exists; choose another directory, or replace it with outrider app enrol --replace",
                              (directory / name).string()));
  }
  return {};
}

Result<ApplicationKey> make_application_key(const std::filesystem::path& directory, const ApplicationId& id,
                                            Replace replace) {
  CHECK(check_application_directory(directory, replace));
  CHECK(make_directories(directory, directory_mode));
  auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
  TRY(const auto csr, crypto::make_csr(key, id.value));
  return ApplicationKey{std::move(key), crypto::to_pem("CERTIFICATE REQUEST", csr)};
}

Result<void> write_application_files(const std::filesystem::path& directory, const ApplicationKey& key,
                                     std::string_view certificate_pem, std::string_view ca_pem) {
  CHECK(key.key.save(directory / application_key_file));
  CHECK(write_file_atomic(directory / application_certificate_file, certificate_pem, certificate_mode));
  return write_file_atomic(directory / application_ca_file, ca_pem, certificate_mode);
}

}  // namespace outrider::cli
