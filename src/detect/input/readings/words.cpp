#include "detect/input/readings/words.h"

#include <algorithm>
#include <array>
#include <string>

namespace outrider::detect {
namespace {

template <class T>
struct Word {
  std::string_view word;
  T value;
};

// 3GPP TS 27.007, +COPS access technologies, and what modems print.
constexpr std::array radios{
    Word{"2g", Radio::gsm},     Word{"3g", Radio::umts},     Word{"4g", Radio::lte},     Word{"5g", Radio::nr},
    Word{"catm", Radio::lte_m}, Word{"catm1", Radio::lte_m}, Word{"edge", Radio::gsm},   Word{"egprs", Radio::gsm},
    Word{"emtc", Radio::lte_m}, Word{"gprs", Radio::gsm},    Word{"gsm", Radio::gsm},    Word{"hspa", Radio::umts},
    Word{"lte", Radio::lte},    Word{"ltem", Radio::lte_m},  Word{"nb", Radio::nb_iot},  Word{"nbiot", Radio::nb_iot},
    Word{"nr", Radio::nr},      Word{"umts", Radio::umts},   Word{"wcdma", Radio::umts},
};
// TS 33.401 (EEA), 33.501 (NEA), 33.102 (UEA), 43.020 (A5), 41.061 (GEA). GEA1 and A5/2 were made weak, A5/1 is broken.
constexpr std::array ciphers{
    Word{"a50", Cipher::none},    Word{"a51", Cipher::weak},    Word{"a52", Cipher::weak},
    Word{"a53", Cipher::strong},  Word{"a54", Cipher::strong},  Word{"eea0", Cipher::none},
    Word{"eea1", Cipher::strong}, Word{"eea2", Cipher::strong}, Word{"eea3", Cipher::strong},
    Word{"gea0", Cipher::none},   Word{"gea1", Cipher::weak},   Word{"gea2", Cipher::weak},
    Word{"gea3", Cipher::strong}, Word{"gea4", Cipher::strong}, Word{"gea5", Cipher::strong},
    Word{"nea0", Cipher::none},   Word{"nea1", Cipher::strong}, Word{"nea2", Cipher::strong},
    Word{"nea3", Cipher::strong}, Word{"none", Cipher::none},   Word{"uea0", Cipher::none},
    Word{"uea1", Cipher::strong}, Word{"uea2", Cipher::strong},
};

constexpr std::size_t word_bytes_max = 16;

std::string plain(std::string_view word) {
  std::string out;
  for (const char c : word.substr(0, word_bytes_max)) {
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
  }
  // TS 33.401 calls them 128-EEA1 and so on.
  return out.starts_with("128") ? out.substr(3) : out;
}

template <class T, std::size_t N>
T value_of(const std::array<Word<T>, N>& words, std::string_view word) {
  const std::string key = plain(word);
  const auto found = std::ranges::find(words, key, &Word<T>::word);
  return found == words.end() ? T::unknown : found->value;
}

}  // namespace

Radio radio_from(std::string_view word) {
  return value_of(radios, word);
}

Cipher cipher_from(std::string_view word) {
  return value_of(ciphers, word);
}

}  // namespace outrider::detect
