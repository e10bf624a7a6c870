#include "server/why/why.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/suggest.h"
#include "facts/holder.h"
#include "fleet/hindsight/hindsight.h"
#include "server/why/inquiry.h"
#include "wire/mqtt/topic.h"

namespace outrider::server {
namespace {

using fleet::Hindsight;

constexpr std::array<std::string_view, 6> actions{"connect", "publish", "subscribe", "receive", "enrol", "renew"};

bool has_topic(std::string_view action) {
  return action == "publish" || action == "subscribe" || action == "receive";
}

Result<void> check_question(const api::WhyQuestion& question) {
  if (std::ranges::find(actions, question.action) == actions.end())
    return fail(Errc::malformed, "unknown-action",
                fmt::format("there is no action '{}'{}; the actions are {}", question.action.substr(0, 64),
                            did_you_mean(question.action, actions), fmt::join(actions, ", ")));
  if (has_topic(question.action) && question.topic.empty())
    return fail(Errc::malformed, "topic-needed", fmt::format("which topic would it {}?", question.action));
  if (!has_topic(question.action) && !question.topic.empty())
    return fail(Errc::malformed, "bad-topic", fmt::format("'{}' has no topic", question.action));
  if (!has_topic(question.action)) return {};
  const auto good = question.action == "subscribe" ? wire::mqtt::check_topic_filter(question.topic)
                                                   : wire::mqtt::check_topic_name(question.topic);
  if (!good) return fail(Errc::malformed, "bad-topic", good.error().detail);
  return {};
}

struct Moment {
  std::uint64_t entry = 0;
  Timestamp now;
};

Result<Moment> moment_of(const WhyRooms& rooms, const api::WhyQuestion& question) {
  TRY(const std::uint64_t durable, rooms.ledger.durable(question.fleet));
  if (durable == 0) return fail(Errc::not_found, "unknown-fleet", "the fleet has no entries");
  if (question.time) {
    TRY(const auto last, fleet::last_entry_by(rooms.ledger, question.fleet, *question.time));
    if (!last) return fail(Errc::not_found, "unknown-entry", "the fleet did not exist then");
    return Moment{*last, *question.time};
  }
  if (!question.entry) return Moment{durable - 1, rooms.clock.now()};
  TRY(const auto entries, rooms.ledger.read(question.fleet, *question.entry, 1));
  if (entries.empty())
    return fail(Errc::not_found, "unknown-entry",
                fmt::format("there is no entry {}; the last is {}", *question.entry, durable - 1));
  return Moment{*question.entry, entries.front().received};
}

}  // namespace

Result<api::WhyAnswer> why(const WhyRooms& rooms, const api::WhyQuestion& question) {
  CHECK(check_question(question));
  TRY(auto holder, facts::parse_holder(question.who));
  TRY(const auto moment, moment_of(rooms, question));
  const auto look = [&](const DeviceId& at) {
    return Hindsight::look_back(rooms.database, rooms.ledger, question.fleet, at, moment.entry);
  };
  // Whose name it is today.
  const auto today = [&](const DeviceId& at) -> Result<bool> {
    TRY(const std::uint64_t durable, rooms.ledger.durable(question.fleet));
    TRY(const auto present, Hindsight::look_back(rooms.database, rooms.ledger, question.fleet, at, durable - 1));
    return present.exists();
  };
  TRY(auto past, look(holder));
  if (!past.exists() && !facts::is_application(holder)) {
    // A bare name may be an application's when no device has it, or nobody had it then and an application has it today.
    auto application = facts::holder_of(ApplicationId(holder.value));
    TRY(auto other, look(application));
    bool meant = other.exists();
    if (!meant) {
      TRY(const bool device, today(holder));
      TRY(const bool later, today(application));
      meant = later && !device;
    }
    if (meant) {
      holder = std::move(application);
      past = std::move(other);
    }
  }
  return Inquiry(rooms, question, std::move(holder), std::move(past), moment.now).answer(moment.entry);
}

}  // namespace outrider::server
