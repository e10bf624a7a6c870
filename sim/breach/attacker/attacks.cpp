// What the attacker says once it is in, and the choice between all steps.
#include "sim/breach/attacker/attacks.h"

#include <fmt/format.h>

#include <array>

namespace outrider::sim {
namespace {

// On one line, one request after another.
Result<Tally> say(Attacker& attacker, const Step& step,
                  const std::function<Result<void>(Line& line, std::size_t attempt)>& what) {
  Tally out;
  Stolen& as = attacker.stolen.at(step.victim);
  std::unique_ptr<Line> line;
  for (std::size_t i = 0; i < step.attempts; ++i) {
    const auto attempt = [&]() -> Result<void> {
      if (!line || !line->is_open()) {
        line.reset();
        TRY(line, Line::open(attacker.line(as, as.device.value)));
      }
      return what(*line, i);
    };
    out.take(attempt());
    if (!attacker.rest(step.every)) break;
  }
  return out;
}

Result<Tally> route_change(Attacker& attacker, const Step& step) {
  const std::string order = R"({"route":"detour","by":"dispatch"})";
  return say(attacker, step, [&](Line& line, std::size_t attempt) {
    const auto& other = attacker.others.at(attempt % attacker.others.size());
    const std::array topics{fmt::format("d/{}/command", other.value), std::string("app/dispatch/route"),
                            fmt::format("d/{}/config", other.value)};
    return line.publish(topics[attempt % topics.size()], as_bytes(order), "application/json");
  });
}

Result<Tally> probe(Attacker& attacker, const Step& step) {
  return say(attacker, step, [&](Line& line, std::size_t attempt) {
    const auto& other = attacker.others.at(attempt % attacker.others.size());
    const std::array filters{std::string("#"),
                             std::string("d/+/telemetry"),
                             std::string("$SYS/#"),
                             fmt::format("d/{}/command", other.value),
                             fmt::format("d/{}/#", other.value),
                             std::string("$share/g/d/+/event")};
    return line.subscribe(filters[attempt % filters.size()]);
  });
}

Result<Tally> return_after_revocation(Attacker& attacker, const Step& step) {
  Stolen& as = attacker.stolen.at(step.victim);
  CHECK(attacker.revoke(as.device));
  Tally out;
  for (std::size_t i = 0; i < step.attempts; ++i) {
    auto setup = attacker.line(as, as.device.value);
    if (i % 2 == 1 && as.ticket) {
      setup.ticket = std::exchange(as.ticket, nullptr);
      setup.credential = nullptr;
    }
    const auto line = Line::open(setup);
    out.take(line ? Result<void>() : std::unexpected(line.error()));
    if (!attacker.rest(step.every)) break;
  }
  return out;
}

}  // namespace

void Tally::take(const Result<void>& outcome) {
  ++attempts;
  if (outcome) {
    ++accepted;
    return;
  }
  ++refused;
  ++answers[outcome.error().reason];
}

LineSetup Attacker::line(const Stolen& as, std::string client_id) {
  LineSetup out{.loop = loop,
                .tls = *tls,
                .credential = as.credential.get(),
                .server = mqtt,
                .server_name = mqtt_host,
                .client_id = std::move(client_id)};
  // Another address than the fleet's, when the server is on this machine.
  if (mqtt.address().is_v4() && mqtt.address().is_loopback()) out.from = boost::asio::ip::make_address_v4("127.66.6.6");
  return out;
}

Result<Tally> play(Attacker& attacker, const Step& step) {
  switch (step.attack) {
    case Attack::clone:
      return clone(attacker, step);
    case Attack::foreign_topics:
      return foreign_topics(attacker, step);
    case Attack::foreign_client_ids:
      return foreign_client_ids(attacker, step);
    case Attack::forged_certificates:
      return forged_certificates(attacker, step);
    case Attack::foreign_tickets:
      return foreign_tickets(attacker, step);
    case Attack::foreign_enrolment:
      return foreign_enrolment(attacker, step);
    case Attack::position_jump:
      return position(attacker, step, false);
    case Attack::position_drift:
      return position(attacker, step, true);
    case Attack::temperature_offset:
    case Attack::temperature_freeze:
    case Attack::temperature_replay:
      return temperature(attacker, step);
    case Attack::route_change:
      return route_change(attacker, step);
    case Attack::probe:
      return probe(attacker, step);
    case Attack::firmware_downgrade:
      return firmware_downgrade(attacker, step);
    case Attack::return_after_revocation:
      return return_after_revocation(attacker, step);
    case Attack::moved_sim:
      return moved_sim(attacker, step);
    default:
      return befall(attacker, step);
  }
}

}  // namespace outrider::sim
