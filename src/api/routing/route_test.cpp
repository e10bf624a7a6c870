#include "api/routing/route.h"

#include <gmock/gmock.h>

#include <set>

#include "base/file.h"

namespace outrider::api {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string_view path_found(std::string_view method, std::string_view path) {
  const auto found = match(routes(), method, path);
  return found.route == nullptr ? "" : found.route->path;
}

TEST(Routes, PartsOfThePathAreGivenByName) {
  const auto found = match(routes(), "GET", "/fleets/acme/devices/t-1/history");
  ASSERT_NE(found.route, nullptr);
  EXPECT_EQ(found.route->path, "/fleets/{fleet}/devices/{device}/history");
  EXPECT_EQ(found.path.at("fleet"), "acme");
  EXPECT_EQ(found.path.at("device"), "t-1");
}

TEST(Routes, AFixedPartWinsOverAParameter) {
  EXPECT_EQ(path_found("GET", "/fleets/acme/entries/stream"), "/fleets/{fleet}/entries/stream");
  EXPECT_EQ(path_found("GET", "/fleets/acme/entries/7"), "/fleets/{fleet}/entries/{number}");
}

TEST(Routes, NearlyAPathIsNoPath) {
  for (const auto* path : {"", "/", "/statu", "/status/", "/status/x", "//status", "/fleets//devices", "status"})
    EXPECT_EQ(match(routes(), "GET", path).route, nullptr) << path;
  EXPECT_THAT(match(routes(), "GET", "/statu").methods, IsEmpty());
}

TEST(Routes, AnotherMethodOfThePathIsTold) {
  const auto found = match(routes(), "PUT", "/fleets");
  EXPECT_EQ(found.route, nullptr);
  EXPECT_THAT(found.methods, ElementsAre("GET", "POST"));
}

TEST(Routes, EachHasASummaryAndThereAreNoTwoAlike) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const auto& route : routes()) {
    EXPECT_FALSE(route.summary.empty()) << route.path;
    EXPECT_TRUE(seen.emplace(route.method, route.path).second) << route.method << " " << route.path;
  }
}

TEST(Routes, WhatChangesSomethingIsNotForViewers) {
  for (const auto& route : routes())
    EXPECT_TRUE(route.method == "GET" || route.role != Role::viewer) << route.method << " " << route.path;
}

TEST(Routes, TheManualDescribesEach) {
  const auto manual = read_text_file(OUTRIDER_SOURCE_DIR "/docs/api.md", 1 << 20);
  ASSERT_TRUE(manual);
  for (const auto& route : routes()) {
    // The manual shortens long beginnings to "…": from the last part with a name of its own on, it must be there.
    std::size_t at = route.path.rfind('/');
    while (route.path.substr(at).starts_with("/{")) at = route.path.rfind('/', at - 1);
    const std::string_view tail = route.path.substr(at);
    EXPECT_NE(manual->find(tail), std::string::npos) << route.method << " " << route.path;
  }
}

}  // namespace
}  // namespace outrider::api
