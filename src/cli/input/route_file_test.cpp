#include "cli/input/route_file.h"

#include <gtest/gtest.h>

namespace outrider::cli {
namespace {

std::string refusal(std::string_view text) {
  const auto points = parse_route_file(text);
  return points ? "" : points.error().detail;
}

TEST(RouteFile, ReadsCsvInAnyOrderOfColumns) {
  const auto points = parse_route_file("name,longitude,latitude\nA,10.0,53.55\nB,9.99,48.14\n");
  ASSERT_TRUE(points);
  ASSERT_EQ(points->size(), 2);
  EXPECT_EQ((*points)[0].lat, 53.55);
  EXPECT_EQ((*points)[1].lon, 9.99);
}

TEST(RouteFile, ReadsTheFirstLineOfGeoJsonLongitudeFirst) {
  for (const std::string_view text :
       {R"({"type":"LineString","coordinates":[[10,53.5,12],[9.9,48]]})",
        R"({"type":"Feature","properties":{},"geometry":{"type":"LineString","coordinates":[[10,53.5],[9.9,48]]}})",
        R"({"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]}},
            {"type":"Feature","geometry":{"type":"LineString","coordinates":[[10,53.5],[9.9,48]]}}]})"}) {
    const auto points = parse_route_file(text);
    ASSERT_TRUE(points) << text;
    ASSERT_EQ(points->size(), 2);
    EXPECT_EQ((*points)[0].lat, 53.5);
    EXPECT_EQ((*points)[1].lon, 9.9);
  }
}

TEST(RouteFile, SaysWhereItIsNoRoute) {
  EXPECT_TRUE(refusal("lat,lon\n53.5,10\n53.6,abc\n").starts_with("line 3:"))
      << refusal("lat,lon\n53.5,10\n53.6,abc\n");
  EXPECT_TRUE(refusal("lat,lon\n53.5,10\n153.6,10\n").starts_with("line 3:"));
  EXPECT_TRUE(refusal("lat,lon\n53.5,10\nnan,10\n").starts_with("line 3:"));
  EXPECT_TRUE(refusal("x,y\n1,2\n").starts_with("line 1:"));
  EXPECT_NE(refusal("lat,lon\n53.5,10\n"), "");
  EXPECT_NE(refusal(""), "");
  EXPECT_NE(refusal(R"({"type":"Polygon","coordinates":[]})"), "");
  EXPECT_TRUE(refusal(R"({"type":"LineString","coordinates":[[10,53],[1]]})").starts_with("point 2:"));
  EXPECT_TRUE(refusal(R"({"type":"LineString","coordinates":[[10,53],[10,99]]})").starts_with("point 2:"));
}

TEST(RouteFile, ThinningKeepsCornersAndDropsWhatLiesOnTheWay) {
  std::vector<facts::RoutePoint> points;
  for (int i = 0; i <= 1000; ++i) points.push_back({50 + 0.001 * i, 8});
  for (int i = 1; i <= 1000; ++i) points.push_back({51, 8 + 0.001 * i});
  const auto thin = thin_out(points, 100);
  ASSERT_EQ(thin.size(), 3);
  EXPECT_EQ(thin[1].lat, 51);
  EXPECT_EQ(thin[1].lon, 8);
}

}  // namespace
}  // namespace outrider::cli
