#pragma once
// The rights of an application that may publish and subscribe to everything, for tests and for conformance suites that
// know nothing of fleets.
#include "gateway/mqtt/broker.h"
#include "gateway/mqtt/rights/rights.h"
#include "ledger/entry.h"

namespace outrider::gateway::testing {

class OpenRights final : public mqtt::Rights {
 public:
  std::string_view root() const override { return {}; }
  std::string_view client_id_root() const override { return {}; }
  std::size_t rule_count() const override { return 0; }
  Result<mqtt::PublishRule> may_publish(std::string_view) const override {
    mqtt::PublishRule rule;
    rule.name = "anything";
    rule.bytes_max = ledger::payload_bytes_max;
    return rule;
  }
  Result<mqtt::Report> judge(const mqtt::PublishRule&, std::string_view, ByteView, std::optional<std::string_view>,
                             Timestamp) const override {
    return mqtt::Report{Kind::message, "application/octet-stream", ledger::Privacy::open};
  }
  Result<void> may_subscribe(std::string_view) const override { return {}; }
  bool may_receive(std::string_view) const override { return true; }
};

// For World::start: whoever has a certificate of the world's authority is an application of the name it carries.
inline Result<mqtt::Admitted> admit_everything(const mqtt::Caller& caller) {
  return mqtt::Admitted{DeviceId("app:" + caller.holder.value), std::make_shared<OpenRights>()};
}

}  // namespace outrider::gateway::testing
