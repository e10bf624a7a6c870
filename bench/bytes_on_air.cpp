// Bytes both ways of a device's wake-up: it connects, sends one QoS 1 report, hears that it is durable, and closes.
// What TCP carries is counted by the kernel (TCP_INFO); IP and TCP headers are 52 bytes a segment on top.
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "wakeups_support.h"

namespace {

using namespace outrider;

// What a device says in one report, as small as SenML JSON allows.
constexpr std::string_view report = R"([{"n":"battery","u":"%","v":81}])";
constexpr std::size_t header_bytes = 20 + 32;  // IPv4, TCP with time stamps

struct Traffic {
  double bytes = 0;
  double segments = 0;
};

// The kernel's tcp_info; the C library's ends before the counts.
struct TcpInfo {
  std::uint8_t others[136];
  std::uint32_t segments_out;
  std::uint32_t segments_in;
};

Traffic traffic_of(net::testing::OpensslClient& client) {
  TcpInfo info{};
  socklen_t size = sizeof info;
  bench::require(::getsockopt(client.socket().fd(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0 && size == sizeof info,
                 "TCP_INFO");
  const BIO* bio = SSL_get_rbio(client.ssl());
  return {static_cast<double>(BIO_number_read(const_cast<BIO*>(bio)) + BIO_number_written(const_cast<BIO*>(bio))),
          static_cast<double>(info.segments_out + info.segments_in)};
}

std::string topic_of(const std::string& device) {
  return "d/" + device + "/telemetry";
}

void report_once(net::testing::OpensslClient& client, const std::string& device) {
  bench::require(client.say(bench::publish_packet(topic_of(device), report)), "PUBLISH");
  bench::require(client.hear(bench::puback.size()) == bench::puback, "PUBACK");
}

Traffic wake_up(net::testing::OpensslClient& client, std::uint16_t port, const std::string& device, bool resume) {
  bench::require(client.connect(port, resume), "handshake");
  // Nothing hinders a device to send its report with its CONNECT (MQTT 5, 3.1.4).
  bench::require(client.say(bench::connect_packet(device) + bench::publish_packet(topic_of(device), report)),
                 "CONNECT");
  bench::require(client.hear(bench::connack.size()) == bench::connack, "CONNACK");
  bench::require(client.hear(bench::puback.size()) == bench::puback, "PUBACK");
  bench::require(!resume || client.resumed(), "resumption");
  bench::require(client.say(bench::disconnect_packet), "DISCONNECT");
  SSL_shutdown(client.ssl());
  bench::require(client.ending() == "close_notify", "goodbye");
  const Traffic out = traffic_of(client);
  client.hang_up();
  return out;
}

void say(const char* name, const Traffic& traffic) {
  std::printf("  %-32s %6.0f bytes in TLS   %6.0f with IP and TCP headers (%.0f segments)\n", name, traffic.bytes,
              traffic.bytes + traffic.segments * static_cast<double>(header_bytes), traffic.segments);
}

// Of one device with the given client.
void measure(const bench::Fleet& fleet, std::size_t device, const char* what, net::testing::OpensslClient& client) {
  const std::string name = bench::device_name(device);
  std::printf("%s\n", what);
  say("full handshake", wake_up(client, fleet.port, name, false));
  say("resumed", wake_up(client, fleet.port, name, true));
  say("resumed again", wake_up(client, fleet.port, name, true));
  bench::require(client.connect(fleet.port), "handshake");
  bench::require(client.say(bench::connect_packet(name)), "CONNECT");
  bench::require(client.hear(bench::connack.size()) == bench::connack, "CONNACK");
  report_once(client, name);
  const Traffic before = traffic_of(client);
  constexpr int reports = 10;
  for (int i = 0; i < reports; ++i) report_once(client, name);
  const Traffic after = traffic_of(client);
  say("kept connection, a report",
      {(after.bytes - before.bytes) / reports, (after.segments - before.segments) / reports});
}

}  // namespace

int main() {
  const auto fleet = bench::start_fleet(2);
  std::printf("a wake-up: connect, one QoS 1 report of %zu bytes, acknowledged as durable, close (MQTT 3.1.1)\n",
              report.size());
  net::testing::OpensslClient usual(fleet->anchors_pem, &fleet->devices[0]);
  measure(*fleet, 0, "a client of OpenSSL as it comes", usual);
  net::testing::OpensslClient device(fleet->anchors_pem, &fleet->devices[1]);
  SSL_CTX* context = device.context();
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
  SSL_CTX_set1_groups_list(context, "X25519");
  SSL_CTX_set1_sigalgs_list(context, "ecdsa_secp256r1_sha256");
  SSL_CTX_clear_options(context, SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
  measure(*fleet, 1, "a client set up as a device is: TLS 1.3 only, one suite, one group, no middlebox mode", device);
  return 0;
}
