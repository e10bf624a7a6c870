// load_posture: what the tables say of a device.
#include <fmt/format.h>
#include <soci/soci.h>

#include "fleet/projection/inventory_projection.h"

namespace outrider::fleet {
namespace {

// Facts of table posture into the members of the same names. Returns since when readings are erased, if they are.
std::optional<Timestamp> load_facts(soci::session& sql, const FleetId& fleet, const DeviceId& device, Posture& out) {
  std::optional<Timestamp> erased;
  std::string fact;
  std::string value;
  long long since = 0;
  long long entry = 0;
  soci::indicator has_value = soci::i_null;
  soci::statement select =
      (sql.prepare << "SELECT fact, value, since, entry FROM posture WHERE fleet = :fleet AND device = :device",
       soci::use(fleet.value), soci::use(device.value), soci::into(fact), soci::into(value, has_value),
       soci::into(since), soci::into(entry));
  select.execute();
  while (select.fetch()) {
    if (fact == "erased") erased = from_micros(since);
    boost::mp11::mp_for_each<boost::describe::describe_members<Posture, boost::describe::mod_public>>([&](auto member) {
      if (fact != member.name) return;
      Belief& belief = out.*member.pointer;
      if (has_value == soci::i_ok) belief.value = value;
      belief.since = from_micros(since);
      belief.entry = static_cast<std::uint64_t>(entry);
    });
  }
  return erased;
}

std::string position_text(double lat, double lon, std::optional<double> alt) {
  // Seven decimals of a degree are a centimetre.
  return alt ? fmt::format("{:.7f},{:.7f},{:.1f}", lat, lon, *alt) : fmt::format("{:.7f},{:.7f}", lat, lon);
}

void load_readings(soci::session& sql, const FleetId& fleet, const DeviceId& device, Posture& out) {
  std::string name;
  std::string text;
  double number = 0;
  long long since = 0;
  long long entry = 0;
  soci::indicator has_number = soci::i_null;
  soci::indicator has_text = soci::i_null;
  std::optional<double> lat;
  std::optional<double> lon;
  std::optional<double> alt;
  soci::statement select =
      (sql.prepare << "SELECT n.name, r.time - r.early, r.entry, r.number, r.text FROM latest_reading r "
                      "JOIN series_name n ON n.id = r.name WHERE r.device = "
                      "(SELECT id FROM series_device WHERE fleet = :fleet AND device = :device) "
                      "AND n.name IN ('battery', 'firmware', 'lat', 'lon', 'alt')",
       soci::use(fleet.value), soci::use(device.value), soci::into(name), soci::into(since), soci::into(entry),
       soci::into(number, has_number), soci::into(text, has_text));
  select.execute();
  while (select.fetch()) {
    const auto believe = [&](Belief& belief, std::string value) {
      belief = {.value = std::move(value), .since = from_micros(since), .entry = static_cast<std::uint64_t>(entry)};
    };
    if (name == "firmware" && has_text == soci::i_ok) believe(out.firmware, text);
    if (has_number != soci::i_ok) continue;
    if (name == "battery") believe(out.battery, fmt::format("{}", number));
    if (name == "lon") lon = number;
    if (name == "alt") alt = number;
    if (name == "lat") {
      lat = number;
      believe(out.position, {});
    }
  }
  if (lat && lon) {
    out.position.value = position_text(*lat, *lon, alt);
  } else {
    out.position = {};
  }
}

}  // namespace

Result<Posture> load_posture(store::Session& session, const FleetId& fleet, const DeviceId& device,
                             Timestamp since_unknown) {
  Posture out;
  CHECK(session.run([&](soci::session& sql) {
    const auto erased = load_facts(sql, fleet, device, out);
    load_readings(sql, fleet, device, out);
    for (Belief* const belief : {&out.battery, &out.firmware, &out.position}) {
      if (!belief->entry) belief->since = erased.value_or(since_unknown);
    }
    for (Belief* const belief :
         {&out.last_seen, &out.online, &out.address, &out.protocol, &out.network, &out.network_kind, &out.country,
          &out.asn, &out.last_refusal, &out.certificate_expiry, &out.trust}) {
      if (!belief->entry) belief->since = since_unknown;
    }
  }));
  return out;
}

}  // namespace outrider::fleet
