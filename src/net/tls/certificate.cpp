#include "net/tls/certificate.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>

#include "crypto/openssl.h"

namespace outrider::net::tls {

Bytes der_of(const X509& certificate) {
  const int size = i2d_X509(&certificate, nullptr);
  crypto::must(size > 0, "i2d_X509");
  Bytes der(static_cast<std::size_t>(size));
  unsigned char* out = der.data();
  i2d_X509(&certificate, &out);
  return der;
}

Bytes chain_of(SSL& ssl) {
  ByteWriter out;
  const auto add = [&](const X509* certificate) {
    if (certificate == nullptr) return;
    const Bytes der = der_of(*certificate);
    out.u32(static_cast<std::uint32_t>(der.size())).raw(der);
  };
  add(SSL_get0_peer_certificate(&ssl));
  const STACK_OF(X509)* const rest = SSL_get_peer_cert_chain(&ssl);  // on a server without the leaf
  for (int i = 0; i < sk_X509_num(rest); ++i) add(sk_X509_value(rest, i));
  return std::move(out).take();
}

std::vector<Bytes> certificates_of(ByteView chain) {
  std::vector<Bytes> out;
  for (ByteReader reader(chain); !reader.empty();) {
    const auto size = reader.u32();
    const auto der = size ? reader.take(*size) : Result<ByteView>(std::unexpected(size.error()));
    if (!der) break;  // chain_of made it
    out.push_back(to_bytes(*der));
  }
  return out;
}

ByteView serial_of(const X509& certificate) {
  const ASN1_INTEGER* serial = X509_get0_serialNumber(&certificate);
  return {ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial))};
}

Timestamp end_of(const X509& certificate) {
  std::tm time{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &time) != 1) return {};
  return Timestamp{std::chrono::seconds{::timegm(&time)}};
}

}  // namespace outrider::net::tls
