// Fleets and their device types.
#include <fmt/format.h>

#include "api/handlers.h"
#include "api/handlers/pending.h"

namespace outrider::api {
namespace {

struct FleetView {
  FleetId fleet;
  std::string title;
  Timestamp created;
  std::uint64_t devices = 0;
  std::uint64_t online = 0;
  std::uint64_t entries = 0;
};
BOOST_DESCRIBE_STRUCT(FleetView, (), (fleet, title, created, devices, online, entries))

struct NewFleet {
  FleetId fleet;
  std::optional<std::string> title;
};
BOOST_DESCRIBE_STRUCT(NewFleet, (), (fleet, title))

FleetView view_of(const House& house, const fleet::Fleet& each) {
  FleetView out{.fleet = each.id, .title = each.title, .created = each.created};
  if (const auto counts = house.registry.counts(each.id)) {
    out.devices = counts->devices;
    out.online = counts->online;
  }
  out.entries = house.ledger.durable(each.id).value_or(0);
  return out;
}

struct KeysView {
  bool p256 = false;
  bool p384 = false;
  bool ed25519 = false;
  unsigned rsa_bits_min = 0;
  std::int64_t certificate_life_s = 0;
  facts::KeyHome home_min = facts::KeyHome::software;
  bool home_attested = false;
};
BOOST_DESCRIBE_STRUCT(KeysView, (), (p256, p384, ed25519, rsa_bits_min, certificate_life_s, home_min, home_attested))

struct EnrolmentView {
  std::int64_t renew_after_expiry_s = 0;
  bool by_approval = false;
};
BOOST_DESCRIBE_STRUCT(EnrolmentView, (), (renew_after_expiry_s, by_approval))

struct ProfileLine {
  ProfileId profile;
  std::string title;
  std::string description;
  fleet::DeviceClass device_class = fleet::DeviceClass::sensor;
  std::int64_t interval_s = 0;
};
BOOST_DESCRIBE_STRUCT(ProfileLine, (), (profile, title, description, device_class, interval_s))

struct ProfileView : ProfileLine {
  std::int64_t retention_s = 0;
  std::vector<std::string> data_categories;
  KeysView keys;
  EnrolmentView enrolment;
  std::vector<fleet::ReadingRule> readings;
  std::vector<fleet::ReadingRule> events;
  std::vector<fleet::TopicRule> publish;
  std::vector<std::string> subscribe;
};
BOOST_DESCRIBE_STRUCT(ProfileView, (ProfileLine),
                      (retention_s, data_categories, keys, enrolment, readings, events, publish, subscribe))

ProfileLine line_of(const fleet::Profile& profile) {
  return {.profile = profile.id,
          .title = profile.title,
          .description = profile.description,
          .device_class = profile.device_class,
          .interval_s = profile.interval.count()};
}

ProfileView view_of(const fleet::Profile& profile) {
  ProfileView out;
  static_cast<ProfileLine&>(out) = line_of(profile);
  out.retention_s = std::chrono::seconds(profile.retention).count();
  out.data_categories = profile.data_categories;
  out.keys = {profile.keys.p256,
              profile.keys.p384,
              profile.keys.ed25519,
              profile.keys.rsa_bits_min,
              profile.keys.certificate_life.count(),
              profile.keys.home_min,
              profile.keys.home_attested};
  out.enrolment = {profile.renew_after_expiry.count(), profile.by_approval};
  out.readings = profile.readings;
  out.events = profile.events;
  out.publish = profile.publish;
  out.subscribe = profile.subscribe;
  return out;
}

}  // namespace

Result<net::HttpResponse> get_fleets(const House& house, const Call&) {
  json::Array items;
  for (const auto& each : house.registry.fleets())
    if (each.id != server_log()) items.push_back(json::from(view_of(house, each)));
  return answer_list(std::move(items));
}

Result<net::HttpResponse> post_fleet(const House& house, const Call& call) {
  TRY(const auto wanted, call.body<NewFleet>());
  if (wanted.fleet == server_log()) {
    return fail(Errc::conflict, "reserved-fleet",
                fmt::format("'{}' is the server's own log; choose another name", server_log().value));
  }
  const std::string title = wanted.title.value_or(wanted.fleet.value);
  CHECK(check_text("title", title, fleet::label_bytes_max));
  CHECK(house.create_fleet(wanted.fleet, title));
  TRY(const auto made, house.registry.fleet(wanted.fleet));
  return answer(json::from(view_of(house, made)), 201);
}

Result<net::HttpResponse> get_profiles(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto profiles, house.registry.profiles(fleet));
  json::Array items;
  for (const auto& profile : profiles) items.push_back(json::from(line_of(*profile)));
  return answer_list(std::move(items));
}

Result<net::HttpResponse> get_profile(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto id, call.profile());
  TRY(const auto profile, house.registry.profile(fleet, id));
  if (call.request().header("Accept").starts_with("application/toml"))
    return net::HttpResponse::text(200, profile->toml, "application/toml");
  return answer(json::from(view_of(*profile)));
}

Result<net::HttpResponse> post_profile(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(auto file, call.text("file"));
  TRY(const auto dry_run, call.flag("dry_run"));
  if (file.empty()) file = "profile";
  if (!call.request().header("Content-Type").starts_with("application/toml"))
    return fail(Errc::malformed, "bad-content-type", "the body must be sent as Content-Type: application/toml");
  const std::string_view toml = as_text(call.request().body);
  TRY(const auto profile, fleet::Profile::parse(toml, file));
  const json::Object out{{"profile", profile.id.value}, {"title", profile.title}};
  CHECK(house.registry.fleet(fleet));
  if (dry_run.value_or(false)) return answer(out);
  Pending<void> done;
  house.registry.add_profile(fleet, toml, file, done.callback());
  CHECK(done.wait());
  return answer(out, 201);
}

}  // namespace outrider::api
