#pragma once
// A certificate and key that the operator supplies, and that other tools renew in place (an ACME client, say).
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "net/tls/tls.h"

namespace outrider::server {

// Both paths empty: none is supplied. Any thread.
class CertificateFile {
 public:
  CertificateFile(std::string certificate, std::string key)
      : certificate_(std::move(certificate)), key_(std::move(key)) {}

  // nullopt when none is supplied. malformed ("bad-certificate-file") when the two do not belong together, the
  // certificate is not valid now, or only one is named; then what was in use stays in use.
  Result<std::optional<net::TlsIdentity>> load();
  // Have the files changed since the last load?
  bool changed() const;

 private:
  using Times = std::pair<std::filesystem::file_time_type, std::filesystem::file_time_type>;
  Times times() const;

  const std::string certificate_;
  const std::string key_;
  mutable std::mutex mutex_;  // guards what follows
  Times loaded_{};
};

}  // namespace outrider::server
