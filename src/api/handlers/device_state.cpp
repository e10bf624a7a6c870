// A change in a device's life: quarantine and release, lost, stolen and found, and its end.
#include "api/handlers.h"
#include "api/handlers/pending.h"
#include "fleet/lifecycle/lifecycle.h"

namespace outrider::api {
namespace {

struct Wanted {
  std::string event;
  std::string why;
  std::vector<std::uint64_t> cause;  // numbers of entries
  std::optional<bool> revoke;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(Wanted, (), (event, why, cause, revoke, dry_run))

struct Changed {
  DeviceId device;
  facts::LifecycleEvent event = facts::LifecycleEvent::quarantine;
  facts::Lifecycle from = facts::Lifecycle::expected;
  facts::Lifecycle lifecycle = facts::Lifecycle::expected;
  std::uint64_t revoked = 0;  // identities
  bool dry_run = false;
};
BOOST_DESCRIBE_STRUCT(Changed, (), (device, event, from, lifecycle, revoked, dry_run))

}  // namespace

Result<net::HttpResponse> post_state(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto id, call.device());
  TRY(auto wanted, call.body<Wanted>());
  fleet::StateChange change{.why = std::move(wanted.why),
                            .by = call.by(),
                            .cause = std::move(wanted.cause),
                            .revoke = wanted.revoke.value_or(false)};
  TRY(change.event, fleet::parse_event(wanted.event));
  fleet::Transition made;
  const bool dry_run = wanted.dry_run.value_or(false);
  if (dry_run) {
    TRY(made, house.registry.try_change(fleet, id, change));
  } else {
    Pending<fleet::Transition> done;
    house.registry.change_state(fleet, id, change, done.callback());
    TRY(made, done.wait());
  }
  return answer(json::from(Changed{id, change.event, made.from, made.to, made.revoked, dry_run}));
}

}  // namespace outrider::api
