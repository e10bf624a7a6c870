#include "fleet/applications/tables.h"

#include <soci/soci.h>

#include "facts/facts.h"
#include "facts/holder.h"

namespace outrider::fleet {
namespace {

using soci::use;

long long micros(Timestamp when) {
  return to_micros(when);
}

void add_application(soci::session& sql, const ledger::Entry& entry, const facts::ApplicationAdded& fact) {
  const long long added = micros(entry.received);
  const std::string label = fact.label.value_or("");
  soci::indicator has_label = fact.label ? soci::i_ok : soci::i_null;
  sql << "INSERT INTO application (fleet, id, label, added) VALUES (:fleet, :id, :label, :added) ON CONFLICT DO "
         "NOTHING",
      use(entry.fleet.value), use(fact.application.value), use(label, has_label), use(added);
}

void grant(soci::session& sql, const ledger::Entry& entry, const facts::ApplicationGranted& fact) {
  const std::string& fleet = entry.fleet.value;
  const std::string& application = fact.application.value;
  const long long since = micros(entry.received);
  const long long number = static_cast<long long>(entry.number);
  const auto add = [&](const std::string& action, const std::vector<std::string>& filters) {
    for (const auto& filter : filters) {
      sql << "INSERT INTO application_grant (fleet, application, action, filter, since, entry) "
             "SELECT :fleet, :application, :action, :filter, :since, :entry "
             "WHERE EXISTS (SELECT 1 FROM application WHERE fleet = :fleet2 AND id = :application2) "
             "ON CONFLICT DO NOTHING",
          use(fleet, "fleet"), use(application, "application"), use(action, "action"), use(filter, "filter"),
          use(since, "since"), use(number, "entry"), use(fleet, "fleet2"), use(application, "application2");
    }
  };
  add("publish", fact.publish);
  add("subscribe", fact.subscribe);
}

void withdraw(soci::session& sql, const ledger::Entry& entry, const facts::ApplicationGrantWithdrawn& fact) {
  const auto take = [&](const std::string& action, const std::vector<std::string>& filters) {
    for (const auto& filter : filters) {
      sql << "DELETE FROM application_grant "
             "WHERE fleet = :fleet AND application = :application AND action = :action AND filter = :filter",
          use(entry.fleet.value), use(fact.application.value), use(action), use(filter);
    }
  };
  take("publish", fact.publish);
  take("subscribe", fact.subscribe);
}

void remove_application(soci::session& sql, const ledger::Entry& entry, const facts::ApplicationRemoved& fact) {
  const long long when = micros(entry.received);
  sql << "UPDATE application SET removed = :when WHERE fleet = :fleet AND id = :id AND removed IS NULL", use(when),
      use(entry.fleet.value), use(fact.application.value);
  sql << "DELETE FROM application_grant WHERE fleet = :fleet AND application = :id", use(entry.fleet.value),
      use(fact.application.value);
}

void open_session(soci::session& sql, const ledger::Entry& entry, const facts::SessionOpened& fact) {
  const std::string id(facts::plain_name(fact.device));
  sql << "UPDATE application SET session = :session WHERE fleet = :fleet AND id = :id", use(fact.session),
      use(entry.fleet.value), use(id);
}

void close_session(soci::session& sql, const ledger::Entry& entry, const facts::SessionClosed& fact) {
  const std::string id(facts::plain_name(fact.device));
  sql << "UPDATE application SET session = NULL WHERE fleet = :fleet AND id = :id AND session = :session",
      use(entry.fleet.value), use(id), use(fact.session);
}

}  // namespace

Result<void> apply_application(store::Session& session, DecodedEntry& entry) {
  // Runs the rule when the payload is the fact it is for.
  const auto with = [&]<class Fact>(void (*rule)(soci::session&, const ledger::Entry&, const Fact&)) -> Result<void> {
    const auto fact = entry.fact<Fact>();
    if (!fact) return {};
    return session.run([&](soci::session& sql) { rule(sql, *entry, *fact); });
  };
  switch (entry.kind()) {
    case Kind::application_added:
      return with(add_application);
    case Kind::application_granted:
      return with(grant);
    case Kind::application_grant_withdrawn:
      return with(withdraw);
    case Kind::application_removed:
      return with(remove_application);
    case Kind::session_opened:
      return with(open_session);
    case Kind::session_closed:
      return with(close_session);
    default:
      return {};
  }
}

}  // namespace outrider::fleet
