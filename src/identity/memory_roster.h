#pragma once
// A roster in memory that keeps the contract of identity/roster.h; for tests of this room and of the gateways. Not
// thread-safe.
#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "identity/roster.h"

namespace outrider::identity {

class MemoryRoster final : public Roster {
 public:
  struct Code {
    std::string hash;
    Timestamp expires;
    bool used = false;
  };

  std::map<std::pair<FleetId, DeviceId>, Standing> devices;
  std::map<std::pair<FleetId, DeviceId>, Code> codes;
  std::map<FleetId, std::vector<KnownIdentity>> identities;
  std::vector<facts::IdentityIssued> issued;
  std::vector<facts::EnrolmentRefused> refused;
  std::optional<Error> disk_failure;  // record_issue fails with it
  bool hold = false;                  // record_issue keeps `done` in `held` until the test calls it
  Done held;

  void revoke(const FleetId& fleet, const std::string& serial) {
    for (auto& one : identities[fleet])
      if (one.serial == serial) one.revoked = true;
  }

  Result<Standing> standing(const FleetId& fleet, const DeviceId& device) const override {
    const auto found = devices.find({fleet, device});
    if (found == devices.end()) return fail(Errc::not_found, "unknown-device", "there is no such device");
    return found->second;
  }
  Result<void> check_code(const FleetId& fleet, const DeviceId& device, const std::string& code_hash,
                          Timestamp now) const override {
    const auto found = codes.find({fleet, device});
    if (found == codes.end() || found->second.hash != code_hash)
      return fail(Errc::unauthenticated, "code-unknown", "no such code of the device");
    if (found->second.used) return fail(Errc::unauthenticated, "code-used", "the code has been used");
    if (now >= found->second.expires) return fail(Errc::expired, "code-expired", "the code has expired");
    return {};
  }
  std::optional<KnownIdentity> holder_of_key(const FleetId& fleet, const std::string& spki_sha256) const override {
    return find(fleet, [&](const KnownIdentity& one) { return one.spki_sha256 == spki_sha256; });
  }
  std::optional<KnownIdentity> by_serial(const FleetId& fleet, const std::string& serial) const override {
    return find(fleet, [&](const KnownIdentity& one) { return one.serial == serial; });
  }
  void record_issue(const FleetId& fleet, facts::IdentityIssued fact, Done done) override {
    if (disk_failure) return done(std::unexpected(*disk_failure));
    identities[fleet].push_back({fact.device, fact.serial, fact.spki_sha256, fact.not_after});
    if (fact.code_hash) codes.at({fleet, fact.device}).used = true;
    issued.push_back(std::move(fact));
    if (hold) {
      held = std::move(done);
      return;
    }
    done({});
  }
  void record_refusal(const FleetId&, facts::EnrolmentRefused fact) override { refused.push_back(std::move(fact)); }

 private:
  template <class Is>
  std::optional<KnownIdentity> find(const FleetId& fleet, Is is) const {
    const auto all = identities.find(fleet);
    if (all == identities.end()) return std::nullopt;
    const auto found = std::ranges::find_if(all->second, is);
    return found == all->second.end() ? std::nullopt : std::optional(*found);
  }
};

}  // namespace outrider::identity
