#include "net/tls/resumption/verified.h"

#include <algorithm>
#include <cstring>

namespace outrider::net::tls {

std::size_t VerifiedCertificates::Hash::operator()(const crypto::Digest& digest) const noexcept {
  std::size_t out = 0;
  std::memcpy(&out, digest.data(), sizeof out);
  return out;
}

bool VerifiedCertificates::contains(const crypto::Digest& certificate) const {
  const std::lock_guard lock(mutex_);
  const auto found = until_.find(certificate);
  return found != until_.end() && clock_.now() < found->second;
}

void VerifiedCertificates::add(const crypto::Digest& certificate, Timestamp not_after) {
  const Timestamp now = clock_.now();
  const std::lock_guard lock(mutex_);
  if (until_.size() >= count_max) std::erase_if(until_, [&](const auto& entry) { return entry.second <= now; });
  if (until_.size() >= count_max) until_.clear();  // more newcomers in `life` than we remember: begin anew
  until_.insert_or_assign(certificate, std::min<Timestamp>(now + life, not_after));
}

void VerifiedCertificates::clear() {
  const std::lock_guard lock(mutex_);
  until_.clear();
}

}  // namespace outrider::net::tls
