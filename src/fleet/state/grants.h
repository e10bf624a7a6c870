#pragma once
// What an application may do: topic filters it may publish to and subscribe to.
//
// An application can never speak as a device. What devices report stands below "d/<device>/", so there it publishes
// `command` and `config` alone, whatever its grants say; everywhere else its grants decide.
#include <atomic>
#include <boost/describe.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace outrider::fleet {

inline constexpr std::size_t applications_max = 1000;  // in a fleet
inline constexpr std::size_t grants_max = 64;          // of an application, each way
inline constexpr std::size_t grant_bytes_max = 256;    // of one filter

struct Grant {
  std::string filter;
  Timestamp since;
  std::uint64_t entry = 0;  // number of the application.granted entry
  bool operator==(const Grant&) const = default;
};
BOOST_DESCRIBE_STRUCT(Grant, (), (filter, since, entry))

struct Grants {
  std::vector<Grant> publish;    // sorted by filter
  std::vector<Grant> subscribe;  // the same
  bool operator==(const Grants&) const = default;
};
BOOST_DESCRIBE_STRUCT(Grants, (), (publish, subscribe))

// The grants as they are now. The registry changes them; a session looks at them for every message, so that a grant
// given or withdrawn works at once in sessions that are open. Any thread.
class LiveGrants {
 public:
  std::shared_ptr<const Grants> now() const { return grants_.load(std::memory_order_acquire); }
  void set(Grants grants) {
    grants_.store(std::make_shared<const Grants>(std::move(grants)), std::memory_order_release);
  }

 private:
  std::atomic<std::shared_ptr<const Grants>> grants_{std::make_shared<const Grants>()};
};

struct Application {
  ApplicationId id;
  std::optional<std::string> label;
  Timestamp added;
  std::optional<Timestamp> removed;
  bool online = false;
  Grants grants;
  bool operator==(const Application&) const = default;
};
BOOST_DESCRIBE_STRUCT(Application, (), (id, label, added, removed, online, grants))

// May this filter be granted? Reasons: bad-filter (not a topic filter, a shared one, one for topics that begin with
// '$'), too-long; grant-as-device: publishing to what only devices may say.
Result<void> check_publish_grant(std::string_view filter);
Result<void> check_subscribe_grant(std::string_view filter);

// May the application do it? The grant that says so; nullptr when none does.
const Grant* publish_grant(const Grants& grants, std::string_view topic);
const Grant* subscribe_grant(const Grants& grants, std::string_view filter);  // takes in the whole of `filter`
const Grant* receive_grant(const Grants& grants, std::string_view topic);

// The topic is below "d/", where only what is sent to devices ("command", "config") is open to applications.
bool speaks_as_device(std::string_view topic);

}  // namespace outrider::fleet
