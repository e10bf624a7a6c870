#pragma once
// Why may somebody do something, or why not: the question and its answer.
#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"

namespace outrider::api {

struct WhyQuestion {
  FleetId fleet;
  std::string who;                     // a device, or an application: "billing", "app:billing"
  std::string action;                  // connect, publish, subscribe, receive, enrol, renew
  std::string topic;                   // of publish, subscribe (a filter) and receive
  std::string serial;                  // of the certificate meant; empty: the newest
  std::string address;                 // where it would come from; empty: networks are not judged
  std::optional<std::uint64_t> entry;  // as of this entry
  std::optional<Timestamp> time;       // as of this moment; neither: now
};

// What the verdict rests on.
struct WhyFact {
  std::string says;
  std::optional<std::uint64_t> entry;
  std::optional<std::string> kind;  // of that entry
  std::optional<Timestamp> time;    // when it was received
};
BOOST_DESCRIBE_STRUCT(WhyFact, (), (says, entry, kind, time))

struct WhyAnswer {
  std::string who;  // as holders are named: "t-1", "app:billing"
  std::string action;
  std::optional<std::string> topic;
  bool allowed = false;
  std::string rule;    // slug; the same that a live refusal has
  std::string detail;  // a sentence
  std::optional<std::string> remedy;
  std::uint64_t entry = 0;  // the last entry that was counted
  Timestamp time;           // the moment judged
  std::vector<WhyFact> facts;
};
BOOST_DESCRIBE_STRUCT(WhyAnswer, (), (who, action, topic, allowed, rule, detail, remedy, entry, time, facts))

}  // namespace outrider::api
