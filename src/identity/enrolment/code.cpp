#include "identity/enrolment/code.h"

#include <algorithm>

#include "crypto/hash.h"
#include "crypto/random.h"

namespace outrider::identity {
namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t letters = 24;  // times 5 bits
constexpr std::size_t group_letters = 6;
constexpr std::size_t typed_bytes_max = 128;  // generous with dashes and spaces
constexpr std::string_view hash_label = "outrider enrolment code";
static_assert(alphabet.size() == 32 && letters % group_letters == 0);

std::string grouped(std::string_view plain) {
  std::string out;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (i > 0 && i % group_letters == 0) out += '-';
    out += plain[i];
  }
  return out;
}

// The letter meant, or 0.
char letter_of(char typed) {
  if (typed >= 'a' && typed <= 'z') typed = static_cast<char>(typed - 'a' + 'A');
  if (typed == 'O') return '0';
  if (typed == 'I' || typed == 'L') return '1';
  return alphabet.find(typed) == std::string_view::npos ? '\0' : typed;
}

}  // namespace

std::string make_code() {
  std::string plain;
  for (const std::uint8_t byte : crypto::random_array<letters>())
    plain += alphabet[byte % alphabet.size()];  // 256 is a multiple of 32
  return grouped(plain);
}

std::string canonical_code(std::string_view typed) {
  if (typed.size() > typed_bytes_max) return {};
  std::string plain;
  for (const char c : typed) {
    if (c == '-' || c == ' ') continue;
    const char letter = letter_of(c);
    if (letter == '\0') return {};
    plain += letter;
  }
  return plain.size() == letters ? grouped(plain) : std::string();
}

std::string code_hash(const DeviceId& device, std::string_view code) {
  const std::uint8_t zero = 0;
  return hex(crypto::sha256(
      {as_bytes(hash_label), {&zero, 1}, as_bytes(device.value), {&zero, 1}, as_bytes(canonical_code(code))}));
}

}  // namespace outrider::identity
