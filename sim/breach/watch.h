#pragma once
// What the server says about it: its ledger, read over the API with an operator's token as anybody may.
#include <boost/describe.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "base/result.h"
#include "base/time.h"
#include "net/http/http_client.h"

namespace outrider::sim {

// One thing that the server recorded.
struct Seen {
  Timestamp at;  // the entry's received time
  std::uint64_t entry = 0;
  std::string kind;    // alert.raised, alert.grown, device.state-changed, identity.revoked, actuation.held …
  std::string device;  // its subject's id; of an incident: empty
  std::vector<std::string> devices;
  std::string alert;     // its id
  std::string response;  // its id
  std::string threat;    // of an alert
  std::string level;     // page, ticket
  std::string text;      // for people: an alert's explanation, a state's name, what a response does
};

class Watch {
 public:
  Watch(net::HttpEndpoint api, FleetId fleet);
  // From now on: what was recorded before does not count.
  Result<void> begin();
  // Reads what is new.
  Result<void> look();
  const std::vector<Seen>& seen() const { return seen_; }

  Result<json::Value> get(const std::string& path, std::map<std::string, std::string, std::less<>> query = {});
  Result<json::Value> post(const std::string& path, const json::Object& body);

 private:
  Result<json::Value> answer(net::HttpRequest request);
  Result<std::uint64_t> durable();  // entries of the fleet's ledger
  void complete(Seen& one) const;

  net::HttpClient http_;
  const FleetId fleet_;
  std::vector<std::pair<std::string, std::uint64_t>> next_;  // by kind
  std::vector<Seen> seen_;
  std::map<std::string, std::string> threats_;  // of alerts, by id: who grows does not say it again
  std::map<std::string, Seen> started_;         // responses, by id
};

}  // namespace outrider::sim
