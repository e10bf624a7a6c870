// The routes of applications and of why, against a real server.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "crypto/keys/key.h"
#include "crypto/keys/pem.h"
#include "crypto/x509/certificate.h"
#include "crypto/x509/csr.h"
#include "server/testing/test_server.h"

namespace outrider::server {
namespace {

class ApplicationsApi : public FleetServerSuite {
 protected:
  void add(const std::string& application) {
    const auto reply = caller_.post(applications, fmt::format(R"({{"application":"{}"}})", application));
    ASSERT_EQ(reply.status, 200) << reply.text;
  }
  Reply grant(const std::string& application, const std::string& body) {
    return caller_.post(fmt::format("{}/{}/grant", applications, application), body);
  }

  static inline const std::string applications = "/fleets/acme/applications";
};

TEST_F(ApplicationsApi, AnApplicationIsAddedGrantedShownAndRemoved) {
  add("billing");
  EXPECT_EQ(caller_.post(applications, R"({"application":"billing"})").reason(), "application-exists");
  const auto granted = grant("billing", R"({"subscribe":["d/+/telemetry"],"publish":["d/+/command"]})");
  ASSERT_EQ(granted.status, 200) << granted.text;
  EXPECT_EQ(granted.body.at("subscribe").at(0).at("filter").as_string(), "d/+/telemetry");
  EXPECT_EQ(caller_.get(fmt::format("{}/billing", applications)).body.at("publish").as_array().size(), 1U);
  EXPECT_EQ(caller_.post(fmt::format("{}/billing/withdraw", applications), R"({"publish":["x"]})").reason(),
            "unknown-grant");
  const auto removed = caller_.post(fmt::format("{}/billing/remove", applications), R"({"why":"old"})");
  ASSERT_EQ(removed.status, 200) << removed.text;
  EXPECT_TRUE(removed.body.as_object().contains("removed"));
  EXPECT_EQ(grant("billing", R"({"subscribe":["#"]})").reason(), "application-removed");
}

TEST_F(ApplicationsApi, WhatMakesNoSenseIsRefused) {
  add("odd");
  EXPECT_EQ(grant("odd", R"({"publish":["d/+/telemetry"]})").reason(), "grant-as-device");
  EXPECT_EQ(grant("odd", R"({"subscribe":["a/#/b"]})").reason(), "bad-filter");
  EXPECT_EQ(grant("odd", "{}").reason(), "nothing-granted");
  EXPECT_EQ(grant("nobody", R"({"subscribe":["#"]})").status, 404);
  EXPECT_EQ(grant("app:odd", R"({"subscribe":["#"]})").reason(), "bad-id");
  EXPECT_EQ(caller_.post(applications, R"({"application":"a b"})").reason(), "bad-id");
}

TEST_F(ApplicationsApi, ADryRunChangesNothing) {
  add("dry");
  EXPECT_EQ(caller_.post(applications, R"({"application":"never","dry_run":true})").status, 200);
  EXPECT_EQ(caller_.get(fmt::format("{}/never", applications)).status, 404);
  EXPECT_EQ(grant("dry", R"({"subscribe":["#"],"dry_run":true})").status, 200);
  EXPECT_TRUE(caller_.get(fmt::format("{}/dry", applications)).body.at("subscribe").as_array().empty());
}

TEST_F(ApplicationsApi, ACertificateIsForTheRequestsKeyAndNamesTheApplication) {
  add("holder");
  const auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
  const auto csr = crypto::to_pem("CERTIFICATE REQUEST", crypto::make_csr(key, "holder").value());
  const auto path = fmt::format("{}/holder/certificate", applications);
  const auto reply = caller_.post(path, json::write(json::Object{{"csr", csr}}));
  ASSERT_EQ(reply.status, 200) << reply.text;
  const auto made = crypto::certificates_from_pem(std::string(reply.body.at("certificate").as_string())).value();
  ASSERT_EQ(made.size(), 1U);
  EXPECT_EQ(made[0].subject.common_name, "holder");
  EXPECT_EQ(made[0].names.uri, std::vector<std::string>{"urn:outrider:acme:app:holder"});
  EXPECT_EQ(made[0].spki_sha256(), key.public_key().spki_sha256());
  const auto other = crypto::to_pem("CERTIFICATE REQUEST", crypto::make_csr(key, "somebody").value());
  EXPECT_EQ(caller_.post(path, json::write(json::Object{{"csr", other}})).reason(), "wrong-subject");
  EXPECT_EQ(caller_.post(path, R"({"csr":"nonsense"})").reason(), "malformed-csr");
}

TEST_F(ApplicationsApi, WhyAnswersWithTheEntryThatDecides) {
  add("asked");
  const auto ask = [&](const std::string& who, std::map<std::string, std::string, std::less<>> query) {
    return caller_.get("/fleets/acme/why/" + who, std::move(query));
  };
  EXPECT_EQ(ask("asked", {{"action", "connect"}}).body.at("rule").as_string(), "never-enrolled");
  EXPECT_EQ(ask("nobody", {{"action", "connect"}}).body.at("rule").as_string(), "unknown-device");
  EXPECT_EQ(ask("asked", {{"action", "fly"}}).reason(), "unknown-action");
  EXPECT_EQ(ask("asked", {{"action", "publish"}}).reason(), "topic-needed");
  EXPECT_EQ(ask("asked", {{"action", "publish"}, {"topic", "a/+"}}).reason(), "bad-topic");
  EXPECT_EQ(ask("asked", {{"action", "connect"}, {"entry", "999999"}}).reason(), "unknown-entry");
  EXPECT_EQ(ask("asked", {{"action", "connect"}, {"entry", "1"}, {"time", "1h"}}).reason(), "bad-parameter");
  const auto before = ask("asked", {{"action", "connect"}, {"entry", "0"}});
  EXPECT_EQ(before.body.at("rule").as_string(), "unknown-application") << "it was no device then either";
  EXPECT_EQ(before.body.at("entry").as_int64(), 0);
}

}  // namespace
}  // namespace outrider::server
