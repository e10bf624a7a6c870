// Sessions and refusals.
#include <algorithm>

#include "detect/input/entry_fact.h"
#include "detect/input/facts/address.h"
#include "detect/input/facts/entry_topic.h"
#include "detect/input/facts/facts.h"
#include "detect/input/facts/refusals.h"
#include "detect/input/hash.h"
#include "facts/facts.h"
#include "facts/network.h"

namespace outrider::detect {
namespace {

void set_address(Session& session, std::string_view text) {
  const AddressHash hash = hash_address(text);
  session.address = hash.address;
  session.prefix = hash.prefix;
}

std::uint16_t country_of(std::string_view code) {
  if (code.size() != 2) return 0;
  return static_cast<std::uint16_t>(static_cast<std::uint8_t>(code[0]) << 8U | static_cast<std::uint8_t>(code[1]));
}

std::uint32_t bounded(std::uint64_t count) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(count, 0xFFFFFFFF));
}

// Whom it tried to be or to speak for: the device in the topic or the client identifier; of a filter that takes in all,
// the filter itself. A topic of no device is its own mistake.
void set_target(const facts::AccessRefused& fact, Observation& out) {
  const std::string_view object = fact.object;
  const auto topic = device_topic(object);
  out.topic = hash_of(topic && !topic->leaf.empty() ? topic->leaf : object);
  if (out.refusal == Refusal::other_device_topic && fact.action == "subscribe")
    out.refusal = Refusal::other_device_filter;
  std::string_view named;
  if (out.refusal == Refusal::client_id) {
    named = object.substr(0, object.find('/'));
  } else if (out.refusal == Refusal::other_device_topic || out.refusal == Refusal::other_device_filter) {
    if (topic) named = topic->device;
    if (!topic && (object.starts_with('#') || object.starts_with('+'))) named = object;
  }
  if (named != fact.device) out.target = hash_of(named);
}

}  // namespace

About observe_session_opened(const ledger::Entry& entry, Observation& out) {
  const auto fact = fact_of<facts::SessionOpened>(entry);
  if (!fact) return std::nullopt;
  out.what = What::session_opened;
  Session& session = out.session;
  session.id = hash_of(fact->session);
  set_address(session, fact->address);
  session.asn = fact->asn.value_or(0);
  session.country = country_of(fact->country.value_or(""));
  if (const auto kind = facts::network_kind_from(fact->network_kind.value_or("")))
    session.network_kind = static_cast<std::uint8_t>(static_cast<std::uint8_t>(*kind) + 1);
  session.network = hash_of(fact->network.value_or(""));
  session.serial = hash_of(fact->certificate_serial);
  session.tls = hash_of(fact->tls_client.value_or(""));
  return fact->device.value;
}

About observe_session_closed(const ledger::Entry& entry, Observation& out) {
  const auto fact = fact_of<facts::SessionClosed>(entry);
  if (!fact) return std::nullopt;
  out.what = What::session_closed;
  out.session.id = hash_of(fact->session);
  out.session.bytes_in = fact->bytes_in;
  out.session.bytes_out = fact->bytes_out;
  out.ending = ending_of(fact->reason);
  return fact->device.value;
}

About observe_access_refused(const ledger::Entry& entry, Observation& out) {
  const auto fact = fact_of<facts::AccessRefused>(entry);
  if (!fact) return std::nullopt;
  out.what = What::access_refused;
  out.refusal = refusal_of(fact->rule);
  out.count = bounded(fact->count);
  out.distinct = bounded(fact->objects.value_or(1));
  set_address(out.session, fact->address);
  set_target(*fact, out);
  return fact->device;
}

About observe_report_refused(const ledger::Entry& entry, Observation& out) {
  const auto fact = fact_of<facts::ReportRefused>(entry);
  if (!fact) return std::nullopt;
  out.what = What::report_refused;
  out.refusal = refusal_of(fact->reason);
  const auto topic = device_topic(fact->topic);
  out.topic = hash_of(topic ? topic->leaf : std::string_view(fact->topic));
  out.bytes = bounded(fact->head.size());
  return fact->device.value;
}

About observe_enrolment_refused(const ledger::Entry& entry, Observation& out) {
  const auto fact = fact_of<facts::EnrolmentRefused>(entry);
  if (!fact) return std::nullopt;
  out.what = What::enrolment_refused;
  out.refusal = refusal_of(fact->reason);
  out.topic = hash_of(fact->reason);
  out.target = hash_of(fact->device);
  set_address(out.session, fact->address);
  return fact->device;
}

}  // namespace outrider::detect
