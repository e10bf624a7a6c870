#pragma once
// What a client may do. The session asks and knows neither profiles nor grants; who the client is decides which of the
// implementations answers: a device (device_rights.h) or an application.
//
// Topics and filters are canonical here (topics.h). An Error's reason is the rule that refused, its detail a sentence
// for people; forbidden: it is not granted; too_large, overloaded: it is, but not so.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "gateway/mqtt/rights/report.h"

namespace outrider::gateway::mqtt {

// By what right a topic may be published to. Borrows from the rights.
struct PublishRule {
  std::string_view name;         // of the topic, for people
  std::size_t bytes_max = 0;     // of one payload
  unsigned per_minute_max = 0;   // messages; 0: as many as the connection's own limits let through
  std::uint16_t slot = 0;        // which of the rule_count() rates counts them
  const void* inside = nullptr;  // what the implementation wants to find again in judge()
};

// Constant as far as the session sees, and its alone: what it remembers of judged payloads belongs to one loop.
class Rights {
 public:
  virtual ~Rights() = default;

  // "d/t-1/": the caller's own topics, for which "d/me/" stands. Empty: it has none.
  virtual std::string_view root() const = 0;
  // The client identifier must be this or begin with it and a '/'. Empty: it is free to choose.
  virtual std::string_view client_id_root() const = 0;

  virtual std::size_t rule_count() const = 0;
  virtual Result<PublishRule> may_publish(std::string_view topic) const = 0;
  // May a will be left for that topic? It is said later, and whether it may be said then is asked then, by may_publish:
  // what is withheld for a while only is no reason to refuse it now.
  virtual Result<PublishRule> may_leave_will(std::string_view topic) const { return may_publish(topic); }
  // Is the payload what may be said there, and how does it go into the ledger? An Error's reason is the slug for
  // facts::ReportRefused.
  virtual Result<Report> judge(const PublishRule& rule, std::string_view topic, ByteView payload,
                               std::optional<std::string_view> content_type, Timestamp received) const = 0;

  // A filter may take in more than is granted, or than is let through for the time being: what else it takes in is not
  // delivered, for each delivery is asked about by may_receive. `filter` is without "$share/<group>/".
  virtual Result<void> may_subscribe(std::string_view filter) const = 0;
  virtual bool may_receive(std::string_view topic) const = 0;
};

}  // namespace outrider::gateway::mqtt
