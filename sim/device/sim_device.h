#pragma once
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "base/ids.h"
#include "net/tls/tls_stream.h"
#include "sim/client/mqtt_session.h"
#include "sim/device/backoff.h"
#include "sim/device/habits.h"
#include "sim/device/signer.h"
#include "sim/device/trial.h"
#include "sim/run/run_context.h"
#include "sim/source/report_source.h"
#include "sim/stage/circumstances.h"

namespace outrider::sim {

class SimDevice;

// What a device asks of the loop it lives on.
class DeviceHost {
 public:
  virtual net::Loop& loop() = 0;
  virtual RunContext& run() = 0;
  // Calls back connect() when it is the device's turn.
  virtual void want_connection(SimDevice& device) = 0;
  // Gets a new certificate and calls back renewed().
  virtual void want_renewal(SimDevice& device) = 0;
  // Scratch space of the loop, empty when lent; nobody may keep it.
  virtual Bytes& scratch() = 0;
  virtual Report& report() = 0;

 protected:
  ~DeviceHost() = default;
};

// One device: connects, reports, connects again when cut off. Small, because there are ten thousand of them.
//
// Life cycle: enrolled (by the host) → want_connection → connect → online ⇄ waiting → finish → ended. Belongs to the
// host's loop; everything on its thread. Destroyed only after the loop has stopped.
class SimDevice final : public net::TlsUser, public MqttEvents {
 public:
  SimDevice(DeviceHost& host, DeviceId id, std::string code, std::unique_ptr<ReportSource> source, std::uint64_t seed);
  ~SimDevice();
  SimDevice(const SimDevice&) = delete;
  SimDevice& operator=(const SimDevice&) = delete;

  const DeviceId& id() const { return id_; }
  const std::string& code() const { return code_; }
  Random& random() { return random_; }

  // Opens a connection; the keyring must hold its certificate.
  void connect();
  // Makes no more reports, waits for what is unacknowledged, says goodbye.
  void finish();
  // Ends at once.
  void stop();
  // Cuts the connection without a word, as all devices of the fleet lose theirs in this moment, and comes back soon.
  void storm();
  // What befalls it, in a run that takes orders.
  void obey(const Order& order);
  // The answer to want_renewal: tries the new certificate beside the present connection, and changes over to it. An
  // Error leaves everything as it is.
  void renewed(Result<Credentials> credentials);

  // net::TlsUser
  void on_open() override;
  void on_bytes(ByteView bytes) override;
  void on_drained() override {}
  void on_closed(const Result<void>& why) override;
  // MqttEvents
  void on_connected() override;
  void on_acknowledged(const Held& report) override;
  void on_report_refused(const Held& report, wire::mqtt::ReasonCode reason, std::string_view why) override;
  void on_message(std::string_view, ByteView) override { ++host_.run().counters.messages; }

 private:
  enum class State : std::uint8_t { idle, waiting, connecting, online, parting, ended };
  using Clock = std::chrono::steady_clock;

  void tcp_connected(const boost::system::error_code& error);
  Result<void> start_tls();
  void on_timer();
  void work();  // online: sends what is due, watches over answers, sets the timer
  void send_due_report(double now_s);
  // A report, encoded and journalled, on its way. False when the connection is gone.
  bool send(const Report& report, double age, Topic topic);
  Result<Bytes> encode(const Report& report, Timestamp measured);
  // As many messages as infected firmware owes since the last time. False when the connection is gone.
  bool flood();
  void come_from_elsewhere();
  // Does what the habits say is due. False when the connection is gone.
  bool live();
  void roam();
  void nap();
  // Says goodbye, and comes back after `away`.
  void part(Clock::duration away);
  void trial_ended(const Result<void>& outcome);
  Result<void> open_socket();
  // False when the connection is gone.
  bool write(Bytes& bytes);
  void cut_off(const Error& why);
  void note(const Error& why);
  void go_offline();
  void try_later();
  void end();
  void leave();
  void arm(Clock::time_point at);
  double now_s() const { return std::chrono::duration<double>(Clock::now() - began_).count(); }

  DeviceHost& host_;
  const DeviceId id_;
  const std::string code_;
  std::unique_ptr<ReportSource> source_;
  Random random_;
  Backoff backoff_;
  Habits habits_;
  MqttSession session_;
  boost::asio::steady_timer timer_;
  std::unique_ptr<net::TlsStream::Socket> socket_;  // while TCP connects
  std::shared_ptr<net::TlsStream> stream_;
  std::unique_ptr<Credentials> renewed_;    // a new certificate, to be tried when the device is online
  std::unique_ptr<Trial> trial_;            // while it is tried
  std::shared_ptr<ssl_session_st> ticket_;  // of the last connection
  std::uint32_t address_ = 0;               // it connects from; 0: the system's choice
  Clock::time_point began_;                 // first time online: the beginning of the source's time
  Clock::time_point timer_at_;
  Clock::time_point wrote_at_;    // last packet; keep alive counts from here
  Clock::duration away_{};        // while parting
  Clock::time_point waits_from_;  // an answer has been owed since
  State state_ = State::idle;
  bool has_begun_ = false;
  bool finishing_ = false;
  bool renewing_ = false;
  std::unique_ptr<Circumstances> circumstances_;  // of a run that takes orders
  Clock::time_point flooded_at_;
  bool muted_ = false;              // has no network
  std::unique_ptr<Signer> signer_;  // of a run that signs, once something was signed with the present key
  std::uint64_t signed_ = 0;        // reports since it was switched on
};

}  // namespace outrider::sim
