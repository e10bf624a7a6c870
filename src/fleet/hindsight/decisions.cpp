#include "fleet/hindsight/decisions.h"

#include <soci/soci.h>

#include <algorithm>
#include <optional>

#include "facts/holder.h"
#include "facts/kind.h"

namespace outrider::fleet {
namespace {

using soci::use;

// What the registry's memory follows, but for sessions: they come by the thousand and take nobody's right.
bool decides(Kind kind) {
  switch (kind) {
    case Kind::fleet_created:
    case Kind::profile_added:
    case Kind::device_added:
    case Kind::device_retired:
    case Kind::device_state_changed:
    case Kind::application_added:
    case Kind::application_granted:
    case Kind::application_grant_withdrawn:
    case Kind::application_removed:
    case Kind::code_created:
    case Kind::identity_issued:
    case Kind::identity_revoked:
      return true;
    default:
      return false;
  }
}

std::string holder_name(const ledger::Subject& subject) {
  switch (subject.kind) {
    case ledger::SubjectKind::device:
      return subject.id;
    case ledger::SubjectKind::application:
      return facts::holder_of(ApplicationId(subject.id)).value;
    default:
      return {};
  }
}

}  // namespace

Result<void> note_decision(store::Session& session, const ledger::Entry& entry) {
  if (!decides(static_cast<Kind>(entry.kind))) return {};
  const std::string holder = holder_name(entry.subject);
  const long long number = static_cast<long long>(entry.number);
  return session.run([&](soci::session& sql) {
    sql << "INSERT INTO decision (fleet, holder, entry) VALUES (:fleet, :holder, :entry) ON CONFLICT DO NOTHING",
        use(entry.fleet.value), use(holder), use(number);
  });
}

bool concerns(const ledger::Entry& entry, const DeviceId& holder) {
  if (!decides(static_cast<Kind>(entry.kind))) return false;
  const std::string name = holder_name(entry.subject);
  return name.empty() || name == holder.value;
}

Result<std::vector<std::uint64_t>> decisions_of(store::Session& session, const FleetId& fleet, const DeviceId& holder,
                                                std::uint64_t last) {
  std::vector<std::uint64_t> out;
  CHECK(session.run([&](soci::session& sql) {
    const long long bound = static_cast<long long>(last);
    long long entry = 0;
    soci::statement select =
        (sql.prepare
             << "SELECT entry FROM decision WHERE fleet = :fleet AND holder IN ('', :holder) AND entry <= :last "
                "ORDER BY entry",
         use(fleet.value), use(holder.value), use(bound), soci::into(entry));
    select.execute();
    while (select.fetch()) out.push_back(static_cast<std::uint64_t>(entry));
  }));
  return out;
}

}  // namespace outrider::fleet
