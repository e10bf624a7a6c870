// Bytes come back from base64, base64url and hexadecimal; text that decodes strictly is the only text of its bytes.
#include <cctype>
#include <cstdlib>
#include <string>

#include "base/bytes.h"

using namespace outrider;

namespace {
void require(bool condition) {
  if (!condition) std::abort();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, data + size);
  const std::string_view text = as_text(bytes);
  require(from_base64(base64(bytes)) == bytes);
  require(from_base64url(base64url(bytes)) == bytes);
  require(from_hex(hex(bytes)) == bytes);
  if (const auto decoded = from_base64url(text)) require(base64url(*decoded) == text);
  if (const auto decoded = from_hex(text)) {
    std::string lower(text);
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    require(hex(*decoded) == lower);
  }
  if (const auto decoded = from_base64(text)) {
    std::string bare;
    for (const char c : text) {
      if (c != ' ' && c != '\t' && c != '\r' && c != '\n') bare += c;
    }
    require(base64(*decoded) == bare);
  }
  return 0;
}
