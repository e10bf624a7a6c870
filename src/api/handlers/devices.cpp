// Devices: adding them with their codes, looking at them.
#include <fmt/format.h>

#include <map>
#include <memory>

#include "api/handlers.h"
#include "api/handlers/pending.h"
#include "identity/enrolment/code.h"

namespace outrider::api {
namespace {

constexpr std::size_t add_max = 1000;          // in one request: a megabyte at most, answered within a second or two
constexpr std::size_t scanned_pages_max = 20;  // of 1000 devices, for one answer of a filter the registry does not have

struct DeviceView {
  DeviceId device;
  ProfileId profile;
  facts::Lifecycle lifecycle = facts::Lifecycle::expected;
  Timestamp lifecycle_since;
  std::optional<std::string> serial_number;
  std::optional<std::string> label;
  Timestamp added;
  bool online = false;
};
BOOST_DESCRIBE_STRUCT(DeviceView, (),
                      (device, profile, lifecycle, lifecycle_since, serial_number, label, added, online))

DeviceView view_of(const fleet::Device& each) {
  return {each.id,    each.profile, each.lifecycle, each.lifecycle_since, each.serial_number,
          each.label, each.added,   each.online};
}

struct NewDevice {
  std::string device;
  std::string profile;
  std::optional<std::string> serial_number;
  std::optional<std::string> label;
};
BOOST_DESCRIBE_STRUCT(NewDevice, (), (device, profile, serial_number, label))

struct NewDevices {
  std::vector<NewDevice> devices;
  std::optional<bool> codes;
  std::optional<std::string> code_life;
  std::optional<bool> again;  // a device that is there already, as it is described here, is no refusal
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(NewDevices, (), (devices, codes, code_life, again, dry_run))

struct Refused {
  std::string reason;
  std::string detail;
};
BOOST_DESCRIBE_STRUCT(Refused, (), (reason, detail))

struct Outcome {
  std::string device;
  bool ok = false;
  std::optional<std::string> code;
  std::optional<Timestamp> expires;
  std::optional<Refused> error;
};
BOOST_DESCRIBE_STRUCT(Outcome, (), (device, ok, code, expires, error))

struct NewCode {
  std::optional<std::string> life;
};
BOOST_DESCRIBE_STRUCT(NewCode, (), (life))

void refuse(Outcome& outcome, const Error& error) {
  outcome.ok = false;
  outcome.error = Refused{error.reason.empty() ? std::string(name_of(error.code)) : error.reason, error.detail};
}

// The ids are checked here, so that one bad line of a thousand is refused by itself.
Result<facts::DeviceAdded> parse_device(const NewDevice& given) {
  facts::DeviceAdded out;
  TRY(out.device, DeviceId::parse(given.device));
  TRY(out.profile, ProfileId::parse(given.profile));
  out.serial_number = given.serial_number;
  out.label = given.label;
  return out;
}

// What add_devices would say, without adding.
Result<void> try_device(const House& house, const FleetId& fleet, const facts::DeviceAdded& device) {
  if (house.registry.device(fleet, device.device))
    return fail(Errc::conflict, "device-exists", fmt::format("there is a device '{}' already", device.device.value));
  CHECK(house.registry.profile(fleet, device.profile));
  for (const auto& text : {device.serial_number, device.label}) {
    if (text && text->size() > fleet::label_bytes_max)
      return fail(Errc::too_large, "too-long", "serial_number and label hold 256 bytes at most");
  }
  return {};
}

// Added before, by a call whose answer got lost.
bool is_there(const House& house, const FleetId& fleet, const facts::DeviceAdded& device) {
  const auto known = house.registry.device(fleet, device.device);
  return known && known->profile == device.profile && known->serial_number == device.serial_number &&
         known->label == device.label;
}

struct CodeTerms {
  FleetId fleet;
  std::string by;
  Timestamp expires;
};

// Begins to record a code for the outcome's device; the code itself stays in the outcome.
void begin_code(const House& house, const CodeTerms& terms, Outcome& outcome, Pending<void>& pending) {
  const DeviceId device(outcome.device);
  outcome.code = identity::make_code();
  outcome.expires = terms.expires;
  facts::CodeCreated fact{.device = device,
                          .code_hash = identity::code_hash(device, *outcome.code),
                          .expires = terms.expires,
                          .by = terms.by};
  house.registry.create_code(terms.fleet, std::move(fact), pending.callback());
}

Result<void> add(const House& house, const FleetId& fleet, std::vector<facts::DeviceAdded> devices,
                 const std::vector<Outcome*>& outcomes) {
  Pending<std::vector<Result<void>>> added;
  house.registry.add_devices(fleet, std::move(devices), added.callback());
  TRY(const auto results, added.wait());
  for (std::size_t i = 0; i < results.size() && i < outcomes.size(); ++i) {
    outcomes[i]->ok = results[i].has_value();
    if (!results[i]) refuse(*outcomes[i], results[i].error());
  }
  return {};
}

void add_codes(const House& house, const CodeTerms& terms, std::vector<Outcome>& outcomes) {
  // All are handed to the ledger first, so that they become durable together.
  std::vector<std::pair<Outcome*, std::unique_ptr<Pending<void>>>> waiting;
  for (Outcome& outcome : outcomes) {
    if (!outcome.ok) continue;
    // One that was there already may have enrolled since: it needs no code.
    const auto device = house.registry.device(terms.fleet, DeviceId(outcome.device));
    if (!device || device->lifecycle != facts::Lifecycle::expected) continue;
    waiting.emplace_back(&outcome, std::make_unique<Pending<void>>());
    begin_code(house, terms, outcome, *waiting.back().second);
  }
  for (auto& [outcome, pending] : waiting) {
    if (const auto done = pending->wait(); !done) {
      // The device is there, its code is not: say so, and keep the code to ourselves.
      outcome->code.reset();
      outcome->expires.reset();
      outcome->error = Refused{done.error().reason, "added, but without a code: " + done.error().detail};
    }
  }
}

struct DeviceFilter {
  fleet::DeviceQuery query;
  std::optional<bool> online;
};

Result<DeviceFilter> filter_of(const Call& call) {
  DeviceFilter out;
  TRY(out.query.after, call.text("after"));
  TRY(out.query.limit, call.limit());
  TRY(out.query.prefix, call.text("prefix"));
  TRY(out.online, call.flag("online"));
  TRY(const auto profile, call.text("profile"));
  if (!profile.empty()) {
    TRY(out.query.profile, ProfileId::parse(profile));
  }
  TRY(const auto lifecycle, call.text("lifecycle"));
  if (!lifecycle.empty()) {
    auto parsed = json::to<facts::Lifecycle>(json::Value(lifecycle), "lifecycle");
    if (!parsed) return fail(Errc::malformed, "bad-parameter", parsed.error().detail);
    out.query.lifecycle = *parsed;
  }
  return out;
}

json::Value belief_view(const fleet::Belief& belief, Timestamp now) {
  auto out = json::from(belief).as_object();
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - belief.since).count();
  out["age_s"] = std::max<std::int64_t>(age, 0);
  return out;
}

// What stands against each of the devices, where something does.
void add_risks(const House& house, const FleetId& fleet, json::Array& devices) {
  std::vector<DeviceId> ids;
  for (const auto& each : devices) ids.emplace_back(std::string(each.at("device").as_string()));
  const auto risks = house.detection.risks(fleet, ids);
  for (std::size_t i = 0; i < risks.size(); ++i)
    if (risks[i]) devices[i].as_object()["risk"] = json::from(*risks[i]);
}

// Facts nobody has ever stated are left out.
json::Object posture_view(const fleet::Posture& posture, Timestamp now) {
  json::Object out;
  boost::mp11::mp_for_each<json::detail::Members<fleet::Posture>>([&](auto member) {
    const fleet::Belief& belief = posture.*member.pointer;
    if (belief.value || belief.entry) out[member.name] = belief_view(belief, now);
  });
  return out;
}

}  // namespace

Result<net::HttpResponse> get_devices(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(auto filter, filter_of(call));
  const std::size_t limit = filter.query.limit;
  json::Array items;
  std::optional<std::string> next;
  for (std::size_t pages = 0; pages < scanned_pages_max; ++pages) {
    if (filter.online) filter.query.limit = fleet::page_limit_max;
    TRY(const auto page, house.registry.devices(fleet, filter.query));
    next = page.next;
    for (const auto& device : page.devices) {
      if (filter.online && device.online != *filter.online) continue;
      if (items.size() == limit) break;
      items.push_back(json::from(view_of(device)));
      // A full answer ends here, wherever the registry's page ends.
      if (items.size() == limit && filter.online && (page.next || device.id != page.devices.back().id))
        next = device.id.value;
    }
    if (items.size() == limit || !next || !filter.online) break;
    filter.query.after = *next;
  }
  add_risks(house, fleet, items);
  return answer_list(std::move(items), std::move(next));
}

Result<net::HttpResponse> post_devices(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto wanted, call.body<NewDevices>());
  TRY(const auto life,
      duration_between("code_life", wanted.code_life, house.code_life_default, code_life_min, code_life_max));
  if (wanted.devices.empty() || wanted.devices.size() > add_max)
    return fail(Errc::too_large, "too-many", fmt::format("devices: expected 1 to {}", add_max));
  CHECK(house.registry.fleet(fleet));

  std::vector<Outcome> outcomes(wanted.devices.size());
  std::vector<facts::DeviceAdded> good;
  std::vector<Outcome*> of_good;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    outcomes[i].device = wanted.devices[i].device;
    auto device = parse_device(wanted.devices[i]);
    if (device && wanted.again.value_or(false) && is_there(house, fleet, *device)) {
      outcomes[i].ok = true;
      continue;
    }
    if (device && wanted.dry_run.value_or(false)) {
      if (auto tried = try_device(house, fleet, *device); !tried) device = std::unexpected(std::move(tried).error());
    }
    if (!device) {
      refuse(outcomes[i], device.error());
      continue;
    }
    outcomes[i].ok = true;
    good.push_back(*std::move(device));
    of_good.push_back(&outcomes[i]);
  }
  if (!wanted.dry_run.value_or(false)) {
    if (!good.empty()) CHECK(add(house, fleet, std::move(good), of_good));
    if (wanted.codes.value_or(false)) add_codes(house, {fleet, call.by(), call.now() + life}, outcomes);
  }
  return answer(json::Object{{"results", json::from(outcomes)}});
}

Result<net::HttpResponse> get_device(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto id, call.device());
  TRY(const auto device, house.registry.device(fleet, id));
  TRY(const auto posture, house.registry.posture(fleet, id));
  TRY(const auto identities, house.registry.identities(fleet, id));
  auto out = json::from(view_of(device)).as_object();
  out["posture"] = posture_view(posture, call.now());
  out["identities"] = json::from(identities);
  json::Array one{std::move(out)};
  add_risks(house, fleet, one);
  return answer(one.front());
}

Result<net::HttpResponse> post_code(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto id, call.device());
  TRY(const auto wanted, call.body<NewCode>());
  TRY(const auto life, duration_between("life", wanted.life, house.code_life_default, code_life_min, code_life_max));
  Outcome outcome{.device = id.value};
  Pending<void> done;
  begin_code(house, {fleet, call.by(), call.now() + life}, outcome, done);
  CHECK(done.wait());
  return answer(json::Object{{"device", id.value}, {"code", *outcome.code}, {"expires", to_rfc3339(*outcome.expires)}});
}

}  // namespace outrider::api
