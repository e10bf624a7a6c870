#include "gateway/mqtt/rights/report.h"

#include <fmt/format.h>

#include "crypto/hash.h"
#include "facts/report_content.h"
#include "wire/cose/sign1.h"
#include "wire/cose/signed_reading.h"
#include "wire/senml/senml.h"

namespace outrider::gateway::mqtt {

namespace senml = wire::senml;

namespace {

using wire::cose::senml_cbor;
using wire::cose::senml_json;

constexpr std::string_view opaque = "application/octet-stream";
constexpr std::size_t content_type_bytes_max = 128;  // an entry allows 255, and the topic may have to follow

enum class Format : std::uint8_t { json, cbor, cose };

// RFC 9052, 2: the type says that the message need not carry its tag.
bool is_cose_sign1(std::string_view content_type) {
  const auto semicolon = content_type.find(';');
  if (content_type.substr(0, semicolon) != facts::cose_media_type) return false;
  return semicolon == std::string_view::npos || content_type.contains("cose-type=\"cose-sign1\"");
}

// CBOR arrays begin with major type 4, a tag of COSE with major type 6 (RFC 8949, 3.1); JSON text with '[' after white
// space.
Result<Format> format_of(ByteView payload, std::optional<std::string_view> content_type) {
  if (content_type) {
    const auto type = content_type->substr(0, content_type->find(';'));
    if (type == senml_json) return Format::json;
    if (type == senml_cbor) return Format::cbor;
    if (is_cose_sign1(*content_type)) return Format::cose;
    return fail(Errc::malformed, "bad-content-type",
                fmt::format("telemetry and events are {}, {} or {}; cose-type=\"cose-sign1\"", senml_json, senml_cbor,
                            facts::cose_media_type));
  }
  if (payload.empty()) return fail(Errc::malformed, "bad-senml", "the payload is empty");
  if (payload.front() >> 5U == 6) return Format::cose;
  return payload.front() >> 5U == 4 ? Format::cbor : Format::json;
}

Result<void> check_pack(const fleet::Profile& profile, Kind kind, const senml::Pack& pack) {
  return kind == Kind::telemetry ? profile.check_telemetry(pack) : profile.check_event(pack);
}

Result<Report> judge_signed(const fleet::Profile& profile, Kind kind, ByteView payload, Timestamp received,
                            Signatures* signatures) {
  if (signatures == nullptr)
    return fail(Errc::unavailable, "cannot-verify", "nothing here verifies the signatures of readings");
  TRY(const auto reading, wire::cose::parse_signed_reading(payload));
  TRY(const facts::Trust trust, signatures->verify(reading));
  TRY(const senml::Pack pack, wire::cose::open_pack(reading, received));
  CHECK(check_pack(profile, kind, pack));
  const auto digest = crypto::sha256(payload);
  CHECK(signatures->take_number(reading, digest));
  const auto privacy = profile.privacy_of(pack);
  return Report{kind,
                facts::signed_content_type(
                    trust, privacy == ledger::Privacy::personal ? std::optional(to_bytes(digest)) : std::nullopt),
                privacy};
}

Result<Report> judge_senml(const fleet::Profile& profile, Kind kind, ByteView payload,
                           std::optional<std::string_view> content_type, Timestamp received, Signatures* signatures) {
  TRY(const Format format, format_of(payload, content_type));
  if (format == Format::cose) return judge_signed(profile, kind, payload, received, signatures);
  if (profile.signed_readings_required)
    return fail(Errc::forbidden, "signature-required",
                fmt::format("profile {} takes signed readings only (keys.signed_readings)", profile.id.value));
  const bool json = format == Format::json;
  TRY(const senml::Pack pack,
      json ? senml::parse_json(as_text(payload), received) : senml::parse_cbor(payload, received));
  CHECK(check_pack(profile, kind, pack));
  return Report{kind, std::string(json ? senml_json : senml_cbor), profile.privacy_of(pack)};
}

}  // namespace

Result<Report> judge_report(const fleet::Profile& profile, const fleet::TopicRule& rule, ByteView payload,
                            std::optional<std::string_view> content_type, Timestamp received, Signatures* signatures) {
  if (content_type && content_type->size() > content_type_bytes_max)
    return fail(Errc::too_large, "bad-content-type", "the content type is too long");
  if (rule.name == "telemetry")
    return judge_senml(profile, Kind::telemetry, payload, content_type, received, signatures);
  if (rule.name == "event") return judge_senml(profile, Kind::event, payload, content_type, received, signatures);
  Report out;
  out.content_type = content_type && !content_type->empty() ? *content_type : opaque;
  out.privacy = rule.personal ? ledger::Privacy::personal : ledger::Privacy::open;
  if (rule.name == "log") {
    out.kind = Kind::log;
  } else {
    out.content_type += "; topic=\"" + rule.name + "\"";
  }
  return out;
}

}  // namespace outrider::gateway::mqtt
