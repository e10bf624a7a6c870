#pragma once
// What a run is told, checked: the command line becomes this.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "sim/client/mqtt_session.h"
#include "sim/model/device_model.h"

namespace outrider::sim {

enum class Encoding : unsigned char { json, cbor };

struct TraceOrder {
  std::filesystem::path file;
  std::string device;  // empty: the next device of the list that has no trace
};

struct RunSettings {
  std::filesystem::path devices_file;
  std::filesystem::path state;
  std::filesystem::path ca;
  std::string est;  // URL
  FleetId fleet;
  std::string mqtt_host;
  std::uint16_t mqtt_port = 8883;

  std::optional<std::chrono::milliseconds> run_for;   // of reporting; nothing: until a signal
  std::optional<std::chrono::milliseconds> interval;  // overrides the models'
  std::uint64_t seed = 1;
  std::vector<TraceOrder> traces;
  double trace_speed = 1;

  // What happens to devices beside reporting; nothing: it does not.
  std::optional<std::chrono::milliseconds> renew_every;  // each device, on average
  std::optional<std::chrono::milliseconds> roam_every;   // each device, on average
  std::optional<std::chrono::milliseconds> storm_every;  // all devices at once
  bool resume = false;                                   // come back with the ticket of the last connection
  double churn_per_minute = 0;                           // devices of the fleet that are switched off for a while

  // Orders come on standard input, and devices say what their receivers and modems are asked for besides.
  bool orders = false;
  Gathering gathering = Gathering::scattered;

  MqttSettings mqtt;
  Encoding encoding = Encoding::json;
  bool sign = false;  // each report, with the device's key
  double connections_per_second = 250;
  std::size_t enrolments_at_once = 16;
  std::size_t threads = 0;  // 0: chosen by the number of devices

  bool json = false;
  std::optional<std::filesystem::path> journal;
  std::optional<std::filesystem::path> status_file;
};

}  // namespace outrider::sim
