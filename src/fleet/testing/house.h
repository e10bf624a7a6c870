#pragma once
// For the tests of this room: a registry with its history, database and projector over a ledger.
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <map>
#include <set>
#include <sstream>

#include "base/testing/temporary_directory.h"
#include "fleet/history/history.h"
#include "fleet/history/reading_content.h"
#include "fleet/projection/projector.h"
#include "fleet/registry/registry.h"
#include "store/projection.h"

namespace outrider::fleet::testing {

// Waits for a Done; the ledgers of these tests answer within the call or from a thread that is alive.
template <class T = void>
class Answer {
 public:
  auto callback() {
    return [this](Result<T> result) { promise_.set_value(std::move(result)); };
  }
  Result<T> get() { return promise_.get_future().get(); }

 private:
  std::promise<Result<T>> promise_;
};

using TempDirectory = testing_support::TemporaryDirectory;

// Everything over one ledger and one database file. Made again over the same two it is a restart.
class House {
 public:
  House(ledger::Ledger& ledger, const std::filesystem::path& file, const Clock& clock) {
    database = value(store::Database::open({.file = file}));
    registry = value(Registry::open(*database, ledger, {.clock = &clock}));
    history = value(History::open(*database));
    projector = std::make_unique<Projector>(ledger, *database,
                                            std::vector<Projection*>{&registry->projection(), &history->projection()});
    const auto caught_up = projector->catch_up();
    if (!caught_up) throw std::runtime_error(caught_up.error().text());
    Answer<> ready;
    registry->mark_ready(ready.callback());
    (void)ready.get();
  }

  // What was appended so far reaches tables and memory.
  void follow() {
    const auto caught_up = projector->catch_up();
    ASSERT_TRUE(caught_up) << caught_up.error().text();
  }
  // All tables, as text. The small numbers that stand for devices and names are replaced by these: they depend on which
  // entries could still be read when they were first met.
  std::string dump() const {
    auto session = value(database->read());
    std::istringstream lines(value(store::dump(session)));
    std::string out;
    for (std::string line; std::getline(lines, line);) {
      const bool numbered =
          line.starts_with("series_") || line.starts_with("reading_group|") || line.starts_with("latest_reading|");
      if (!numbered) out += line + '\n';
    }
    std::map<std::string, std::string> names;  // numbers are handed out as names come
    for (const auto& row : value(session.rows("SELECT id, name, unit FROM series_name")))
      names[row.at(0).value()] = row.at(1).value() + ' ' + row.at(2).value();
    const auto add = [&](const std::string& table, const store::TextRow& row, std::string readings) {
      out += table;
      for (const auto& column : row) out += '|' + column.value_or("NULL");
      out += readings + '\n';
    };
    for (auto& row : value(session.rows("SELECT d.fleet, d.device, r.time, r.entry, r.early, r.personal, r.readings, "
                                        "r.content FROM reading_group r JOIN series_device d ON d.id = r.device "
                                        "ORDER BY 1, 2, 3, 4"))) {
      std::set<std::string> readings;
      for (const auto& each : value(decode_readings(row.back().value()))) {
        std::string text;
        encode_readings({{0, each.value}}, text);
        readings.insert('|' + names[std::to_string(each.name)] + text);
      }
      row.pop_back();
      std::string all;
      for (const auto& each : readings) all += each;
      add("reading_group", row, all);
    }
    for (const auto& row : value(session.rows("SELECT d.fleet, d.device, n.name, n.unit, r.time, r.entry, r.early, "
                                              "r.number, r.text, r.truth, r.personal FROM latest_reading r JOIN "
                                              "series_device d ON d.id = r.device JOIN series_name n ON n.id = r.name "
                                              "ORDER BY 1, 2, 5, 6, 3, 4")))
      add("latest_reading", row, {});
    return out;
  }

  std::unique_ptr<store::Database> database;
  std::unique_ptr<Registry> registry;
  std::unique_ptr<History> history;
  std::unique_ptr<Projector> projector;

 private:
  template <class T>
  static T value(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().text());
    return *std::move(result);
  }
};

inline const FleetId demo("demo");

// Short forms of what tests do all the time; each waits for its answer.
struct Operator {
  Registry& registry;
  FleetId fleet = demo;

  Result<void> create_fleet() {
    Answer<> answer;
    registry.create_fleet(fleet, "Demo", answer.callback());
    return answer.get();
  }
  Result<void> add_device(const std::string& id, const std::string& profile = "fleet-tracker") {
    Answer<std::vector<Result<void>>> answer;
    registry.add_devices(fleet, {{.device = DeviceId(id), .profile = ProfileId(profile)}}, answer.callback());
    auto outcomes = answer.get();
    if (!outcomes) return std::unexpected(outcomes.error());
    return outcomes->at(0);
  }
  Result<void> create_code(const std::string& id, const std::string& hash, Timestamp expires) {
    Answer<> answer;
    registry.create_code(fleet, {.device = DeviceId(id), .code_hash = hash, .expires = expires, .by = "test"},
                         answer.callback());
    return answer.get();
  }
  Result<void> issue(facts::IdentityIssued fact) {
    Answer<> answer;
    registry.record_issue(fleet, std::move(fact), answer.callback());
    return answer.get();
  }
  Result<void> revoke(const std::string& serial, const std::string& why = "keyCompromise") {
    Answer<> answer;
    registry.revoke(fleet, serial, why, "test", answer.callback());
    return answer.get();
  }
  Result<Transition> change(const std::string& id, facts::LifecycleEvent event) {
    return change(id, {.event = event, .why = "because", .by = "test"});
  }
  Result<Transition> change(const std::string& id, const StateChange& change) {
    Answer<Transition> answer;
    registry.change_state(fleet, DeviceId(id), change, answer.callback());
    return answer.get();
  }
  Result<Transition> retire(const std::string& id) { return change(id, facts::LifecycleEvent::retire); }
  Result<void> add_profile(std::string_view toml) {
    Answer<> answer;
    registry.add_profile(fleet, toml, "profile.toml", answer.callback());
    return answer.get();
  }
  Result<void> create_token(const std::string& name, const std::string& hash, std::optional<Timestamp> expires = {}) {
    Answer<> answer;
    registry.create_token(fleet, {.name = name, .token_hash = hash, .expires = expires, .by = "test"},
                          answer.callback());
    return answer.get();
  }
  Result<void> revoke_token(const std::string& name) {
    Answer<> answer;
    registry.revoke_token(fleet, name, "test", answer.callback());
    return answer.get();
  }
};

inline std::string hash_of(char digit) {
  return std::string(64, digit);
}

// A certificate of a device, by code.
inline facts::IdentityIssued certificate(const std::string& device, const std::string& serial, char key,
                                         const std::string& code_hash, Timestamp now) {
  return {.device = DeviceId(device),
          .serial = serial,
          .not_before = now,
          .not_after = now + std::chrono::hours{24 * 90},
          .spki_sha256 = hash_of(key),
          .right = facts::EnrolmentRight::code,
          .code_hash = code_hash,
          .certificate = {1, 2, 3}};
}

// The same, authorised by an earlier one.
inline facts::IdentityIssued renewal(const std::string& device, const std::string& serial, char key,
                                     const std::string& renews, Timestamp now) {
  auto fact = certificate(device, serial, key, {}, now);
  fact.right = facts::EnrolmentRight::renewal;
  fact.code_hash.reset();
  fact.renews_serial = renews;
  return fact;
}

}  // namespace outrider::fleet::testing
