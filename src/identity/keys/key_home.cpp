#include "identity/keys/key_home.h"

#include <algorithm>

namespace outrider::identity {
namespace {

constexpr std::uint8_t tag_utf8_string = 0x0c;

int strength(facts::KeyHome home) {
  switch (home) {
    case facts::KeyHome::software:
      return 0;
    case facts::KeyHome::tee:
      return 1;
    case facts::KeyHome::tpm:
    case facts::KeyHome::secure_element:
    case facts::KeyHome::sim:
      return 2;
  }
  return 0;
}

}  // namespace

std::string_view word_of(facts::KeyHome home) {
  return boost::describe::enum_to_string(home, "?");
}

bool at_least(facts::KeyHome home, facts::KeyHome least) {
  return strength(home) >= strength(least);
}

crypto::RequestedExtension key_home_claim(facts::KeyHome home) {
  const auto word = word_of(home);
  ByteWriter value;  // the words are shorter than 128 bytes, so the length is one
  value.u8(tag_utf8_string).u8(static_cast<std::uint8_t>(word.size())).raw(as_bytes(word));
  return {std::string(key_home_oid), std::move(value).take()};
}

Result<facts::KeyHome> claimed_home(const crypto::Csr& csr) {
  const auto claim = std::ranges::find(csr.extensions, key_home_oid, &crypto::RequestedExtension::oid);
  if (claim == csr.extensions.end()) return facts::KeyHome::software;
  const ByteView value = claim->value;
  facts::KeyHome out{};
  const bool text = value.size() >= 2 && value[0] == tag_utf8_string && value[1] == value.size() - 2;
  if (text && boost::describe::enum_from_string(std::string(as_text(value.subspan(2))).c_str(), out)) return out;
  return fail(Errc::malformed, "bad-key-home",
              "the request's key home is not the UTF8String software, tee, tpm, secure_element or sim");
}

}  // namespace outrider::identity
