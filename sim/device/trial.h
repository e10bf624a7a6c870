#pragma once
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "net/tls/tls_stream.h"
#include "sim/client/mqtt_session.h"
#include "sim/run/run_context.h"

namespace outrider::sim {

// Tries a certificate on a connection beside the device's own: TLS, CONNECT under `<device>/renewed`, CONNACK, goodbye.
// So the old certificate is given up only when the new one has been accepted (RFC 7030 leaves this to the client).
//
// Life cycle: make it, start(); `done` is called once, on the loop, from inside this object: destroy it later (post).
// Destroying it before that ends it without a call.
class Trial final : public net::TlsUser, public MqttEvents {
 public:
  using Done = std::function<void(Result<void>)>;
  Trial(net::Loop& loop, RunContext& run, Credentials credentials, Done done);
  ~Trial();
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  void start();
  const Credentials& credentials() const { return credentials_; }

  // net::TlsUser
  void on_open() override;
  void on_bytes(ByteView bytes) override;
  void on_drained() override {}
  void on_closed(const Result<void>& why) override;
  // MqttEvents
  void on_connected() override { accepted_ = true; }
  void on_acknowledged(const Held&) override {}
  void on_report_refused(const Held&, wire::mqtt::ReasonCode, std::string_view) override {}
  void on_message(std::string_view, ByteView) override {}

 private:
  Result<void> start_tls();
  void end(Result<void> outcome);

  net::Loop& loop_;
  RunContext& run_;
  const Credentials credentials_;
  const MqttSettings settings_;
  MqttSession session_;
  boost::asio::steady_timer deadline_;
  std::unique_ptr<net::TlsStream::Socket> socket_;  // while TCP connects
  std::shared_ptr<net::TlsStream> stream_;
  Done done_;
  bool accepted_ = false;
};

}  // namespace outrider::sim
