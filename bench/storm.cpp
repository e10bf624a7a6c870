// A reconnect storm: 10,000 devices come at once (or as many as the first argument says). How long until all are
// online, how long each waited, whether anybody was starved, and what a session that was up noticed of it.
//
// A device that is turned away tries again as devices do: after a random pause that doubles each time.
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <random>
#include <thread>

#include "mqtt_reports_support.h"

namespace {

using namespace outrider;
using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr std::size_t networks = 50;  // source networks (/24) that the devices come from
constexpr std::size_t sessions_up = 20;
constexpr auto back_off_first = 500ms;
constexpr auto back_off_max = 16s;
constexpr auto starved_after = 120s;

class Device final : public net::TlsUser {
 public:
  Device(net::Loop& loop, const net::ClientTls& tls, const net::Credential& credential, std::uint16_t port,
         std::string from, std::string client_id)
      : loop_(loop),
        tls_(tls),
        credential_(credential),
        port_(port),
        from_(std::move(from)),
        client_id_(std::move(client_id)),
        timer_(loop.context()) {}
  ~Device() {
    if (stream_) stream_->abort();
  }

  void come() {
    if (begun_ == Steady::time_point{}) begun_ = Steady::now();
    ++attempts;
    net::TlsStream::Socket socket(loop_.executor());
    boost::system::error_code error;
    socket.open(boost::asio::ip::tcp::v4(), error);
    socket.set_option(boost::asio::socket_base::reuse_address(true), error);
    socket.bind(net::parse_endpoint(from_, 0).value(), error);
    if (!error) socket.connect(net::parse_endpoint("127.0.0.1", port_).value(), error);
    if (error) return retry();
    auto stream = net::TlsStream::connect(loop_, std::move(socket), tls_, &credential_, "localhost", limits_);
    if (!stream) return retry();
    stream_ = *std::move(stream);
    stream_->start(*this);
  }
  void ping() {
    asked_ = Steady::now();
    send(wire::mqtt::Pingreq{});
  }
  bool online() const { return online_; }
  double waited_s() const { return std::chrono::duration<double>(online_at_ - begun_).count(); }

  std::size_t attempts = 0;
  std::vector<double> pongs_ms;

 private:
  template <class Packet>
  void send(const Packet& packet) {
    Bytes out;
    wire::mqtt::encode(packet, wire::mqtt::Version::v5, out).value();
    static_cast<void>(stream_->write(out));
  }
  void retry() {
    splitter_ = wire::mqtt::FrameSplitter();
    static thread_local std::mt19937 random(20261122);
    const auto most =
        std::min<std::chrono::milliseconds>(back_off_max, back_off_first * (1U << std::min<std::size_t>(attempts, 10)));
    timer_.expires_after(std::chrono::milliseconds(random() % static_cast<std::uint64_t>(most.count())));
    timer_.async_wait([this](const auto& cancelled) {
      if (!cancelled) come();
    });
  }
  void on_open() override {
    wire::mqtt::Connect packet;
    packet.client_identifier = client_id_;
    packet.keep_alive = 3600;
    send(packet);
  }
  void on_bytes(ByteView bytes) override {
    const auto taken = splitter_.feed(bytes, [this](ByteView frame) -> Result<void> {
      TRY(const auto packet, wire::mqtt::decode(frame, wire::mqtt::Version::v5));
      if (const auto* connack = std::get_if<wire::mqtt::Connack>(&packet)) {
        bench::require(!wire::mqtt::is_error(connack->reason), "CONNECT");
        online_ = true;
        online_at_ = Steady::now();
      } else if (std::holds_alternative<wire::mqtt::Pingresp>(packet)) {
        pongs_ms.push_back(std::chrono::duration<double, std::milli>(Steady::now() - asked_).count());
        ping();
      }
      return {};
    });
    bench::require(taken.has_value(), "reading the broker's packets");
  }
  void on_drained() override {}
  void on_closed(const Result<void>&) override {
    bench::require(!online_, "keeping a session");
    retry();
  }

  net::Loop& loop_;
  const net::ClientTls& tls_;
  const net::Credential& credential_;
  std::uint16_t port_;
  std::string from_;
  std::string client_id_;
  net::TlsStreamLimits limits_{.handshake_deadline = 60s};
  boost::asio::steady_timer timer_;
  std::shared_ptr<net::TlsStream> stream_;
  wire::mqtt::FrameSplitter splitter_;
  Steady::time_point begun_;
  Steady::time_point online_at_;
  Steady::time_point asked_;
  bool online_ = false;
};

double quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
}

// True when none was starved.
bool report(const std::vector<std::unique_ptr<Device>>& up, const std::vector<std::unique_ptr<Device>>& all,
            double took, double cpu) {
  std::vector<double> waited;
  std::vector<double> pongs;
  std::size_t starved = 0;
  std::size_t again = 0;
  for (const auto& device : up) pongs.insert(pongs.end(), device->pongs_ms.begin(), device->pongs_ms.end());
  for (const auto& device : all) {
    again += device->attempts - 1;
    if (device->online()) {
      waited.push_back(device->waited_s());
    } else {
      ++starved;
    }
  }
  std::printf("a reconnect storm of %zu devices from %zu networks, one event loop, whole handshakes\n", all.size(),
              networks);
  std::printf("  all online after      %8.2f s (%.0f a second; server CPU %.2f ms each)\n", took,
              static_cast<double>(waited.size()) / took, cpu * 1000 / static_cast<double>(all.size()));
  std::printf("  a device waited       %8.2f s p50, %.2f s p99, %.2f s at most\n", quantile(waited, 0.5),
              quantile(waited, 0.99), quantile(waited, 1));
  std::printf("  tried again           %8zu times\n", again);
  std::printf("  starved               %8zu (not online after %lld s)\n", starved,
              static_cast<long long>(std::chrono::seconds(starved_after).count()));
  std::printf("  PING of %zu sessions  %8.1f ms p50, %.1f ms p99, %.1f ms at most (%zu answered)\n", sessions_up,
              quantile(pongs, 0.5), quantile(pongs, 0.99), quantile(pongs, 1), pongs.size());
  return starved == 0;
}

}  // namespace

int main(int count, char** arguments) {
  const std::size_t devices = count > 1 ? std::strtoul(arguments[1], nullptr, 10) : 10'000;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const auto server = bench::start_outrider();
  const auto tls = net::ClientTls::create({.server_anchors_pem = server->access.anchors_pem}).value();
  const auto credential =
      tls->credential({server->access.chain_pem, Secret(std::string_view(server->access.key_pem))}).value();
  const auto make = [&](net::Loop& loop, std::size_t network, const std::string& name) {
    return std::make_unique<Device>(loop, *tls, *credential, server->access.port,
                                    "127.0." + std::to_string(network) + ".1", "t-1/" + name);
  };
  // On a thread of their own: what they measure is the server, not the load.
  net::Loop up_loop(1);
  std::vector<std::unique_ptr<Device>> up;
  std::promise<void> all_up;
  std::atomic<bool> over{false};
  for (std::size_t i = 0; i < sessions_up; ++i) up.push_back(make(up_loop, 0, "up-" + std::to_string(i)));
  std::jthread watcher([&] {
    for (const auto& device : up) {
      device->come();
      while (!device->online()) up_loop.context().run_one_for(100ms);
    }
    for (const auto& device : up) device->ping();
    all_up.set_value();
    while (!over) up_loop.context().run_one_for(100ms);
  });
  all_up.get_future().wait();

  net::Loop loop;
  std::vector<std::unique_ptr<Device>> all;
  for (std::size_t i = 0; i < devices; ++i) all.push_back(make(loop, 1 + i % networks, std::to_string(i)));
  const auto run_until = [&](auto condition, Steady::duration patience) {
    const auto end = Steady::now() + patience;
    while (!condition() && Steady::now() < end) loop.context().run_one_for(100ms);
  };

  const double cpu_before = server->cpu_seconds();
  const auto began = Steady::now();
  for (const auto& device : all) device->come();
  std::size_t first_offline = 0;
  run_until(
      [&] {
        while (first_offline < all.size() && all[first_offline]->online()) ++first_offline;
        return first_offline == all.size();
      },
      starved_after);
  const double took = std::chrono::duration<double>(Steady::now() - began).count();
  const double cpu = server->cpu_seconds() - cpu_before;

  over = true;
  watcher.join();

  return report(up, all, took, cpu) ? 0 : 1;
}
