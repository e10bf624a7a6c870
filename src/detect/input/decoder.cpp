#include "detect/input/decoder.h"

#include <utility>

#include "detect/checks/cells/list/cell_list.h"
#include "detect/input/entry_fact.h"
#include "detect/input/facts/command_words.h"
#include "detect/input/facts/entry_topic.h"
#include "detect/input/facts/facts.h"
#include "detect/input/hash.h"
#include "detect/input/readings/readings.h"
#include "facts/alerts.h"
#include "facts/facts.h"
#include "facts/report_content.h"

namespace outrider::detect {
namespace {

double seconds(Timestamp time) {
  constexpr double micros = 1e6;
  return static_cast<double>(to_micros(time)) / micros;
}

About observe_fact(const ledger::Entry& entry, Observation& out) {
  switch (static_cast<Kind>(entry.kind)) {
    case Kind::session_opened:
      return observe_session_opened(entry, out);
    case Kind::session_closed:
      return observe_session_closed(entry, out);
    case Kind::access_refused:
      return observe_access_refused(entry, out);
    case Kind::report_refused:
      return observe_report_refused(entry, out);
    case Kind::enrolment_refused:
      return observe_enrolment_refused(entry, out);
    case Kind::identity_issued:
      return observe_identity_issued(entry, out);
    case Kind::identity_revoked:
      return observe_identity_revoked(entry, out);
    case Kind::identity_suspected:
      return observe_identity_suspected(entry, out);
    case Kind::device_state_changed:
      return observe_device_state(entry, out);
    case Kind::device_retired:
      return observe_device_retired(entry, out);
    case Kind::application_message:
      return observe_application_message(entry, out);
    case Kind::response_started:
      return observe_response(entry, out);
    case Kind::actuation_sent:
      return observe_actuation(entry, out);
    default:
      return std::nullopt;
  }
}

// Attempts in the name of somebody the fleet does not know are nobody's, and still attempts.
bool concerns_nobody(What what) {
  return what == What::enrolment_refused || what == What::access_refused || what == What::identity_suspected;
}

}  // namespace

void Decoder::add_profile(const ledger::Entry& entry) {
  auto fact = fact_of<facts::ProfileAdded>(entry);
  if (!fact) return;
  auto contract = contracts_(fact->toml).value_or(Contract{});
  contract.profile = std::move(fact->profile.value);
  engine_.add_contract(std::move(contract));
}

std::uint32_t Decoder::add_device(const ledger::Entry& entry) {
  const auto fact = fact_of<facts::DeviceAdded>(entry);
  if (!fact) return 0;
  std::uint32_t contract = engine_.contract_index(fact->profile.value);
  if (contract == 0) {  // a profile that was never added promises nothing
    Contract nothing;
    nothing.profile = fact->profile.value;
    contract = engine_.add_contract(std::move(nothing));
  }
  return engine_.add_device(fact->device.value, contract);
}

void Decoder::decode_report(const ledger::Entry& entry, Observation& whole, std::vector<Observation>& out) const {
  whole.bytes = static_cast<std::uint32_t>(entry.payload.size());
  const auto report = facts::read_report(entry.content_type, entry.payload, entry.received);
  if (!report || report->pack.empty()) {
    out.push_back(whole);  // that it spoke is known, though not what it said
    return;
  }
  whole.reading.trust = static_cast<std::uint8_t>(report->trust);
  observations_of(report->pack, engine_.contract(engine_.contract_of(whole.device)), whole, out);
}

void Decoder::decode(const ledger::Entry& entry, std::vector<Observation>& out) {
  Observation whole;
  whole.entry = entry.number;
  whole.received_s = whole.measured_s = seconds(entry.received);
  const auto kind = static_cast<Kind>(entry.kind);
  switch (kind) {
    case Kind::profile_added:
      return add_profile(entry);
    case Kind::device_added:
      whole.what = What::device_added;
      whole.device = add_device(entry);
      if (whole.device != 0) out.push_back(whole);
      return;
    case Kind::route_assigned:
      if (const auto route = fact_of<facts::RouteAssigned>(entry))
        engine_.memory().motion.assign(engine_.device(route->device.value), *route);
      return;
    case Kind::cells_imported:
      if (const auto fact = fact_of<facts::CellsImported>(entry))
        if (const auto cells = read_cell_list(fact->list))
          for (const CellSeed& cell : *cells)
            engine_.memory().cells.seed(cell.key, cell.radio, cell.lat, cell.lon, cell.range_m, cell.samples,
                                        whole.received_s);
      return;
    case Kind::fence_set:
      if (const auto fence = fact_of<facts::FenceSet>(entry))
        engine_.memory().motion.set(fence->device ? engine_.device(fence->device->value) : 0, *fence);
      return;
    case Kind::clock_ticked:
      out.push_back(whole);
      return;
    case Kind::telemetry:
    case Kind::event:
    case Kind::log:
    case Kind::message: {
      if (entry.subject.kind != ledger::SubjectKind::device) return;
      whole.device = engine_.device(entry.subject.id);
      if (whole.device == 0) return;
      engine_.expect(whole.device);
      if (kind == Kind::telemetry || kind == Kind::event) {
        whole.what = kind == Kind::telemetry ? What::report : What::event;
        whole.topic = hash_of(kind == Kind::telemetry ? "telemetry" : "event");
        return decode_report(entry, whole, out);
      }
      const std::string leaf = kind == Kind::log ? "log" : topic_of(entry.content_type).value_or("");
      whole.what = leaf == "command/ack" ? What::command_answered : What::message;
      whole.topic = hash_of(leaf);
      if (whole.what == What::command_answered) {
        const AnswerWords words = answer_of(as_text(entry.payload));
        whole.key = words.id;
        whole.answer = words.answer;
      }
      whole.bytes = static_cast<std::uint32_t>(entry.payload.size());
      out.push_back(whole);
      return;
    }
    default:
      break;
  }
  auto about = observe_fact(entry, whole);
  if (!about) return;
  whole.device = engine_.device(*about);
  if (whole.device == 0 && whole.what == What::access_refused) {
    Observation command = whole;
    about = observe_command_refused(entry, command);
    if (about) command.device = engine_.device(*about);
    if (command.device != 0) whole = command;
  }
  if (whole.device != 0 || (concerns_nobody(whole.what) && entry.subject.kind != ledger::SubjectKind::application))
    out.push_back(whole);
}

}  // namespace outrider::detect
