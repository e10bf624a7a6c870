#include "sim/device/trial.h"

namespace outrider::sim {
namespace {

constexpr std::chrono::seconds patience{15};

MqttSettings plain(MqttSettings settings) {
  settings.session_expiry_s = 0;  // nothing of it stays behind
  settings.subscribe = false;
  return settings;
}

}  // namespace

Trial::Trial(net::Loop& loop, RunContext& run, Credentials credentials, Done done)
    : loop_(loop),
      run_(run),
      credentials_(std::move(credentials)),
      settings_(plain(run.settings.mqtt)),
      session_(settings_, credentials_.device + "/renewed"),
      deadline_(loop.context()),
      done_(std::move(done)) {}

Trial::~Trial() {
  if (stream_) stream_->abort();
}

void Trial::start() {
  deadline_.expires_after(patience);
  deadline_.async_wait([this](const boost::system::error_code& error) {
    if (!error) end(fail(Errc::unavailable, "timeout", "the server does not answer"));
  });
  socket_ = std::make_unique<net::TlsStream::Socket>(loop_.context());
  socket_->async_connect(run_.mqtt, [this, socket = socket_.get()](const boost::system::error_code& error) {
    // Aborted: this object may be gone.
    if (error == boost::asio::error::operation_aborted || socket_.get() != socket) return;
    if (error) return end(fail(Errc::unavailable, "connect", error.message()));
    if (auto started = start_tls(); !started) end(std::move(started));
  });
}

Result<void> Trial::start_tls() {
  const auto socket = std::exchange(socket_, nullptr);
  net::TlsIdentity identity(credentials_.chain, Secret(std::string_view(credentials_.key)));
  TRY(const auto credential, run_.tls->credential(identity));
  TRY(stream_, net::TlsStream::connect(loop_, std::move(*socket), *run_.tls, credential.get(), run_.settings.mqtt_host,
                                       run_.stream_limits));
  stream_->start(*this);
  return {};
}

void Trial::on_open() {
  Bytes out;
  auto opened = session_.open(out);
  if (!opened) return end(std::move(opened));
  if (auto written = stream_->write(out); !written) end(std::unexpected(std::move(written).error()));
}

void Trial::on_bytes(ByteView bytes) {
  Bytes out;
  auto taken = session_.receive(bytes, *this, out);
  if (!taken) return end(std::move(taken));
  if (!accepted_) return;
  session_.disconnect(out);
  (void)stream_->write(out);
  stream_->close();
}

void Trial::on_closed(const Result<void>& why) {
  stream_.reset();
  if (accepted_) return end({});
  end(why ? fail(Errc::unavailable, "closed", "the server closed the connection") : Result<void>(why));
}

void Trial::end(Result<void> outcome) {
  if (!done_) return;
  deadline_.cancel();
  if (stream_) stream_->abort();
  std::exchange(done_, nullptr)(std::move(outcome));
}

}  // namespace outrider::sim
