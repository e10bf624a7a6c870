// Can devices and people reach the listeners, and what does the server say?
#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <vector>

#include "net/http/http_client.h"
#include "server/doctor/checks.h"

namespace outrider::server::doctor {
namespace {

namespace ip = boost::asio::ip;

constexpr std::chrono::milliseconds patience{3000};

struct Listener {
  std::string_view name;
  std::string_view setting;
  const std::string& address;
  std::uint64_t port;
  std::string running;  // "127.0.0.1:8883"; empty: no server runs
};

std::vector<Listener> listeners_of(const Patient& patient) {
  const Config& config = patient.config();
  const Addresses running = patient.running.value_or(Addresses{});
  std::vector<Listener> out{{"MQTT", "mqtt", config.mqtt_listen, config.mqtt_port, running.mqtt},
                            {"HTTPS", "https", config.https_listen, config.https_port, running.https},
                            {"metrics", "metrics", config.metrics_listen, config.metrics_port, running.metrics}};
  if (!config.websocket_listen.empty())
    out.push_back(
        {"MQTT over WebSocket", "websocket", config.websocket_listen, config.websocket_port, running.websocket});
  return out;
}

// Why the port could not be ours; empty when it could.
std::string bind_problem(const Listener& listener) {
  boost::system::error_code error;
  const auto address = ip::make_address(listener.address, error);
  boost::asio::io_context context;
  ip::tcp::acceptor acceptor(context);
  const ip::tcp::endpoint endpoint(address, static_cast<std::uint16_t>(listener.port));
  if (!error) acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(ip::tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  return error ? error.message() : "";
}

// Why nobody answers there; empty when somebody does.
std::string connect_problem(const std::string& at) {
  const auto colon = at.rfind(':');
  if (colon == std::string::npos) return "the server does not say where it listens";
  std::string host = at.substr(0, colon);
  std::erase_if(host, [](char c) { return c == '[' || c == ']'; });
  boost::system::error_code error;
  const auto address = ip::make_address(host, error);
  const auto port = static_cast<std::uint16_t>(std::strtoul(at.c_str() + colon + 1, nullptr, 10));
  if (error) return error.message();
  boost::asio::io_context context;
  ip::tcp::socket socket(context);
  error = boost::asio::error::timed_out;
  socket.async_connect({address, port}, [&](const boost::system::error_code& outcome) { error = outcome; });
  context.run_for(patience);
  return error ? error.message() : "";
}

}  // namespace

void check_ports(const Patient& patient, Findings& found) {
  for (const Listener& listener : listeners_of(patient)) {
    if (patient.running) {
      const auto problem = connect_problem(listener.running);
      if (!problem.empty())
        found.problem(fmt::format("{} does not answer on {}: {}", listener.name, listener.running, problem),
                      "the server runs, but nobody can reach this listener",
                      "look at the server's log (journalctl -u outrider) and at the firewall (nft list ruleset)");
      continue;
    }
    if (listener.port == 0) continue;  // any free one
    const auto problem = bind_problem(listener);
    if (!problem.empty())
      found.problem(
          fmt::format("cannot listen on {}:{} for {}: {}", listener.address, listener.port, listener.name, problem),
          "the server will not start",
          fmt::format("see who has it (ss -ltnp 'sport = :{}'), or set {}.port or {}.listen", listener.port,
                      listener.setting, listener.setting));
  }
}

void check_server(const Patient& patient, Findings& found) {
  if (!patient.running) {
    return found.note("no server is running on this data directory", "what only it can tell was not looked at",
                      "systemctl start outrider, or outrider serve");
  }
  const auto log = "look at the server's log (journalctl -u outrider); outrider status";
  auto endpoint = net::HttpEndpoint::from_url("http://" + patient.running->metrics);
  if (!endpoint) return found.problem(endpoint.error().text(), "its health cannot be asked for", log);
  net::HttpClient client(*std::move(endpoint), {.connect_deadline = patience, .response_deadline = patience});
  const auto answer = client.send({.path = "/readyz"});
  if (!answer)
    return found.problem("the server does not tell its health: " + answer.error().text(), "it may hang", log);
  std::string_view lines = as_text(answer->body);
  while (!lines.empty()) {
    const auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    if (answer->status != 200 && !line.empty())
      found.problem("the server says: " + std::string(line), "it gets no traffic from a load balancer in this state",
                    log);
  }
}

}  // namespace outrider::server::doctor
