#include "gateway/mqtt/rights/application_rights.h"

#include <algorithm>

namespace outrider::gateway::mqtt {

namespace {

constexpr std::string_view opaque = "application/octet-stream";
constexpr std::size_t media_type_bytes_max = 64;

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// RFC 9110, 5.6.2
bool is_token_character(char c) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         others.find(c) != std::string_view::npos;
}

// "text/plain" of "text/plain; charset=utf-8"; what is no media type says nothing. Parameters are left out, or an
// application could write a second topic there.
std::string_view media_type(std::optional<std::string_view> content_type) {
  if (!content_type) return opaque;
  auto type = content_type->substr(0, content_type->find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  const auto slash = type.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == type.size() || type.size() > media_type_bytes_max)
    return opaque;
  const bool tokens = std::ranges::all_of(type.substr(0, slash), is_token_character) &&
                      std::ranges::all_of(type.substr(slash + 1), is_token_character);
  return tokens ? type : opaque;
}

// RFC 9110, 5.6.4
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

Result<PublishRule> ApplicationRights::may_publish(std::string_view topic) const {
  if (fleet::speaks_as_device(topic))
    return fail(
        Errc::forbidden, "speaks-as-device",
        "below d/<device>/ an application publishes to command and config alone; the rest only the device says");
  if (topic.starts_with('$'))
    return fail(Errc::forbidden, "server-topic", "topics that begin with '$' are the server's own");
  if (fleet::publish_grant(*grants_->now(), topic) == nullptr)
    return fail(Errc::forbidden, "topic-not-granted",
                "no grant of the application lets it publish there (outrider app grant --publish)");
  if (quoted(topic).size() > application_topic_bytes_max)
    return fail(
        Errc::too_large, "topic-too-long",
        "a topic of an application holds " + std::to_string(application_topic_bytes_max - 2) + " bytes at most");
  if (std::ranges::any_of(topic, is_control))
    return fail(Errc::malformed, "control-character", "the topic has a control character");
  return PublishRule{.name = "application", .bytes_max = ledger::payload_bytes_max};
}

Result<Report> ApplicationRights::judge(const PublishRule&, std::string_view topic, ByteView,
                                        std::optional<std::string_view> content_type, Timestamp) const {
  // What it says of whom is not known here, so it is kept such that it can be erased.
  return Report{.kind = Kind::application_message,
                .content_type = std::string(media_type(content_type)) + "; topic=" + quoted(topic),
                .privacy = ledger::Privacy::personal};
}

Result<void> ApplicationRights::may_subscribe(std::string_view filter) const {
  if (fleet::subscribe_grant(*grants_->now(), filter) == nullptr)
    return fail(Errc::forbidden, "topic-not-granted",
                "no grant of the application takes in the whole of this filter (outrider app grant --subscribe)");
  return {};
}

bool ApplicationRights::may_receive(std::string_view topic) const {
  return fleet::receive_grant(*grants_->now(), topic) != nullptr;
}

}  // namespace outrider::gateway::mqtt
