#pragma once
// The machine inside Server: every room's objects, in the order in which they are built and may refer to each other.
#include <atomic>
#include <memory>
#include <mutex>

#include "api/api.h"
#include "base/metrics.h"
#include "detect/alerts/alert_desk.h"
#include "detect/live/live.h"
#include "fleet/history/history.h"
#include "fleet/projection/projector.h"
#include "fleet/registry/registry.h"
#include "gateway/admission/geo/geo.h"
#include "gateway/est/est_service.h"
#include "gateway/mqtt/broker.h"
#include "gateway/mqtt/signed/signatures.h"
#include "identity/authority.h"
#include "identity/enrolment/enrolment.h"
#include "ledger/ledger.h"
#include "net/http/http_server.h"
#include "net/loop.h"
#include "net/tls/tls.h"
#include "respond/responder.h"
#include "server/anchor/anchor.h"
#include "server/expiry/watch.h"
#include "server/public_pki.h"
#include "server/response/hands.h"
#include "server/roster.h"
#include "server/server.h"
#include "server/start/certificate_file.h"
#include "server/start/data_directory.h"
#include "server/upkeep/factor_watch.h"
#include "server/upkeep/health.h"
#include "server/upkeep/housekeeping.h"
#include "store/database.h"

namespace outrider::server {

class Machine final : public Server {
 public:
  Machine(LoadedConfig loaded, DataDirectory data)
      : loaded_(std::move(loaded)), config_(loaded_.config), data_(std::move(data)) {}
  ~Machine() override { stop(); }

  // The steps of a start, in this order.
  Result<void> open_truth(const Progress& progress);        // ledger and certification authority
  Result<void> open_projections(const Progress& progress);  // what is made from the ledger, up to its end
  Result<void> open_authorities();                          // the server's own log, first token, a CA for each fleet
  Result<void> open_detection();                            // machine_detection.cpp
  Result<void> open_response();                             // machine_response.cpp
  Result<void> open_edges();                                // listeners
  Result<void> announce();                                  // addresses.json

  const Addresses& addresses() const override { return addresses_; }
  void stop() override;

 private:
  Result<net::ServerTlsConfig> tls_config(net::ClientCertificate client);
  Result<net::ServerTlsConfig> https_tls_config();
  Result<net::ServerTlsConfig> device_tls_config();
  Result<void> reload_tls();
  std::string foreign_anchors_pem() const;
  Result<gateway::admission::Policy> admission_policy(std::string_view listener);
  void listen_to_decisions();
  Result<void> open_broker();
  Result<void> open_https();
  api::House house();
  net::Awaitable<net::HttpResponse> handle_https(net::HttpRequest request);
  Result<void> create_fleet(const FleetId& fleet, const std::string& title);
  std::vector<FleetId> fleet_ids() const;  // without the server's own log
  Result<void> authorities_changed();
  Result<void> check_anchor();  // machine_anchor.cpp
  void note_anchor();
  Result<api::Pieces> begin_backup();
  Result<api::IssuedPem> enrol(const FleetId& fleet, const DeviceId& holder, const std::string& code, ByteView csr,
                               const std::string& from);
  api::EdgeCounts edge_counts() const;
  std::vector<api::SettingView> setting_views() const;
  void add_jobs();

  const LoadedConfig loaded_;
  const Config& config_;
  DataDirectory data_;
  Metrics metrics_;
  Gauge resumable_sessions_ =
      metrics_.gauge("outrider_tls_resumable_sessions", "TLS sessions of devices that could be resumed");
  Gauge oldest_session_key_ =
      metrics_.gauge("outrider_tls_oldest_session_key_seconds",
                     "How long ago the certificate was shown of the oldest of them, and of open sessions");
  const Timestamp started_ = system_clock().now();

  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<identity::Authority> authority_;

  std::unique_ptr<store::Database> database_;
  std::unique_ptr<fleet::Registry> registry_;
  std::unique_ptr<fleet::History> history_;
  api::Refusals refusals_;
  std::unique_ptr<fleet::Endings> endings_;
  std::unique_ptr<fleet::Projector> projector_;
  detect::AlertBook alert_book_;
  std::unique_ptr<detect::AlertDesk> alert_desk_;
  std::unique_ptr<detect::Live> detection_;
  std::unique_ptr<ResponseHands> response_hands_;
  std::unique_ptr<respond::Responder> responder_;
  std::unique_ptr<ExpiryWatch> expiry_;
  std::unique_ptr<Health> health_;

  std::unique_ptr<identity::BlockedKeys> blocked_keys_;
  std::unique_ptr<FactorWatch> factor_watch_;
  std::unique_ptr<RegistryRoster> roster_;
  std::unique_ptr<identity::Enrolment> enrolment_;
  std::unique_ptr<gateway::est::EstService> est_;
  std::unique_ptr<api::Api> api_;

  std::unique_ptr<PublicPki> pki_;
  std::unique_ptr<Anchor> anchor_;  // housekeeping's, once it runs

  std::unique_ptr<net::Loops> loops_;
  std::shared_ptr<net::ServerTls> device_tls_;
  std::shared_ptr<net::ServerTls> https_tls_;
  CertificateFile certificate_file_{config_.https_certificate_file, config_.https_key_file};
  std::shared_ptr<gateway::admission::Geo> geo_;
  std::optional<gateway::mqtt::SigningRooms> signing_;  // from open_broker on
  std::unique_ptr<gateway::mqtt::Broker> broker_;
  std::unique_ptr<net::HttpServer> https_;
  // Whom decisions reach (listen_to_decisions): each once it is there.
  std::atomic<PublicPki*> publishing_{nullptr};
  std::atomic<gateway::mqtt::Broker*> sessions_{nullptr};
  std::atomic<net::HttpServer*> expelling_{nullptr};
  std::unique_ptr<net::HttpServer> local_;
  std::unique_ptr<net::HttpServer> health_server_;
  Housekeeping housekeeping_;

  // Fleets are not made while a backup is taken: it would hold half of one.
  std::mutex fleet_making_;
  api::Gate backup_gate_;
  Addresses addresses_;
  std::atomic<bool> stopping_{false};
};

}  // namespace outrider::server
