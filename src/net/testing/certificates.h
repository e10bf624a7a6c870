#pragma once
// Certificates for tests: a CA of their own, and what it signs. Header only, because only test programs use it.
#include <chrono>
#include <string>

#include "base/time.h"
#include "crypto/keys/key.h"
#include "crypto/x509/issue.h"
#include "net/tls/tls.h"

namespace outrider::net::testing {

struct Life {
  std::chrono::hours from{-1};
  std::chrono::hours to{24};
};

class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name = "test root")
      : key_(crypto::KeyPair::generate(crypto::KeyType::p256)) {
    crypto::CertificateTemplate what = describe(name, key_.public_key(), {});
    what.authority = true;
    root_ = crypto::issue_self_signed(what, key_).value();
  }

  std::string pem() const { return root_.pem(); }

  TlsIdentity server(const std::string& name = "localhost", Life life = {}) const {
    const auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
    auto what = describe(name, key.public_key(), life);
    what.server_auth = true;
    what.names.dns = {name};
    what.names.ip = {"127.0.0.1"};
    return {crypto::issue_certificate(what, root_, key_).value().pem(), key.to_pem()};
  }

  // `uri` goes into the SAN, as identity/enrolment/device_name.h wants it.
  TlsIdentity client(const std::string& name, const std::string& uri = "", Life life = {}) const {
    const auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
    return {certificate(name, uri, key.public_key(), life).pem(), key.to_pem()};
  }
  crypto::Certificate certificate(const std::string& name, const std::string& uri, const crypto::PublicKey& key,
                                  Life life = {}) const {
    auto what = describe(name, key, life);
    what.client_auth = true;
    if (!uri.empty()) what.names.uri = {uri};
    return crypto::issue_certificate(what, root_, key_).value();
  }

 private:
  static crypto::CertificateTemplate describe(const std::string& name, const crypto::PublicKey& key, Life life) {
    crypto::CertificateTemplate out;
    out.common_name = name;
    out.key = key;
    out.not_before = system_clock().now() + life.from;
    out.not_after = system_clock().now() + life.to;
    return out;
  }

  crypto::KeyPair key_;
  crypto::Certificate root_;
};

}  // namespace outrider::net::testing
