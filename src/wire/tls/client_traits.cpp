#include "wire/tls/client_traits.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "wire/tls/client_hello.h"

namespace outrider::wire::tls {
namespace {

// RFC 8446, 4.2; RFC 7301 (ALPN), RFC 7685 (padding)
enum Extension : std::uint16_t {
  server_name = 0,
  signature_algorithms = 13,
  alpn = 16,
  padding = 21,
  pre_shared_key = 41,
  early_data = 42,
  supported_versions = 43,
  cookie = 44,
};

constexpr std::size_t random_bytes = 32;
constexpr std::size_t count_max = 99;  // JA4 has two digits

bool is_grease(std::uint16_t value) {  // RFC 8701, 2: 0x0a0a, 0x1a1a …
  return (value & 0x0f0f) == 0x0a0a && value >> 8U == (value & 0xffU);
}
bool is_steady(std::uint16_t type) {
  return !is_grease(type) && type != padding && type != pre_shared_key && type != early_data && type != cookie;
}

Result<std::vector<std::uint16_t>> read_list(ByteReader list) {
  std::vector<std::uint16_t> out;
  while (!list.empty()) {
    TRY(const auto value, list.u16());
    if (!is_grease(value)) out.push_back(value);
  }
  return out;
}

Result<ByteReader> block8(ByteReader& from) {
  TRY(const auto size, from.u8());
  TRY(const auto body, from.take(size));
  return ByteReader(body);
}

std::string text_of(const std::vector<std::uint16_t>& values) {
  return fmt::format("{:04x}", fmt::join(values, ","));
}

const char* name_of_version(std::uint16_t version) {
  switch (version) {
    case 0x0304:
      return "13";
    case 0x0303:
      return "12";
    case 0x0302:
      return "11";
    case 0x0301:
      return "10";
    default:
      return "00";
  }
}

// First and last character of the first protocol; what is no letter or digit becomes '9', as nothing of a stranger's
// text is passed on.
Result<std::string> read_alpn(ByteReader body) {
  TRY(auto list, body.block16());
  TRY(const auto first, block8(list));
  if (first.empty()) return std::string("00");
  const auto plain = [](std::uint8_t c) {
    const bool fine = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return fine ? static_cast<char>(c) : '9';
  };
  return std::string{plain(first.rest().front()), plain(first.rest().back())};
}

Result<ClientTraits> read(ByteReader hello) {
  TRY(auto version, hello.u16());  // legacy_version
  CHECK(hello.take(random_bytes));
  CHECK(block8(hello));  // legacy_session_id
  TRY(const auto suite_list, hello.block16());
  TRY(auto suites, read_list(suite_list));
  CHECK(block8(hello));  // legacy_compression_methods
  TRY(auto extensions, hello.block16());
  std::vector<std::uint16_t> types, signatures;
  std::string protocol = "00";
  bool named = false;
  std::size_t count = 0;
  while (!extensions.empty()) {
    TRY(const auto type, extensions.u16());
    TRY(auto body, extensions.block16());
    if (!is_steady(type)) continue;
    ++count;
    named = named || type == server_name;
    if (type != server_name && type != alpn) types.push_back(type);
    if (type == alpn) {
      TRY(protocol, read_alpn(body));
    }
    if (type == signature_algorithms) {
      TRY(const auto list, body.block16());
      TRY(signatures, read_list(list));
    }
    if (type == supported_versions) {
      TRY(const auto list, block8(body));
      TRY(const auto versions, read_list(list));
      if (!versions.empty()) version = std::ranges::max(versions);
    }
  }
  std::ranges::sort(suites);
  std::ranges::sort(types);
  ClientTraits out;
  out.head = fmt::format("t{}{}{:02}{:02}{}", name_of_version(version), named ? 'd' : 'i',
                         std::min(suites.size(), count_max), std::min(count, count_max), protocol);
  out.suites = text_of(suites);
  out.extensions = text_of(types);
  if (!signatures.empty()) out.extensions += '_' + text_of(signatures);
  return out;
}

}  // namespace

std::optional<ClientTraits> read_traits(ByteView begun) {
  const auto message = whole_hello(begun);
  if (!message) return std::nullopt;
  auto traits = read(ByteReader(*message));
  if (!traits) return std::nullopt;
  return *std::move(traits);
}

}  // namespace outrider::wire::tls
