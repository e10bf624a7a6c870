// The edges of the machine, and what the API can ask of it.
#include "server/machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "api/handlers/pending.h"
#include "api/routing/route.h"
#include "base/log.h"
#include "crypto/x509/certificate.h"
#include "fleet/history/retention.h"
#include "gateway/admission/gate.h"
#include "gateway/admission/peer.h"
#include "gateway/mqtt/rights/rights_of.h"
#include "identity/enrolment/device_name.h"
#include "server/backup/backup.h"
#include "server/start/first_start.h"
#include "server/why/why.h"

namespace outrider::server {
namespace {

// Listeners share their port among the event loops (SO_REUSEPORT), and the kernel would as gladly share it with another
// server of the same user. So each port is first taken alone for a moment.
Result<void> check_free(std::string_view what, const std::string& address, std::uint64_t port) {
  namespace ip = boost::asio::ip;
  boost::system::error_code error;
  const auto parsed = ip::make_address(address, error);
  if (error || port == 0) return {};  // the listener itself says what is wrong with an address
  boost::asio::io_context context;
  ip::tcp::acceptor alone(context);
  const ip::tcp::endpoint endpoint(parsed, static_cast<std::uint16_t>(port));
  alone.open(endpoint.protocol(), error);
  if (!error) alone.set_option(ip::tcp::acceptor::reuse_address(true), error);
  if (!error) alone.bind(endpoint, error);
  if (!error) return {};
  return fail(Errc::unavailable, "port-in-use",
              fmt::format("cannot listen on {}:{} for {}: {}", address, port, what, error.message()));
}

constexpr std::size_t bulk_body_bytes_max = 4 * 1024 * 1024;  // a thousand devices with every text at its longest
constexpr std::chrono::milliseconds read_back_wait{2000};     // a busy projector gathers for one second, then stores
constexpr std::chrono::seconds tls_gauge_interval{5};
constexpr std::chrono::seconds anchor_interval{5};             // a write or two, when there is something new
constexpr std::chrono::seconds certificate_file_interval{10};  // an operator's tool has put a new one there
constexpr std::chrono::seconds renewal_interval = std::chrono::hours{24};   // of looking at our own certificate
constexpr std::chrono::seconds expiry_interval = std::chrono::minutes{10};  // a short-lived identity ends in ten
constexpr std::chrono::seconds geo_interval{10};         // of looking whether a geographic database has changed
constexpr std::chrono::seconds reconsider_interval{60};  // of the admission of every session
constexpr std::chrono::seconds block_list_interval = std::chrono::minutes{1};  // an operator waits for the effect
constexpr std::chrono::seconds factor_interval = std::chrono::minutes{1};      // FactorWatch::budget is spent in each
constexpr std::chrono::seconds retention_interval = std::chrono::hours{1};     // retention is counted in days

gateway::mqtt::Limits mqtt_limits(const Config& config) {
  gateway::mqtt::Limits out;
  out.admission.connections_max = config.limits_connections;
  out.admission.connections_per_address_max = config.limits_connections_per_address;
  out.held_bytes_max = config.limits_held_bytes;
  out.admission.connections_per_network_max = config.limits_connections_per_network;
  out.admission.connections_per_network_per_second = static_cast<double>(config.limits_connection_rate);
  out.admission.handshakes_per_network_per_second = static_cast<double>(config.limits_handshake_rate);
  out.admission.handshakes_max = config.limits_handshakes;
  out.admission.wait_max = config.limits_admission_wait;
  out.admission.hello_deadline = config.limits_handshake_time;
  out.connect_deadline = config.limits_handshake_time;
  out.tls.handshake_deadline = config.limits_handshake_time;
  out.packet_bytes_max = config.limits_packet_bytes;
  const auto keep_alive = std::chrono::duration_cast<std::chrono::seconds>(config.limits_keep_alive_max);
  out.keep_alive_max = static_cast<std::uint16_t>(keep_alive.count());
  out.receive_maximum = static_cast<std::uint16_t>(config.limits_inflight);
  out.publishes_per_second = static_cast<double>(config.limits_messages_per_second);
  out.bytes_per_second = static_cast<double>(config.limits_bytes_per_second);
  out.bytes_burst = 16 * out.bytes_per_second;  // as much as a device that comes back may have kept
  out.subscriptions_max = config.limits_subscriptions;
  out.slow_reader_deadline = config.limits_slow_reader_time;
  const auto expiry = std::chrono::duration_cast<std::chrono::seconds>(config.mqtt_session_expiry_max);
  out.session_expiry_max = static_cast<std::uint32_t>(expiry.count());
  out.session_age_max = config.mqtt_max_session_age;
  out.state.sessions_max = config.limits_kept_sessions;
  out.state.queued_messages_max = config.limits_queued_messages;
  out.state.queued_bytes_max = config.limits_queued_bytes;
  out.retained_messages_max = config.limits_retained_messages;
  out.retained_bytes_max = config.limits_retained_bytes;
  return out;
}

// What an HTTPS connection is ended by: its holder's end, or its certificate's.
std::string peer_name(const FleetId& fleet, const DeviceId& device, const std::string& serial) {
  return serial.empty() ? fmt::format("{}/{}", fleet.value, device.value)
                        : fmt::format("{}/{}/{}", fleet.value, device.value, serial);
}

std::vector<std::string> peer_names(ByteView certificate) {
  const auto holder = identity::identify(certificate);
  if (!holder) return {};
  return {peer_name(holder->fleet, holder->device, {}), peer_name(holder->fleet, holder->device, holder->serial)};
}

// HTTPS holds far fewer connections than the broker, so less of them are enough to shut the others out: one address may
// have half of them, one network three quarters.
gateway::admission::Limits https_admission_limits(const Config& config) {
  auto out = mqtt_limits(config).admission;
  const std::size_t all = config.limits_https_connections;
  out.connections_max = all;
  out.connections_per_address_max = std::min(out.connections_per_address_max, std::max<std::size_t>(1, all / 2));
  out.connections_per_network_max = std::min(out.connections_per_network_max, std::max<std::size_t>(1, all * 3 / 4));
  return out;
}

net::HttpServerLimits https_limits(const Config& config) {
  net::HttpServerLimits out;
  out.connections_max = config.limits_https_connections;
  out.larger_bodies = {{std::string(api::prefix) + "/fleets/", bulk_body_bytes_max}};
  out.tls.handshake_deadline = config.limits_handshake_time;
  return out;
}

}  // namespace

Result<net::ServerTlsConfig> Machine::tls_config(net::ClientCertificate client) {
  std::vector<std::string> names = config_.https_names;
  names.push_back(config_.server_name);
  TRY(auto identity, authority_->server_identity(names));
  net::ServerTlsConfig out;
  out.identity = net::TlsIdentity(std::move(identity.chain_pem), std::move(identity.key_pem));
  out.client_anchors_pem = authority_->client_anchors_pem();
  // Sessions may also begin with certificates of other CAs, while a fleet moves over. Makers' are never among them.
  if (client == net::ClientCertificate::required) out.client_anchors_pem += foreign_anchors_pem();
  out.client = client;
  return out;
}

Result<net::ServerTlsConfig> Machine::https_tls_config() {
  TRY(auto out, tls_config(net::ClientCertificate::presented));
  TRY(auto supplied, certificate_file_.load());
  if (supplied) out.identity = *std::move(supplied);
  return out;
}

Result<net::ServerTlsConfig> Machine::device_tls_config() {
  TRY(auto out, tls_config(net::ClientCertificate::required));
  if (config_.mqtt_tls_min == "1.2") out.policy = net::tls_policy_2026_11_old_modems;
  if (config_.mqtt_tickets == 0) return out;
  net::tls::TicketLimits limits;
  limits.count_max = config_.mqtt_tickets;
  limits.life = std::chrono::duration_cast<std::chrono::seconds>(config_.mqtt_ticket_life);
  limits.session_age_max = std::chrono::duration_cast<std::chrono::seconds>(config_.mqtt_max_session_age);
  out.resumption = limits;
  return out;
}

std::string Machine::foreign_anchors_pem() const {
  std::string out;
  const Timestamp now = system_clock().now();
  for (const auto& [fleet, anchor] : registry_->device_authorities()) {
    if (anchor.until && now > *anchor.until) continue;
    if (const auto certificate = crypto::parse_certificate(anchor.certificate)) out += certificate->pem();
  }
  return out;
}

Result<void> Machine::reload_tls() {
  TRY(const auto device_config, device_tls_config());
  CHECK(device_tls_->reload(device_config));
  TRY(const auto https_config, https_tls_config());
  return https_tls_->reload(https_config);
}

// `listener` as in proxy.listeners.
Result<gateway::admission::Policy> Machine::admission_policy(std::string_view listener) {
  gateway::admission::Policy out;
  TRY(auto networks, make_networks(config_.networks));
  out.networks = std::make_shared<const gateway::admission::Networks>(std::move(networks));
  if (!geo_) {
    auto geo = gateway::admission::Geo::open(config_.geo_country_db, config_.geo_asn_db);
    if (!geo) return std::unexpected(std::move(geo).error().during("opening geo.country_db and geo.asn_db"));
    geo_ = *std::move(geo);
  }
  out.locate = [geo = geo_](const boost::asio::ip::address& address) { return geo->locate(address); };
  if (std::ranges::find(config_.proxy_listeners, listener) == config_.proxy_listeners.end()) return out;
  for (const auto& text : config_.proxy_trusted) {
    TRY(const auto range, net::Cidr::parse(text));
    out.proxies.push_back(range);
  }
  return out;
}

Result<void> Machine::open_broker() {
  CHECK(check_free("MQTT", config_.mqtt_listen, config_.mqtt_port));
  // The projector has caught up, so the tables know every number that was acknowledged.
  TRY(auto marks, registry_->signed_marks());
  signing_.emplace(gateway::mqtt::SigningRooms{
      .signer = [this](const FleetId& fleet, const DeviceId& device,
                       ByteView key_id) { return registry_->signer(fleet, device, key_id); },
      .numbers = std::make_unique<gateway::mqtt::NumberBook>(std::move(marks)),
      .verified = metrics_.counter("outrider_signed_readings_total", "Signed readings whose signature was good")});
  gateway::mqtt::Rooms rooms{
      .loops = *loops_,
      .ledger = *ledger_,
      .admit = [this](const gateway::mqtt::Caller& caller) -> Result<gateway::mqtt::Admitted> {
        auto admitted = registry_->admit(caller.fleet, caller.holder, caller.certificate_serial, caller.spki_sha256);
        if (!admitted && admitted.error().reason == "identity-superseded" && !caller.address.empty())
          enrolment_->superseded_used(caller.fleet, caller.holder, caller.certificate_serial, caller.address);
        TRY(const auto admission, std::move(admitted));
        if (admission.profile) CHECK(admission.profile->check_network(caller.origin.kind(), caller.origin.name()));
        return gateway::mqtt::Admitted{
            caller.holder, gateway::mqtt::rights_of(admission, std::make_unique<gateway::mqtt::Signatures>(
                                                                   *signing_, caller.fleet, caller.holder))};
      },
      .metrics = metrics_,
      .recognise = [this](ByteView certificate,
                          const std::string& address) { return enrolment_->recognise(certificate, address); }};
  gateway::mqtt::Options options{.state_file = data_.paths().broker_state(),
                                 .address = config_.mqtt_listen,
                                 .port = static_cast<std::uint16_t>(config_.mqtt_port),
                                 .limits = mqtt_limits(config_)};
  if (!config_.websocket_listen.empty()) {
    CHECK(check_free("MQTT over WebSocket", config_.websocket_listen, config_.websocket_port));
    options.websocket = gateway::mqtt::WebSocketListener{
        .address = config_.websocket_listen,
        .port = static_cast<std::uint16_t>(config_.websocket_port),
        .rules = {.origins = config_.websocket_origins, .opening_deadline = config_.limits_handshake_time}};
  }
  TRY(options.policy, admission_policy("mqtt"));
  options.policy.knows_ticket = [tls = device_tls_](ByteView ticket) { return tls->knows_ticket(ticket); };
  options.strangers_log = api::server_log();
  auto broker = gateway::mqtt::Broker::start(std::move(rooms), std::move(options), device_tls_);
  if (!broker) return std::unexpected(std::move(broker).error().during("opening the MQTT listener"));
  broker_ = *std::move(broker);
  sessions_ = broker_.get();
  // It accepts already: whoever came in and was revoked before it could be told is found now.
  broker_->reconsider(std::nullopt);
  return {};
}

// Before anything decides: from then on the projector's thread and everybody's tell the listeners. Whom they tell comes
// later, so each is reached by a pointer that is set when he can be told.
void Machine::listen_to_decisions() {
  registry_->on_expel(
      [this](const FleetId& fleet, const DeviceId& device, const std::string& serial, const std::string& why) {
        if (PublicPki* const lists = publishing_) lists->changed();
        if (gateway::mqtt::Broker* const broker = sessions_) {
          // Before its session is ended: it must not come back on a ticket.
          device_tls_->forget(gateway::admission::ticket_owner(fleet, device), serial);
          broker->expel(fleet, device, serial, why);
        }
        if (net::HttpServer* const server = expelling_) server->disconnect(peer_name(fleet, device, serial));
      });
  registry_->on_reconsider([this](const FleetId& fleet, const std::optional<DeviceId>& device) {
    gateway::mqtt::Broker* const broker = sessions_;
    if (broker == nullptr) return;
    device ? broker->reconsider(fleet, *device) : broker->reconsider(fleet);
  });
}

Result<void> Machine::open_https() {
  TRY(auto policy, admission_policy("https"));
  policy.knows_ticket = [tls = https_tls_](ByteView ticket) { return tls->knows_ticket(ticket); };
  est_ = std::make_unique<gateway::est::EstService>(
      *authority_, *enrolment_, [this] { return fleet_ids(); }, policy.networks, &metrics_);
  api_ = std::make_unique<api::Api>(house());
  const auto limits = https_limits(config_);
  const auto keeper = std::make_shared<gateway::admission::Keeper>(https_admission_limits(config_), std::move(policy),
                                                                   loops_->size(), metrics_, "https");
  CHECK(check_free("HTTPS", config_.https_listen, config_.https_port));
  CHECK(check_free("metrics", config_.metrics_listen, config_.metrics_port));
  auto https = net::HttpServer::listen_tls(
      *loops_, config_.https_listen, static_cast<std::uint16_t>(config_.https_port), https_tls_,
      [this](net::HttpRequest request) { return handle_https(std::move(request)); }, limits,
      gateway::admission::gates(keeper,
                                gateway::admission::count_turned_away(metrics_, "outrider_https_turned_away_total")));
  if (!https) return std::unexpected(std::move(https).error().during("opening the HTTPS listener"));
  https_ = *std::move(https);
  https_->name_peers(peer_names);
  expelling_ = https_.get();
  auto local = net::HttpServer::listen_local(
      *loops_, data_.paths().socket(), [this](net::HttpRequest request) { return api_->handle(std::move(request)); },
      limits);
  if (!local) return std::unexpected(std::move(local).error().during("opening the local socket"));
  local_ = *std::move(local);
  auto health =
      net::HttpServer::listen_plain(*loops_, config_.metrics_listen, static_cast<std::uint16_t>(config_.metrics_port),
                                    [this](net::HttpRequest request) {
                                      if (request.path == "/metrics") {
                                        pki_->measure();
                                        detection_->measure();
                                        alert_book_.measure(metrics_);
                                      }
                                      return health_->handle(std::move(request));
                                    });
  if (!health) return std::unexpected(std::move(health).error().during("opening the metrics listener"));
  health_server_ = *std::move(health);
  return {};
}

net::Awaitable<net::HttpResponse> Machine::handle_https(net::HttpRequest request) {
  if (gateway::pki::PkiService::handles(request.path)) co_return pki_->service().answer(request);
  if (gateway::est::EstService::handles(request.path)) co_return co_await est_->handle(std::move(request));
  co_return co_await api_->handle(std::move(request));
}

api::House Machine::house() {
  return {.ledger = *ledger_,
          .registry = *registry_,
          .authority = *authority_,
          .history = *history_,
          .refusals = refusals_,
          .detection = *detection_,
          .alerts = *alert_desk_,
          .responder = *responder_,
          .clock = system_clock(),
          .version = OUTRIDER_VERSION,
          .started = started_,
          .ledger_directory = data_.paths().ledger(),
          .code_life_default = config_.enrolment_code_life,
          .edge = [this] { return edge_counts(); },
          .settings = [this] { return setting_views(); },
          .problems =
              [this] {
                auto out = health_->problems();
                if (auto problem = responder_->problem(); !problem.empty()) out.push_back(std::move(problem));
                return out;
              },
          .expiry = [this] { return expiry_->found(); },
          .stopping = [this] { return stopping_.load(); },
          .catch_up = [this] { (void)projector_->wait_until_current(read_back_wait); },
          .create_fleet = [this](const FleetId& fleet, const std::string& title) { return create_fleet(fleet, title); },
          .backup = [this] { return begin_backup(); },
          .forget = [this](const FleetId& fleet, const ledger::Subject& subject) -> Result<void> {
            if (subject.kind == ledger::SubjectKind::device) return broker_->forget(fleet, DeviceId(subject.id));
            if (subject.kind != ledger::SubjectKind::application) return {};
            return broker_->forget(fleet, facts::holder_of(ApplicationId(subject.id)));
          },
          .anchors_changed =
              [this] {
                if (const auto reloaded = reload_tls(); !reloaded)
                  log::error("listeners do not know the new anchors", {{"detail", reloaded.error().text()}});
              },
          .exclude_backup = [this] { return backup_gate_.enter(); },
          .authorities_changed = [this] { return authorities_changed(); },
          .list_number = [this](const FleetId& fleet) { return pki_->lists().number(fleet); },
          .enrol = [this](const FleetId& fleet, const DeviceId& holder, const std::string& code, ByteView csr,
                          const std::string& from) { return enrol(fleet, holder, code, csr, from); },
          .why = [this](const api::WhyQuestion& question) -> Result<api::WhyAnswer> {
            TRY(const auto networks, make_networks(config_.networks));
            return why({*database_, *ledger_, networks, system_clock()}, question);
          }};
}

Result<void> Machine::create_fleet(const FleetId& fleet, const std::string& title) {
  const std::unique_lock making(fleet_making_);
  const auto pass = backup_gate_.enter();  // until the fleet is whole
  if (!pass)
    return fail(Errc::overloaded, "backup-running", "a backup is being taken; make the fleet when it has ended");
  if (registry_->fleet(fleet))
    return fail(Errc::conflict, "fleet-exists", fmt::format("there is a fleet '{}' already", fleet.value));
  // Its authority first: a fleet without one could not enrol anybody, an authority without a fleet harms nobody.
  CHECK(authority_->add_fleet(fleet));
  api::Pending<void> made;
  registry_->create_fleet(fleet, title, made.callback());
  CHECK(made.wait());
  CHECK(ensure_authority(*authority_, *ledger_, fleet));
  pki_->changed();
  return reload_tls();
}

Result<api::IssuedPem> Machine::enrol(const FleetId& fleet, const DeviceId& holder, const std::string& code,
                                      ByteView csr, const std::string& from) {
  TRY(const auto issuer, authority_->issuing(fleet));
  api::Pending<crypto::Certificate> issued;
  enrolment_->enrol(fleet, holder.value, code, csr, {from, std::nullopt}, issued.callback());
  TRY(const auto certificate, issued.wait());
  return api::IssuedPem{.serial = certificate.serial,
                        .not_after = certificate.not_after,
                        .certificate_pem = certificate.pem(),
                        .issuer_pem = issuer.pem(),
                        .root_pem = authority_->root().pem()};
}

std::vector<FleetId> Machine::fleet_ids() const {
  std::vector<FleetId> out;
  for (const auto& fleet : registry_->fleets())
    if (fleet.id != api::server_log()) out.push_back(fleet.id);
  return out;
}

Result<void> Machine::authorities_changed() {
  for (const auto& fleet : fleet_ids()) CHECK(ensure_authority(*authority_, *ledger_, fleet));
  pki_->changed();
  return reload_tls();
}

Result<api::Pieces> Machine::begin_backup() {
  auto pass = backup_gate_.enter();
  if (!pass)
    return fail(Errc::overloaded, "backup-running", "a backup is being taken already; try again when it has ended");
  const auto status = ledger_->status();
  for (const auto& tree : status.fleets) CHECK(ledger_->publish(tree.fleet));
  TRY(auto begun, Backup::begin(data_.paths()));
  return api::Pieces(
      [backup = std::shared_ptr<Backup>(std::move(begun)), pass = std::move(pass)] { return backup->next(); });
}

api::EdgeCounts Machine::edge_counts() const {
  const auto status = broker_->status();
  api::EdgeCounts out{.sessions = status.sessions, .reports_acknowledged = status.acknowledged};
  for (auto& refusal : broker_->refusals(api::Refusals::kept_max)) {
    if (!refusal.fleet.empty()) continue;  // in the fleet's ledger
    out.refusals.push_back({.time = refusal.at,
                            .device = std::move(refusal.device),
                            .address = std::move(refusal.address),
                            .action = std::move(refusal.action),
                            .rule = std::move(refusal.rule),
                            .detail = std::move(refusal.detail)});
  }
  return out;
}

std::vector<api::SettingView> Machine::setting_views() const {
  std::vector<api::SettingView> out;
  for (const Setting& setting : settings()) {
    const auto origin = loaded_.origins.find(setting.key);
    out.push_back({.key = std::string(setting.key),
                   .type = std::string(setting.type()),
                   .value = value_text(config_, setting),
                   .origin = origin == loaded_.origins.end() ? "default" : origin->second});
  }
  return out;
}

void Machine::add_jobs() {
  expiry_->look();
  housekeeping_.every(expiry_interval, [this] { expiry_->look(); });
  housekeeping_.every(geo_interval, [this] {
    if (const auto read = geo_->refresh(); !read)
      log::warn("a geographic database is not used; the earlier one stays", {{"detail", read.error().text()}});
  });
  housekeeping_.every(tls_gauge_interval, [this] {
    resumable_sessions_.set(static_cast<double>(device_tls_->tickets()));
    const auto oldest = std::max(device_tls_->oldest_session_age(), broker_->oldest_session_age());
    oldest_session_key_.set(static_cast<double>(oldest.count()));
  });
  // What nobody decides: time passes, and a certificate ends while its session goes on.
  housekeeping_.every(reconsider_interval, [this] { broker_->reconsider(std::nullopt); });
  housekeeping_.every(retention_interval, [this] {
    const auto removed = fleet::enforce_retention(*registry_, *history_, system_clock().now());
    if (!removed) log::error("cannot remove old readings", {{"detail", removed.error().text()}});
    if (removed.value_or(0) > 0) log::info("removed old readings", {{"readings", *removed}});
  });
  housekeeping_.every(factor_interval, [this] { factor_watch_->step(); });
  housekeeping_.every(block_list_interval, [this] {
    if (const auto read = blocked_keys_->refresh(); !read)
      log::error("the list of blocked keys stays as it was", {{"detail", read.error().detail}});
  });
  note_anchor();
  housekeeping_.every(anchor_interval, [this] { note_anchor(); });
  housekeeping_.every(certificate_file_interval, [this] {
    if (!certificate_file_.changed()) return;
    if (const auto reloaded = reload_tls(); !reloaded)
      log::error("the certificate of HTTPS stays as it was", {{"detail", reloaded.error().text()}});
  });
  housekeeping_.every(renewal_interval, [this] {
    if (const auto reloaded = reload_tls(); !reloaded)
      log::error("cannot renew the server's certificate", {{"detail", reloaded.error().text()}});
  });
}

}  // namespace outrider::server
