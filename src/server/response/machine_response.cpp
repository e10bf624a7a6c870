// The machine's part in responses: what they are given, and when they begin.
#include "gateway/admission/peer.h"
#include "server/machine.h"

namespace outrider::server {
namespace {

respond::Mode mode_of(std::string_view word) {
  if (word == "observe") return respond::Mode::observe;
  return word == "propose" ? respond::Mode::propose : respond::Mode::act;
}

Result<respond::PostOptions> post_options(const Config& config) {
  respond::PostOptions out{
      .server_name = config.server_name,
      .ca_file = config.respond_ca_file,
      .webhook_secret_file = config.respond_webhook_secret_file,
      .smtp_host = config.respond_smtp_host,
      .smtp_port = static_cast<std::uint16_t>(config.respond_smtp_port),
      .smtp_tls = config.respond_smtp_tls == "implicit" ? respond::MailTls::implicit : respond::MailTls::starttls,
      .smtp_user = config.respond_smtp_user,
      .smtp_password_file = config.respond_smtp_password_file,
      .mail_from = config.respond_mail_from};
  for (const auto& text : config.respond_webhook_allow) {
    TRY(const auto range, net::Cidr::parse(text));
    out.webhook_allow.push_back(range);
  }
  return out;
}

}  // namespace

// Before the listeners, because the API asks it; it begins to act when they are open.
Result<void> Machine::open_response() {
  response_hands_ = std::make_unique<ResponseHands>(
      ResponseHands::Rooms{.registry = *registry_,
                           .broker = sessions_,
                           .fleets = [this] { return fleet_ids(); },
                           .disconnect =
                               [this](const FleetId& fleet, const DeviceId& device, const std::string& why) {
                                 gateway::mqtt::Broker* const broker = sessions_;
                                 if (broker == nullptr) return;
                                 device_tls_->forget(gateway::admission::ticket_owner(fleet, device), {});
                                 broker->expel(fleet, device, {}, why);
                               }});
  TRY(auto post, post_options(config_));
  responder_ = std::make_unique<respond::Responder>(
      respond::Responder::Rooms{*ledger_, *response_hands_, metrics_, system_clock()},
      respond::Responder::Options{.directory = data_.paths().responses(),
                                  .brakes = {.mode_max = mode_of(config_.respond_mode_max),
                                             .per_hour = config_.respond_quarantines_per_hour,
                                             .share_percent = config_.respond_quarantine_share},
                                  .post = std::move(post)});
  return responder_->open();
}

}  // namespace outrider::server
