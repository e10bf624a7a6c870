// Every route against a real server: what it answers and what it refuses.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "api/routing/route.h"
#include "base/file.h"
#include "crypto/keys/key.h"
#include "crypto/x509/csr.h"
#include "ledger/ledger.h"
#include "server/testing/test_server.h"

namespace outrider::server {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view codes_of_two =
    R"({"devices":[{"device":"c-1","profile":"fleet-tracker"},{"device":"c-2","profile":"fleet-tracker"}],"codes":true})";

class ApiTest : public FleetServerSuite {
 protected:
  static Caller remote(const std::string& token) {
    net::ClientTlsConfig tls;
    tls.server_anchors_pem = read_text_file(directory_->path() / "ca/root.pem", 65'536).value();
    auto endpoint = net::HttpEndpoint::from_url("https://" + server_->addresses().https).value();
    endpoint.tls = net::ClientTls::create(tls).value();
    endpoint.bearer = token;
    return Caller(std::move(endpoint));
  }
  static std::string admin_token() {
    auto text = read_text_file(directory_->path() / "admin.token", 1024).value_or("");
    return text.substr(0, text.find('\n'));
  }
  // Adds the device and returns its enrolment code.
  std::string add(const std::string& device) {
    const auto body =
        fmt::format(R"({{"devices":[{{"device":"{}","profile":"fleet-tracker"}}],"codes":true}})", device);
    const auto reply = caller_.post("/fleets/acme/devices", body);
    const auto& result = reply.body.at("results").at(0);
    EXPECT_TRUE(result.at("ok").as_bool()) << reply.text;
    return std::string(result.at("code").as_string());
  }
  // Enrols the device over EST and returns the serial number of its certificate.
  std::string enrol(const std::string& device) {
    const auto code = add(device);
    const auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
    net::HttpRequest request{.method = "POST", .path = "/.well-known/est/acme/simpleenroll"};
    request.headers.emplace("Authorization", "Basic " + base64(as_bytes(device + ":" + code)));
    request.headers.emplace("Content-Type", "application/pkcs10");
    request.body = to_bytes(as_bytes(base64(crypto::make_csr(key, device).value())));
    const auto reply = reply_of(remote("").client().send(std::move(request)));
    EXPECT_EQ(reply.status, 200) << reply.text;
    const auto identities = caller_.get("/fleets/acme/identities", {{"device", device}});
    return std::string(identities.items().at(0).at("serial").as_string());
  }
};

// --- who asks

TEST_F(ApiTest, WithoutATokenNothingIsAnsweredOverHttps) {
  const auto refused = remote("").get("/status");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.reason(), "no-token");
  EXPECT_EQ(refused.header("WWW-Authenticate"), "Bearer");
}

TEST_F(ApiTest, AWrongTokenIsRefused) {
  EXPECT_EQ(remote("outrider_wrong").get("/status").status, 401);
  EXPECT_EQ(remote(std::string(2000, 'x')).get("/status").status, 401);
}

TEST_F(ApiTest, TheFirstTokenIsInAFileAndOpensEverything) {
  EXPECT_EQ(remote(admin_token()).get("/status").status, 200);
  EXPECT_EQ(remote(admin_token()).get("/tokens").status, 200);
}

TEST_F(ApiTest, ATokenWorksUntilItIsRevokedAndIsRecordedByHashOnly) {
  const auto made = caller_.post("/tokens", R"({"name":"ci","life":"1h"})");
  ASSERT_EQ(made.status, 201) << made.text;
  const std::string token(made.body.at("token").as_string());
  EXPECT_EQ(remote(token).get("/status").status, 200);
  EXPECT_EQ(caller_.post("/tokens", R"({"name":"ci"})").reason(), "token-exists");

  const auto entries = caller_.get("/fleets/server/entries", {{"kind", "token.created"}});
  EXPECT_THAT(entries.text, HasSubstr("\"name\":\"ci\""));
  EXPECT_THAT(entries.text, HasSubstr(fmt::format("\"by\":\"local:{}\"", ::getuid())));
  EXPECT_EQ(entries.text.find(token), std::string::npos);

  EXPECT_EQ(remote(token).send("DELETE", "/tokens/ci").status, 200);
  EXPECT_EQ(remote(token).get("/status").status, 401);
  EXPECT_THAT(caller_.get("/fleets/server/entries", {{"kind", "token.revoked"}}).text,
              HasSubstr("\"by\":\"token:ci\""));
}

TEST_F(ApiTest, ATokenNeedsANameAndALifeWithinBounds) {
  EXPECT_EQ(caller_.post("/tokens", R"({"name":"a b"})").status, 400);
  EXPECT_EQ(caller_.post("/tokens", R"({"name":"x","life":"1s"})").status, 400);
  EXPECT_EQ(caller_.post("/tokens", R"({"name":"x","life":"soon"})").status, 400);
  EXPECT_EQ(caller_.send("DELETE", "/tokens/nobody").status, 404);
}

// --- the shape of requests

TEST_F(ApiTest, UnknownPathsAndMethodsAreTold) {
  EXPECT_EQ(caller_.get("/nothing").reason(), "no-such-route");
  const auto method = caller_.send("DELETE", "/fleets");
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.header("Allow"), "GET, POST");
}

TEST_F(ApiTest, AnUnknownParameterIsRefusedWithWhatWasMeant) {
  const auto refused = caller_.get("/fleets/acme/devices", {{"limt", "5"}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.text, HasSubstr("did you mean 'limit'?"));
}

TEST_F(ApiTest, ParametersOutOfBoundsAreRefused) {
  for (const char* limit : {"0", "1001", "-1", "x", "1x", "99999999999999999999"})
    EXPECT_EQ(caller_.get("/fleets/acme/devices", {{"limit", limit}}).status, 400) << limit;
  EXPECT_EQ(caller_.get("/fleets/acme/devices", {{"prefix", std::string(257, 'a')}}).status, 400);
  EXPECT_EQ(caller_.get("/fleets/acme/devices", {{"online", "maybe"}}).status, 400);
  EXPECT_EQ(caller_.get("/fleets/acme/devices", {{"lifecycle", "lazy"}}).status, 400);
}

TEST_F(ApiTest, BadJsonIsRefusedWithThePlace) {
  EXPECT_EQ(caller_.post("/fleets", "{").reason(), "bad-json");
  EXPECT_EQ(caller_.post("/fleets", R"({"fleet":7})").reason(), "bad-json");
  EXPECT_EQ(caller_.post("/fleets", R"({})").reason(), "missing-key");
  const auto unknown = caller_.post("/fleets", R"({"fleet":"x","titel":"y"})");
  EXPECT_EQ(unknown.reason(), "unknown-key");
  EXPECT_THAT(unknown.text, HasSubstr("did you mean 'title'?"));
  EXPECT_EQ(caller_.post("/fleets", R"({"fleet":"x"})", "text/plain").reason(), "bad-content-type");
  EXPECT_EQ(caller_.post("/fleets", std::string(200, '[') + std::string(200, ']')).status, 400);
}

TEST_F(ApiTest, AnUnknownFleetIsUnknownOnEveryRoute) {
  for (const auto& route : api::routes()) {
    std::string path(route.path);
    if (!path.starts_with("/fleets/{fleet}")) continue;
    for (const auto& [part, value] : std::initializer_list<std::pair<std::string, std::string>>{
             {"{fleet}", "nowhere"}, {"{device}", "d"}, {"{profile}", "p"}, {"{serial}", "0a"}, {"{number}", "0"}}) {
      if (const auto at = path.find(part); at != std::string::npos) path.replace(at, part.size(), value);
    }
    Reply reply;
    if (route.method == "GET") {
      reply = caller_.get(path);
    } else if (path.ends_with("/profiles")) {
      continue;  // the file is looked at first; see its own test
    } else {
      reply = caller_.post(path, path.ends_with("/devices") ? std::string(codes_of_two)
                                 : path.ends_with("/shred") ? R"({"subject":"d","why":"x"})"
                                 : path.ends_with("/code") || path.ends_with("/checkpoint") ? "{}"
                                                                                            : R"({"why":"x"})");
    }
    EXPECT_EQ(reply.status, 404) << route.method << " " << path << ": " << reply.text;
  }
}

// --- fleets and profiles

TEST_F(ApiTest, AFleetIsMadeOnceAndListed) {
  EXPECT_EQ(caller_.post("/fleets", R"({"fleet":"acme"})").reason(), "fleet-exists");
  EXPECT_EQ(caller_.post("/fleets", R"({"fleet":"server"})").reason(), "reserved-fleet");
  EXPECT_EQ(caller_.post("/fleets", R"({"fleet":"../x"})").status, 400);
  const auto fleets = caller_.get("/fleets");
  ASSERT_EQ(fleets.items().size(), 1U) << "the server's own log is no fleet";
  EXPECT_EQ(fleets.items()[0].at("fleet").as_string(), "acme");
  EXPECT_EQ(caller_.get("/fleets/server/devices").reason(), "reserved-fleet");
}

TEST_F(ApiTest, ProfilesAreListedShownAndGivenAsTheirFile) {
  const auto all = caller_.get("/fleets/acme/profiles");
  EXPECT_GE(all.items().size(), 7U);
  const auto one = caller_.get("/fleets/acme/profiles/fleet-tracker");
  EXPECT_EQ(one.body.at("device_class").as_string(), "vehicle");
  EXPECT_FALSE(one.body.at("readings").as_array().empty());
  const auto toml = caller_.get("/fleets/acme/profiles/fleet-tracker", {}, "application/toml");
  EXPECT_EQ(toml.header("Content-Type"), "application/toml");
  EXPECT_THAT(toml.text, HasSubstr("fleet-tracker"));
  EXPECT_EQ(caller_.get("/fleets/acme/profiles/none").status, 404);
}

TEST_F(ApiTest, AProfileIsCheckedAddedAndReplaced) {
  std::string toml = caller_.get("/fleets/acme/profiles/fleet-tracker", {}, "application/toml").text;
  toml.replace(toml.find("fleet-tracker"), 13, "van-tracker");
  const std::string path = "/fleets/acme/profiles";
  EXPECT_EQ(caller_.post(path, toml, "application/toml", {{"dry_run", "true"}}).status, 200);
  EXPECT_EQ(caller_.get(path + "/van-tracker").status, 404) << "a dry run changes nothing";
  EXPECT_EQ(caller_.post(path, toml, "application/toml").status, 201);
  EXPECT_EQ(caller_.get(path + "/van-tracker").status, 200);

  const auto refused = caller_.post(path, toml + "\nnonsense = 1\n", "application/toml", {{"file", "van.toml"}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.text, HasSubstr("van.toml:"));
  EXPECT_EQ(caller_.post(path, toml, "text/plain").reason(), "bad-content-type");
  EXPECT_EQ(caller_.post("/fleets/nowhere/profiles", toml, "application/toml").status, 404);
}

// --- devices

TEST_F(ApiTest, DevicesAreAddedEachByItselfWithACode) {
  const auto reply = caller_.post("/fleets/acme/devices", R"({"codes":true,"code_life":"1h","devices":[
      {"device":"a-1","profile":"fleet-tracker","serial_number":"SN-1","label":"Van 1"},
      {"device":"a-1","profile":"fleet-tracker"},
      {"device":"a-2","profile":"no-such"},
      {"device":"a/3","profile":"fleet-tracker"}]})");
  ASSERT_EQ(reply.status, 200) << reply.text;
  const auto& results = reply.body.at("results").as_array();
  EXPECT_TRUE(results[0].at("ok").as_bool());
  EXPECT_FALSE(results[0].at("code").as_string().empty());
  EXPECT_EQ(results[1].at("error").at("reason").as_string(), "device-exists");
  EXPECT_EQ(results[2].at("error").at("reason").as_string(), "unknown-profile");
  EXPECT_FALSE(results[3].at("ok").as_bool());
  // The ledger has the code's hash and who made it, not the code.
  const auto entries = caller_.get("/fleets/acme/entries", {{"kind", "code.created"}, {"subject", "a-1"}});
  ASSERT_EQ(entries.items().size(), 1U) << entries.text;
  EXPECT_THAT(entries.text, HasSubstr(fmt::format("\"by\":\"local:{}\"", ::getuid())));
  EXPECT_EQ(entries.text.find(std::string(results[0].at("code").as_string())), std::string::npos);
}

TEST_F(ApiTest, ADryRunOfAddingSaysWhatWouldHappenAndChangesNothing) {
  add("dry-1");
  const auto reply = caller_.post("/fleets/acme/devices", R"({"dry_run":true,"codes":true,"devices":[
      {"device":"dry-1","profile":"fleet-tracker"},{"device":"dry-2","profile":"fleet-tracker"},
      {"device":"dry-3","profile":"none"}]})");
  const auto& results = reply.body.at("results").as_array();
  EXPECT_EQ(results[0].at("error").at("reason").as_string(), "device-exists");
  EXPECT_TRUE(results[1].at("ok").as_bool());
  EXPECT_EQ(results[1].as_object().if_contains("code"), nullptr);
  EXPECT_FALSE(results[2].at("ok").as_bool());
  EXPECT_EQ(caller_.get("/fleets/acme/devices/dry-2").status, 404);
}

TEST_F(ApiTest, NoMoreThanAThousandDevicesAreAddedAtOnce) {
  std::string body = R"({"devices":[)";
  for (int i = 0; i < 1001; ++i)
    body += fmt::format(R"({}{{"device":"m-{}","profile":"fleet-tracker"}})", i == 0 ? "" : ",", i);
  EXPECT_EQ(caller_.post("/fleets/acme/devices", body + "]}").status, 413);
  EXPECT_EQ(caller_.post("/fleets/acme/devices", R"({"devices":[]})").status, 413);
}

TEST_F(ApiTest, ListsOfDevicesArePagedAndFiltered) {
  for (const char* device : {"p-1", "p-2", "p-3"}) add(device);
  std::vector<std::string> seen;
  std::string after;
  do {
    const auto page = caller_.get("/fleets/acme/devices", {{"prefix", "p-"}, {"limit", "2"}, {"after", after}});
    for (const auto& item : page.items()) seen.emplace_back(item.at("device").as_string());
    const auto* next = page.body.as_object().if_contains("next");
    after = next == nullptr ? "" : std::string(next->as_string());
  } while (!after.empty());
  EXPECT_THAT(seen, ElementsAre("p-1", "p-2", "p-3"));

  using Query = std::map<std::string, std::string, std::less<>>;
  const auto count = [&](const Query& query) { return caller_.get("/fleets/acme/devices", query).items().size(); };
  EXPECT_EQ(count({{"prefix", "p-"}, {"online", "true"}}), 0U);
  EXPECT_EQ(count({{"prefix", "p-"}, {"online", "false"}}), 3U);
  EXPECT_EQ(count({{"prefix", "p-"}, {"online", "false"}, {"limit", "2"}}), 2U);
  EXPECT_EQ(count({{"prefix", "p-"}, {"lifecycle", "active"}}), 0U);
  EXPECT_EQ(count({{"prefix", "p-"}, {"profile", "handheld"}}), 0U);
}

TEST_F(ApiTest, AFilteredPageSaysWhereToGoOn) {
  for (const char* device : {"q-1", "q-2", "q-3"}) add(device);
  const auto first = caller_.get("/fleets/acme/devices", {{"prefix", "q-"}, {"online", "false"}, {"limit", "2"}});
  ASSERT_EQ(first.body.at("next").as_string(), "q-2");
  const auto rest = caller_.get("/fleets/acme/devices", {{"prefix", "q-"}, {"online", "false"}, {"after", "q-2"}});
  ASSERT_EQ(rest.items().size(), 1U);
  EXPECT_EQ(rest.items()[0].at("device").as_string(), "q-3");
}

TEST_F(ApiTest, ADeviceIsShownAndRetiredForGood) {
  add("r-1");
  const auto shown = caller_.get("/fleets/acme/devices/r-1");
  EXPECT_EQ(shown.body.at("lifecycle").as_string(), "expected");
  EXPECT_TRUE(shown.body.at("posture").is_object());
  EXPECT_TRUE(shown.body.at("identities").as_array().empty());

  const std::string state = "/fleets/acme/devices/r-1/state";
  EXPECT_EQ(caller_.post(state, R"({"event":"retire","why":""})").reason(), "no-reason");
  const auto tried = caller_.post(state, R"({"event":"retire","why":"sold","dry_run":true})");
  EXPECT_EQ(tried.status, 200);
  EXPECT_EQ(tried.body.at("lifecycle").as_string(), "retired");
  EXPECT_EQ(caller_.get("/fleets/acme/devices/r-1").body.at("lifecycle").as_string(), "expected");
  EXPECT_EQ(caller_.post(state, R"({"event":"retire","why":"sold"})").status, 200);
  EXPECT_EQ(caller_.get("/fleets/acme/devices/r-1").body.at("lifecycle").as_string(), "retired");
  EXPECT_EQ(caller_.post(state, R"({"event":"retire","why":"sold"})").reason(), "device-retired");
  EXPECT_EQ(caller_.post("/fleets/acme/devices/r-1/code").reason(), "device-retired");
  EXPECT_EQ(caller_.post("/fleets/acme/devices/none/state", R"({"event":"retire","why":"x"})").reason(),
            "unknown-device");
}

TEST_F(ApiTest, AStateIsRefusedWithItsReasonTriedOrNot) {
  add("s-1");
  const std::string state = "/fleets/acme/devices/s-1/state";
  for (const std::string dry_run : {"true", "false"}) {
    const auto refusal = [&](const std::string& body) {
      const auto answer = caller_.post(state, "{" + body + R"(,"dry_run":)" + dry_run + "}");
      return std::to_string(answer.status) + " " + std::string(answer.reason());
    };
    EXPECT_EQ(refusal(R"("event":"quarantine","why":"odd")"), "409 no-such-transition");
    EXPECT_EQ(refusal(R"("event":"paint","why":"odd")"), "400 bad-event");
    EXPECT_EQ(refusal(R"("event":"lost","why":"a\nb")"), "400 bad-text");
    EXPECT_EQ(refusal(R"("event":"found","why":"x","revoke":true)"), "400 bad-event");
    EXPECT_EQ(refusal(R"("event":"lost","why":"x","cause":[1000000])"), "404 unknown-entry");
    EXPECT_EQ(refusal(R"("event":"lost","why":"x","cause":[-1])"), "400 bad-json");
  }
  EXPECT_EQ(caller_.get("/fleets/acme/devices/s-1").body.at("lifecycle").as_string(), "expected");
  const auto made = caller_.post(state, R"({"event":"lost","why":"not in the yard","cause":[0,1]})");
  EXPECT_EQ(made.body.at("from").as_string(), "expected");
  EXPECT_EQ(made.body.at("lifecycle").as_string(), "lost");
}

TEST_F(ApiTest, AnchorsAndApplicationsAreRefusedWithTheirReasonsTriedOrNot) {
  const std::string pem = read_text_file(directory_->path() / "ca/root.pem", 65'536).value();
  ASSERT_EQ(caller_.post("/fleets/acme/applications", R"({"application":"tried"})").status, 200);
  for (const bool dry_run : {true, false}) {
    const auto refusal = [&](const std::string& path, json::Object body) {
      body["dry_run"] = dry_run;
      return std::string(caller_.post("/fleets/acme/" + path, json::compact(body)).reason());
    };
    const json::Object anchor{{"anchor", "tried"}, {"role", "manufacturer"}, {"certificate", pem}};
    const auto changed = [&](const char* key, const json::Value& value) {
      json::Object out = anchor;
      out[key] = value;
      return out;
    };
    EXPECT_EQ(refusal("anchors", changed("profile", "none")), "unknown-profile");
    EXPECT_EQ(refusal("anchors", changed("until", "2020-01-01T00:00:00Z")), "anchor-expired");
    EXPECT_EQ(refusal("anchors/none/remove", {{"why", "x"}}), "unknown-anchor");
    EXPECT_EQ(refusal("applications", {{"application", "tried"}}), "application-exists");
    EXPECT_EQ(refusal("applications/tried/grant", json::Object{}), "nothing-granted");
    EXPECT_EQ(refusal("applications/tried/withdraw", {{"publish", json::Array{"d/+/command"}}}), "unknown-grant");
  }
  EXPECT_EQ(caller_.post("/fleets/acme/applications", R"({"application":"other","dry_run":true})").status, 200);
  EXPECT_EQ(caller_.get("/fleets/acme/applications/other").status, 404) << "a dry run changes nothing";
  EXPECT_TRUE(caller_.get("/fleets/acme/anchors").items().empty());
}

TEST_F(ApiTest, ANewCodeHasTheLifeThatWasAskedFor) {
  add("k-1");
  const auto code = caller_.post("/fleets/acme/devices/k-1/code", R"({"life":"1h"})");
  ASSERT_EQ(code.status, 200) << code.text;
  const auto expires = from_rfc3339(std::string_view(code.body.at("expires").as_string()));
  ASSERT_TRUE(expires);
  const auto left = *expires - system_clock().now();
  EXPECT_LE(left, std::chrono::hours{1});
  EXPECT_GT(left, std::chrono::minutes{58});
  EXPECT_EQ(caller_.post("/fleets/acme/devices/k-1/code", R"({"life":"1s"})").status, 400);
  EXPECT_EQ(caller_.post("/fleets/acme/devices/none/code").status, 404);
}

TEST_F(ApiTest, HistoryOfASilentDeviceIsEmptyAndOfAnUnknownOneAnError) {
  add("h-1");
  EXPECT_TRUE(caller_.get("/fleets/acme/devices/h-1/latest").items().empty());
  EXPECT_TRUE(caller_.get("/fleets/acme/devices/h-1/history", {{"since", "2h"}, {"order", "oldest"}}).items().empty());
  EXPECT_EQ(caller_.get("/fleets/acme/devices/none/latest").status, 404);
  EXPECT_EQ(caller_.get("/fleets/acme/devices/h-1/history", {{"order", "random"}}).status, 400);
  EXPECT_EQ(caller_.get("/fleets/acme/devices/h-1/history", {{"since", "yesterday"}}).status, 400);
  EXPECT_EQ(caller_.get("/fleets/acme/devices/h-1/history", {{"limit", "10001"}}).status, 400);
}

// --- identities

TEST_F(ApiTest, AnIdentityIsListedShownAndRevoked) {
  const auto serial = enrol("i-1");
  const std::string path = "/fleets/acme/identities/" + serial;
  const auto shown = caller_.get(path);
  EXPECT_EQ(shown.body.at("device").as_string(), "i-1");
  EXPECT_THAT(std::string(shown.body.at("certificate").as_string()), StartsWith("-----BEGIN CERTIFICATE-----"));
  EXPECT_EQ(caller_.get("/fleets/acme/devices/i-1").body.at("lifecycle").as_string(), "enrolled");

  EXPECT_EQ(caller_.post(path + "/revoke", R"({"why":"keyCompromise","dry_run":true})").status, 200);
  EXPECT_EQ(caller_.get(path).body.as_object().if_contains("revoked"), nullptr);
  EXPECT_EQ(caller_.post(path + "/revoke", R"({"why":"because"})").reason(), "bad-reason");
  EXPECT_EQ(caller_.post(path + "/revoke", R"({"why":"keyCompromise"})").status, 200);
  EXPECT_EQ(caller_.get(path).body.at("revoked_why").as_string(), "keyCompromise");
  EXPECT_EQ(caller_.post(path + "/revoke", R"({"why":"keyCompromise"})").reason(), "identity-revoked");
  EXPECT_EQ(caller_.get("/fleets/acme/identities/0abc").status, 404);
  EXPECT_EQ(caller_.get("/fleets/acme/identities/xyz").status, 400);
}

TEST_F(ApiTest, AnIssuingAuthorityIsMeantByTheBeginningOfItsKeyIdentifier) {
  enrol("i-9");
  std::string id;
  for (const auto& item : caller_.get("/authorities").items()) {
    const auto& one = item.as_object();
    if (one.at("role").as_string() == "issuing" && one.at("fleet").as_string() == "acme") id = one.at("id").as_string();
  }
  const auto preview = [&](const std::string& issuer) {
    return caller_.post("/fleets/acme/identities/revoke",
                        R"({"why":"keyCompromise","dry_run":true,"issuer":")" + issuer + "\"}");
  };
  EXPECT_GE(preview(id.substr(0, 16)).body.at("count").as_int64(), 1);
  EXPECT_EQ(preview(id).body.at("count"), preview(id.substr(0, 8)).body.at("count"));
  EXPECT_EQ(preview(id.substr(0, 7)).reason(), "bad-parameter");
  EXPECT_EQ(preview("0123456789abcdef").reason(), "unknown-issuer");
  const auto forget = [&](const std::string& which) {
    return caller_.post("/authorities/forget", R"({"role":"issuing","fleet":"acme","id":")" + which + "\"}").reason();
  };
  EXPECT_EQ(forget(id.substr(0, 16)), "issuer-in-use");
  EXPECT_EQ(forget("0123456789abcdef"), "unknown-issuer");
  EXPECT_EQ(caller_.get("/fleets/server/entries", {{"kind", "authority.changed"}}).text.find("forgotten"),
            std::string::npos)
      << "what was refused is not recorded as done";
}

TEST_F(ApiTest, ACodeWorksOnceAndItsRefusalIsSeen) {
  enrol("i-2");
  net::HttpRequest request{.method = "POST", .path = "/.well-known/est/acme/simpleenroll"};
  request.headers.emplace("Authorization", "Basic " + base64(as_bytes("i-2:WRONG1-WRONG2-WRONG3-WRONG4")));
  request.headers.emplace("Content-Type", "application/pkcs10");
  const auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
  request.body = to_bytes(as_bytes(base64(crypto::make_csr(key, "i-2").value())));
  EXPECT_EQ(reply_of(remote("").client().send(std::move(request))).status, 401);
  // The entry is durable before the answer; the projection that shows it follows.
  for (int tries = 0; tries < 1000; ++tries) {
    const auto status = caller_.get("/status");
    for (const auto& refusal : status.body.at("refusals").as_array()) {
      if (refusal.at("device").as_string() != "i-2") continue;
      EXPECT_EQ(refusal.at("action").as_string(), "enrol");
      return;
    }
  }
  FAIL() << "the refusal was not shown";
}

// --- the ledger

TEST_F(ApiTest, EntriesArePagedFilteredAndReadOneByOne) {
  add("e-1");
  const auto first = caller_.get("/fleets/acme/entries", {{"limit", "3"}});
  ASSERT_EQ(first.items().size(), 3U);
  EXPECT_EQ(first.body.at("next").as_string(), "3");
  const auto second = caller_.get("/fleets/acme/entries", {{"limit", "1"}, {"after", "3"}});
  EXPECT_EQ(second.items()[0].at("number").to_number<int>(), 3);

  const auto mine = caller_.get("/fleets/acme/entries", {{"subject", "device:e-1"}});
  ASSERT_EQ(mine.items().size(), 2U) << mine.text;
  EXPECT_EQ(mine.items()[0].at("kind").as_string(), "device.added");
  EXPECT_EQ(mine.items()[1].at("kind").as_string(), "code.created");
  EXPECT_EQ(mine.items()[0].at("payload").at("device").as_string(), "e-1");
  EXPECT_EQ(mine.body.as_object().if_contains("next"), nullptr);
  EXPECT_TRUE(caller_.get("/fleets/acme/entries", {{"subject", "fleet:e-1"}}).items().empty());

  const auto one = caller_.get("/fleets/acme/entries/0");
  EXPECT_EQ(one.body.at("number").to_number<int>(), 0);
  EXPECT_EQ(caller_.get("/fleets/acme/entries/999999").reason(), "no-such-entry");
  EXPECT_EQ(caller_.get("/fleets/acme/entries/first").status, 400);
  EXPECT_EQ(caller_.get("/fleets/acme/entries", {{"kind", "no.such"}}).status, 400);
}

TEST_F(ApiTest, AStreamGivesWhatIsThereAndFollowsTheTail) {
  const auto before = caller_.get("/ledger/status");
  std::uint64_t from = 0;
  for (const auto& tree : before.body.at("fleets").as_array())
    if (tree.at("fleet").as_string() == "acme") from = tree.at("durable").to_number<std::uint64_t>();

  Caller adder = local_caller(*server_);
  std::string text;
  bool added = false;
  net::HttpRequest request{.path = "/api/v1/fleets/acme/entries/stream"};
  request.query = {{"from", std::to_string(from - 1)}, {"kind", "device.added"}};
  // The first entry is there already or comes with the device; the second is made while the stream is open.
  add("stream-0");
  auto response = caller_.client().stream(std::move(request), [&](std::string_view piece) {
    text += piece;
    if (!added && text.find("stream-0") != std::string::npos) {
      added = true;
      EXPECT_EQ(
          adder.post("/fleets/acme/devices", R"({"devices":[{"device":"stream-1","profile":"fleet-tracker"}]})").status,
          200);
    }
    return text.find("stream-1") == std::string::npos;
  });
  EXPECT_THAT(text, HasSubstr(R"("device":"stream-1")"));
  EXPECT_EQ(text.find("code.created"), std::string::npos) << "only the kind that was asked for";
}

TEST_F(ApiTest, ACheckpointIsPublishedAndAnEntryProvenWithoutTheServer) {
  const auto published = caller_.post("/fleets/acme/ledger/checkpoint");
  ASSERT_EQ(published.status, 200) << published.text;
  EXPECT_THAT(published.text, StartsWith("outrider.local/acme\n"));
  EXPECT_EQ(caller_.get("/fleets/acme/ledger/checkpoint").status, 200);

  const auto proof = caller_.get("/fleets/acme/ledger/proofs/0");
  const auto proven = ledger::verify_proof(proof.text, "");
  ASSERT_TRUE(proven) << proven.error().text();
  EXPECT_EQ(proven->entry.number, 0U);
  EXPECT_EQ(caller_.get("/fleets/acme/ledger/proofs/999999").status, 404);
}

TEST_F(ApiTest, AFullVerificationReportsProgressAndItsOutcome) {
  const auto verified = caller_.post("/ledger/verify");
  ASSERT_EQ(verified.status, 200);
  const auto last = verified.text.substr(verified.text.rfind('\n', verified.text.size() - 2) + 1);
  const auto report = json::parse(last.substr(0, last.size() - 1));
  ASSERT_TRUE(report) << verified.text;
  EXPECT_TRUE(report->at("report").at("ok").as_bool()) << last;
  EXPECT_GT(report->at("report").at("entries").to_number<int>(), 0);
}

TEST_F(ApiTest, ShreddingIsRecordedWithWhoAndWhy) {
  add("x-1");
  const std::string path = "/fleets/acme/ledger/shred";
  EXPECT_EQ(caller_.post(path, R"({"subject":"x-1","why":"asked","dry_run":true})").status, 200);
  EXPECT_TRUE(caller_.get("/fleets/acme/entries", {{"kind", "key.shredded"}}).items().empty());
  EXPECT_EQ(caller_.post(path, R"({"subject":"x-1","why":"asked"})").status, 200);
  const auto entries = caller_.get("/fleets/acme/entries", {{"kind", "key.shredded"}});
  ASSERT_EQ(entries.items().size(), 2U) << "once before the key is destroyed and once after";
  EXPECT_EQ(entries.items()[0].at("payload").at("why").as_string(), "asked");
  EXPECT_EQ(caller_.post(path, R"({"subject":"nobody","why":"asked"})").status, 404);
  EXPECT_EQ(caller_.post(path, R"({"subject":"x-1","why":""})").status, 400);
}

// --- the server

TEST_F(ApiTest, StatusCountsWhatIsThere) {
  const auto status = caller_.get("/status");
  EXPECT_TRUE(status.body.at("healthy").as_bool());
  EXPECT_EQ(status.body.at("fleets").as_array().size(), 1U);
  EXPECT_EQ(status.body.at("fleets").at(0).at("fleet").as_string(), "acme");
  EXPECT_GT(status.body.at("entries_durable").to_number<int>(), 0);
  EXPECT_EQ(status.body.at("sessions").to_number<int>(), 0);
}

TEST_F(ApiTest, TheConfigurationIsShownWithoutSecrets) {
  const auto config = caller_.get("/config");
  EXPECT_EQ(config.items().size(), settings().size());
  EXPECT_THAT(config.text, HasSubstr(R"("key":"mqtt.port")"));
  EXPECT_EQ(config.text.find(admin_token()), std::string::npos);
}

}  // namespace
}  // namespace outrider::server
