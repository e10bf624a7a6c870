#pragma once
// One question of why on its way to its answer. Private to the folder.
#include <optional>
#include <string>

#include "api/why.h"
#include "fleet/hindsight/hindsight.h"
#include "server/why/why.h"

namespace outrider::server {

// Borrows what it is given. Asked once.
class Inquiry {
 public:
  Inquiry(const WhyRooms& rooms, const api::WhyQuestion& question, DeviceId holder, fleet::Hindsight past,
          Timestamp now)
      : rooms_(rooms), question_(question), holder_(std::move(holder)), past_(std::move(past)), now_(now) {}

  Result<api::WhyAnswer> answer(std::uint64_t entry);

 private:
  Result<void> judge();

  // facts: what the verdict rests on
  void say(std::string text, const std::optional<fleet::Decided>& from = std::nullopt);
  Result<void> allow(std::string rule, std::string detail);
  void describe_holder();
  std::optional<fleet::Decided> first_issue() const;
  // The certificate meant: that of --serial, else the newest that is not revoked, else the newest.
  Result<fleet::Identity> choose_identity();

  // judging
  Result<void> require_holder() const;
  Result<fleet::Admission> judge_admission();
  Result<void> judge_topic(const fleet::Admission& admission);
  void describe_grant(const fleet::Grants& grants, std::string_view topic);
  Result<void> judge_enrolling();
  Result<void> judge_renewing();

  const WhyRooms& rooms_;
  const api::WhyQuestion& question_;
  const DeviceId holder_;
  const fleet::Hindsight past_;
  const Timestamp now_;
  api::WhyAnswer out_;
};

}  // namespace outrider::server
