#pragma once
// Devices that connect, report and leave, as OpenSSL clients; and the CPU their server spends on it.
#include <sched.h>

#include <filesystem>

#include "mqtt_reports_support.h"
#include "net/testing/openssl_client.h"

namespace outrider::bench {

// Server and load on different cores, when there are two.
inline void pin_to_core(pid_t pid, int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  ::sched_setaffinity(pid, sizeof cores, &cores);
}
inline void pin_to_core(int core) {
  pin_to_core(0, core);
}

// All threads of a process, to the nanosecond.
inline double cpu_of(pid_t pid) {
  double nanoseconds = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
    std::ifstream file(task.path() / "schedstat");
    double spent = 0;
    file >> spent;
    nanoseconds += spent;
  }
  return nanoseconds * 1e-9;
}

// Outrider's broker in a process of its own on one core, with that many devices.
struct Fleet {
  pid_t pid = 0;
  std::uint16_t port = 0;
  std::string anchors_pem;
  std::vector<net::TlsIdentity> devices;

  Fleet() = default;
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;
  ~Fleet() {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
};

inline std::string device_name(std::size_t index) {
  return "t-" + std::to_string(index);
}

inline std::unique_ptr<Fleet> start_fleet(std::size_t count) {
  int pipe_ends[2];
  require(::pipe(pipe_ends) == 0, "pipe");
  const pid_t pid = ::fork();
  if (pid == 0) {
    pin_to_core(1);
    gateway::testing::World world(1);  // one loop, as the peer has one thread
    json::Array devices;
    for (std::size_t i = 0; i < count; ++i) {
      const auto identity = world.enrol(device_name(i));
      devices.push_back(json::Object{{"chain", identity.chain_pem}, {"key", as_text(identity.key_pem.view())}});
    }
    world.start();
    const std::string line = json::compact(json::Object{
        {"port", world.broker->port()}, {"anchors", world.authority.pem()}, {"devices", std::move(devices)}});
    require(write_all(pipe_ends[1], as_bytes(line), "pipe").has_value(), "pipe");
    ::close(pipe_ends[1]);
    for (;;) ::pause();
  }
  ::close(pipe_ends[1]);
  std::string text;
  char buffer[65536];
  for (ssize_t got = 0; (got = ::read(pipe_ends[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  ::close(pipe_ends[0]);
  auto out = std::make_unique<Fleet>();
  out->pid = pid;
  const auto said = json::parse(text);
  require(said.has_value(), "starting outrider's broker");
  const auto& object = said->get_object();
  out->port = object.at("port").to_number<std::uint16_t>();
  out->anchors_pem = std::string(object.at("anchors").get_string());
  for (const auto& device : object.at("devices").get_array())
    out->devices.emplace_back(std::string(device.at("chain").get_string()),
                              Secret(std::string_view(device.at("key").get_string())));
  return out;
}

// MQTT 3.1.1, as small as it can be.
inline std::string connect_packet(const std::string& client_id) {
  std::string out("\x10", 1);
  out += static_cast<char>(12 + client_id.size());
  out += std::string("\x00\x04MQTT\x04\x02\x00\x3c\x00", 11);
  out += static_cast<char>(client_id.size());
  return out + client_id;
}
inline const std::string connack{"\x20\x02\x00\x00", 4};
inline std::string publish_packet(const std::string& topic, std::string_view report) {
  std::string out("\x32", 1);
  const std::size_t size = 2 + topic.size() + 2 + report.size();
  require(size < 128, "a short report");
  out += static_cast<char>(size);
  out += '\0';
  out += static_cast<char>(topic.size());
  out += topic;
  out += std::string("\x00\x01", 2);
  return out + std::string(report);
}
inline const std::string puback{"\x40\x02\x00\x01", 4};
inline const std::string disconnect_packet{"\xe0\x00", 2};

// Connects, is let in, leaves.
inline void visit(net::testing::OpensslClient& client, std::uint16_t port, const std::string& client_id, bool resume) {
  require(client.connect(port, resume), "handshake");
  require(client.say(connect_packet(client_id)), "CONNECT");
  require(client.hear(connack.size()) == connack, "CONNACK");
  require(!resume || client.resumed(), "resumption");
  require(client.say(disconnect_packet), "DISCONNECT");
  SSL_shutdown(client.ssl());
  client.ending();  // until the server has closed too
  client.hang_up();
}

}  // namespace outrider::bench
