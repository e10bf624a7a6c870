#include "crypto/keys/pem.h"

#include <optional>

namespace outrider::crypto {
namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view end_mark = "-----END ";
constexpr std::string_view dashes = "-----";
constexpr std::size_t label_bytes_max = 64;
constexpr std::size_t line_bytes = 64;  // RFC 7468, 2

std::unexpected<Error> bad(std::string detail) {
  return fail(Errc::malformed, "bad-pem", std::move(detail));
}

// Finds the next block at or after `text`'s start and takes it off. nullopt content: no further block.
struct Found {
  std::string_view label;
  std::string_view body;
};
Result<std::optional<Found>> next_block(std::string_view& text) {
  const auto begin = text.find(begin_mark);
  if (begin == std::string_view::npos) return std::nullopt;
  text.remove_prefix(begin + begin_mark.size());
  const auto label_end = text.find(dashes);
  if (label_end == std::string_view::npos || label_end > label_bytes_max)
    return bad("a PEM block's first line does not end in dashes");
  const std::string_view label = text.substr(0, label_end);
  if (label.find_first_of("\r\n") != std::string_view::npos) return bad("a PEM block's label is broken over lines");
  text.remove_prefix(label_end + dashes.size());
  const auto end = text.find(end_mark);
  if (end == std::string_view::npos) return bad("a PEM block has no END line");
  const std::string_view body = text.substr(0, end);
  text.remove_prefix(end + end_mark.size());
  if (!text.starts_with(label) || !text.substr(label.size()).starts_with(dashes))
    return bad("a PEM block's END line names another label");
  text.remove_prefix(label.size() + dashes.size());
  if (body.find(':') != std::string_view::npos) return bad("PEM headers (legacy encryption) are not supported");
  return Found{label, body};
}

}  // namespace

std::string to_pem(std::string_view label, ByteView content) {
  const std::string body = base64(content);
  std::string out;
  out.reserve(body.size() + body.size() / line_bytes + 2 * label.size() + 40);
  out.append(begin_mark).append(label).append(dashes).append("\n");
  for (std::size_t at = 0; at < body.size(); at += line_bytes) out.append(body, at, line_bytes).append("\n");
  out.append(end_mark).append(label).append(dashes).append("\n");
  return out;
}

Result<std::vector<PemBlock>> from_pem(std::string_view text) {
  if (text.size() > pem_text_bytes_max) return fail(Errc::too_large, "too-large", "PEM text is longer than 256 KiB");
  std::vector<PemBlock> out;
  for (;;) {
    TRY(const auto found, next_block(text));
    if (!found) break;
    if (out.size() == pem_blocks_max) return fail(Errc::too_large, "too-large", "PEM text has more than 64 blocks");
    auto content = from_base64(found->body);
    if (!content) return bad("a PEM block is not base64");
    out.push_back({std::string(found->label), *std::move(content)});
  }
  if (out.empty()) return bad("there is no PEM block");
  return out;
}

Result<SecretPem> secret_from_pem(std::string_view text) {
  if (text.size() > pem_text_bytes_max) return fail(Errc::too_large, "too-large", "PEM text is longer than 256 KiB");
  TRY(const auto found, next_block(text));
  if (!found) return bad("there is no PEM block");
  auto content = from_base64(found->body);
  if (!content) return bad("a PEM block is not base64");
  SecretPem out{std::string(found->label), Secret(*std::move(content))};
  TRY(const auto second, next_block(text));
  if (second) return bad("there is more than one PEM block");
  return out;
}

}  // namespace outrider::crypto
