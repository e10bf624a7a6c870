#pragma once
// The simulated devices' flash memory: keys and certificates, so that a second run does not enrol again.
//
// One file, `devices.jsonl` in the state directory, mode 0600: each line is one JSON object and the last one about a
// device holds. Ten thousand files with ten thousand syncs would measure the disk instead of the server.
#include <boost/describe.hpp>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/file.h"
#include "base/ids.h"
#include "base/result.h"

namespace outrider::sim {

// What a device keeps. The private key is held as PEM text; it is a simulated device's and dies with the directory.
struct Credentials {
  std::string device;
  std::string key;    // PKCS #8 PEM
  std::string chain;  // PEM, leaf first
};
BOOST_DESCRIBE_STRUCT(Credentials, (), (device, key, chain))

// Thread-safe. One process at a time may hold a directory.
class Keyring {
 public:
  // Makes the directory (0700) when it is not there. Refused when another simulator has it, when others may read the
  // file, and when a line is broken; a last line cut short by a crash is dropped.
  static Result<std::unique_ptr<Keyring>> open(const std::filesystem::path& directory);

  std::optional<Credentials> find(const DeviceId& device) const;
  std::size_t size() const;
  Result<void> remember(Credentials credentials);
  // How often a simulator was started with this directory, this time included: every start boots every device.
  unsigned boots() const { return boots_; }

 private:
  Keyring(std::filesystem::path path, UniqueFd file, unsigned boots)
      : path_(std::move(path)), file_(std::move(file)), boots_(boots) {}

  const std::filesystem::path path_;
  const UniqueFd file_;  // appended to; also the lock
  const unsigned boots_;
  mutable std::mutex mutex_;  // guards known_ and the order of lines
  std::unordered_map<std::string, Credentials> known_;
};

}  // namespace outrider::sim
