#include "sim/breach/attacker/line.h"

#include "wire/mqtt/codec.h"
#include "wire/mqtt/reason.h"

namespace outrider::sim {
namespace {

using std::chrono::steady_clock;
namespace mqtt = wire::mqtt;

constexpr std::uint16_t keep_alive_s = 300;

// Granted QoS and success are below 0x80 (MQTT 5, 2.4).
bool refuses(mqtt::ReasonCode reason) {
  return static_cast<std::uint8_t>(reason) >= 0x80;
}

}  // namespace

Result<std::unique_ptr<Line>> Line::open(const LineSetup& setup) {
  std::unique_ptr<Line> out(new Line(setup));
  CHECK(out->connect());
  return out;
}

Line::~Line() {
  if (stream_) stream_->abort();
  // What was aborted lets go.
  setup_.loop.context().restart();
  setup_.loop.context().poll();
}

Result<void> Line::connect() {
  boost::system::error_code error;
  net::TlsStream::Socket socket(setup_.loop.context());
  socket.open(setup_.server.protocol(), error);
  if (!error && setup_.from) socket.bind({*setup_.from, 0}, error);
  if (!error) socket.connect(setup_.server, error);
  if (!error) socket.non_blocking(true, error);
  if (error) return fail(Errc::unavailable, "connect", error.message());
  TRY(stream_, net::TlsStream::connect(setup_.loop, std::move(socket), setup_.tls, setup_.credential,
                                       setup_.server_name, limits_));
  if (setup_.ticket) stream_->resume(setup_.ticket);
  stream_->start(*this);
  return await(0);
}

void Line::on_open() {
  Bytes out;
  const mqtt::Connect connect{.keep_alive = keep_alive_s, .client_identifier = setup_.client_id};
  if (mqtt::encode(connect, mqtt::Version::v5, out)) (void)write(out);
}

void Line::on_bytes(ByteView bytes) {
  const auto taken = frames_.feed(bytes, [this](ByteView frame) { return take(frame); });
  if (taken) return;
  ended_ = taken.error();
  if (stream_) stream_->close();
}

Result<void> Line::take(ByteView frame) {
  TRY(const auto packet, mqtt::decode(frame, mqtt::Version::v5));
  const auto note = [this](std::uint16_t identifier, mqtt::ReasonCode reason, const mqtt::Properties& properties) {
    answer_ = Answer{identifier, reason, std::string(properties.reason_string.value_or(""))};
  };
  if (const auto* connack = std::get_if<mqtt::Connack>(&packet)) note(0, connack->reason, connack->properties);
  if (const auto* puback = std::get_if<mqtt::Puback>(&packet))
    note(puback->packet_identifier, puback->reason, puback->properties);
  if (const auto* suback = std::get_if<mqtt::Suback>(&packet))
    note(suback->packet_identifier, suback->reasons.front(), suback->properties);
  if (const auto* goodbye = std::get_if<mqtt::Disconnect>(&packet)) {
    ended_ = Error{Errc::forbidden, std::string(mqtt::name_of(goodbye->reason)),
                   std::string(goodbye->properties.reason_string.value_or(""))};
  }
  if (const auto* publish = std::get_if<mqtt::Publish>(&packet)) {
    ++messages_;
    if (publish->qos == mqtt::QoS::at_least_once) {
      Bytes out;
      CHECK(mqtt::encode(mqtt::Puback{.packet_identifier = publish->packet_identifier}, mqtt::Version::v5, out));
      return write(out);
    }
  }
  return {};
}

void Line::on_closed(const Result<void>& why) {
  if (stream_) ticket_ = stream_->session();
  stream_.reset();
  if (ended_) return;
  ended_ = why ? Error{Errc::unavailable, "closed", "the server closed the connection"} : why.error();
}

Result<void> Line::write(const Bytes& bytes) {
  if (!stream_) return std::unexpected(ended_.value_or(Error{Errc::unavailable, "closed", "not connected"}));
  TRY(const bool more, stream_->write(bytes));
  (void)more;
  return {};
}

Result<void> Line::await(std::uint16_t packet_identifier) {
  const auto deadline = steady_clock::now() + setup_.patience;
  auto& context = setup_.loop.context();
  while (!answer_ || answer_->packet_identifier != packet_identifier) {
    if (ended_ && !stream_) return std::unexpected(*ended_);
    if (steady_clock::now() >= deadline) return fail(Errc::unavailable, "timeout", "the server does not answer");
    context.restart();
    context.run_one_until(deadline);
  }
  const Answer answer = *std::exchange(answer_, std::nullopt);
  if (refuses(answer.reason)) return fail(Errc::forbidden, std::string(mqtt::name_of(answer.reason)), answer.why);
  return {};
}

Result<void> Line::publish(std::string_view topic, ByteView payload, std::string_view content_type) {
  mqtt::Publish packet{
      .qos = mqtt::QoS::at_least_once, .topic = topic, .packet_identifier = next_identifier(), .payload = payload};
  if (!content_type.empty()) packet.properties.content_type = content_type;
  Bytes out;
  CHECK(mqtt::encode(packet, mqtt::Version::v5, out));
  CHECK(write(out));
  return await(packet.packet_identifier);
}

Result<void> Line::subscribe(std::string_view filter) {
  mqtt::Subscribe packet{.packet_identifier = next_identifier()};
  packet.subscriptions.push_back({.filter = filter, .qos = mqtt::QoS::at_least_once});
  Bytes out;
  CHECK(mqtt::encode(packet, mqtt::Version::v5, out));
  CHECK(write(out));
  return await(packet.packet_identifier);
}

void Line::listen(std::chrono::milliseconds time) {
  const auto deadline = steady_clock::now() + time;
  auto& context = setup_.loop.context();
  while (steady_clock::now() < deadline && stream_) {
    context.restart();
    context.run_one_until(deadline);
  }
}

std::shared_ptr<ssl_session_st> Line::ticket() const {
  return stream_ ? stream_->session() : ticket_;
}

std::uint16_t Line::next_identifier() {
  last_identifier_ = last_identifier_ == 0xffff ? 1 : static_cast<std::uint16_t>(last_identifier_ + 1);
  return last_identifier_;
}

}  // namespace outrider::sim
