#pragma once
// A small world for tests and benches of the gateway: a real ledger and registry in a directory of its own, a
// certificate authority, one fleet, and as many devices as wanted.
#include <stdlib.h>

#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include "base/testing/temporary_directory.h"
#include "crypto/hash.h"
#include "fleet/projection/projector.h"
#include "fleet/registry/registry.h"
#include "gateway/admission/peer.h"
#include "gateway/mqtt/broker.h"
#include "gateway/mqtt/rights/device_rights.h"
#include "identity/enrolment/device_name.h"
#include "ledger/testing/gated_ledger.h"
#include "net/testing/certificates.h"
#include "store/database.h"

namespace outrider::gateway::testing {

class World {
 public:
  explicit World(std::size_t loop_count = 2) : loops(loop_count) {
    ledger::Options options;
    options.directory = directory_ / "ledger";
    ledger = ledger::Ledger::open(std::move(options)).value();
    gated = std::make_unique<ledger::GatedLedger>(*ledger);
    store::Options stored;
    stored.file = directory_ / "store.db";
    database_ = store::Database::open(std::move(stored)).value();
    registry = fleet::Registry::open(*database_, *ledger, {}).value();
    projector_ = std::make_unique<fleet::Projector>(*ledger, *database_,
                                                    std::vector<fleet::Projection*>{&registry->projection()});
    projector_->catch_up().value();
    await([&](auto done) { registry->mark_ready(std::move(done)); });
    await([&](auto done) { registry->create_fleet(fleet, "Test", std::move(done)); });
  }
  ~World() {
    broker.reset();
    ledger->close();
    loops.stop();
    projector_.reset();
    registry.reset();
    database_.reset();
    gated.reset();
    ledger.reset();
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Admission of a device as the server does it; with `change` its profile is changed first.
  Result<mqtt::Admitted> admit_device(const mqtt::Caller& caller,
                                      const std::function<void(fleet::Profile&)>& change = {}) {
    TRY(const auto admission,
        registry->admit(caller.fleet, caller.holder, caller.certificate_serial, caller.spki_sha256));
    auto profile = admission.profile;
    if (change) {
      auto changed = std::make_shared<fleet::Profile>(*profile);
      change(*changed);
      profile = std::move(changed);
    }
    return mqtt::Admitted{caller.holder, std::make_shared<mqtt::DeviceRights>(
                                             caller.holder, std::move(profile), false,
                                             std::make_unique<mqtt::Signatures>(signing, fleet, caller.holder))};
  }

  // Starts the broker on a free port of loopback.
  void start(mqtt::Limits limits = {}, mqtt::Admit admit = {}) {
    if (!admit) {
      admit = [this](const mqtt::Caller& caller) { return admit_device(caller); };
    }
    net::ServerTlsConfig config;
    config.identity = authority.server();
    config.client_anchors_pem = authority.pem();
    config.resumption = net::tls::TicketLimits{};
    tls = net::ServerTls::create(loops, config).value();
    client_tls = net::ClientTls::create({.server_anchors_pem = authority.pem()}).value();
    mqtt::Options options;
    options.state_file = state_file();
    options.address = "127.0.0.1";
    options.port = 0;
    options.limits = limits;
    broker = mqtt::Broker::start({loops, *gated, std::move(admit), metrics}, options, tls).value();
    registry->on_expel([this](const FleetId& f, const DeviceId& d, const std::string& serial, const std::string& why) {
      tls->forget(admission::ticket_owner(f, d), serial);
      broker->expel(f, d, serial, why);
    });
  }

  // Adds the device and enrols it: its certificate is in the ledger and can connect.
  net::TlsIdentity enrol(const std::string& name, const std::string& profile = "fleet-tracker") {
    const DeviceId device(name);
    std::vector<facts::DeviceAdded> devices(1);
    devices[0].device = device;
    devices[0].profile = ProfileId(profile);
    std::promise<Result<std::vector<Result<void>>>> added;
    registry->add_devices(fleet, devices, [&](auto outcomes) { added.set_value(std::move(outcomes)); });
    added.get_future().get().value().at(0).value();

    const Timestamp now = system_clock().now();
    facts::CodeCreated code{device, hex(crypto::sha256(as_bytes(name))), now + std::chrono::hours{1}, "test"};
    await([&](auto done) { registry->create_code(fleet, code, std::move(done)); });
    facts::IdentityIssued issued;
    issued.code_hash = code.code_hash;
    return issue(name, std::move(issued));
  }
  // Another identity for a device that has one.
  net::TlsIdentity renew(const std::string& name) {
    facts::IdentityIssued issued;
    issued.right = facts::EnrolmentRight::renewal;
    issued.renews_serial = serial_of(name);
    return issue(name, std::move(issued));
  }
  std::string serial_of(const std::string& device) const {
    return registry->identities(fleet, DeviceId(device)).value().front().serial;
  }
  void revoke(const std::string& device) { revoke_serial(serial_of(device), "keyCompromise"); }
  void revoke_serial(const std::string& serial, const std::string& why) {
    await([&](auto done) { registry->revoke(fleet, serial, why, "test", std::move(done)); });
  }

  // The broker's own, for a test that gets in its way.
  std::filesystem::path state_file() const { return directory_ / "broker" / "state.db"; }

  // Durable entries of that kind, oldest first.
  std::vector<ledger::Entry> entries(Kind kind) const {
    std::vector<ledger::Entry> out;
    for (std::uint64_t next = 0;;) {
      const auto batch = ledger->read(fleet, next, 1000).value();
      if (batch.empty()) return out;
      next = batch.back().number + 1;
      for (const auto& entry : batch)
        if (entry.kind == static_cast<std::uint16_t>(kind)) out.push_back(entry);
    }
  }
  template <class Fact>
  std::vector<Fact> facts() const {
    std::vector<Fact> out;
    for (const auto& entry : entries(Fact::kind)) out.push_back(json::read<Fact>(as_text(entry.payload)).value());
    return out;
  }
  // Waits until the ledger has `count` entries of the kind.
  template <class Fact>
  std::vector<Fact> wait_for(std::size_t count) const {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    std::uint64_t seen = 0;
    for (;;) {
      auto found = facts<Fact>();
      if (found.size() >= count || std::chrono::steady_clock::now() > end) return found;
      seen = ledger->wait_for_growth(seen, std::chrono::milliseconds{200});
    }
  }

  FleetId fleet{"acme"};
  net::testing::TestAuthority authority;
  net::Loops loops;
  Metrics metrics;
  std::unique_ptr<ledger::Ledger> ledger;
  std::unique_ptr<ledger::GatedLedger> gated;
  std::unique_ptr<fleet::Registry> registry;
  mqtt::SigningRooms signing{
      .signer = [this](const FleetId& f, const DeviceId& d, ByteView key_id) { return registry->signer(f, d, key_id); },
      .numbers = std::make_unique<mqtt::NumberBook>(),
      .verified = metrics.counter("outrider_signed_readings_total", "")};
  std::shared_ptr<net::ServerTls> tls;
  std::shared_ptr<const net::ClientTls> client_tls;
  std::unique_ptr<mqtt::Broker> broker;

 private:
  net::TlsIdentity issue(const std::string& name, facts::IdentityIssued issued) {
    const auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
    issued.device = DeviceId(name);
    const auto certificate = authority.certificate(name, identity::to_urn(fleet, issued.device), key.public_key());
    issued.serial = certificate.serial;
    issued.not_before = certificate.not_before;
    issued.not_after = certificate.not_after;
    issued.spki_sha256 = certificate.spki_sha256();
    issued.certificate = certificate.der;
    await([&](auto done) { registry->record_issue(fleet, issued, std::move(done)); });
    return {certificate.pem(), key.to_pem()};
  }

  template <class Start>
  static void await(Start start) {
    std::promise<Result<void>> done;
    start([&](Result<void> result) { done.set_value(std::move(result)); });
    done.get_future().get().value();
  }

  testing_support::TemporaryDirectory directory_;
  std::unique_ptr<store::Database> database_;
  std::unique_ptr<fleet::Projector> projector_;
};

}  // namespace outrider::gateway::testing
