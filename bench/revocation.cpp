// How long a revoked device stays connected, and what revoked certificates cost those that are good.
//
// A whole server in a process of its own on one core, with so many revoked identities behind it, and so many devices in
// session. Devices are revoked one by one through the API; measured is the time from the request to the end of their
// MQTT connection and of their idle HTTPS connection. Then each tries to come back with its ticket. The CPU of a full
// handshake with CONNECT is measured with and without the revoked ones.
//
//   bench_revocation [revoked] [sessions]
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>

#include "base/json.h"
#include "base/log.h"
#include "base/testing/temporary_directory.h"
#include "identity/authority.h"
#include "ledger/ledger.h"
#include "ledger/subject.h"
#include "net/http/http_client.h"
#include "server/server.h"
#include "server/start/data_directory.h"
#include "wakeups_support.h"

namespace outrider::bench {
namespace {

using net::testing::OpensslClient;
using std::chrono::steady_clock;

constexpr std::size_t measured_max = 500;  // revocations, each a sample
constexpr std::size_t handshakes_counted = 300;
const FleetId fleet{"bench"};

struct Live {
  net::TlsIdentity identity;
  std::string serial;
};

class House {
 public:
  ~House() { end(); }

  // A server that ran once: it has authorities, a profile and a fleet.
  void found() {
    start();
    net::HttpRequest request{.method = "POST", .path = "/api/v1/fleets"};
    request.headers.emplace("Content-Type", "application/json");
    request.body = to_bytes(as_bytes(std::string_view(R"({"fleet":"bench","title":"Bench"})")));
    const auto made = api().send(std::move(request));
    require(made && made->status == 201, "making the fleet");
    end();
  }

  // Straight into the ledger, as a registry would have written it; the server replays it.
  void fill(std::size_t revoked, std::size_t sessions, std::vector<Live>& live) {
    auto ledger = ledger::Ledger::open({.directory = server::DataPaths{data()}.ledger()}).value();
    auto authority = identity::Authority::open({.directory = server::DataPaths{data()}.ca()}).value();
    require(authority->add_fleet(fleet).has_value(), "opening the fleet's authority");
    const Timestamp now = system_clock().now();
    std::atomic<std::size_t> durable{0};
    std::size_t given = 0;
    const auto append = [&](const DeviceId& device, const auto& fact) {
      ++given;
      ledger->append(ledger::draft_of(fleet, ledger::subject_of(device), fact), [&](const auto& number) {
        require(number.has_value(), "append");
        ++durable;
      });
      while (given - durable > 10'000) std::this_thread::yield();
    };
    const auto identity_of = [&](const DeviceId& device, std::size_t number) {
      char serial[33];
      std::snprintf(serial, sizeof serial, "40%030zx", number);
      char key[65];
      std::snprintf(key, sizeof key, "%064zx", number);
      return facts::IdentityIssued{.device = device,
                                   .serial = serial,
                                   .not_before = now,
                                   .not_after = now + std::chrono::hours{24 * 90},
                                   .spki_sha256 = key};
    };
    for (std::size_t i = 0; i < revoked; ++i) {
      const DeviceId device("r-" + std::to_string(i));
      append(device, facts::DeviceAdded{.device = device, .profile = ProfileId("fleet-tracker")});
      const auto fact = identity_of(device, i);
      append(device, fact);
      append(device,
             facts::IdentityRevoked{.device = device, .serial = fact.serial, .why = "keyCompromise", .by = "bench"});
    }
    for (std::size_t i = 0; i < sessions; ++i) {
      const DeviceId device(device_name(i));
      const auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
      const auto leaf = authority->issue_device(fleet, device, key.public_key(), std::chrono::hours{24 * 90}).value();
      append(device, facts::DeviceAdded{.device = device, .profile = ProfileId("fleet-tracker")});
      facts::IdentityIssued fact{.device = device,
                                 .serial = leaf.serial,
                                 .not_before = leaf.not_before,
                                 .not_after = leaf.not_after,
                                 .spki_sha256 = leaf.spki_sha256()};
      fact.certificate = leaf.der;
      append(device, fact);
      live.push_back({net::TlsIdentity(leaf.pem(), key.to_pem()), leaf.serial});
    }
    while (durable < given) std::this_thread::yield();
    anchors_ = authority->root().pem();
    ledger->close();
  }

  void start() {
    int pipe_ends[2];
    require(::pipe(pipe_ends) == 0, "pipe");
    pid_ = ::fork();
    if (pid_ == 0) {
      pin_to_core(1);
      server::LoadedConfig loaded;
      loaded.config.data_directory = data().string();
      loaded.config.anchor_file = (directory_ / "anchor").string();
      loaded.config.threads = 1;
      loaded.config.log_level = log::Level::error;
      loaded.config.mqtt_listen = loaded.config.https_listen = "127.0.0.1";
      loaded.config.mqtt_port = loaded.config.https_port = loaded.config.metrics_port = 0;
      loaded.config.limits_https_connections = 100'000;
      auto server = server::Server::start(std::move(loaded));
      require(server.has_value(), server ? "" : server.error().text());
      require(::write(pipe_ends[1], "r", 1) == 1, "pipe");
      sigset_t set;
      sigemptyset(&set);
      sigaddset(&set, SIGUSR1);
      sigprocmask(SIG_BLOCK, &set, nullptr);
      int signal = 0;
      sigwait(&set, &signal);
      (*server)->stop();
      std::_Exit(0);
    }
    ::close(pipe_ends[1]);
    char ready = 0;
    require(::read(pipe_ends[0], &ready, 1) == 1, "starting the server");
    ::close(pipe_ends[0]);
    addresses_ = server::read_addresses(data()).value();
  }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGUSR1);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  std::filesystem::path data() const { return directory_ / "data"; }
  pid_t pid() const { return pid_; }
  const std::string& anchors() const { return anchors_; }
  std::uint16_t port(const std::string& address) const {
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  std::uint16_t mqtt() const { return port(addresses_.mqtt); }
  std::uint16_t https() const { return port(addresses_.https); }
  net::HttpClient api() const { return net::HttpClient(net::HttpEndpoint::local(addresses_.socket)); }

 private:
  testing_support::TemporaryDirectory directory_;
  pid_t pid_ = 0;
  std::string anchors_;
  server::Addresses addresses_;
};

// CPU of the server for a full handshake with CONNECT, in milliseconds.
double handshake_cost(const House& house, const std::vector<Live>& live) {
  const double before = cpu_of(house.pid());
  for (std::size_t i = 0; i < handshakes_counted; ++i) {
    const std::size_t which = i % live.size();
    OpensslClient client(house.anchors(), &live[which].identity);
    visit(client, house.mqtt(), device_name(which), false);
  }
  return 1000 * (cpu_of(house.pid()) - before) / static_cast<double>(handshakes_counted);
}

void wait_for_end(OpensslClient& client) {
  pollfd waiting{.fd = client.socket().fd(), .events = POLLIN, .revents = 0};
  while (::poll(&waiting, 1, 10'000) == 1) {
    char byte[256];
    if (SSL_read(client.ssl(), byte, sizeof byte) <= 0) return;  // a DISCONNECT comes before the end
  }
  require(false, "the end of a revoked session");
}

void show(const char* what, std::vector<double> milliseconds) {
  std::ranges::sort(milliseconds);
  const auto at = [&](double part) {
    return milliseconds[static_cast<std::size_t>(part * static_cast<double>(milliseconds.size() - 1))];
  };
  std::printf("%-34s p50 %7.2f ms   p99 %7.2f ms   max %7.2f ms\n", what, at(0.5), at(0.99), milliseconds.back());
}

struct Clients {
  std::vector<std::unique_ptr<OpensslClient>> mqtt;
  std::vector<std::unique_ptr<OpensslClient>> https;
};

// A session of every device, and for the first ones an HTTPS connection beside it.
Clients connect_all(House& house, const std::vector<Live>& live, std::size_t https_count) {
  Clients out;
  for (std::size_t i = 0; i < live.size(); ++i) {
    auto client = std::make_unique<OpensslClient>(house.anchors(), &live[i].identity);
    require(client->connect(house.mqtt()) && client->say(connect_packet(device_name(i))) &&
                client->hear(connack.size()) == connack,
            "a session");
    out.mqtt.push_back(std::move(client));
    if (i >= https_count) continue;
    auto other = std::make_unique<OpensslClient>(house.anchors(), &live[i].identity);
    require(other->connect(house.https()) &&
                other->say("GET /.well-known/est/bench/csrattrs HTTP/1.1\r\nHost: localhost\r\n\r\n") &&
                other->hear(15) == "HTTP/1.1 200 OK",
            "an HTTPS connection");
    while (SSL_pending(other->ssl()) > 0) (void)other->hear(1);
    out.https.push_back(std::move(other));
  }
  return out;
}

void revoke_some(House& house, const std::vector<Live>& live, Clients& clients, std::size_t count) {
  auto api = house.api();
  std::vector<double> answered;
  std::vector<double> mqtt_closed;
  std::vector<double> https_closed;
  for (std::size_t i = 0; i < count; ++i) {
    net::HttpRequest request{.method = "POST", .path = "/api/v1/fleets/bench/identities/" + live[i].serial + "/revoke"};
    request.headers.emplace("Content-Type", "application/json");
    request.body = to_bytes(as_bytes(std::string_view(R"({"why":"keyCompromise"})")));
    const auto begun = steady_clock::now();
    const auto since = [&] { return std::chrono::duration<double, std::milli>(steady_clock::now() - begun).count(); };
    const auto answer = api.send(std::move(request));
    require(answer && answer->status == 200, "revoking");
    answered.push_back(since());
    wait_for_end(*clients.mqtt[i]);
    mqtt_closed.push_back(since());
    wait_for_end(*clients.https[i]);
    https_closed.push_back(since());
  }
  show("revoked and durable", answered);
  show("MQTT session closed", mqtt_closed);
  show("HTTPS connection closed", https_closed);
}

// How many of the revoked ones come in again; there should be none.
std::size_t try_again(House& house, Clients& clients, std::size_t count) {
  std::size_t let_in = 0;
  for (std::size_t i = 0; i < count; ++i) {
    auto& client = *clients.mqtt[i];
    if (client.connect(house.mqtt(), true) && client.say(connect_packet(device_name(i))) &&
        client.hear(connack.size()) == connack)
      ++let_in;
  }
  return let_in;
}

int run(std::size_t revoked, std::size_t sessions) {
  std::vector<Live> few;
  double cost_without = 0;
  {
    House empty;
    empty.found();
    empty.fill(0, 100, few);
    empty.start();
    handshake_cost(empty, few);  // to warm up
    cost_without = handshake_cost(empty, few);
  }
  House house;
  std::vector<Live> live;
  house.found();
  house.fill(revoked, sessions, live);
  const auto started = steady_clock::now();
  house.start();
  std::printf("%zu revoked, %zu sessions; start %.1f s\n", revoked, sessions,
              std::chrono::duration<double>(steady_clock::now() - started).count());
  handshake_cost(house, live);
  const double cost_with = handshake_cost(house, live);
  std::printf("%-34s %.3f ms without revoked ones, %.3f ms with: ratio %.3f\n", "CPU of handshake and CONNECT",
              cost_without, cost_with, cost_with / cost_without);

  const std::size_t measured = std::min(measured_max, sessions / 2);
  Clients clients = connect_all(house, live, measured);
  revoke_some(house, live, clients, measured);
  const std::size_t let_in = try_again(house, clients, measured);
  std::printf("%-34s %zu of %zu\n", "came back with ticket or certificate", let_in, measured);
  return let_in == 0 ? 0 : 1;
}

}  // namespace
}  // namespace outrider::bench

int main(int count, char** words) {
  const auto number = [&](int at, std::size_t fallback) {
    return count > at ? static_cast<std::size_t>(std::strtoull(words[at], nullptr, 10)) : fallback;
  };
  return outrider::bench::run(number(1, 100'000), number(2, 2'000));
}
