#pragma once
// Certificates and revocations in memory, for tests.
#include <map>
#include <mutex>
#include <vector>

#include "identity/revocation/source.h"

namespace outrider::identity::testing_source {

class MemorySource final : public RevocationSource {
 public:
  explicit MemorySource(FleetId fleet) : fleet_(std::move(fleet)) {}

  void issue(const std::string& serial, const std::string& issuer) {
    const std::lock_guard lock(mutex_);
    states_[serial] = {.issuer = issuer};
  }
  void revoke(Revoked revoked) {
    const std::lock_guard lock(mutex_);
    states_[revoked.serial] = {.issuer = revoked.issuer, .revoked = revoked.when, .why = revoked.why};
    revoked_.push_back(std::move(revoked));
  }

  // As after a failure of the ledger: the last one was never stored, another one was.
  void rebuild_with(Revoked instead) {
    const std::lock_guard lock(mutex_);
    revoked_.back() = std::move(instead);
    ++rebuilds_;
  }

  std::vector<FleetId> fleets() const override { return {fleet_}; }
  std::uint64_t rebuilds() const override {
    const std::lock_guard lock(mutex_);
    return rebuilds_;
  }
  Result<std::vector<Revoked>> revoked(const FleetId&, std::size_t from) const override {
    const std::lock_guard lock(mutex_);
    const auto begin = revoked_.begin() + static_cast<std::ptrdiff_t>(std::min(from, revoked_.size()));
    return std::vector<Revoked>(begin, revoked_.end());
  }
  std::optional<CertificateState> state(const FleetId&, const std::string& serial) const override {
    const std::lock_guard lock(mutex_);
    const auto found = states_.find(serial);
    return found == states_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  const FleetId fleet_;
  mutable std::mutex mutex_;
  std::vector<Revoked> revoked_;
  std::uint64_t rebuilds_ = 0;
  std::map<std::string, CertificateState> states_;
};

}  // namespace outrider::identity::testing_source
