#pragma once
// A device's rights are what its profile grants below its own root. In quarantine, of these, its diagnostics: what an
// operator needs to look at it from afar, and what repairs it (docs/decisions/0067-quarantine-restricts.md).
#include "fleet/profile/profile.h"
#include "gateway/mqtt/rights/rights.h"

namespace outrider::gateway::mqtt {

class DeviceRights final : public Rights {
 public:
  // `signatures`: what verifies signed readings; of this session alone.
  DeviceRights(const DeviceId& device, std::shared_ptr<const fleet::Profile> profile, bool quarantined = false,
               std::unique_ptr<Signatures> signatures = nullptr)
      : root_("d/" + device.value + "/"),
        profile_(std::move(profile)),
        quarantined_(quarantined),
        signatures_(std::move(signatures)) {}

  std::string_view root() const override { return root_; }
  std::string_view client_id_root() const override;
  std::size_t rule_count() const override { return profile_->publish.size(); }
  Result<PublishRule> may_publish(std::string_view topic) const override;
  Result<PublishRule> may_leave_will(std::string_view topic) const override;
  Result<Report> judge(const PublishRule& rule, std::string_view topic, ByteView payload,
                       std::optional<std::string_view> content_type, Timestamp received) const override;
  Result<void> may_subscribe(std::string_view filter) const override;
  bool may_receive(std::string_view topic) const override;

 private:
  // What follows the root; nothing when the topic lies elsewhere: another device's, or a wildcard where the device
  // stands.
  std::optional<std::string_view> leaf_of(std::string_view topic) const;

  std::string root_;
  std::shared_ptr<const fleet::Profile> profile_;
  bool quarantined_;
  std::unique_ptr<Signatures> signatures_;
};

}  // namespace outrider::gateway::mqtt
