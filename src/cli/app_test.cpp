#include "cli/app.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <sstream>

#include "base/file.h"

namespace outrider::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Sent {
  std::string line;  // "GET /api/v1/fleets?limit=1"
  std::string body;
};

// A server that answers from a script, in order, and remembers what it was asked.
struct Script {
  std::deque<net::HttpResponse> answers;
  std::vector<Sent> sent;

  void say(std::string body, int status = 200) {
    answers.push_back(net::HttpResponse::text(status, std::move(body), "application/json"));
  }
};

class Scripted final : public Transport {
 public:
  explicit Scripted(Script& script) : script_(script) {}

  Result<net::HttpResponse> send(net::HttpRequest request) override {
    std::string line = request.method + " " + request.path;
    char mark = '?';
    for (const auto& [key, value] : request.query) line += std::exchange(mark, '&') + key + "=" + value;
    script_.sent.push_back({std::move(line), std::string(as_text(request.body))});
    if (script_.answers.empty()) return fail(Errc::unavailable, std::string(reason_unreachable), "nobody there");
    auto answer = std::move(script_.answers.front());
    script_.answers.pop_front();
    return answer;
  }
  Result<net::HttpResponse> stream(net::HttpRequest request, std::function<bool(std::string_view)> piece) override {
    auto answer = send(std::move(request));
    if (!answer || answer->status / 100 != 2) return answer;
    // In small pieces, as a network would.
    for (std::size_t at = 0; at < answer->body.size(); at += 7) {
      if (!piece(as_text(answer->body).substr(at, 7))) break;
    }
    answer->body.clear();
    return answer;
  }
  std::string place() const override { return "test"; }

 private:
  Script& script_;
};

class App : public testing::Test {
 protected:
  void SetUp() override {
    folder = std::filesystem::temp_directory_path() / ("outrider-cli-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  Exit run(std::vector<std::string> words) {
    out.str("");
    err.str("");
    Output output(out, err, {});
    return cli::run(words, output, [this](const Args&) { return std::make_unique<Scripted>(script); }, clock);
  }
  std::string file(const std::string& name, std::string_view content) {
    const auto path = folder / name;
    EXPECT_TRUE(write_file_atomic(path, content));
    return path.string();
  }

  std::filesystem::path folder;
  ManualClock clock{from_micros(1'800'000'000'000'000)};
  Script script;
  std::ostringstream out;
  std::ostringstream err;
};

constexpr std::string_view one_fleet = R"({"items":[{"fleet":"demo"}],"next":null})";

TEST_F(App, EachKindOfFailureHasItsExitStatus) {
  EXPECT_EQ(run({"version"}), Exit::ok);
  EXPECT_EQ(run({"device", "nonsense"}), Exit::usage);
  EXPECT_EQ(run({"fleet", "list"}), Exit::unreachable);
  EXPECT_THAT(err.str(), HasSubstr("nobody there"));
  script.say(
      R"({"type":"about:blank","title":"Conflict","status":409,"reason":"fleet-exists","detail":"fleet 'a' exists"})",
      409);
  EXPECT_EQ(run({"fleet", "create", "a"}), Exit::failed);
  EXPECT_THAT(err.str(), HasSubstr("fleet 'a' exists [fleet-exists]"));
  script.say("{}", 404);
  EXPECT_EQ(run({"device", "retire", "x", "--reason", "y", "--fleet", "demo"}), Exit::not_found);
  script.say("{}", 401);
  EXPECT_EQ(run({"token", "list"}), Exit::not_permitted);
  script.say("{\"report\":{\"entries\":3,\"ok\":false,\"problems\":[\"demo: entry 2: the hash does not fit\"]}}\n");
  EXPECT_EQ(run({"ledger", "verify"}), Exit::verification_failed);
  EXPECT_THAT(out.str(), HasSubstr("demo: entry 2"));
}

TEST_F(App, AnErrorIsJsonWhenJsonWasAskedForEvenOfParsing) {
  EXPECT_EQ(run({"fleet", "lst", "--json"}), Exit::usage);
  EXPECT_THAT(err.str(), HasSubstr(R"({"error":{"code":"malformed","reason":"usage")"));
  EXPECT_EQ(out.str(), "");
}

TEST_F(App, WithoutFleetTheOnlyOneIsMeantAndSeveralAreListed) {
  script.say(std::string(one_fleet));
  script.say(R"({"items":[],"next":null})");
  EXPECT_EQ(run({"profile", "list"}), Exit::ok);
  EXPECT_EQ(script.sent.back().line, "GET /api/v1/fleets/demo/profiles");
  script.say(R"({"items":[{"fleet":"north"},{"fleet":"south"}],"next":null})");
  EXPECT_EQ(run({"profile", "list"}), Exit::usage);
  EXPECT_THAT(err.str(), HasSubstr("say which fleet with --fleet: north, south"));
  script.say(R"({"items":[],"next":null})");
  EXPECT_EQ(run({"profile", "list"}), Exit::not_found);
  EXPECT_THAT(err.str(), HasSubstr("outrider fleet create"));
}

TEST_F(App, ListsFollowTheCursorToTheEnd) {
  script.say(R"({"items":[{"device":"a","profile":"p","lifecycle":"active"}],"next":"a"})");
  script.say(R"({"items":[{"device":"b","profile":"p","lifecycle":"expected"}],"next":null})");
  EXPECT_EQ(run({"device", "list", "--fleet", "demo", "--json"}), Exit::ok);
  EXPECT_EQ(json::parse(out.str())->as_array().size(), 2U);
  EXPECT_EQ(script.sent[1].line, "GET /api/v1/fleets/demo/devices?after=a&limit=1000");
}

TEST_F(App, ACursorThatStandsStillDoesNotTurnForEver) {
  script.say(R"({"items":[{"device":"a"}],"next":"a"})");
  script.say(R"({"items":[{"device":"a"}],"next":"a"})");
  EXPECT_EQ(run({"device", "list", "--fleet", "demo"}), Exit::ok);
  EXPECT_EQ(script.sent.size(), 2U);
}

TEST_F(App, WhatADeviceSaidCannotSpeakToTheTerminal) {
  script.say(R"({"items":[{"device":"a","label":"\u001b]0;owned\u0007","lifecycle":"active"}],"next":null})");
  EXPECT_EQ(run({"device", "list", "--fleet", "demo"}), Exit::ok);
  EXPECT_THAT(out.str(), Not(HasSubstr("\x1b")));
  EXPECT_THAT(out.str(), HasSubstr("\\x1b]0;owned"));
}

TEST_F(App, AFileOfDevicesIsAddedWholeOrWithPartialAsFarAsItGoesAndCodesGoIntoAPrivateFile) {
  std::string csv = "device,profile\n";
  std::string first = R"({"results":[)";
  for (int i = 0; i < 1001; ++i) csv += "d-" + std::to_string(i) + ",fleet-tracker\n";
  for (int i = 0; i < 1000; ++i) {
    first += std::string(i == 0 ? "" : ",") + R"({"device":"d","ok":true,"code":"C)" + std::to_string(i) +
             R"(","expires":"2027-01-01T00:00:00Z"})";
  }
  const std::string last =
      R"({"results":[{"device":"d-1000","ok":false,"error":{"reason":"device-exists","detail":"exists already"}}]})";
  const auto codes = (folder / "codes.csv").string();
  const std::vector<std::string> words{"device",  "add", "--fleet", "demo", "--csv", file("devices.csv", csv),
                                       "--codes", codes};
  script.say(first + "]}");
  script.say(last);
  EXPECT_EQ(run(words), Exit::failed);
  EXPECT_THAT(err.str(), HasSubstr("devices.csv:1002: d-1000: exists already [device-exists]"));
  EXPECT_THAT(err.str(), HasSubstr("none was added"));
  for (const Sent& each : script.sent) EXPECT_THAT(each.body, HasSubstr(R"("dry_run":true)"));
  EXPECT_FALSE(std::filesystem::exists(codes));

  auto partial = words;
  partial.emplace_back("--partial");
  script.say(first + "]}");
  script.say(last);
  EXPECT_EQ(run(partial), Exit::failed);
  EXPECT_THAT(out.str(), HasSubstr("Added 1,000, 1 refused."));
  const auto written = read_text_file(codes, 1024 * 1024);
  ASSERT_TRUE(written);
  EXPECT_TRUE(written->starts_with("device,profile,code,expires\r\nd-0,fleet-tracker,C0,2027-01-01T00:00:00Z\r\n"));
  EXPECT_EQ(std::filesystem::status(codes).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(run(partial), Exit::failed) << "codes that are there are never overwritten";
}

TEST_F(App, ABadFileIsRefusedBeforeAnythingIsSent) {
  EXPECT_EQ(run({"device", "add", "--fleet", "demo", "--csv", file("bad.csv", "device,profile\nok,p\nbad id,p\n")}),
            Exit::failed);
  EXPECT_THAT(err.str(), HasSubstr("line 3"));
  EXPECT_THAT(err.str(), HasSubstr("bad.csv"));
  EXPECT_TRUE(script.sent.empty());
  EXPECT_EQ(run({"device", "add", "--fleet", "demo", "--csv", (folder / "missing.csv").string()}), Exit::not_found);
}

TEST_F(App, ADryRunTellsTheServerOrAsksItOnlyQuestions) {
  script.say(R"({"device":"a","lifecycle":"retired","dry_run":true})");
  EXPECT_EQ(run({"device", "retire", "a", "--reason", "scrapped", "--fleet", "demo", "--dry-run"}), Exit::ok);
  EXPECT_THAT(script.sent.back().body, HasSubstr(R"("dry_run":true)"));
  EXPECT_THAT(out.str(), HasSubstr("Nothing was changed"));
  script.say(std::string(one_fleet));
  EXPECT_EQ(run({"fleet", "create", "north", "--dry-run"}), Exit::ok);
  EXPECT_EQ(script.sent.back().line, "GET /api/v1/fleets");
}

TEST_F(App, ACodeIsTheOnlyThingOnStandardOutput) {
  script.say(R"({"device":"a","code":"K7QF-93XW","expires":"2027-01-01T00:00:00Z"})");
  EXPECT_EQ(run({"device", "code", "a", "--fleet", "demo"}), Exit::ok);
  EXPECT_EQ(out.str(), "K7QF-93XW\n");
}

TEST_F(App, TheLastEntriesOfAKindAreFoundFromTheEnd) {
  script.say(R"({"fleets":[{"fleet":"demo","durable":3}]})");
  script.say(
      R"({"items":[{"number":0,"kind":"telemetry","subject":{"kind":"device","id":"a"},"content_type":"application/senml+json","payload":[{"n":"speed","v":1}]},
                          {"number":2,"kind":"telemetry","subject":{"kind":"device","id":"a"},"content_type":"application/senml+cbor","payload":"gaA="}],"next":null})");
  EXPECT_EQ(run({"tail", "--fleet", "demo", "--kind", "telemetry", "--lines", "1"}), Exit::ok);
  EXPECT_THAT(out.str(), HasSubstr("2 bytes: 81a0"));
  EXPECT_THAT(out.str(), Not(HasSubstr("speed")));
  EXPECT_EQ(run({"tail", "--fleet", "demo", "--kind", "telemetri"}), Exit::usage);
  EXPECT_THAT(err.str(), HasSubstr("did you mean 'telemetry'?"));
}

TEST_F(App, FollowingEndsWithAnErrorWhenTheServerEndsTheStream) {
  script.say(
      "{\"number\":7,\"kind\":\"telemetry\",\"subject\":{\"kind\":\"device\",\"id\":\"a\"},\"payload\":null}\n\n");
  EXPECT_EQ(run({"tail", "--fleet", "demo", "--follow", "--from", "7", "--json"}), Exit::unreachable);
  EXPECT_THAT(out.str(), HasSubstr("\"number\":7"));
}

TEST_F(App, ABackupGetsItsNameOnlyWhenItIsWhole) {
  const auto path = (folder / "backup.tar").string();
  script.say("a beginning without an end");
  EXPECT_EQ(run({"backup", "--output", path}), Exit::failed);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path + ".partial"));
  script.say("some blocks" + std::string(1024, '\0'));
  EXPECT_EQ(run({"backup", "--output", path}), Exit::ok);
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(run({"backup", "--output", path}), Exit::failed);
  EXPECT_THAT(err.str(), HasSubstr("exists already"));
}

TEST_F(App, OfflineCommandsNeedNoServer) {
  EXPECT_EQ(run({"verify", file("not.proof", "hello\n")}), Exit::verification_failed);
  EXPECT_EQ(run({"verify", (folder / "missing").string()}), Exit::not_found);
  EXPECT_EQ(run({"ledger", "verify", "--offline", "--data", folder.string()}), Exit::not_found);
  EXPECT_EQ(run({"config", "check", "--config", file("good.toml", "[mqtt]\nport = 1883\n")}), Exit::ok);
  EXPECT_EQ(run({"config", "check", "--config", file("bad.toml", "[mqtt]\nprt = 1883\n")}), Exit::failed);
  EXPECT_THAT(out.str(), HasSubstr("did you mean"));
  EXPECT_EQ(run({"config", "show", "--config", file("good.toml", "[mqtt]\nport = 1883\n"), "--json"}), Exit::ok);
  EXPECT_THAT(out.str(), HasSubstr(R"("mqtt.port":{"value":1883)"));
  EXPECT_EQ(run({"profile", "check", file("bad.toml", "id = 3\n")}), Exit::failed);
  EXPECT_TRUE(script.sent.empty());
}

TEST_F(App, EveryBuiltInProfileIsGood) {
  std::vector<std::string> words{"profile", "check"};
  for (const auto& each : std::filesystem::directory_iterator(OUTRIDER_SOURCE_DIR "/profiles")) {
    if (each.path().extension() == ".toml") words.push_back(each.path().string());
  }
  EXPECT_EQ(run(words), Exit::ok) << err.str();
}

constexpr std::string_view preview =
    R"({"count":2,"confirm":"c0ffee","dry_run":true,"sample":[{"serial":"a1","device":"t-1"},{"serial":"b2","device":"t-2"}]})";

TEST_F(App, ManyIdentitiesAreRevokedAsTheyWerePreviewed) {
  script.say(std::string(preview));
  script.say("{\"progress\":{\"done\":1,\"total\":2}}\n{\"report\":{\"revoked\":2,\"already\":0,\"of\":2}}\n");
  EXPECT_EQ(run({"identity", "revoke", "--prefix", "t-", "--issued-since", "7d", "--why", "superseded", "--yes",
                 "--fleet", "demo"}),
            Exit::ok);
  EXPECT_THAT(out.str(), HasSubstr("2 identities are meant"));
  EXPECT_THAT(out.str(), HasSubstr("Revoked 2 of 2"));
  ASSERT_EQ(script.sent.size(), 2U);
  EXPECT_EQ(script.sent[0].line, "POST /api/v1/fleets/demo/identities/revoke");
  EXPECT_THAT(script.sent[0].body, HasSubstr(R"("issued_since":"2027-01-08T08:00:00Z")"));
  EXPECT_THAT(script.sent[0].body, HasSubstr(R"("dry_run":true)"));
  EXPECT_THAT(script.sent[1].body, HasSubstr(R"("confirm":"c0ffee")"));
  EXPECT_THAT(script.sent[1].body, HasSubstr(R"("dry_run":false)"));
}

TEST_F(App, ManyIdentitiesAreNotRevokedWithoutBeingAskedFor) {
  script.say(std::string(preview));
  EXPECT_EQ(run({"identity", "revoke", "--prefix", "t-", "--dry-run", "--fleet", "demo"}), Exit::ok);
  EXPECT_THAT(out.str(), HasSubstr("Nothing was changed"));
  EXPECT_EQ(script.sent.size(), 1U);
  script.say(std::string(preview));
  EXPECT_EQ(run({"identity", "revoke", "--prefix", "t-", "--json", "--fleet", "demo"}), Exit::usage);
  EXPECT_EQ(run({"identity", "revoke", "a1", "--prefix", "t-", "--fleet", "demo"}), Exit::usage);
  EXPECT_EQ(run({"identity", "revoke", "--fleet", "demo"}), Exit::usage);
  EXPECT_EQ(script.sent.size(), 2U);
}

}  // namespace
}  // namespace outrider::cli
