#include "server/why/inquiry.h"

#include <fmt/format.h>

#include <algorithm>

#include "facts/holder.h"
#include "gateway/admission/origin/origin.h"
#include "gateway/mqtt/rights/rights_of.h"
#include "gateway/mqtt/rights/topics.h"
#include "identity/enrolment/enrolment.h"
#include "server/why/remedies.h"
#include "wire/mqtt/topic.h"

namespace outrider::server {

using facts::EnrolmentRight;

Result<api::WhyAnswer> Inquiry::answer(std::uint64_t entry) {
  out_.who = holder_.value;
  out_.action = question_.action;
  if (!question_.topic.empty()) out_.topic = question_.topic;
  out_.entry = entry;
  out_.time = now_;
  const auto judged = judge();
  out_.allowed = judged.has_value();
  if (!judged) {
    // What is no verdict is an error of the question or of the house.
    if (judged.error().code == Errc::internal || judged.error().code == Errc::corrupt ||
        judged.error().reason == "bad-address")
      return std::unexpected(judged.error());
    out_.rule = judged.error().reason;
    out_.detail = judged.error().detail;
    out_.remedy = remedy_for({out_.rule, question_.action, question_.topic, holder_});
  }
  return std::move(out_);
}

Result<void> Inquiry::judge() {
  describe_holder();
  if (question_.action == "enrol") return judge_enrolling();
  if (question_.action == "renew") return judge_renewing();
  TRY(const auto admission, judge_admission());
  if (question_.action == "connect") return allow("admitted", "it may open a session");
  return judge_topic(admission);
}

void Inquiry::say(std::string text, const std::optional<fleet::Decided>& from) {
  api::WhyFact fact{.says = std::move(text), .entry = {}, .kind = {}, .time = {}};
  if (from) {
    fact.entry = from->entry;
    fact.kind = std::string(name_of(from->kind));
    fact.time = from->time;
  }
  out_.facts.push_back(std::move(fact));
}

Result<void> Inquiry::allow(std::string rule, std::string detail) {
  out_.rule = std::move(rule);
  out_.detail = std::move(detail);
  return {};
}

void Inquiry::describe_holder() {
  if (facts::is_application(holder_)) {
    if (const auto removed = past_.last(Kind::application_removed)) return say("the application was removed", removed);
    if (const auto added = past_.last(Kind::application_added)) say("the application exists", added);
    return;
  }
  const auto lifecycle = past_.lifecycle();
  if (!lifecycle) return;
  const std::string word = boost::describe::enum_to_string(*lifecycle, "?");
  // Sessions are not counted here, and the first makes an enrolled device active; both may connect.
  auto from = past_.last(Kind::device_added);
  if (*lifecycle == facts::Lifecycle::enrolled) from = first_issue();
  std::string reason;
  for (const Kind kind : {Kind::device_state_changed, Kind::device_retired}) {
    const auto changed = past_.last(kind);
    if (!changed || (from && changed->entry < from->entry)) continue;
    from = changed;
    reason = ": " + changed->about;
  }
  say("the device is " + word + reason, from);
  if (const auto profile = past_.profile())
    say("its profile is " + profile->id.value, past_.last(Kind::profile_added, profile->id.value));
}

std::optional<fleet::Decided> Inquiry::first_issue() const {
  const auto identities = past_.identities();
  if (identities.empty()) return std::nullopt;
  return past_.last(Kind::identity_issued, identities.back().serial);
}

Result<fleet::Identity> Inquiry::choose_identity() {
  const auto identities = past_.identities();
  auto found = question_.serial.empty()
                   ? std::ranges::find_if(identities, [](const auto& each) { return !each.revoked; })
                   : std::ranges::find(identities, question_.serial, &fleet::Identity::serial);
  if (found == identities.end() && question_.serial.empty()) found = identities.begin();
  if (found == identities.end() || identities.empty()) {
    if (!question_.serial.empty())
      return fail(Errc::not_found, "unknown-identity", "it has no identity with serial " + question_.serial);
    return fail(Errc::forbidden, "never-enrolled", "it has no certificate");
  }
  const auto issued = past_.last(Kind::identity_issued, found->serial);
  say(fmt::format("identity {} is good from {} until {}", found->serial, to_rfc3339(found->not_before),
                  to_rfc3339(found->not_after)),
      issued);
  if (found->revoked)
    say(fmt::format("identity {} was revoked: {}", found->serial, found->revoked_why.value_or("unspecified")),
        past_.last(Kind::identity_revoked, found->serial));
  return *found;
}

Result<void> Inquiry::require_holder() const {
  if (past_.exists()) return {};
  if (facts::is_application(holder_))
    return fail(Errc::not_found, "unknown-application",
                fmt::format("there is no application '{}'", facts::plain_name(holder_)));
  return fail(Errc::not_found, "unknown-device", fmt::format("there is no device '{}'", holder_.value));
}

Result<fleet::Admission> Inquiry::judge_admission() {
  CHECK(require_holder());
  TRY(const auto identity, choose_identity());
  TRY(auto admission, past_.admit(identity.serial, now_));
  if (admission.profile && !question_.address.empty()) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(question_.address, error);
    if (error) return fail(Errc::malformed, "bad-address", "'" + question_.address.substr(0, 64) + "' is no address");
    const auto origin = gateway::admission::origin_of(rooms_.networks, {}, address);
    say(fmt::format("{} is in {}", question_.address,
                    origin.network == nullptr ? "no named network" : "network " + std::string(origin.name())));
    CHECK(admission.profile->check_network(origin.kind(), origin.name()));
  } else if (admission.profile && !admission.profile->networks.empty()) {
    say("its profile limits where it connects from; give an address to have that judged");
  }
  return admission;
}

Result<void> Inquiry::judge_topic(const fleet::Admission& admission) {
  const auto rights = gateway::mqtt::rights_of(admission);
  std::string scratch;
  const auto topic = gateway::mqtt::canonical(rights->root(), question_.topic, scratch).topic;
  if (const auto grants = past_.grants()) describe_grant(*grants, topic);
  if (question_.action == "publish") {
    TRY(const auto rule, rights->may_publish(topic));
    return allow(admission.grants ? "granted" : "profile-grants",
                 rule.per_minute_max == 0
                     ? fmt::format("it may publish there, {} bytes at most", rule.bytes_max)
                     : fmt::format("it may publish there, {} bytes at most, {} a minute; what it says is checked "
                                   "against its profile",
                                   rule.bytes_max, rule.per_minute_max));
  }
  if (question_.action == "subscribe") {
    CHECK(rights->may_subscribe(wire::mqtt::parse_filter(topic)->filter));
    return allow(admission.grants ? "granted" : "profile-grants",
                 "it may subscribe; each message is judged again when it is delivered");
  }
  if (!rights->may_receive(topic)) {
    // The refusal in words is that of the subscription; a name is a filter too.
    CHECK(rights->may_subscribe(topic));
    if (admission.lifecycle == facts::Lifecycle::quarantined)
      return fail(Errc::forbidden, "device-quarantined",
                  "the device is in quarantine: it hears command, config and update only");
    return fail(Errc::forbidden, "topic-not-granted", "no right of it takes in this topic");
  }
  return allow(admission.grants ? "granted" : "profile-grants", "it hears of it when it has subscribed");
}

void Inquiry::describe_grant(const fleet::Grants& grants, std::string_view topic) {
  const fleet::Grant* grant = question_.action == "publish"     ? fleet::publish_grant(grants, topic)
                              : question_.action == "subscribe" ? fleet::subscribe_grant(grants, topic)
                                                                : fleet::receive_grant(grants, topic);
  if (grant == nullptr) {
    return say(
        fmt::format("it has {} grants to publish and {} to subscribe", grants.publish.size(), grants.subscribe.size()));
  }
  say(fmt::format("it was granted '{}'", grant->filter),
      fleet::Decided{.entry = grant->entry, .kind = Kind::application_granted, .time = grant->since});
}

Result<void> Inquiry::judge_enrolling() {
  CHECK(require_holder());
  if (const auto code = past_.last(Kind::code_created))
    say(past_.has_code() ? "it has an enrolment code that was not used" : "its newest enrolment code was used", code);
  if (const auto lifecycle = past_.lifecycle()) CHECK(identity::check_lifecycle(*lifecycle, EnrolmentRight::code));
  CHECK(past_.may_enrol(EnrolmentRight::code, {}, now_));
  return allow("code", "it may enrol with its code; its request and key are judged when they come");
}

Result<void> Inquiry::judge_renewing() {
  CHECK(require_holder());
  TRY(const auto identity, choose_identity());
  if (const auto lifecycle = past_.lifecycle()) CHECK(identity::check_lifecycle(*lifecycle, EnrolmentRight::renewal));
  CHECK(past_.may_enrol(EnrolmentRight::renewal, identity.serial, now_));
  if (now_ <= identity.not_after) return allow("renewal", "it may renew with that certificate");
  const auto profile = past_.profile();
  if (!profile || now_ - identity.not_after > profile->renew_after_expiry)
    return fail(Errc::expired, "certificate-expired",
                "the certificate expired at " + to_rfc3339(identity.not_after) + "; enrol anew with a code");
  return allow("expired-renewal", "its profile lets it renew with a certificate that has expired");
}

}  // namespace outrider::server
