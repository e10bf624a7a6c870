#include "gateway/mqtt/rights/report.h"

#include "wire/senml/senml.h"

namespace outrider::gateway::mqtt {

namespace senml = wire::senml;

namespace {

constexpr std::string_view senml_json = "application/senml+json";
constexpr std::string_view senml_cbor = "application/senml+cbor";
constexpr std::string_view opaque = "application/octet-stream";
constexpr std::size_t content_type_bytes_max = 128;  // an entry allows 255, and the topic may have to follow

enum class Format : std::uint8_t { json, cbor };

// CBOR arrays begin with major type 4 (RFC 8949, 3.1); JSON text with '[' after white space.
Result<Format> format_of(ByteView payload, std::optional<std::string_view> content_type) {
  if (content_type) {
    const auto type = content_type->substr(0, content_type->find(';'));
    if (type == senml_json) return Format::json;
    if (type == senml_cbor) return Format::cbor;
    return fail(Errc::malformed, "bad-content-type",
                "telemetry and events are " + std::string(senml_json) + " or " + std::string(senml_cbor));
  }
  if (payload.empty()) return fail(Errc::malformed, "bad-senml", "the payload is empty");
  return payload.front() >> 5U == 4 ? Format::cbor : Format::json;
}

Result<Report> judge_senml(const fleet::Profile& profile, Kind kind, ByteView payload,
                           std::optional<std::string_view> content_type, Timestamp received) {
  TRY(const Format format, format_of(payload, content_type));
  const bool json = format == Format::json;
  TRY(const senml::Pack pack,
      json ? senml::parse_json(as_text(payload), received) : senml::parse_cbor(payload, received));
  CHECK(kind == Kind::telemetry ? profile.check_telemetry(pack) : profile.check_event(pack));
  return Report{kind, std::string(json ? senml_json : senml_cbor), profile.privacy_of(pack)};
}

}  // namespace

Result<Report> judge_report(const fleet::Profile& profile, const fleet::TopicRule& rule, ByteView payload,
                            std::optional<std::string_view> content_type, Timestamp received) {
  if (content_type && content_type->size() > content_type_bytes_max)
    return fail(Errc::too_large, "bad-content-type", "the content type is too long");
  if (rule.name == "telemetry") return judge_senml(profile, Kind::telemetry, payload, content_type, received);
  if (rule.name == "event") return judge_senml(profile, Kind::event, payload, content_type, received);
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
