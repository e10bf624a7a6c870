#include "net/tls/resumption/verified.h"

#include <algorithm>
#include <functional>

namespace outrider::net::tls {

namespace {

std::uint64_t key_of(ByteView serial) {
  return std::hash<std::string_view>{}(as_text(serial));
}

}  // namespace

bool VerifiedCertificates::contains(ByteView serial, const crypto::Digest& certificate) const {
  const std::lock_guard lock(mutex_);
  const auto [first, last] = by_serial_.equal_range(key_of(serial));
  const auto found =
      std::find_if(first, last, [&](const auto& pair) { return pair.second.certificate == certificate; });
  return found != last && clock_.now() < found->second.until;
}

void VerifiedCertificates::add(ByteView serial, const crypto::Digest& certificate, Timestamp not_after) {
  const Timestamp now = clock_.now();
  const std::uint64_t key = key_of(serial);
  const Entry entry{certificate, std::min<Timestamp>(now + life, not_after)};
  const std::lock_guard lock(mutex_);
  const auto [first, last] = by_serial_.equal_range(key);
  const auto known =
      std::find_if(first, last, [&](const auto& pair) { return pair.second.certificate == certificate; });
  if (known != last) {
    known->second = entry;
    return;
  }
  if (by_serial_.size() >= count_max)
    std::erase_if(by_serial_, [&](const auto& pair) { return pair.second.until <= now; });
  if (by_serial_.size() >= count_max) by_serial_.clear();  // more newcomers in `life` than we remember: begin anew
  if (by_serial_.count(key) >= same_serial_max) by_serial_.erase(key);
  by_serial_.emplace(key, entry);
}

void VerifiedCertificates::forget(ByteView serial) {
  const std::lock_guard lock(mutex_);
  by_serial_.erase(key_of(serial));
}

std::size_t VerifiedCertificates::size() const {
  const std::lock_guard lock(mutex_);
  return by_serial_.size();
}

}  // namespace outrider::net::tls
