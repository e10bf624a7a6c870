#pragma once
// What the attacker has and knows: stolen keys, the names of others, and a machine of its own.
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "net/http/http_client.h"
#include "net/tls/tls.h"
#include "sim/breach/attacker/line.h"
#include "sim/breach/scenario.h"
#include "sim/files/keyring.h"
#include "sim/model/device_model.h"
#include "sim/model/world/random.h"
#include "sim/stage/order.h"

namespace outrider::sim {

// How the server took what was tried.
struct Tally {
  std::size_t attempts = 0;
  std::size_t accepted = 0;
  std::size_t refused = 0;
  std::map<std::string, std::size_t> answers;  // reasons of refusals, how often each
  void take(const Result<void>& outcome);
};

// One stolen device.
struct Stolen {
  DeviceId device;
  Credentials credentials;                            // as copied from it
  std::shared_ptr<const net::Credential> credential;  // the same, parsed
  std::unique_ptr<DeviceModel> model;                 // what its reports look like
  std::shared_ptr<ssl_session_st> ticket;
};

struct Attacker {
  net::Loop loop;
  std::shared_ptr<const net::ClientTls> tls;
  boost::asio::ip::tcp::endpoint mqtt;
  std::string mqtt_host;
  net::HttpEndpoint est;
  FleetId fleet;
  std::vector<Stolen> stolen;
  std::vector<DeviceId> others;  // devices of the fleet that were not stolen
  Random random{1};
  // Between two attempts: lets the time pass, looks at the server, shows progress. False: give up.
  std::function<bool(std::chrono::milliseconds)> rest;
  // Lets something befall devices of the fleet.
  std::function<Result<void>(const Order&)> order;
  // Whom this step befalls; none: all.
  std::vector<std::string> targets;
  // Waits until all devices of the fleet are online again.
  std::function<bool()> all_back;
  // Asks an operator to revoke the identity of a stolen device.
  std::function<Result<void>(const DeviceId&)> revoke;

  LineSetup line(const Stolen& as, std::string client_id);
};

// Plays one step; an Error means that it could not be tried at all.
Result<Tally> play(Attacker& attacker, const Step& step);

}  // namespace outrider::sim
