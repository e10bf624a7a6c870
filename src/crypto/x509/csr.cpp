#include "crypto/x509/csr.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>

#include "crypto/keys/pem.h"
#include "crypto/x509/names_native.h"

namespace outrider::crypto {
namespace {

std::unexpected<Error> malformed(std::string detail) {
  return fail(Errc::malformed, "malformed-csr", std::move(detail));
}

constexpr std::uint8_t der_sequence = 0x30;
constexpr std::size_t oid_bytes_max = 128;  // in dots; those of UUIDs (2.25.…) have 44

// DER whatever the body is. Nothing in base64 text starts with '0' (0x30) and is a request: those start with "MI".
Result<Bytes> to_der(ByteView body) {
  if (body.size() > csr_body_bytes_max)
    return fail(Errc::too_large, "malformed-csr", "the request is longer than 16 KiB");
  if (body.empty()) return malformed("the request is empty");
  if (body.front() == der_sequence) return to_bytes(body);
  const std::string_view text = as_text(body);
  if (text.find("-----BEGIN") == std::string_view::npos) {
    auto der = from_base64(text);
    if (!der) return malformed("the request is neither DER nor PEM nor base64");
    return der;
  }
  auto blocks = from_pem(text);
  if (!blocks) return malformed(blocks.error().detail);
  if (blocks->size() != 1) return malformed("there is more than one PEM block");
  auto& block = blocks->front();
  if (block.label != "CERTIFICATE REQUEST" && block.label != "NEW CERTIFICATE REQUEST")
    return malformed("the PEM block is '" + block.label + "', not 'CERTIFICATE REQUEST'");
  return std::move(block.content);
}

struct ExtensionsFree {
  void operator()(STACK_OF(X509_EXTENSION) * p) const { sk_X509_EXTENSION_pop_free(p, X509_EXTENSION_free); }
};
using Extensions = std::unique_ptr<STACK_OF(X509_EXTENSION), ExtensionsFree>;
struct NamesFree {
  void operator()(GENERAL_NAMES* p) const { GENERAL_NAMES_free(p); }
};

Result<AltNames> requested_names(const Extensions& extensions) {
  int index = -1;
  const int at = X509v3_get_ext_by_NID(extensions.get(), NID_subject_alt_name, -1);
  const std::unique_ptr<GENERAL_NAMES, NamesFree> names(
      static_cast<GENERAL_NAMES*>(X509V3_get_d2i(extensions.get(), NID_subject_alt_name, nullptr, &index)));
  if (at >= 0 && !names) return malformed("the requested subjectAltName cannot be read");
  return read_alt_names(names.get());
}

// Each once: of two with one name nobody could say which was meant (RFC 5280, 4.2).
Result<std::vector<RequestedExtension>> requested_extensions(const Extensions& extensions) {
  std::vector<RequestedExtension> out;
  const int count = X509v3_get_ext_count(extensions.get());
  if (count > static_cast<int>(csr_extensions_max)) return malformed("the request asks for too many extensions");
  for (int i = 0; i < count; ++i) {
    X509_EXTENSION* const extension = X509v3_get_ext(extensions.get(), i);
    const ASN1_OCTET_STRING* const value = X509_EXTENSION_get_data(extension);
    std::array<char, oid_bytes_max> oid{};
    const int length =
        OBJ_obj2txt(oid.data(), static_cast<int>(oid.size()), X509_EXTENSION_get_object(extension), 1 /* in dots */);
    if (length <= 0 || length >= static_cast<int>(oid.size())) return malformed("an extension's name is too long");
    RequestedExtension one{std::string(oid.data()), {}};
    if (std::ranges::find(out, one.oid, &RequestedExtension::oid) != out.end())
      return malformed("the request asks for the extension " + one.oid + " twice");
    one.value.assign(ASN1_STRING_get0_data(value), ASN1_STRING_get0_data(value) + ASN1_STRING_length(value));
    out.push_back(std::move(one));
  }
  return out;
}

Bytes spki_of(X509_REQ* request) {
  std::uint8_t* out = nullptr;
  const int size = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(request), &out);
  if (size <= 0) return {};  // describe_public_key then finds it unusable
  Bytes bytes(out, out + size);
  OPENSSL_free(out);
  return bytes;
}

}  // namespace

Result<Csr> parse_csr(ByteView body) {
  Csr out;
  TRY(out.der, to_der(body));
  if (out.der.size() > csr_der_bytes_max)
    return fail(Errc::too_large, "malformed-csr", "the request is longer than 8 KiB");
  const std::uint8_t* at = out.der.data();
  const Owned<X509_REQ> request(d2i_X509_REQ(nullptr, &at, static_cast<long>(out.der.size())));
  if (!request) return openssl_failure(Errc::malformed, "malformed-csr", "not a PKCS#10 request");
  if (at != out.der.data() + out.der.size()) return malformed("there are bytes behind the request");

  auto subject = read_name(X509_REQ_get_subject_name(request.get()));
  if (!subject) return malformed(subject.error().detail);
  out.subject = *std::move(subject);
  if (const Extensions extensions(X509_REQ_get_extensions(request.get())); extensions) {
    TRY(out.extensions, requested_extensions(extensions));
    auto names = requested_names(extensions);
    if (!names) return malformed(names.error().detail);
    out.names = *std::move(names);
  }

  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  out.key = describe_public_key(key, spki_of(request.get()));
  if (out.key.type != KeyType::other && out.key.bits <= csr_rsa_bits_max)
    out.signature_valid = X509_REQ_verify(request.get(), key) == 1;
  forget_openssl_errors();
  return out;
}

namespace {

void push(const Extensions& extensions, Owned<X509_EXTENSION> extension) {
  must(extension != nullptr && sk_X509_EXTENSION_push(extensions.get(), extension.get()) > 0, "make a request");
  (void)extension.release();
}

Owned<X509_EXTENSION> make_extension(const RequestedExtension& from) {
  ASN1_OBJECT* const oid = OBJ_txt2obj(from.oid.c_str(), 1 /* in dots */);
  const Owned<ASN1_OCTET_STRING> value(ASN1_OCTET_STRING_new());
  must(oid != nullptr && value != nullptr &&
           ASN1_OCTET_STRING_set(value.get(), from.value.data(), static_cast<int>(from.value.size())) == 1,
       "make an extension");
  Owned<X509_EXTENSION> out(X509_EXTENSION_create_by_OBJ(nullptr, oid, 0, value.get()));
  ASN1_OBJECT_free(oid);
  return out;
}

}  // namespace

Result<Bytes> make_csr(const KeyPair& key, std::string_view common_name, const AltNames& names,
                       const std::vector<RequestedExtension>& more) {
  const Owned<X509_REQ> request(X509_REQ_new());
  must(request != nullptr && X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) == 1 &&
           X509_REQ_set_pubkey(request.get(), key.native()) == 1,
       "make a request");
  if (!common_name.empty() &&
      X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(request.get()), NID_commonName, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(common_name.data()),
                                 static_cast<int>(common_name.size()), -1, 0) != 1)
    return openssl_failure(Errc::malformed, "bad-name", "the common name does not fit (1 to 64 bytes of UTF-8)");
  TRY(auto extension, make_alt_names(names));
  if (extension || !more.empty()) {
    const Extensions extensions(sk_X509_EXTENSION_new_null());
    must(extensions != nullptr, "make a request");
    if (extension) push(extensions, std::move(extension));
    for (const auto& one : more) push(extensions, make_extension(one));
    must(X509_REQ_add_extensions(request.get(), extensions.get()) == 1, "make a request");
  }
  const EVP_MD* digest = key.public_key().type == KeyType::ed25519 ? nullptr
                         : key.public_key().type == KeyType::p384  ? EVP_sha384()
                                                                   : EVP_sha256();
  must(X509_REQ_sign(request.get(), key.native(), digest) > 0, "sign a request");
  std::uint8_t* der = nullptr;
  const int size = i2d_X509_REQ(request.get(), &der);
  must(size > 0, "encode a request");
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

}  // namespace outrider::crypto
