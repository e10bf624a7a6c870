#include "fleet/expiry/endings.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include "facts/facts.h"

namespace outrider::fleet {
namespace {

// Of each device that is still ours the identity that lives longest.
constexpr std::string_view last_identities =
    "SELECT i.device, i.serial, i.not_before, i.not_after, ROW_NUMBER() OVER (PARTITION BY i.device "
    "ORDER BY i.not_after DESC, i.serial) AS place FROM identity i JOIN device d ON d.fleet = i.fleet AND "
    "d.id = i.device WHERE i.fleet = :fleet AND i.revoked IS NULL AND d.lifecycle NOT IN ('retired', 'lost', 'stolen')";

std::optional<std::chrono::seconds> stage(long long within, soci::indicator known) {
  if (known != soci::i_ok) return std::nullopt;
  return std::chrono::seconds{within};
}

}  // namespace

Result<void> Endings::apply(store::Session& session, DecodedEntry& entry) {
  if (entry.kind() != Kind::certificate_ending) return {};
  const auto fact = entry.fact<facts::CertificateEnding>();
  if (!fact) return {};
  return session.run([&](soci::session& sql) {
    const auto within = static_cast<long long>(fact->within_s);
    sql << "INSERT INTO expiry_notice (fleet, serial, within_s) VALUES (:fleet, :serial, :within) "
           "ON CONFLICT (fleet, serial, within_s) DO NOTHING",
        soci::use(entry->fleet.value), soci::use(fact->serial), soci::use(within);
  });
}

Result<void> Endings::devices(const FleetId& fleet, Timestamp until,
                              const std::function<bool(DeviceEnding)>& each) const {
  const std::string query = fmt::format(
      "SELECT b.device, b.serial, b.not_before, b.not_after, (SELECT MIN(n.within_s) FROM expiry_notice n WHERE "
      "n.fleet = :fleet AND n.serial = b.serial) AS noticed FROM ({}) b WHERE b.place = 1 AND b.not_after < :until "
      "AND (noticed IS NULL OR noticed > 0) ORDER BY b.not_after, b.device",
      last_identities);
  TRY(auto session, database_.read());
  return session.run([&](soci::session& sql) {
    std::string device;
    std::string serial;
    long long not_before = 0;
    long long not_after = 0;
    long long noticed = 0;
    soci::indicator known = soci::i_null;
    const long long horizon = to_micros(until);
    soci::statement select =
        (sql.prepare << query, soci::use(fleet.value, "fleet"), soci::use(horizon, "until"), soci::into(device),
         soci::into(serial), soci::into(not_before), soci::into(not_after), soci::into(noticed, known));
    select.execute();
    while (select.fetch()) {
      if (!each({DeviceId(device), serial, from_micros(not_before), from_micros(not_after), stage(noticed, known)}))
        break;
    }
  });
}

Result<EndingCounts> Endings::counts(const FleetId& fleet, Timestamp now) const {
  const std::string query = fmt::format(
      "SELECT COUNT(CASE WHEN b.not_after < :now THEN 1 END), COUNT(CASE WHEN b.not_after >= :now AND b.not_after < "
      ":week THEN 1 END), COUNT(CASE WHEN b.not_after >= :now AND b.not_after < :month THEN 1 END) FROM ({}) b WHERE "
      "b.place = 1",
      last_identities);
  EndingCounts out;
  TRY(auto session, database_.read());
  CHECK(session.run([&](soci::session& sql) {
    const long long from = to_micros(now);
    const long long week = to_micros(now + std::chrono::hours{24 * 7});
    const long long month = to_micros(now + std::chrono::hours{24 * 30});
    long long ended = 0;
    long long in_week = 0;
    long long in_month = 0;
    sql << query, soci::use(from, "now"), soci::use(week, "week"), soci::use(month, "month"),
        soci::use(fleet.value, "fleet"), soci::into(ended), soci::into(in_week), soci::into(in_month);
    out = {static_cast<std::uint64_t>(ended), static_cast<std::uint64_t>(in_week),
           static_cast<std::uint64_t>(in_month)};
  }));
  return out;
}

Result<std::optional<std::chrono::seconds>> Endings::noticed(const FleetId& fleet, const std::string& serial) const {
  std::optional<std::chrono::seconds> out;
  TRY(auto session, database_.read());
  CHECK(session.run([&](soci::session& sql) {
    long long within = 0;
    soci::indicator known = soci::i_null;
    sql << "SELECT MIN(within_s) FROM expiry_notice WHERE fleet = :fleet AND serial = :serial", soci::use(fleet.value),
        soci::use(serial), soci::into(within, known);
    out = stage(within, known);
  }));
  return out;
}

}  // namespace outrider::fleet
