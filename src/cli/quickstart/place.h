#pragma once
// Where a quickstart keeps everything, and the server it starts there.
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/quickstart/child.h"
#include "server/server.h"

namespace outrider::cli {

// One data directory and what lies in it.
struct Place {
  std::filesystem::path data;    // absolute
  std::filesystem::path config;  // <data>/outrider.toml

  std::filesystem::path log(std::string_view name) const { return data / "log" / (std::string(name) + ".log"); }
  std::filesystem::path simulation() const { return data / "sim"; }
};

// Called between looks while something is waited for; false gives up.
using Waiting = std::function<bool()>;

// Makes the directory and, when there is none, a configuration that listens on this machine only. A server that is
// still ending there is waited for; one that runs is a refusal (conflict, "already-running").
Result<Place> prepare_place(const std::filesystem::path& data, const Waiting& wait);

// The configuration file quickstart writes.
std::string quickstart_config(const std::filesystem::path& data);

// The variables that move listeners to free ports whose configured port is taken on this machine, and a sentence about
// each for people.
struct FreePorts {
  std::map<std::string, std::string> environment;
  std::vector<std::string> notes;
};
Result<FreePorts> free_ports(const Place& place);

// Starts `outrider serve` and waits until it is ready to serve.
struct RunningServer {
  Child child;
  server::Addresses addresses;
};
Result<RunningServer> start_server(const Place& place, const std::filesystem::path& program, const FreePorts& ports,
                                   const Waiting& wait);

}  // namespace outrider::cli
