// Time: keep alive, slow readers, what is read more slowly.
#include "gateway/mqtt/session/session.h"

namespace outrider::gateway::mqtt {

using wire::mqtt::ReasonCode;

void Session::check_deadlines(Time now) {
  if (state_ == State::handshaking || state_ == State::ending) return;
  const Limits& limits = hub_.limits();
  if (scheduled_ == Time{} || now + hub_.wheel().tick() < scheduled_) return;  // an earlier appointment, since moved
  scheduled_ = Time{};
  if (state_ == State::connecting) {
    if (now >= last_heard_ + limits.connect_deadline) {
      refuse("connect", "", "connect-timeout", "no whole CONNECT in time");
      state_ = State::ending;
      return stream_.close();
    }
    return wake_at(last_heard_ + limits.connect_deadline);
  }
  if (state_ == State::joining) {  // the connection before it, or the disk, keeps it waiting
    if (now >= last_heard_ + limits.connect_deadline)
      return end(ReasonCode::server_busy, "join-timeout", "the earlier session did not end in time");
    return wake_at(last_heard_ + limits.connect_deadline);
  }
  if (now >= renewal_due_)  // keys as old as that are not to be used any more: the client comes back for new ones
    return end(ReasonCode::maximum_connect_time, "max-session-age",
               "the certificate was shown too long ago (mqtt.max_session_age); connect again");
  wake_at(renewal_due_);
  if (paused_until_ != Time{} && now >= paused_until_) {
    paused_until_ = Time{};
    last_heard_ = now;  // it could not be heard meanwhile
    update_reading();
  }
  if (broken_ || (slow_since_ != Time{} && now >= slow_since_ + limits.slow_reader_deadline)) {
    return cut_off("slow-reader", "the client does not read what it is sent");
  }
  if (keep_alive_ != 0 && !paused_) {
    const auto silence_max = keep_alive_ * limits.second * 3 / 2;  // MQTT 5, 3.1.2-22
    if (now >= last_heard_ + silence_max)
      return end(ReasonCode::keep_alive_timeout, "keep-alive-timeout", "nothing heard for too long");
    wake_at(last_heard_ + silence_max);
  }
  if (paused_until_ != Time{}) wake_at(paused_until_);
  if (slow_since_ != Time{}) wake_at(slow_since_ + limits.slow_reader_deadline);
}

void Session::shed() {
  cut_off("too-much-held", "the server waits for too many slow readers, and this one holds most");
}

void Session::cut_off(const std::string& rule, const std::string& detail) {
  refuse("deliver", "", rule, detail);
  leave(rule, true);
  state_ = State::ending;
  gone_ = true;
  stream_.abort();
  try_let_go();
}

void Session::wake_at(Time at) {
  at = std::min(at, std::chrono::steady_clock::now() + hub_.wheel().span());
  if (scheduled_ != Time{} && scheduled_ <= at) return;
  scheduled_ = at;
  hub_.schedule(id_, at);
}

void Session::update_reading() {
  const bool pause = reading_stopped_ || state_ == State::joining || paused_until_ != Time{} ||
                     appends_pending_ >= hub_.limits().receive_maximum ||
                     subscribes_pending_ >= hub_.limits().receive_maximum;
  if (pause == paused_) return;
  paused_ = pause;
  if (pause) return stream_.pause_reading();
  last_heard_ = std::chrono::steady_clock::now();
  if (keep_alive_ != 0) wake_at(last_heard_ + keep_alive_ * hub_.limits().second * 3 / 2);
  stream_.resume_reading();
}

}  // namespace outrider::gateway::mqtt
