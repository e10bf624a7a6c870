#include "server/start/certificate_file.h"

#include "base/file.h"
#include "crypto/keys/key.h"
#include "crypto/x509/certificate.h"

namespace outrider::server {
namespace {

constexpr std::size_t chain_bytes_max = 64 * 1024;

std::unexpected<Error> bad(std::string why) {
  return fail(Errc::malformed, "bad-certificate-file", std::move(why));
}

}  // namespace

CertificateFile::Times CertificateFile::times() const {
  std::error_code ignored;
  return {std::filesystem::last_write_time(certificate_, ignored), std::filesystem::last_write_time(key_, ignored)};
}

bool CertificateFile::changed() const {
  const std::lock_guard lock(mutex_);
  return !certificate_.empty() && times() != loaded_;
}

Result<std::optional<net::TlsIdentity>> CertificateFile::load() {
  if (certificate_.empty() && key_.empty()) return std::nullopt;
  if (certificate_.empty() || key_.empty()) return bad("https.certificate_file and https.key_file go together");
  const auto before = times();
  TRY(auto text, read_text_file(certificate_, chain_bytes_max));
  TRY(const auto chain, crypto::certificates_from_pem(text));
  auto key = crypto::KeyPair::load(key_);
  if (!key) return std::unexpected(std::move(key).error().during("while reading " + key_));
  if (chain.empty() || chain.front().key != key->public_key())
    return bad(key_ + " is not the key of the first certificate of " + certificate_);
  const Timestamp now = system_clock().now();
  if (now < chain.front().not_before || now > chain.front().not_after)
    return bad("the certificate of " + certificate_ + " is not valid now");
  const std::lock_guard lock(mutex_);
  loaded_ = before;
  return net::TlsIdentity(std::move(text), key->to_pem());
}

}  // namespace outrider::server
