#pragma once
// What the MQTT benchmarks share: servers in processes of their own, so that their CPU and memory are theirs alone, and
// one client for all of them.
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "base/file.h"
#include "base/testing/temporary_directory.h"
#include "gateway/testing/world.h"
#include "net/accept/listener.h"
#include "wire/mqtt/codec.h"
#include "wire/mqtt/frame.h"

namespace outrider::bench {

inline void require(bool good, const std::string& what) {
  if (good) return;
  std::fprintf(stderr, "bench: %s failed\n", what.c_str());
  std::exit(1);
}

// How to reach a server and as whom.
struct Access {
  std::uint16_t port = 0;
  std::string anchors_pem;
  std::string chain_pem;
  std::string key_pem;
};

// A server in a child process; ended with the object.
class Server {
 public:
  Server(pid_t pid, Access access) : pid_(pid), access(std::move(access)) {}
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  pid_t pid() const { return pid_; }
  double cpu_seconds() const {
    std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
    std::string text;
    std::getline(file, text);
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }
  double resident_kib() const {
    std::ifstream file("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(file, line);)
      if (line.starts_with("VmRSS:")) return std::strtod(line.c_str() + 6, nullptr);
    return 0;
  }

 private:
  pid_t pid_;

 public:
  const Access access;
};

inline std::unique_ptr<Server> start_outrider() {
  int pipe_ends[2];
  require(::pipe(pipe_ends) == 0, "pipe");
  const pid_t pid = ::fork();
  if (pid == 0) {
    gateway::testing::World world(1);  // one loop, as the peer has one thread
    const auto identity = world.enrol("t-1");
    gateway::mqtt::Limits limits;  // what is measured is the path, not its brakes
    limits.publishes_per_second = limits.publish_burst = limits.bytes_per_second = limits.bytes_burst = 1e12;
    limits.admission.connections_per_network_per_second = limits.admission.handshakes_per_network_per_second = 1e9;
    auto open_profile =
        std::make_shared<fleet::Profile>(*world.registry->profile(world.fleet, ProfileId("fleet-tracker")).value());
    for (auto& rule : open_profile->publish) rule.per_minute_max = 1'000'000'000;
    world.start(limits, [&](const gateway::mqtt::Caller& caller) -> Result<gateway::mqtt::Admitted> {
      CHECK(world.registry->admit(caller.fleet, caller.holder, caller.certificate_serial, caller.spki_sha256));
      // The profile is shared, as the registry shares its own.
      return gateway::mqtt::Admitted{
          caller.holder, std::make_shared<gateway::mqtt::DeviceRights>(
                             caller.holder, open_profile, false,
                             std::make_unique<gateway::mqtt::Signatures>(world.signing, caller.fleet, caller.holder))};
    });
    json::Object said{{"port", world.broker->port()},
                      {"anchors", world.authority.pem()},
                      {"chain", identity.chain_pem},
                      {"key", as_text(identity.key_pem.view())}};
    const std::string line = json::compact(said);
    require(write_all(pipe_ends[1], as_bytes(line), "pipe").has_value(), "pipe");
    ::close(pipe_ends[1]);
    for (;;) ::pause();
  }
  ::close(pipe_ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t count = 0; (count = ::read(pipe_ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(count));
  ::close(pipe_ends[0]);
  const auto said = json::parse(text);
  require(said.has_value(), "starting outrider's broker");
  const auto& object = said->get_object();
  const auto string = [&](const char* key) { return std::string(object.at(key).get_string()); };
  return std::make_unique<Server>(
      pid, Access{object.at("port").to_number<std::uint16_t>(), string("anchors"), string("chain"), string("key")});
}

inline std::uint16_t free_port() {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

// Mosquitto with mutual TLS and nothing written to disk; nullptr when it is not installed.
inline std::unique_ptr<Server> start_mosquitto(const std::filesystem::path& directory) {
  const std::filesystem::path program = "/usr/sbin/mosquitto";
  if (!std::filesystem::exists(program)) return nullptr;
  const net::testing::TestAuthority authority;
  const auto server = authority.server();
  const auto client = authority.client("t-1");
  const std::uint16_t port = free_port();
  const auto put = [&](const char* name, std::string_view text) {
    require(write_file_atomic(directory / name, text, 0600).has_value(), name);
    return (directory / name).string();
  };
  const std::string config =
      "user root\npersistence false\nlog_type none\nallow_anonymous true\nmax_inflight_messages 0\n"
      "listener " +
      std::to_string(port) +
      " 127.0.0.1\nrequire_certificate true\ntls_version tlsv1.3\n"
      "cafile " +
      put("ca.pem", authority.pem()) + "\ncertfile " + put("server.pem", server.chain_pem) + "\nkeyfile " +
      put("server.key", as_text(server.key_pem.view())) + "\n";
  const std::string file = put("mosquitto.conf", config);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::execl(program.c_str(), "mosquitto", "-c", file.c_str(), nullptr);
    ::_exit(127);
  }
  Access access{port, authority.pem(), client.chain_pem, std::string(as_text(client.key_pem.view()))};
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  for (;;) {
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) break;
    require(std::chrono::steady_clock::now() < end, "starting mosquitto");
    ::usleep(10'000);
  }
  return std::make_unique<Server>(pid, std::move(access));
}

// A client that connects, then sends QoS 1 reports with a window of unacknowledged ones, and checks every PUBACK.
class Client final : public net::TlsUser {
 public:
  Client(net::Loop& loop, const net::ClientTls& tls, const net::Credential& credential, std::uint16_t port,
         std::string client_id)
      : client_id_(std::move(client_id)) {
    net::TlsStream::Socket socket(loop.executor());
    boost::system::error_code error;
    socket.connect(net::parse_endpoint("127.0.0.1", port).value(), error);
    require(!error, "connect");
    stream_ = net::TlsStream::connect(loop, std::move(socket), tls, &credential, "localhost", limits_).value();
    stream_->start(*this);
  }
  ~Client() { stream_->abort(); }

  bool connected() const { return connected_; }
  std::uint64_t acknowledged() const { return acknowledged_; }
  // `reports`: one after the other, and again from the first.
  void send_reports(std::uint64_t count, std::uint16_t window, std::span<const Bytes> reports) {
    left_ = count;
    reports_ = reports;
    for (std::uint16_t i = 0; i < window && left_ > 0; ++i) send_one(static_cast<std::uint16_t>(i + 1));
  }

 private:
  void send_one(std::uint16_t packet_identifier) {
    --left_;
    wire::mqtt::Publish packet;
    packet.topic = "d/t-1/telemetry";
    packet.payload = reports_[next_++ % reports_.size()];
    packet.qos = wire::mqtt::QoS::at_least_once;
    packet.packet_identifier = packet_identifier;
    out_.clear();
    wire::mqtt::encode(packet, wire::mqtt::Version::v5, out_).value();
    stream_->write(out_).value();
  }
  void on_open() override {
    wire::mqtt::Connect packet;
    packet.client_identifier = client_id_;
    packet.keep_alive = 3600;
    wire::mqtt::encode(packet, wire::mqtt::Version::v5, out_).value();
    stream_->write(out_).value();
  }
  void on_bytes(ByteView bytes) override {
    const auto taken = splitter_.feed(bytes, [this](ByteView frame) -> Result<void> {
      TRY(const auto packet, wire::mqtt::decode(frame, wire::mqtt::Version::v5));
      if (const auto* connack = std::get_if<wire::mqtt::Connack>(&packet)) {
        require(!wire::mqtt::is_error(connack->reason), "CONNECT");
        connected_ = true;
      } else if (const auto* puback = std::get_if<wire::mqtt::Puback>(&packet)) {
        require(!wire::mqtt::is_error(puback->reason), "PUBLISH");
        ++acknowledged_;
        if (left_ > 0) send_one(puback->packet_identifier);
      }
      return {};
    });
    require(taken.has_value(), "reading the broker's packets");
  }
  void on_drained() override {}
  void on_closed(const Result<void>& why) override {
    require(false, "connection (" + (why ? "closed" : why.error().text()) + ")");
  }

  net::TlsStreamLimits limits_;
  std::string client_id_;
  std::shared_ptr<net::TlsStream> stream_;
  wire::mqtt::FrameSplitter splitter_;
  Bytes out_;
  std::span<const Bytes> reports_;
  std::size_t next_ = 0;
  std::uint64_t left_ = 0;
  std::uint64_t acknowledged_ = 0;
  bool connected_ = false;
};

// A loop on this thread with clients on it.
class Clients {
 public:
  explicit Clients(const Access& access)
      : access_(access), tls_(net::ClientTls::create({.server_anchors_pem = access.anchors_pem}).value()) {
    credential_ = tls_->credential({access.chain_pem, Secret(std::string_view(access.key_pem))}).value();
  }
  // Adds one and waits until its CONNECT was accepted.
  void add() { add(1); }
  // Adds so many. A few are on their way at a time: one alone would wait for the server's rests (decision 0033).
  void add(std::size_t count) {
    constexpr std::size_t at_once = 64;
    const std::size_t end = all.size() + count;
    std::size_t online = all.size();
    while (online < end) {
      while (all.size() < end && all.size() < online + at_once)
        all.push_back(
            std::make_unique<Client>(loop_, *tls_, *credential_, access_.port, "t-1/" + std::to_string(all.size())));
      run_until([&] { return all[online]->connected(); });
      while (online < all.size() && all[online]->connected()) ++online;
    }
  }
  template <class Condition>
  void run_until(Condition condition) {
    while (!condition()) loop_.context().run_one();
  }

 private:
  const Access& access_;
  net::Loop loop_;
  std::shared_ptr<const net::ClientTls> tls_;
  std::shared_ptr<const net::Credential> credential_;

 public:
  std::vector<std::unique_ptr<Client>> all;
};

using Scratch = testing_support::TemporaryDirectory;

}  // namespace outrider::bench
