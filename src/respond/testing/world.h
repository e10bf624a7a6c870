#pragma once
// For the tests of this room: a desk over a real ledger, hands that do as the registry does, and a courier whose post
// goes where the test says.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>

#include "ledger/subject.h"
#include "ledger/testing/gated_ledger.h"
#include "ledger/testing/test_directory.h"
#include "respond/act/desk.h"

namespace outrider::respond::testing {

inline const FleetId demo("demo");

// Keeps lifecycles, and appends what the registry would.
class FakeHands final : public Hands {
 public:
  explicit FakeHands(ledger::Ledger& ledger) : ledger_(ledger) {}

  std::map<std::string, facts::Lifecycle> lifecycles;
  std::vector<std::string> deeds;  // "quarantine t-1"
  std::vector<std::pair<std::string, std::string>> published;
  bool heard = true;
  std::map<std::string, std::string> people;  // whose a token is; else its own
  std::uint64_t count = 1000;
  std::optional<Error> refusal;
  std::string refused;  // the device that it is about
  std::function<void()> before_publishing;
  std::function<void()> before_answer;  // after the deed is durable, before the caller hears of it

  std::vector<FleetId> fleets() const override { return {demo}; }
  Result<Device> device(const FleetId&, const DeviceId& device) const override {
    const auto found = lifecycles.find(device.value);
    if (found == lifecycles.end()) return fail(Errc::not_found, "unknown-device", "there is no such device");
    return Device{ProfileId("fleet-tracker"), found->second};
  }
  std::uint64_t device_count(const FleetId&) const override { return count; }
  Result<std::string> person(const std::string& by) const override {
    const auto found = people.find(by);
    return found == people.end() ? by : found->second;
  }
  Result<void> change_state(const FleetId& fleet, const DeviceId& device, facts::LifecycleEvent event,
                            const std::string& why, const std::string& by,
                            const std::vector<std::uint64_t>& cause) override {
    if (refusal && refused == device.value) return std::unexpected(*refusal);
    using Event = facts::LifecycleEvent;
    using facts::Lifecycle;
    const Lifecycle to = event == Event::quarantine ? Lifecycle::quarantined
                         : event == Event::release  ? Lifecycle::active
                         : event == Event::lost     ? Lifecycle::lost
                                                    : Lifecycle::stolen;
    lifecycles[device.value] = to;
    deeds.push_back(std::string(boost::describe::enum_to_string(event, "?")) + " " + device.value);
    const facts::DeviceStateChanged fact{
        .device = device, .event = event, .to = to, .why = why, .by = by, .cause = cause};
    TRY(const auto number, ledger_.append_and_wait(ledger::draft_of(fleet, ledger::subject_of(device), fact)));
    static_cast<void>(number);
    if (before_answer) before_answer();
    return {};
  }
  Result<std::uint64_t> revoke(const FleetId&, const DeviceId& device, const std::string&) override {
    deeds.push_back("revoke " + device.value);
    return 1U;
  }
  void disconnect(const FleetId&, const DeviceId& device, const std::string&) override {
    deeds.push_back("disconnect " + device.value);
  }
  Result<bool> publish(const FleetId&, const std::string& topic, const std::string& json) override {
    if (before_publishing) before_publishing();
    if (heard) published.emplace_back(topic, json);
    return heard;
  }

 private:
  ledger::Ledger& ledger_;
};

class DeskSuite : public ::testing::Test {
 protected:
  DeskSuite() {
    EXPECT_TRUE(ledger_->create_fleet(demo));
    hands_.lifecycles = {{"t-1", facts::Lifecycle::active}, {"t-2", facts::Lifecycle::active}};
    restart();
  }
  // As a process that begins with an empty memory.
  void restart() {
    desk_ = std::make_unique<Desk>(Desk::Rooms{gated_, hands_, courier_, clock_, brakes_}, demo, Book(demo));
    ASSERT_TRUE(desk_->follow());
    advance();
  }
  template <class Fact>
  std::uint64_t append(const std::string& device, const Fact& fact) {
    auto draft = ledger::draft_of(demo, {ledger::SubjectKind::device, device}, fact);
    draft.received = clock_.now();
    return ledger_->append_and_wait(std::move(draft)).value();
  }
  std::uint64_t alert(const std::string& id, const std::string& threat, const std::string& device = "t-1",
                      bool proof = true, facts::AlertLevel level = facts::AlertLevel::page) {
    return append(device, facts::AlertRaised{.alert = id,
                                             .level = level,
                                             .threat = threat,
                                             .device = device,
                                             .risk = 30,
                                             .proof = proof,
                                             .title = "Title",
                                             .explanation = "Explained."});
  }
  static std::string playbook(std::string_view steps, std::string_view rest = "") {
    return fmt::format(
        "format = 1\nid = \"mine\"\ntitle = \"Mine\"\nmode = \"act\"\n{}\n[trigger]\n"
        "threats = [\"flooding\"]\nlevel = \"ticket\"\n{}\n",
        "", std::string(steps) + "\n" + std::string(rest));
  }
  void only(std::string_view steps, std::string_view rest = "") {
    ASSERT_TRUE(desk_->remove_playbook("misuse", "not in this test", "token:ann", false));
    add(playbook(steps, rest));
  }
  void resolve(const std::string& id, facts::AlertOutcome outcome) {
    append("t-1", facts::AlertResolved{.alert = id, .outcome = outcome, .comment = "seen", .by = "token:ann"});
  }
  void advance() {
    clock_.advance(std::chrono::milliseconds{1});
    const auto advanced = desk_->advance();
    ASSERT_TRUE(advanced) << advanced.error().text();
  }
  void add(const std::string& toml) {
    const auto added = desk_->add_playbook(toml, "p.toml", "token:ann", false);
    ASSERT_TRUE(added) << added.error().text();
  }
  std::vector<Response> responses() {
    return desk_
        ->look([](const Book& book) {
          std::vector<Response> out;
          for (const auto& [id, row] : book.responses()) out.push_back(row);
          return out;
        })
        .value();
  }
  std::vector<Actuation> actuations() {
    return desk_
        ->look([](const Book& book) {
          std::vector<Actuation> out;
          for (const auto& [id, row] : book.actuations()) out.push_back(row);
          return out;
        })
        .value();
  }
  // The only one of that action.
  Response response(ResponseAction action) {
    for (const auto& row : responses())
      if (row.step.action == action) return row;
    ADD_FAILURE() << "no response " << word_of(action);
    return {};
  }
  std::size_t entries(Kind kind) {
    const auto all = ledger_->read(demo, 0, 10'000).value();
    return static_cast<std::size_t>(
        std::ranges::count_if(all, [&](const auto& entry) { return entry.kind == static_cast<std::uint16_t>(kind); }));
  }

  ManualClock clock_{Timestamp{std::chrono::seconds{1'795'000'000}}};
  ledger::TestDirectory directory_;
  std::unique_ptr<ledger::Ledger> ledger_ = [this] {
    auto options = directory_.options();
    options.clock = &clock_;
    return ledger::TestDirectory::open(std::move(options));
  }();
  ledger::GatedLedger gated_{*ledger_};  // the desk's
  FakeHands hands_{*ledger_};
  Courier courier_{{}, [](const Letter&) { return Posted{.fate = Posted::Fate::arrived}; }};  // not started: it keeps
  Brakes brakes_;
  std::unique_ptr<Desk> desk_;
};

}  // namespace outrider::respond::testing
