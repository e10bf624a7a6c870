// Start and stop, readable from top to bottom.
#include "server/server.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "api/handlers/pending.h"
#include "base/json.h"
#include "base/log.h"
#include "server/machine.h"
#include "server/start/first_start.h"

namespace outrider::server {
namespace {

// A connection is a descriptor; the soft limit is often 1024. Raising it to the hard one needs no right.
void raise_descriptor_limit(std::uint64_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted)
    log::warn("fewer file descriptors than limits.connections",
              {{"descriptors", limit.rlim_cur}, {"connections", wanted}});
}

// Where somebody on this machine reaches a listener.
std::string reachable(const std::string& address, std::uint16_t port) {
  if (address == "0.0.0.0") return fmt::format("127.0.0.1:{}", port);
  if (address == "::") return fmt::format("[::1]:{}", port);
  return address.find(':') == std::string::npos ? fmt::format("{}:{}", address, port)
                                                : fmt::format("[{}]:{}", address, port);
}

}  // namespace

Result<std::unique_ptr<Server>> Server::start(LoadedConfig loaded, Progress progress) {
  if (!loaded.ok()) return fail(Errc::malformed, "bad-config", loaded.text());
  log::set_level(loaded.config.log_level);
  if (!progress) progress = [](std::string_view, std::uint64_t, std::uint64_t) {};
  raise_descriptor_limit(loaded.config.limits_connections);
  TRY(auto data, DataDirectory::open(loaded.config.data_directory));
  auto machine = std::make_unique<Machine>(std::move(loaded), std::move(data));
  CHECK(machine->open_truth(progress));
  CHECK(machine->open_projections(progress));
  CHECK(machine->open_authorities());
  CHECK(machine->open_detection());
  CHECK(machine->open_response());
  CHECK(machine->open_edges());
  CHECK(machine->announce());
  return machine;
}

Result<void> Machine::open_truth(const Progress& progress) {
  progress("opening the ledger", 0, 0);
  auto opened = ledger::Ledger::open({.directory = data_.paths().ledger(),
                                      .server_name = config_.server_name,
                                      .checkpoint_interval = config_.ledger_checkpoint_interval});
  if (!opened) return std::unexpected(std::move(opened).error().during("opening the ledger"));
  ledger_ = *std::move(opened);
  CHECK(check_anchor());
  auto authority = identity::Authority::open(
      {.directory = data_.paths().ca(), .server_name = config_.server_name, .base_url = config_.pki_base_url});
  if (!authority) return std::unexpected(std::move(authority).error().during("opening the certification authority"));
  authority_ = *std::move(authority);
  return {};
}

Result<void> Machine::open_projections(const Progress& progress) {
  TRY(database_, store::Database::open({.file = data_.paths().database()}));
  TRY(registry_, fleet::Registry::open(*database_, *ledger_, {}));
  TRY(history_, fleet::History::open(*database_));
  endings_ = std::make_unique<fleet::Endings>(*database_);
  projector_ = std::make_unique<fleet::Projector>(
      *ledger_, *database_,
      std::vector<fleet::Projection*>{&registry_->projection(), &history_->projection(), &refusals_, endings_.get()});
  expiry_ = std::make_unique<ExpiryWatch>(ExpiryWatch::Rooms{.ca = data_.paths().ca(),
                                                             .ledger = *ledger_,
                                                             .endings = *endings_,
                                                             .metrics = metrics_,
                                                             .clock = system_clock(),
                                                             .fleets = [this] { return fleet_ids(); },
                                                             .server_log = api::server_log()});
  health_ = std::make_unique<Health>(metrics_, *ledger_, *registry_, *projector_, *expiry_, OUTRIDER_VERSION);
  listen_to_decisions();
  CHECK(projector_->catch_up(
      [&](std::uint64_t done, std::uint64_t total) { progress("replaying entries", done, total); }));
  api::Pending<void> ready;
  registry_->mark_ready(ready.callback());
  CHECK(ready.wait());
  projector_->start();
  return {};
}

Result<void> Machine::open_authorities() {
  CHECK(ensure_server_log(*registry_));
  CHECK(ensure_admin_token(*registry_, data_.paths().admin_token()));
  for (const auto& fleet : registry_->fleets()) {
    if (fleet.id != api::server_log()) CHECK(ensure_authority(*authority_, *ledger_, fleet.id));
  }
  TRY(blocked_keys_, identity::BlockedKeys::open(config_.keys_block_list));
  pki_ = std::make_unique<PublicPki>(*authority_, *registry_, config_, data_.paths().ca() / "lists", metrics_);
  for (const auto& fleet : fleet_ids()) pki_->lists().raise(fleet, anchor_->list_number(fleet));
  publishing_ = pki_.get();
  pki_->sign();  // after publishing_: what is revoked before the first list is in it
  factor_watch_ = std::make_unique<FactorWatch>(*registry_, *ledger_, metrics_);
  roster_ = std::make_unique<RegistryRoster>(*registry_, *factor_watch_);
  enrolment_ = std::make_unique<identity::Enrolment>(
      *authority_, *roster_, identity::EnrolmentOptions{.metrics = &metrics_, .blocked = blocked_keys_.get()});
  return {};
}

Result<void> Machine::open_edges() {
  loops_ = std::make_unique<net::Loops>(config_.threads);
  TRY(const auto device_config, device_tls_config());
  TRY(device_tls_, net::ServerTls::create(*loops_, device_config));
  TRY(const auto https_config, https_tls_config());
  TRY(https_tls_, net::ServerTls::create(*loops_, https_config));
  CHECK(open_broker());
  CHECK(open_https());
  CHECK(pki_->listen(*loops_));
  responder_->start();
  add_jobs();
  housekeeping_.start();
  return {};
}

Result<void> Machine::announce() {
  addresses_ = {.mqtt = reachable(config_.mqtt_listen, broker_->port()),
                .websocket = config_.websocket_listen.empty()
                                 ? std::string()
                                 : reachable(config_.websocket_listen, broker_->websocket_port()),
                .https = reachable(config_.https_listen, https_->port()),
                .metrics = reachable(config_.metrics_listen, health_server_->port()),
                .socket = data_.paths().socket().string(),
                .pki = pki_->port() == 0 ? std::string() : reachable(config_.pki_listen, pki_->port()),
                .pid = ::getpid()};
  CHECK(write_file_atomic(data_.paths().addresses(), json::pretty(json::from(addresses_)), 0600));
  log::info("ready", {{"mqtt", addresses_.mqtt}, {"https", addresses_.https}, {"metrics", addresses_.metrics}});
  return {};
}

void Machine::stop() {
  if (stopping_.exchange(true)) return;
  const auto deadline = std::chrono::steady_clock::now() + config_.shutdown_drain;
  const auto left = [&] {
    const auto rest = deadline - std::chrono::steady_clock::now();
    return std::max(std::chrono::duration_cast<std::chrono::milliseconds>(rest), std::chrono::milliseconds{0});
  };
  if (health_) health_->stopping();
  std::error_code ignored;
  std::filesystem::remove(data_.paths().addresses(), ignored);
  // 1 nobody new, and those inside finish: first who reads and decides, then who reports
  if (https_) https_->stop(left());
  if (pki_) pki_->stop(left());
  if (local_) local_->stop(left());
  if (responder_) responder_->stop();
  if (broker_) broker_->stop(left());
  housekeeping_.stop();
  // 2 what was said becomes durable and is published
  if (detection_) detection_->stop();
  if (projector_) projector_->stop();
  if (ledger_) ledger_->close();
  note_anchor();
  // 3 whoever watches us sees it until the end
  if (health_server_) health_server_->stop(left());
  sessions_ = nullptr;
  broker_.reset();  // it takes its leave of each loop, so the loops must still run
  if (loops_) loops_->stop(left());
  log::info("stopped");
}

}  // namespace outrider::server
