// Playbooks, responses and actuations over the API of a real server.
#include "server/testing/test_server.h"

namespace outrider::server {
namespace {

class ResponseApi : public FleetServerSuite {
 protected:
  static constexpr const char* playbook =
      "format = 1\nid = \"mine\"\ntitle = \"Mine\"\n[trigger]\n[[step]]\naction = \"quarantine\"\n";
};

TEST_F(ResponseApi, AFleetBeginsWithTheBuiltInPlaybooks) {
  const auto all = caller_.get("/fleets/acme/playbooks");
  ASSERT_EQ(all.status, 200) << all.text;
  EXPECT_GE(all.items().size(), 6U);
  const auto one = caller_.get("/fleets/acme/playbooks/theft");
  EXPECT_EQ(one.status, 200);
  EXPECT_NE(one.text.find("[trigger]"), std::string::npos);
  EXPECT_EQ(caller_.get("/fleets/nobody/playbooks").reason(), "unknown-fleet");
}

TEST_F(ResponseApi, APlaybookIsAddedTriedAndRemoved) {
  const auto tried = caller_.post("/fleets/acme/playbooks", playbook, "application/toml", {{"dry_run", "true"}});
  EXPECT_EQ(tried.status, 200) << tried.text;
  EXPECT_EQ(caller_.get("/fleets/acme/playbooks/mine").reason(), "unknown-playbook");
  EXPECT_EQ(caller_.post("/fleets/acme/playbooks", playbook, "application/toml").status, 201);
  EXPECT_EQ(caller_.get("/fleets/acme/playbooks/mine").status, 200);
  EXPECT_EQ(caller_.post("/fleets/acme/playbooks/test", playbook, "application/toml", {{"alert", "nothing"}}).reason(),
            "unknown-alert");
  EXPECT_EQ(caller_.post("/fleets/acme/playbooks", "format = 2", "application/toml").status, 400);
  EXPECT_EQ(caller_.post("/fleets/acme/playbooks/mine/remove", R"({"why":""})").reason(), "no-reason");
  EXPECT_EQ(caller_.post("/fleets/acme/playbooks/mine/remove", R"({"why":"a test"})").status, 200);
  EXPECT_EQ(caller_.get("/fleets/acme/playbooks/mine").status, 404);
}

TEST_F(ResponseApi, AMisspeltThreatIsNoThreat) {
  const std::string typo =
      "format = 1\nid = \"typo\"\ntitle = \"T\"\n[trigger]\nthreats = [\"cloned-identty\"]\n[[step]]\n"
      "action = \"quarantine\"\n";
  const auto refused = caller_.post("/fleets/acme/playbooks", typo, "application/toml");
  EXPECT_EQ(refused.reason(), "unknown-threat");
  EXPECT_NE(refused.text.find("did you mean 'cloned-identity'?"), std::string::npos);
  EXPECT_EQ(caller_.post("/fleets/acme/playbooks/test", typo, "application/toml", {{"alert", "a"}}).reason(),
            "unknown-threat");
}

TEST_F(ResponseApi, APlaceInAListIsWhatAPageSaidAndNothingElse) {
  for (const auto* bad : {"0123456789abcdef", "yesterday_0123456789abcdef", "_"})
    EXPECT_EQ(caller_.get("/fleets/acme/responses", {{"after", bad}}).reason(), "bad-parameter") << bad;
  EXPECT_EQ(caller_.get("/fleets/acme/responses", {{"after", "2026-11-22T11:33:52.000001Z_0123456789abcdef"}}).status,
            200);
}

TEST_F(ResponseApi, WhatIsNotThereIsNotDecided) {
  EXPECT_EQ(caller_.get("/fleets/acme/responses").items().size(), 0U);
  EXPECT_EQ(caller_.get("/fleets/acme/responses", {{"state", "porposed"}}).status, 400);
  EXPECT_EQ(caller_.get("/fleets/acme/responses/0123456789abcdef").reason(), "unknown-response");
  const std::string approve = R"({"decision":"approve"})";
  EXPECT_EQ(caller_.post("/fleets/acme/responses/0123456789abcdef/decide", approve).reason(), "unknown-response");
  EXPECT_EQ(caller_.post("/fleets/acme/responses/0123456789abcdef/decide", R"({"decision":"maybe"})").reason(),
            "bad-parameter");
  EXPECT_EQ(caller_.post("/fleets/acme/responses/0123456789abcdef/release", R"({"why":"x"})").reason(),
            "unknown-response");
  EXPECT_EQ(caller_.get("/fleets/acme/actuations", {{"state", "nobody-listens"}}).items().size(), 0U);
  EXPECT_EQ(caller_.post("/fleets/acme/actuations/0123456789abcdef/decide", approve).reason(), "unknown-actuation");
}

}  // namespace
}  // namespace outrider::server
