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
  std::set<std::string> connected;  // serials
  std::vector<facts::IdentityIssued> issued;
  std::vector<facts::EnrolmentRefused> refused;
  std::vector<facts::IdentitySuspected> suspected;
  std::vector<Anchor> trusted;
  std::set<std::pair<std::string, std::string>> revoked_elsewhere;  // anchor, serial
  FleetId trusted_in{"demo"};
  std::map<std::string, DeviceId> serial_numbers;
  std::vector<std::pair<facts::EnrolmentRequested, Approval>> requests;
  std::optional<facts::NetworkKind> only_from;  // the one kind of network that devices may come from
  std::optional<Error> disk_failure;            // record_issue fails with it
  bool hold = false;                            // record_issue keeps `done` in `held` until the test calls it
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
  Result<void> check_network(const FleetId&, const DeviceId&, const Network& network) const override {
    if (!only_from || network.kind == *only_from) return {};
    return fail(Errc::forbidden, "network-not-allowed", "the profile does not allow that network");
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
  std::optional<KnownIdentity> holder_of_key(const FleetId&, const DeviceId& asking,
                                             const std::string& spki_sha256) const override {
    std::optional<KnownIdentity> own;
    for (const auto& [fleet, all] : identities) {
      for (const KnownIdentity& one : all) {
        if (one.spki_sha256 != spki_sha256) continue;
        if (one.device != asking) return known(fleet, one);
        own = known(fleet, one);
      }
    }
    return own;
  }
  std::vector<Anchor> anchors(const FleetId&) const override { return trusted; }
  Result<void> check_list(const FleetId&, const std::string& anchor, const std::string& serial) const override {
    if (!revoked_elsewhere.contains({anchor, serial})) return {};
    return fail(Errc::forbidden, "revoked-by-its-ca", "its CA has revoked it");
  }
  std::vector<std::pair<FleetId, Anchor>> device_authorities() const override {
    std::vector<std::pair<FleetId, Anchor>> out;
    for (const auto& anchor : trusted)
      if (anchor.role == facts::AnchorRole::device_ca) out.emplace_back(trusted_in, anchor);
    return out;
  }
  Result<DeviceId> by_serial_number(const FleetId&, const std::string& serial_number,
                                    const std::optional<ProfileId>& profile) const override {
    const auto found = serial_numbers.find(serial_number);
    if (found == serial_numbers.end() || (profile && devices.at({trusted_in, found->second}).profile != profile))
      return fail(Errc::forbidden, "serial-not-expected", "no device has this serial number");
    return found->second;
  }
  void ask_approval(const FleetId&, facts::EnrolmentRequested fact, Asked asked) override {
    for (const auto& [request, state] : requests)
      if (request.device == fact.device && request.spki_sha256 == fact.spki_sha256)
        return asked(ApprovalStanding{state, request.request});
    requests.emplace_back(fact, Approval::pending);
    asked(ApprovalStanding{Approval::pending, fact.request});
  }
  std::optional<KnownIdentity> by_serial(const FleetId& fleet, const std::string& serial) const override {
    return find(fleet, [&](const KnownIdentity& one) { return one.serial == serial; });
  }
  void record_issue(const FleetId& fleet, facts::IdentityIssued fact, Done done) override {
    if (disk_failure) return done(std::unexpected(*disk_failure));
    if (fact.right == facts::EnrolmentRight::expired_renewal && !renews_newest(fleet, fact))
      return done(fail(Errc::forbidden, "identity-not-newest", "the device was issued a newer certificate"));
    identities[fleet].push_back({fleet, fact.device, fact.serial, fact.spki_sha256, fact.not_after});
    if (fact.code_hash) codes.at({fleet, fact.device}).used = true;
    issued.push_back(std::move(fact));
    if (hold) {
      held = std::move(done);
      return;
    }
    done({});
  }
  void record_refusal(const FleetId&, facts::EnrolmentRefused fact) override { refused.push_back(std::move(fact)); }
  void record_suspicion(const FleetId&, facts::IdentitySuspected fact) override {
    suspected.push_back(std::move(fact));
  }

 private:
  template <class Is>
  std::optional<KnownIdentity> find(const FleetId& fleet, Is is) const {
    const auto all = identities.find(fleet);
    if (all == identities.end()) return std::nullopt;
    const auto found = std::ranges::find_if(all->second, is);
    return found == all->second.end() ? std::nullopt : std::optional(known(fleet, *found));
  }
  KnownIdentity known(const FleetId& fleet, KnownIdentity one) const {
    one.fleet = fleet;
    return one;
  }
  // Nothing came after it but lost answers to the same request.
  bool renews_newest(const FleetId& fleet, const facts::IdentityIssued& fact) const {
    bool after = false;
    for (const auto& one : identities.at(fleet)) {
      if (after && one.device == fact.device && (connected.contains(one.serial) || one.spki_sha256 != fact.spki_sha256))
        return false;
      after = after || one.serial == fact.renews_serial;
    }
    return true;
  }
};

}  // namespace outrider::identity
