// Many devices at once, with real TLS: in turns, nobody starved, and sessions that are up hardly notice.
#include <gtest/gtest.h>

#include <future>

#include "gateway/testing/mqtt_client.h"
#include "gateway/testing/world.h"

namespace outrider::gateway::admission {
namespace {

using namespace std::chrono_literals;
using testing::MqttClient;
using testing::World;
using Clock = std::chrono::steady_clock;

// A device coming back: TLS, CONNECT, CONNACK.
class Returner final : public net::TlsUser {
 public:
  Returner(net::Loop& loop, const net::ClientTls& tls, const net::Credential& credential, std::uint16_t port,
           const std::string& from, std::string client_id, std::function<void(bool)> done,
           const std::shared_ptr<ssl_session_st>& session = nullptr)
      : client_id_(std::move(client_id)), done_(std::move(done)) {
    net::TlsStream::Socket socket(loop.executor());
    socket.open(boost::asio::ip::tcp::v4());
    socket.bind(net::parse_endpoint(from, 0).value());
    socket.connect(net::parse_endpoint("127.0.0.1", port).value());
    stream_ = net::TlsStream::connect(loop, std::move(socket), tls, &credential, "localhost", limits_).value();
    if (session) stream_->resume(session);
    stream_->start(*this);
  }
  ~Returner() { stream_->abort(); }

  void ping() { send(wire::mqtt::Pingreq{}); }
  net::TlsStream& stream() { return *stream_; }
  std::function<void()> on_pong;  // then it asks again

 private:
  template <class Packet>
  void send(const Packet& packet) {
    Bytes out;
    wire::mqtt::encode(packet, wire::mqtt::Version::v5, out).value();
    static_cast<void>(stream_->write(out));
  }
  void on_open() override {
    wire::mqtt::Connect packet;
    packet.client_identifier = client_id_;
    packet.keep_alive = 600;
    send(packet);
  }
  void on_bytes(ByteView bytes) override {
    splitter_
        .feed(bytes,
              [this](ByteView frame) -> Result<void> {
                if (wire::mqtt::type_of_frame(frame) == wire::mqtt::PacketType::pingresp) {
                  on_pong();
                  ping();
                } else {
                  std::exchange(done_, [](bool) {})(true);
                }
                return {};
              })
        .value();
  }
  void on_drained() override {}
  void on_closed(const Result<void>&) override {
    std::exchange(done_, [](bool) {})(false);
  }

  net::TlsStreamLimits limits_{.handshake_deadline = 120s};
  std::string client_id_;
  std::function<void(bool)> done_;
  std::shared_ptr<net::TlsStream> stream_;
  wire::mqtt::FrameSplitter splitter_;
};

mqtt::Limits patient() {
  mqtt::Limits limits;
  limits.admission.handshakes_max = 8;
  limits.admission.wait_max = 100s;
  limits.admission.hello_deadline = 100s;
  limits.tls.handshake_deadline = 100s;
  limits.connect_deadline = 100s;
  return limits;
}

// The server's loop stands still while somebody says something to it.
class Standstill {
 public:
  explicit Standstill(net::Loop& loop) {
    loop.post([this] { over_.get_future().wait(); });
  }
  void end() { over_.set_value(); }

 private:
  std::promise<void> over_;
};

template <class Condition>
bool run_until(net::Loop& loop, Condition condition) {
  loop.context().restart();
  for (const auto end = Clock::now() + 100s; !condition() && Clock::now() < end;) loop.context().run_one_for(100ms);
  return condition();
}
void run_what_is_ready(net::Loop& loop) {
  loop.context().restart();
  while (loop.context().poll() > 0) {
  }
}

TEST(Storm, IsServedInTurnsAndLeavesSessionsUntouched) {
  constexpr std::size_t crowd_size = 200;  // from one network, and first
  constexpr std::size_t few_networks = 5;
  constexpr std::size_t few_size = 8;  // from each of these, and last
  constexpr std::size_t total = crowd_size + few_networks * few_size;
  World world(1);
  world.start(patient());
  const auto identity = world.enrol("t-1");

  net::Loop loop;
  const auto credential = world.client_tls->credential(identity).value();
  std::vector<std::unique_ptr<Returner>> all;
  std::size_t crowd_online = 0;
  std::size_t few_online = 0;
  std::size_t crowd_online_when_few_were = 0;
  std::size_t refused = 0;
  const auto come = [&](const std::string& from, std::size_t* online) {
    all.push_back(std::make_unique<Returner>(loop, *world.client_tls, *credential, world.broker->port(), from,
                                             "t-1/" + std::to_string(all.size()), [&, online](bool good) {
                                               ++(good ? *online : refused);
                                               if (few_online == few_networks * few_size && good &&
                                                   online == &few_online)
                                                 crowd_online_when_few_were = crowd_online;
                                             }));
  };
  std::size_t before = 0;
  come("127.0.0.1", &before);
  ASSERT_TRUE(run_until(loop, [&] { return before == 1; }));
  Returner& session = *all.front();

  // The server hears of nobody until everybody has said its ClientHello.
  Standstill still(world.loops.at(0));
  for (std::size_t i = 0; i < crowd_size; ++i) come("127.0.1.1", &crowd_online);
  for (std::size_t i = 0; i < few_networks * few_size; ++i)
    come("127.0." + std::to_string(2 + i % few_networks) + ".1", &few_online);
  run_what_is_ready(loop);
  // How many of the storm came online while one PING waited: the order is what counts, however slow the machine.
  std::size_t pongs = 0;
  std::size_t online_when_asked = 0;
  std::size_t overtaken_by = 0;
  session.on_pong = [&] {
    const std::size_t online = crowd_online + few_online;
    overtaken_by = std::max(overtaken_by, online - std::exchange(online_when_asked, online));
    ++pongs;
  };
  session.ping();
  still.end();
  EXPECT_TRUE(run_until(loop, [&] { return crowd_online + few_online + refused == total; }));

  EXPECT_EQ(refused, 0U);
  EXPECT_EQ(crowd_online, crowd_size);
  EXPECT_EQ(few_online, few_networks * few_size);
  EXPECT_LT(crowd_online_when_few_were, crowd_size * 3 / 4) << "those who came last waited for the whole crowd";
  EXPECT_GT(pongs, 0U);
  EXPECT_LT(overtaken_by, total / 4) << "a session that was up had to wait for the storm";
  EXPECT_EQ(world.metrics.gauge("outrider_admission_waiting", "").value(), 0);
}

TEST(Storm, LetsThoseComeFirstWhoComeBackWithATicket) {
  constexpr std::size_t strangers = 150;  // first in line
  constexpr std::size_t regulars = 15;
  World world(1);
  world.start(patient());
  const auto identity = world.enrol("t-1");
  net::Loop loop;
  const auto tls = net::ClientTls::create({.server_anchors_pem = world.authority.pem(), .resumption = true}).value();
  const auto stranger = tls->credential(identity).value();
  // Devices of their own: the tickets that one device may have would not do for all of them.
  std::vector<std::shared_ptr<const net::Credential>> credentials;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < regulars; ++i) {
    names.push_back("r-" + std::to_string(i));
    credentials.push_back(tls->credential(world.enrol(names.back())).value());
  }
  std::vector<std::unique_ptr<Returner>> all;
  std::size_t online = 0;
  std::size_t came_back = 0;
  std::size_t strangers_before_the_last_regular = 0;
  const auto come = [&](const net::Credential& credential, const std::string& client_id, std::function<void(bool)> done,
                        const std::shared_ptr<ssl_session_st>& session) {
    all.push_back(std::make_unique<Returner>(loop, *tls, credential, world.broker->port(), "127.0.0.1", client_id,
                                             std::move(done), session));
  };
  std::vector<std::shared_ptr<ssl_session_st>> tickets;
  for (std::size_t i = 0; i < regulars; ++i) {
    come(*credentials[i], names[i], [&](bool good) { online += good ? 1 : 0; }, nullptr);
    ASSERT_TRUE(run_until(loop, [&] { return online == i + 1 && all.back()->stream().session() != nullptr; }));
    tickets.push_back(all.back()->stream().session());
  }
  all.clear();
  online = 0;

  Standstill still(world.loops.at(0));
  for (std::size_t i = 0; i < strangers; ++i)
    come(*stranger, "t-1/" + std::to_string(i), [&](bool good) { online += good ? 1 : 0; }, nullptr);
  for (std::size_t i = 0; i < regulars; ++i) {
    come(
        *credentials[i], names[i],
        [&](bool good) {
          came_back += good ? 1 : 0;
          strangers_before_the_last_regular = online;
        },
        tickets[i]);
  }
  run_what_is_ready(loop);
  still.end();
  EXPECT_TRUE(run_until(loop, [&] { return online == strangers && came_back == regulars; }));
  EXPECT_LT(strangers_before_the_last_regular, strangers / 2);
  for (std::size_t i = strangers; i < all.size(); ++i) EXPECT_TRUE(all[i]->stream().resumed());
}

}  // namespace
}  // namespace outrider::gateway::admission
