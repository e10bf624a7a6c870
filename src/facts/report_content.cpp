#include "facts/report_content.h"

#include <array>

#include "wire/cose/signed_reading.h"

namespace outrider::facts {
namespace {

constexpr std::array<std::string_view, 4> trust_words{"unsigned", "mutual-tls", "device-signed",
                                                      "device-signed-attested"};
constexpr std::string_view cose_head = "application/cose; cose-type=\"cose-sign1\"; trust=";
constexpr std::string_view digest_key = "; sha-256=";
constexpr std::size_t digest_bytes = 32;

}  // namespace

std::string_view word_of(Trust trust) {
  return trust_words.at(static_cast<std::size_t>(trust));
}

std::string signed_content_type(Trust trust, const std::optional<Bytes>& digest) {
  std::string out(cose_head);
  out += word_of(trust);
  if (digest) out.append(digest_key).append(hex(*digest));
  return out;
}

// Other parameters may follow: those of exchanges and wills (docs/format/broker.md).
std::optional<SignedContentType> read_signed_content_type(std::string_view content_type) {
  if (!content_type.starts_with(cose_head)) return std::nullopt;
  content_type.remove_prefix(cose_head.size());
  SignedContentType out;
  const auto word = content_type.substr(0, content_type.find(';'));
  if (word == word_of(Trust::device_signed_attested)) {
    out.trust = Trust::device_signed_attested;
  } else if (word != word_of(Trust::device_signed)) {
    return std::nullopt;
  }
  content_type.remove_prefix(word.size());
  if (!content_type.starts_with(digest_key)) return out;
  content_type.remove_prefix(digest_key.size());
  auto digest = from_hex(content_type.substr(0, content_type.find(';')));
  if (!digest || digest->size() != digest_bytes) return std::nullopt;
  out.digest = *std::move(digest);
  return out;
}

Result<ReportContent> read_report(std::string_view content_type, ByteView payload, Timestamp received) {
  ReportContent out;
  const auto type = content_type.substr(0, content_type.find(';'));
  if (type == wire::cose::senml_json) {
    TRY(out.pack, wire::senml::parse_json(as_text(payload), received));
  } else if (type == wire::cose::senml_cbor) {
    TRY(out.pack, wire::senml::parse_cbor(payload, received));
  } else if (const auto is_signed = read_signed_content_type(content_type)) {
    TRY(auto reading, wire::cose::parse_signed_reading(payload));
    TRY(out.pack, wire::cose::open_pack(reading, received));
    out.trust = is_signed->trust;
    out.signature = SignatureView{std::move(reading.key_id), reading.boot_count, reading.number};
  } else {
    return fail(Errc::malformed, "not-senml", "not SenML");
  }
  return out;
}

}  // namespace outrider::facts
