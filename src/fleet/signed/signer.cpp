#include "fleet/signed/signer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace outrider::fleet {
namespace {

constexpr std::size_t hex_digits = 16;  // of a fingerprint

}  // namespace

Mark::Fingerprint Mark::fingerprint_of(const crypto::Digest& message) {
  Fingerprint out = 0;
  for (std::size_t i = 0; i < sizeof out; ++i) out = out << 8U | message[i];
  return out;
}

Mark::Verdict Mark::judge(std::uint64_t boot_count, std::uint64_t number, const crypto::Digest& message) const {
  if (!begun_ || std::pair(boot_count, number) > std::pair(boot_count_, number_)) return Verdict::fresh;
  const auto end = last_.begin() + count_;
  return std::find(last_.begin(), end, fingerprint_of(message)) == end ? Verdict::old : Verdict::repeated;
}

void Mark::take(std::uint64_t boot_count, std::uint64_t number, const crypto::Digest& message) {
  begun_ = true;
  boot_count_ = boot_count;
  number_ = number;
  remember(fingerprint_of(message));
}

void Mark::remember(Fingerprint message) {
  last_[next_] = message;
  next_ = static_cast<std::uint8_t>((next_ + 1) % remembered_max);
  count_ = static_cast<std::uint8_t>(std::min<std::size_t>(count_ + 1U, remembered_max));
}

std::string Mark::remembered() const {
  std::string out;
  const std::size_t first = count_ < remembered_max ? 0 : next_;
  for (std::size_t i = 0; i < count_; ++i)
    fmt::format_to(std::back_inserter(out), "{:016x}", last_[(first + i) % remembered_max]);
  return out;
}

Result<Mark> Mark::restore(std::uint64_t boot_count, std::uint64_t number, std::string_view remembered) {
  if (remembered.size() % hex_digits != 0 || remembered.size() > remembered_max * hex_digits)
    return fail(Errc::corrupt, "database-corrupt", "a mark of signed readings is not what was written");
  Mark out;
  out.begun_ = true;
  out.boot_count_ = boot_count;
  out.number_ = number;
  for (; !remembered.empty(); remembered.remove_prefix(hex_digits)) {
    Fingerprint one = 0;
    const char* const end = remembered.data() + hex_digits;
    if (std::from_chars(remembered.data(), end, one, 16).ptr != end)
      return fail(Errc::corrupt, "database-corrupt", "a mark of signed readings is not what was written");
    out.remember(one);
  }
  return out;
}

}  // namespace outrider::fleet
