#include "crypto/x509/names.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>

#include "crypto/x509/names_native.h"

namespace outrider::crypto {
namespace {

constexpr std::size_t alt_names_max = 100;         // of a certificate or request; ours have a handful
constexpr std::size_t name_text_bytes_max = 1024;  // of a distinguished name as shown to people

std::unexpected<Error> bad_name(std::string detail) {
  return fail(Errc::malformed, "bad-name", std::move(detail));
}

struct NamesFree {
  void operator()(GENERAL_NAMES* p) const { GENERAL_NAMES_free(p); }
};
struct NameFree {
  void operator()(GENERAL_NAME* p) const { GENERAL_NAME_free(p); }
};

// A string with a NUL inside reads as another name to whoever stops there.
Result<std::string> read_ia5(const ASN1_IA5STRING* text) {
  std::string out(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                  static_cast<std::size_t>(ASN1_STRING_length(text)));
  if (out.find('\0') != std::string::npos) return bad_name("an alternative name has a NUL byte in it");
  return out;
}

Result<std::string> read_ip(const ASN1_OCTET_STRING* address) {
  const int size = ASN1_STRING_length(address);
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (size != 4 && size != 16)
    return bad_name("an alternative name is an address of " + std::to_string(size) + " bytes");
  inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address), text.data(), text.size());
  return std::string(text.data());
}

Result<std::string> read_attribute(const X509_NAME_ENTRY* entry, const std::string& what) {
  std::uint8_t* utf8 = nullptr;
  const int size = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(entry));
  if (size < 0) return openssl_failure(Errc::malformed, "bad-name", "the " + what + " is not text");
  std::string out(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
  OPENSSL_free(utf8);
  if (out.find('\0') != std::string::npos) return bad_name("the " + what + " has a NUL byte in it");
  return out;
}

// id-on-hardwareModuleName, RFC 4108, 5.
const ASN1_OBJECT* hardware_module_name() {
  static const ASN1_OBJECT* const oid = OBJ_txt2obj("1.3.6.1.5.5.7.8.4", 1 /* in dots */);
  must(oid != nullptr, "make an OID");
  return oid;
}

// HardwareModuleName ::= SEQUENCE { hwType OBJECT IDENTIFIER, hwSerialNum OCTET STRING }; both are short.
std::optional<Bytes> read_hardware_serial(const OTHERNAME* other) {
  constexpr std::uint8_t tag_sequence = 0x30;
  constexpr std::uint8_t tag_oid = 0x06;
  constexpr std::uint8_t tag_octets = 0x04;
  if (OBJ_cmp(other->type_id, hardware_module_name()) != 0 || other->value == nullptr ||
      other->value->type != V_ASN1_SEQUENCE)
    return std::nullopt;
  const ASN1_STRING* const whole = other->value->value.sequence;
  ByteReader outer({ASN1_STRING_get0_data(whole), static_cast<std::size_t>(ASN1_STRING_length(whole))});
  const auto element = [](ByteReader& from, std::uint8_t wanted) -> Result<ByteView> {
    TRY(const auto tag, from.u8());
    TRY(const auto size, from.u8());
    if (tag != wanted || size >= 0x80) return fail(Errc::malformed, "bad-name", "not a hardwareModuleName");
    return from.take(size);
  };
  const auto content = element(outer, tag_sequence);
  if (!content || !outer.finish()) return std::nullopt;
  ByteReader parts(*content);
  if (!element(parts, tag_oid)) return std::nullopt;
  const auto serial = element(parts, tag_octets);
  if (!serial || serial->empty() || !parts.finish()) return std::nullopt;
  return to_bytes(*serial);
}

// Takes ownership of nothing; `value` of the right type for `kind` is copied in.
void push_text(GENERAL_NAMES& into, int kind, std::string_view text) {
  std::unique_ptr<GENERAL_NAME, NameFree> name(GENERAL_NAME_new());
  ASN1_IA5STRING* value = ASN1_IA5STRING_new();
  must(name != nullptr && value != nullptr && ASN1_STRING_set(value, text.data(), static_cast<int>(text.size())) == 1,
       "make a name");
  GENERAL_NAME_set0_value(name.get(), kind, value);
  must(sk_GENERAL_NAME_push(&into, name.get()) > 0, "make a name");
  (void)name.release();
}

Result<void> push_ip(GENERAL_NAMES& into, const std::string& text) {
  const Owned<ASN1_OCTET_STRING> octets(a2i_IPADDRESS(text.c_str()));
  if (!octets) return openssl_failure(Errc::malformed, "bad-name", "'" + text + "' is not an IP address");
  std::unique_ptr<GENERAL_NAME, NameFree> name(GENERAL_NAME_new());
  ASN1_OCTET_STRING* value = ASN1_OCTET_STRING_dup(octets.get());
  must(name != nullptr && value != nullptr, "make a name");
  GENERAL_NAME_set0_value(name.get(), GEN_IPADD, value);
  must(sk_GENERAL_NAME_push(&into, name.get()) > 0, "make a name");
  (void)name.release();
  return {};
}

}  // namespace

Result<SubjectName> read_name(const X509_NAME* name) {
  SubjectName out;
  const Owned<BIO> text(BIO_new(BIO_s_mem()));
  must(text != nullptr, "allocate a buffer");
  if (X509_NAME_print_ex(text.get(), name, 0, XN_FLAG_RFC2253) < 0)
    return openssl_failure(Errc::malformed, "bad-name", "not a distinguished name");
  char* at = nullptr;
  const long size = BIO_get_mem_data(text.get(), &at);
  out.text.assign(at, std::min(static_cast<std::size_t>(size), name_text_bytes_max));

  const std::uint8_t* der = nullptr;
  std::size_t der_size = 0;
  if (X509_NAME_get0_der(name, &der, &der_size) != 1)
    return openssl_failure(Errc::malformed, "bad-name", "not a distinguished name");
  out.der.assign(der, der + der_size);

  const int number = X509_NAME_get_index_by_NID(name, NID_serialNumber, -1);
  if (number >= 0 && X509_NAME_get_index_by_NID(name, NID_serialNumber, number) < 0) {
    TRY(out.serial_number, read_attribute(X509_NAME_get_entry(name, number), "serial number"));
  }
  const int first = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (first < 0) return out;
  if (X509_NAME_get_index_by_NID(name, NID_commonName, first) >= 0) {
    out.several_common_names = true;
    return out;
  }
  TRY(out.common_name, read_attribute(X509_NAME_get_entry(name, first), "common name"));
  return out;
}

Result<AltNames> read_alt_names(const GENERAL_NAMES* names) {
  AltNames out;
  if (names == nullptr) return out;
  const int count = sk_GENERAL_NAME_num(names);
  if (static_cast<std::size_t>(count) > alt_names_max)
    return fail(Errc::too_large, "too-large", "there are more than 100 alternative names");
  for (int i = 0; i < count; ++i) {
    int kind = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &kind);
    if (kind == GEN_IPADD) {
      TRY(auto address, read_ip(static_cast<const ASN1_OCTET_STRING*>(value)));
      out.ip.push_back(std::move(address));
    } else if (kind == GEN_DNS || kind == GEN_URI || kind == GEN_EMAIL) {
      TRY(auto text, read_ia5(static_cast<const ASN1_IA5STRING*>(value)));
      (kind == GEN_DNS ? out.dns : kind == GEN_URI ? out.uri : out.email).push_back(std::move(text));
    } else {
      out.others = true;
      if (kind == GEN_OTHERNAME && !out.hardware_serial)
        out.hardware_serial = read_hardware_serial(static_cast<const OTHERNAME*>(value));
    }
  }
  return out;
}

Result<Owned<X509_EXTENSION>> make_alt_names(const AltNames& names) {
  if (names.empty()) return nullptr;
  const std::unique_ptr<GENERAL_NAMES, NamesFree> list(GENERAL_NAMES_new());
  must(list != nullptr, "make names");
  for (const auto& text : names.dns) push_text(*list, GEN_DNS, text);
  for (const auto& text : names.uri) push_text(*list, GEN_URI, text);
  for (const auto& text : names.email) push_text(*list, GEN_EMAIL, text);
  for (const auto& text : names.ip) CHECK(push_ip(*list, text));
  Owned<X509_EXTENSION> extension(X509V3_EXT_i2d(NID_subject_alt_name, 0, list.get()));
  must(extension != nullptr, "make names");
  return extension;
}

Result<Timestamp> read_time(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return openssl_failure(Errc::malformed, "bad-time", "not a time");
  return Timestamp{std::chrono::seconds{timegm(&parts)}};
}

}  // namespace outrider::crypto
