#include "sim/device/sim_device.h"

#include <fmt/format.h>
#include <netinet/in.h>

#include "crypto/hash.h"
#include "sim/device/encode_report.h"

namespace outrider::sim {
namespace {

using namespace std::chrono_literals;

constexpr auto connect_deadline = 15s;  // TCP, TLS and CONNACK together
// A server that owes an answer for so long is taken for dead: TCP alone would notice after many minutes.
constexpr auto answer_deadline = 60s;
constexpr auto flood_every = 50ms;
constexpr double keep_alive_margin = 0.75;  // of the keep alive passes before a ping

bool is_server_refusal(const Error& error) {
  return error.code == Errc::forbidden || error.code == Errc::unauthenticated || error.reason == "tls-alert" ||
         error.reason == "malformed-packet" || error.reason == "protocol-error";
}

std::string sha256_hex(ByteView payload) {
  return hex(crypto::sha256(payload));
}

}  // namespace

SimDevice::SimDevice(DeviceHost& host, DeviceId id, std::string code, std::unique_ptr<ReportSource> source,
                     std::uint64_t seed)
    : host_(host),
      id_(std::move(id)),
      code_(std::move(code)),
      source_(std::move(source)),
      random_(seed),
      session_(host.run().settings.mqtt, id_.value),
      timer_(host.loop().context()) {
  if (host.run().settings.orders) circumstances_ = std::make_unique<Circumstances>(id_.value, seed);
}

SimDevice::~SimDevice() {
  if (stream_) stream_->abort();
}

void SimDevice::connect() {
  if (state_ == State::ended) return;
  if (finishing_) return end();
  if (muted_) {
    state_ = State::waiting;
    return;
  }
  if (trial_) {  // which certificate is the one is being found out
    state_ = State::waiting;
    return arm(Clock::now() + Backoff::least);
  }
  state_ = State::connecting;
  arm(Clock::now() + connect_deadline);
  socket_ = std::make_unique<net::TlsStream::Socket>(host_.loop().context());
  if (auto opened = open_socket(); !opened) return cut_off(opened.error());
  // The socket belongs to the device: once it is closed, a late completion finds another socket or none.
  socket_->async_connect(host_.run().mqtt, [this, socket = socket_.get()](const boost::system::error_code& error) {
    if (socket_.get() == socket) tcp_connected(error);
  });
}

void SimDevice::tcp_connected(const boost::system::error_code& error) {
  if (error) {
    return cut_off(Error(Errc::unavailable, "connect", fmt::format("cannot connect: {}", error.message())));
  }
  if (auto started = start_tls(); !started) cut_off(started.error());
}

// A device that has roamed comes from another address; loopback has sixteen million of them.
Result<void> SimDevice::open_socket() {
  if (address_ == 0) return {};
  namespace ip = boost::asio::ip;
  boost::system::error_code error;
  socket_->open(ip::tcp::v4(), error);
  // The port is chosen when it connects, so that addresses can share ports.
  using BindAddressNoPort = boost::asio::detail::socket_option::boolean<IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT>;
  if (!error) socket_->set_option(BindAddressNoPort(true), error);
  if (!error) socket_->bind({ip::address_v4(address_), 0}, error);
  if (!error) return {};
  return fail(Errc::unavailable, "connect", fmt::format("cannot connect from another address: {}", error.message()));
}

Result<void> SimDevice::start_tls() {
  const auto socket = std::exchange(socket_, nullptr);
  boost::system::error_code ignored;
  socket->set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  auto stored = host_.run().keyring.find(id_);
  if (!stored) return fail(Errc::internal, "no-certificate", "no certificate to connect with");
  // The parsed key and certificate live only until the handshake is over: ten thousand of them would be the largest
  // part of the process.
  net::TlsIdentity identity(std::move(stored->chain), Secret(std::string_view(stored->key)));
  TRY(const auto credential, host_.run().tls->credential(identity));
  TRY(stream_, net::TlsStream::connect(host_.loop(), std::move(*socket), *host_.run().tls, credential.get(),
                                       host_.run().settings.mqtt_host, host_.run().stream_limits));
  stream_->resume(std::exchange(ticket_, nullptr));
  stream_->start(*this);
  return {};
}

void SimDevice::on_open() {
  if (stream_->resumed()) ++host_.run().counters.resumed;
  Bytes& out = host_.scratch();
  if (auto opened = session_.open(out); !opened) return cut_off(opened.error());
  write(out);
}

void SimDevice::on_bytes(ByteView bytes) {
  Bytes& out = host_.scratch();
  const auto taken = session_.receive(bytes, *this, out);
  if (!taken) return cut_off(taken.error());
  waits_from_ = Clock::now();
  if (!out.empty() && !write(out)) return;
  if (state_ == State::online) work();
}

void SimDevice::on_connected() {
  state_ = State::online;
  backoff_.reset();
  ++host_.run().counters.online;
  if (has_begun_) {
    ++host_.run().counters.reconnects;
  } else {
    has_begun_ = true;
    began_ = Clock::now();
    habits_.begin(host_.run().paces, began_, random_);
  }
}

void SimDevice::on_acknowledged(const Held& report) {
  ++host_.run().counters.acknowledged;
  if (host_.run().journal == nullptr) return;
  auto written = host_.run().journal->acknowledged(id_.value, sha256_hex(report.payload));
  if (!written) host_.run().give_up(std::move(written).error());
}

void SimDevice::on_report_refused(const Held&, wire::mqtt::ReasonCode reason, std::string_view why) {
  ++host_.run().counters.refused;
  host_.run().notices.say(id_.value, "report refused", fmt::format("{}: {}", wire::mqtt::name_of(reason), why));
}

void SimDevice::on_closed(const Result<void>& why) {
  stream_.reset();
  if (state_ == State::parting) {
    state_ = State::waiting;
    return finishing_ ? end() : arm(Clock::now() + away_);
  }
  cut_off(why ? Error(Errc::unavailable, "closed", "the server closed the connection") : why.error());
}

void SimDevice::on_timer() {
  switch (state_) {
    case State::waiting:
      host_.want_connection(*this);
      return;
    case State::connecting:
      cut_off(Error(Errc::unavailable, "timeout", "the server does not answer"));
      return;
    case State::online:
      work();
      return;
    case State::idle:
    case State::parting:
    case State::ended:
      return;
  }
}

bool SimDevice::live() {
  if (renewed_) renewed(*std::exchange(renewed_, nullptr));
  const auto event = habits_.take(Clock::now(), random_);
  if (!event) return true;
  switch (*event) {
    case Habits::Event::renew:
      if (!renewing_) {
        renewing_ = true;
        host_.want_renewal(*this);
      }
      return true;
    case Habits::Event::roam:
      roam();
      return false;
    case Habits::Event::nap:
      nap();
      return false;
  }
  return true;
}

// The old network is gone before anything can be said on it.
void SimDevice::roam() {
  ++host_.run().counters.roams;
  come_from_elsewhere();
  go_offline();
  connect();
}

void SimDevice::come_from_elsewhere() {
  // 127.1.0.0 to 127.254.255.255: nobody listens there, and the server on 127.0.0.1 is reached from all of it.
  address_ = (127U << 24U) | (static_cast<std::uint32_t>(random_.between(1, 255)) << 16U) |
             static_cast<std::uint32_t>(random_.between(1, 65'535));
}

void SimDevice::obey(const Order& order) {
  if (!circumstances_ || state_ == State::ended || finishing_) return;
  circumstances_->obey(order, has_begun_ ? now_s() : 0);
  const auto& server = host_.run().mqtt.address();
  switch (order.what) {
    case Deed::mute:
      muted_ = true;
      if (state_ == State::online || state_ == State::connecting) go_offline();
      return;
    case Deed::calm:
      if (!std::exchange(muted_, false)) return;
      if (server.is_v4() && server.is_loopback()) come_from_elsewhere();
      if (state_ == State::waiting) try_later();
      return;
    case Deed::update:  // it starts again
      if (state_ == State::online) part(Backoff::least);
      return;
    case Deed::flood:
    case Deed::open_box:
    case Deed::cut_power:
      flooded_at_ = Clock::now();
      if (state_ == State::online) work();
      return;
    default:
      return;
  }
}

bool SimDevice::flood() {
  const double rate = circumstances_->flood_per_s();
  // What a modem keeps when the network does not take it is little.
  constexpr double owed_max = 64;
  const auto now = Clock::now();
  double owed = std::min(owed_max, rate * std::chrono::duration<double>(now - flooded_at_).count());
  if (owed < 1) return true;
  flooded_at_ = now;
  Report junk;
  junk.number("battery", "%", 50, 0);
  for (; owed >= 1 && session_.has_room(); --owed)
    if (!send(junk, 0, Topic::telemetry)) return false;
  return true;
}

// Half of the devices say goodbye before they are switched off.
void SimDevice::nap() {
  ++host_.run().counters.naps;
  const auto away = std::chrono::milliseconds(static_cast<std::int64_t>(random_.between(1'000, 10'000)));
  if (random_.between(0, 1) < 0.5) return part(away);
  go_offline();
  arm(Clock::now() + away);
}

void SimDevice::part(Clock::duration away) {
  --host_.run().counters.online;
  state_ = State::parting;
  away_ = away;
  timer_.cancel();
  Bytes& out = host_.scratch();
  session_.disconnect(out);
  (void)stream_->write(out);
  stream_->close();
}

void SimDevice::storm() {
  if (state_ != State::online || finishing_) return;
  go_offline();
  try_later();
}

void SimDevice::renewed(Result<Credentials> credentials) {
  if (state_ == State::ended) return;
  if (!credentials) return trial_ended(std::unexpected(std::move(credentials).error()));
  if (state_ != State::online) {  // a connection under way with the old certificate would come too late
    renewed_ = std::make_unique<Credentials>(*std::move(credentials));
    return;
  }
  trial_ = std::make_unique<Trial>(host_.loop(), host_.run(), *std::move(credentials), [this](const auto& outcome) {
    // Not from inside the trial, which goes with this call.
    host_.loop().post([this, outcome] { trial_ended(outcome); });
  });
  trial_->start();
}

void SimDevice::trial_ended(const Result<void>& outcome) {
  const auto trial = std::exchange(trial_, nullptr);
  renewing_ = false;
  if (state_ == State::ended || finishing_) return;
  if (!outcome) {
    ++host_.run().counters.renewals_failed;
    host_.run().notices.say(id_.value, "renewal failed", outcome.error().text());
    return;
  }
  if (auto kept = host_.run().keyring.remember(trial->credentials()); !kept)
    return host_.run().give_up(std::move(kept).error());
  ++host_.run().counters.renewals;
  ticket_.reset();  // it speaks for the old certificate
  signer_.reset();
  if (state_ == State::online) part({});
}

void SimDevice::work() {
  const double now = now_s();
  if (!finishing_) {
    if (!live()) return;
    if (circumstances_ && session_.has_room()) {
      if (const auto event = circumstances_->event(); event && !send(*event, 0, Topic::event)) return;
      if (circumstances_->flood_per_s() > 0 && !flood()) return;
    }
    if (!session_.has_room() && source_->catch_up(now)) ++host_.run().counters.missed;
    while (session_.has_room() && source_->due().value_or(now + 1) <= now) {
      if (source_->catch_up(now)) ++host_.run().counters.missed;
      send_due_report(now);
      if (state_ != State::online) return;
    }
  } else if (session_.held().empty()) {
    return end();
  }
  const auto here = Clock::now();
  if (session_.awaits_answer() && here - waits_from_ > answer_deadline) {
    return cut_off(Error(Errc::unavailable, "timeout", "the server owes an answer"));
  }
  auto next = here + answer_deadline;
  if (!finishing_ && session_.has_room()) {
    if (const auto due = source_->due()) {
      next = std::min(next, began_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(*due)));
    }
  }
  if (!finishing_) next = std::min(next, habits_.next());
  if (!finishing_ && circumstances_ && circumstances_->flood_per_s() > 0) next = std::min(next, here + flood_every);
  if (session_.keep_alive_s() != 0) {
    const auto ping_at = wrote_at_ + std::chrono::duration_cast<Clock::duration>(
                                         std::chrono::duration<double>(keep_alive_margin * session_.keep_alive_s()));
    if (ping_at <= here) {
      if (!session_.awaits_answer()) waits_from_ = here;
      Bytes& out = host_.scratch();
      session_.ping(out);
      if (!write(out)) return;
    } else {
      next = std::min(next, ping_at);
    }
  }
  arm(next);
}

void SimDevice::send_due_report(double now_s) {
  Report& report = host_.report();
  report.clear();
  const double age = source_->age() + std::max(0.0, now_s - *source_->due());
  source_->take(report);
  if (circumstances_) circumstances_->alter(report, now_s);
  send(report, age, Topic::telemetry);
}

Result<Bytes> SimDevice::encode(const Report& report, Timestamp measured) {
  const RunSettings& settings = host_.run().settings;
  TRY(auto payload, encode_report(report, measured, settings.encoding));
  if (!settings.sign) return payload;
  if (!signer_) {
    const auto stored = host_.run().keyring.find(id_);
    if (!stored) return fail(Errc::internal, "no-certificate", "no certificate to sign with");
    TRY(auto signer, Signer::create(*stored));
    signer_ = std::make_unique<Signer>(std::move(signer));
  }
  const auto format = settings.encoding == Encoding::cbor ? wire::cose::Format::cbor : wire::cose::Format::json;
  return signer_->sign(payload, format, host_.run().keyring.boots(), ++signed_);
}

bool SimDevice::send(const Report& report, double age, Topic topic) {
  const auto measured = system_clock().now() - std::chrono::microseconds(static_cast<std::int64_t>(age * 1e6));
  auto payload = encode(report, measured);
  if (!payload) {
    host_.run().give_up(std::move(payload).error());
    return false;
  }
  if (host_.run().journal != nullptr) {
    auto written = host_.run().journal->sent(id_.value, sha256_hex(*payload));
    if (!written) {
      host_.run().give_up(std::move(written).error());
      return false;
    }
  }
  if (!session_.awaits_answer()) waits_from_ = Clock::now();
  Bytes& out = host_.scratch();
  if (auto published = session_.publish(*std::move(payload), out, topic); !published) {
    cut_off(published.error());
    return false;
  }
  ++host_.run().counters.sent;
  return write(out);
}

bool SimDevice::write(Bytes& bytes) {
  const auto written = stream_->write(bytes);
  bytes.clear();
  if (!written) {
    cut_off(written.error());
    return false;
  }
  wrote_at_ = Clock::now();
  return true;
}

void SimDevice::note(const Error& why) {
  if (finishing_) return;
  // Once the new certificate has been seen the server sends the session of the old one away; that is no refusal.
  const bool refused = is_server_refusal(why) && !trial_;
  if (refused) ++host_.run().counters.refused;
  host_.run().notices.say(id_.value, refused ? "connection refused" : "offline", why.text());
}

void SimDevice::cut_off(const Error& why) {
  if (state_ == State::ended || state_ == State::waiting || state_ == State::parting) return;
  note(why);
  go_offline();
  if (finishing_) return end();
  try_later();
}

void SimDevice::go_offline() {
  if (state_ == State::online) --host_.run().counters.online;
  socket_.reset();
  if (stream_) {
    if (state_ == State::online) ticket_ = stream_->session();  // who was refused does not come back as the same
    stream_->abort();
  }
  stream_.reset();
  state_ = State::waiting;
}

void SimDevice::try_later() {
  arm(Clock::now() + backoff_.next(random_));
}

void SimDevice::finish() {
  if (state_ == State::ended) return;
  finishing_ = true;
  if (state_ == State::online) {
    work();
  } else if (state_ != State::connecting || session_.held().empty()) {
    end();
  }
}

// Everything is acknowledged or given up; whether the goodbye arrives makes no difference to us.
void SimDevice::end() {
  if (state_ == State::ended) return;
  if (state_ == State::online) {
    Bytes& out = host_.scratch();
    session_.disconnect(out);
    (void)stream_->write(out);
    stream_->close();
  } else if (stream_) {
    stream_->abort();
  }
  leave();
}

void SimDevice::stop() {
  if (state_ == State::ended) return;
  if (stream_) stream_->abort();
  leave();
}

void SimDevice::leave() {
  if (state_ == State::online) --host_.run().counters.online;
  ++host_.run().counters.ended;
  state_ = State::ended;
  trial_.reset();
  timer_.cancel();
  socket_.reset();
  stream_.reset();
}

void SimDevice::arm(Clock::time_point at) {
  timer_at_ = at;
  timer_.expires_at(at);
  timer_.async_wait([this](const boost::system::error_code& error) {
    // A wait that was over before it was replaced completes all the same: only the last one counts.
    if (!error && Clock::now() >= timer_at_) on_timer();
  });
}

}  // namespace outrider::sim
