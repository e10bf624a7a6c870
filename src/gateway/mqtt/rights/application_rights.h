#pragma once
// An application's rights are its grants, as they are at the moment of each question (fleet/state/grants.h).
#include "fleet/state/grants.h"
#include "gateway/mqtt/rights/rights.h"

namespace outrider::gateway::mqtt {

// The entry of a message says its topic in its content type, and both together hold 255 bytes (ledger/entry.h).
inline constexpr std::size_t application_topic_bytes_max = 180;

class ApplicationRights final : public Rights {
 public:
  explicit ApplicationRights(std::shared_ptr<const fleet::LiveGrants> grants) : grants_(std::move(grants)) {}

  std::string_view root() const override { return {}; }
  std::string_view client_id_root() const override { return {}; }
  std::size_t rule_count() const override { return 0; }
  Result<PublishRule> may_publish(std::string_view topic) const override;
  Result<Report> judge(const PublishRule& rule, std::string_view topic, ByteView payload,
                       std::optional<std::string_view> content_type, Timestamp received) const override;
  Result<void> may_subscribe(std::string_view filter) const override;
  bool may_receive(std::string_view topic) const override;

 private:
  std::shared_ptr<const fleet::LiveGrants> grants_;
};

}  // namespace outrider::gateway::mqtt
