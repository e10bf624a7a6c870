// What the attacker does, one function for each kind of step.
#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <numbers>

#include "crypto/keys/key.h"
#include "crypto/x509/csr.h"
#include "crypto/x509/issue.h"
#include "sim/breach/attacker.h"
#include "sim/client/est.h"

namespace outrider::sim {
namespace {

constexpr std::string_view senml = "application/senml+json";
constexpr double metres_per_degree = 111'320;

// A report as the device's model would make it, as names and values that an attack may alter.
using Altered = std::function<void(const Reading& reading, boost::json::object& record)>;

Bytes report_of(Stolen& device, double seconds, const Altered& alter) {
  device.model->advance(seconds);
  Report report;
  device.model->report(report);
  boost::json::array pack;
  for (const auto& reading : report.readings()) {
    boost::json::object record{{"n", reading.name}};
    if (!reading.unit.empty()) record["u"] = reading.unit;
    if (const auto* number = std::get_if<double>(&reading.value)) record["v"] = *number;
    if (const auto* truth = std::get_if<bool>(&reading.value)) record["vb"] = *truth;
    if (const auto* text = std::get_if<std::string_view>(&reading.value)) record["vs"] = *text;
    if (alter) alter(reading, record);
    pack.push_back(std::move(record));
  }
  return to_bytes(as_bytes(boost::json::serialize(pack)));
}

// The devices that an attack is tried on, as often as the step says.
template <class Try>
Result<Tally> on_others(Attacker& attacker, const Step& step, Try&& attempt) {
  Tally out;
  if (attacker.others.empty()) return fail(Errc::not_found, "nobody-else", "the fleet has no other devices");
  for (std::size_t i = 0; i < step.attempts; ++i) {
    out.take(attempt(attacker.others[i % attacker.others.size()]));
    if (!attacker.rest(std::chrono::milliseconds{0})) break;
  }
  return out;
}

// Reports under the stolen identity, again and again, on a line that is opened again when it is cut.
Result<Tally> report_altered(Attacker& attacker, const Step& step,
                             const std::function<Altered(std::size_t attempt)>& alter) {
  Tally out;
  Stolen& as = attacker.stolen.at(step.victim);
  std::unique_ptr<Line> line;
  for (std::size_t i = 0; i < step.attempts; ++i) {
    if (!line || !line->is_open()) {
      line.reset();
      auto opened = Line::open(attacker.line(as, as.device.value));
      if (!opened) {
        out.take(std::unexpected(opened.error()));
        if (!attacker.rest(step.every)) break;
        continue;
      }
      line = *std::move(opened);
    }
    const double seconds = std::chrono::duration<double>(step.every).count();
    out.take(line->publish(fmt::format("d/{}/telemetry", as.device.value), report_of(as, seconds, alter(i)), senml));
    if (!attacker.rest(step.every)) break;
  }
  return out;
}

Result<Tally> clone(Attacker& attacker, const Step& step) {
  return report_altered(attacker, step, [](std::size_t) { return Altered(); });
}

Result<Tally> foreign_topics(Attacker& attacker, const Step& step) {
  Stolen& as = attacker.stolen.at(step.victim);
  std::unique_ptr<Line> line;
  return on_others(attacker, step, [&](const DeviceId& other) -> Result<void> {
    if (!line || !line->is_open()) {
      line.reset();
      TRY(line, Line::open(attacker.line(as, as.device.value)));
    }
    return line->publish(fmt::format("d/{}/telemetry", other.value), report_of(as, 1, {}), senml);
  });
}

Result<Tally> foreign_client_ids(Attacker& attacker, const Step& step) {
  Stolen& as = attacker.stolen.at(step.victim);
  return on_others(attacker, step, [&](const DeviceId& other) -> Result<void> {
    CHECK(Line::open(attacker.line(as, other.value)));
    return {};
  });
}

Result<Tally> forged_certificates(Attacker& attacker, const Step& step) {
  const auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
  const Secret pem = key.to_pem();
  return on_others(attacker, step, [&](const DeviceId& other) -> Result<void> {
    crypto::CertificateTemplate what;
    what.common_name = other.value;
    what.key = key.public_key();
    what.not_before = system_clock().now() - std::chrono::hours{1};
    what.not_after = system_clock().now() + std::chrono::hours{24 * 30};
    what.names.uri = {fmt::format("urn:outrider:{}:{}", attacker.fleet.value, other.value)};
    what.client_auth = true;
    TRY(const auto forged, crypto::issue_self_signed(what, key));
    const net::TlsIdentity identity(forged.pem(), Secret(as_text(pem.view())));
    TRY(const auto credential, attacker.tls->credential(identity));
    auto setup = attacker.line(attacker.stolen.front(), other.value);
    setup.credential = credential.get();
    setup.ticket = nullptr;
    CHECK(Line::open(setup));
    return {};
  });
}

Result<Tally> foreign_tickets(Attacker& attacker, const Step& step) {
  Stolen& as = attacker.stolen.at(step.victim);
  return on_others(attacker, step, [&](const DeviceId& other) -> Result<void> {
    if (!as.ticket) {  // each is good for one connection
      if (auto own = Line::open(attacker.line(as, as.device.value))) {
        (*own)->listen(std::chrono::milliseconds{50});
        as.ticket = (*own)->ticket();
      }
    }
    auto setup = attacker.line(as, other.value);
    setup.ticket = std::exchange(as.ticket, nullptr);
    if (setup.ticket) setup.credential = nullptr;
    CHECK(Line::open(setup));
    return {};
  });
}

Result<Tally> foreign_enrolment(Attacker& attacker, const Step& step) {
  Stolen& as = attacker.stolen.at(step.victim);
  auto endpoint = attacker.est;
  endpoint.credential = as.credential;
  net::HttpClient http(endpoint);
  const auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
  return on_others(attacker, step, [&](const DeviceId& other) -> Result<void> {
    TRY(auto request, renew_request(attacker.fleet, other, key));
    TRY(const auto response, http.send(std::move(request)));
    if (response.status == 200) return {};
    return fail(Errc::forbidden, fmt::format("http-{}", response.status), "EST refused");
  });
}

Result<Tally> position(Attacker& attacker, const Step& step, bool drifts) {
  const double bearing = attacker.random.between(0, 2 * std::numbers::pi);
  return report_altered(attacker, step, [&, bearing](std::size_t attempt) {
    const double seconds = std::chrono::duration<double>(step.every).count() * static_cast<double>(attempt + 1);
    const double metres = drifts ? step.amount * seconds : step.amount;
    return Altered([=](const Reading& reading, boost::json::object& record) {
      const auto* value = std::get_if<double>(&reading.value);
      if (value == nullptr) return;
      if (reading.name == "lat") record["v"] = *value + metres * std::cos(bearing) / metres_per_degree;
      if (reading.name == "lon") record["v"] = *value + metres * std::sin(bearing) / metres_per_degree;
    });
  });
}

bool is_temperature(std::string_view name) {
  return name == "temperature" || name == "supply_temperature";
}

Result<Tally> temperature(Attacker& attacker, const Step& step) {
  // A freeze repeats the first value, a replay the first ten in turn.
  std::map<std::string, std::vector<double>, std::less<>> kept;
  const std::size_t keep = step.attack == Attack::temperature_freeze ? 1 : 10;
  return report_altered(attacker, step, [&](std::size_t attempt) {
    return Altered([&, attempt](const Reading& reading, boost::json::object& record) {
      const auto* value = std::get_if<double>(&reading.value);
      if (value == nullptr || !is_temperature(reading.name)) return;
      if (step.attack == Attack::temperature_offset) {
        record["v"] = *value + step.amount;
        return;
      }
      auto& values = kept[std::string(reading.name)];
      if (values.size() < keep) values.push_back(*value);
      record["v"] = values[attempt % values.size()];
    });
  });
}

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

Result<Tally> firmware_downgrade(Attacker& attacker, const Step& step) {
  return report_altered(attacker, step, [](std::size_t) {
    return Altered([](const Reading& reading, boost::json::object& record) {
      if (reading.name == "firmware") record["vs"] = "0.9.0";
    });
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
  }
  return fail(Errc::internal, "unknown-attack", "no such attack");
}

}  // namespace outrider::sim
