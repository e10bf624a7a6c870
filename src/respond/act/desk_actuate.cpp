// Acts on the world by a device's word.
#include <fmt/format.h>

#include <algorithm>

#include "respond/act/say.h"

namespace outrider::respond {
namespace {

// Where a device was a quarter of an hour ago is no reason to send it elsewhere now.
constexpr std::chrono::minutes reading_age_max{15};

}  // namespace

Result<void> Desk::actuate() {
  std::vector<Actuation> due;
  for (const auto& [id, row] : book_.actuations())
    if (row.state == ActuationState::wanted || row.state == ActuationState::approved) due.push_back(row);
  const Timestamp now = rooms_.clock.now();
  for (const Actuation& row : due) {
    if (row.state == ActuationState::approved) {
      CHECK(send(row));
      continue;
    }
    TRY(const bool for_it, meant({.profiles = row.profiles}, row.device));
    const auto age = now - std::min(row.created, row.measured);
    if (!for_it || now - row.created > proposing_age_max) {
      book_.dismiss_actuation(row.actuation);
    } else if (!row.because.empty()) {
      CHECK(hold(row, row.because, row.detail));
    } else if (const auto doubt = book_.doubt(row.device)) {
      CHECK(hold(row, doubt->because,
                 doubt->because == "held" ? fmt::format("response {} holds what acts on its word", doubt->id)
                                          : fmt::format("alert {} stands against it", doubt->id)));
    } else if (age > reading_age_max) {
      CHECK(hold(row, "stale",
                 fmt::format("the reading is {} old",
                             format_duration(std::chrono::duration_cast<std::chrono::milliseconds>(age)))));
    } else if (rooms_.brakes.mode_max != Mode::act) {
      CHECK(hold(row, "mode", "respond.mode_max lets nothing act by itself"));
    } else {
      CHECK(send(row));
    }
  }
  return {};
}

Result<void> Desk::hold(const Actuation& row, std::string because, std::string detail) {
  TRY(const auto number, say(row.device, facts::ActuationHeld{.actuation = row.actuation,
                                                              .playbook = row.playbook,
                                                              .rule = row.rule,
                                                              .device = row.device,
                                                              .topic = row.topic,
                                                              .message = row.message,
                                                              .because = std::move(because),
                                                              .detail = std::move(detail),
                                                              .cause = row.cause}));
  static_cast<void>(number);
  return {};
}

Result<void> Desk::send(const Actuation& row) {
  facts::ActuationSent fact{.actuation = row.actuation,
                            .playbook = row.playbook,
                            .rule = row.rule,
                            .device = row.device,
                            .topic = row.topic,
                            .message = row.message,
                            .cause = row.cause};
  TRY(const auto intent, say(row.device, fact));
  static_cast<void>(intent);
  const auto heard = rooms_.hands.publish(fleet_, row.topic, row.message);
  fact.outcome = !heard ? "unknown" : *heard ? "published" : "nobody-listens";
  TRY(const auto outcome, say(row.device, fact));
  static_cast<void>(outcome);
  return {};
}

}  // namespace outrider::respond
