// Identities, lifecycle and commands.
#include <algorithm>

#include "detect/input/entry_fact.h"
#include "detect/input/facts/address.h"
#include "detect/input/facts/command_words.h"
#include "detect/input/facts/entry_topic.h"
#include "detect/input/facts/facts.h"
#include "detect/input/facts/refusals.h"
#include "detect/input/hash.h"
#include "facts/facts.h"
#include "facts/response.h"

namespace outrider::detect {

About observe_identity_issued(const ledger::Entry& entry, Observation& out) {
  const auto fact = fact_of<facts::IdentityIssued>(entry);
  if (!fact) return std::nullopt;
  out.what = What::identity_issued;
  out.key = hash_of(fact->spki_sha256);
  out.target = out.session.serial = hash_of(fact->serial);
  return fact->device.value;
}

About observe_identity_revoked(const ledger::Entry& entry, Observation& out) {
  const auto fact = fact_of<facts::IdentityRevoked>(entry);
  if (!fact) return std::nullopt;
  out.what = What::identity_revoked;
  const bool replaced = fact->cause == facts::RevocationCause::successor || fact->why == "superseded";
  out.refusal = replaced ? Refusal::superseded : Refusal::revoked;
  out.target = out.session.serial = hash_of(fact->serial);
  return fact->device.value;
}

About observe_identity_suspected(const ledger::Entry& entry, Observation& out) {
  const auto fact = fact_of<facts::IdentitySuspected>(entry);
  if (!fact) return std::nullopt;
  out.what = What::identity_suspected;
  out.refusal = refusal_of(fact->sign);
  out.topic = hash_of(fact->sign);
  out.target = out.session.serial = hash_of(fact->serial);
  const AddressHash hash = hash_address(fact->address);
  out.session.address = hash.address;
  out.session.prefix = hash.prefix;
  return fact->device;
}

About observe_device_state(const ledger::Entry& entry, Observation& out) {
  const auto fact = fact_of<facts::DeviceStateChanged>(entry);
  if (!fact) return std::nullopt;
  out.what = What::device_state;
  out.lifecycle = static_cast<std::uint8_t>(fact->to);
  return fact->device.value;
}

About observe_device_retired(const ledger::Entry& entry, Observation& out) {
  const auto fact = fact_of<facts::DeviceRetired>(entry);
  if (!fact) return std::nullopt;
  out.what = What::device_state;
  out.lifecycle = static_cast<std::uint8_t>(facts::Lifecycle::retired);
  return fact->device.value;
}

// A command is what an application publishes to a device's command topic; its payload may be shredded, its topic
// stands.
About observe_application_message(const ledger::Entry& entry, Observation& out) {
  const auto topic = topic_of(entry.content_type);
  if (!topic) return std::nullopt;
  const auto to = device_topic(*topic);
  if (!to || to->leaf != "command") return std::nullopt;
  out.what = What::command_sent;
  out.topic = hash_of(to->leaf);
  out.target = hash_of(entry.subject.id);
  out.key = command_id(as_text(entry.payload));
  out.bytes = static_cast<std::uint32_t>(entry.payload.size());
  return std::string(to->device);
}

// What the server itself tells a device stands in its intent alone: its answer is an answer to a command that was
// given.
About observe_response(const ledger::Entry& entry, Observation& out) {
  const auto fact = fact_of<facts::ResponseStarted>(entry);
  using enum facts::ResponseAction;
  if (!fact || (fact->action != lock && fact->action != attest)) return std::nullopt;
  out.what = What::command_sent;
  out.topic = hash_of("command");
  out.key = command_id(fact->message.value_or(""));
  return fact->device;
}

About observe_actuation(const ledger::Entry& entry, Observation& out) {
  const auto fact = fact_of<facts::ActuationSent>(entry);
  if (!fact || fact->outcome) return std::nullopt;
  const auto to = device_topic(fact->topic);
  if (!to || to->leaf != "command") return std::nullopt;
  out.what = What::command_sent;
  out.topic = hash_of(to->leaf);
  out.key = command_id(fact->message);
  return std::string(to->device);
}

// Whom somebody without a right to it tried to command. Devices that try it at each other are judged by themselves:
// this is for applications, whose refusals are of nobody that detection knows.
About observe_command_refused(const ledger::Entry& entry, Observation& out) {
  const auto fact = fact_of<facts::AccessRefused>(entry);
  if (!fact || fact->action != "publish") return std::nullopt;
  const auto to = device_topic(fact->object);
  if (!to || to->leaf != "command") return std::nullopt;
  out.what = What::command_refused;
  out.topic = hash_of(to->leaf);
  out.target = hash_of(fact->device);
  return std::string(to->device);
}

}  // namespace outrider::detect
