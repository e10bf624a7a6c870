#include "base/metrics.h"

#include <gmock/gmock.h>

namespace outrider {
namespace {

TEST(Metrics, CountersGaugesAndHistogramsAppearInTheTextExposition) {
  Metrics metrics;
  metrics.counter("outrider_refused_total", "Refusals by rule", {{"rule", "topic"}}).add(2);
  metrics.gauge("outrider_sessions", "Live sessions").set(7);
  metrics.histogram("outrider_handshake_seconds", "Handshakes", {0.5, 1.0}).observe(0.7);
  const std::string text = metrics.text();
  EXPECT_THAT(text, testing::HasSubstr("# TYPE outrider_refused_total counter"));
  EXPECT_THAT(text, testing::HasSubstr("outrider_refused_total{rule=\"topic\"} 2"));
  EXPECT_THAT(text, testing::HasSubstr("outrider_sessions 7"));
  EXPECT_THAT(text, testing::HasSubstr("outrider_handshake_seconds_bucket{le=\"1\"} 1"));
}

TEST(Metrics, TheSameNameAndLabelsAreTheSameMetric) {
  Metrics metrics;
  metrics.counter("outrider_x_total", "X", {{"a", "1"}}).add();
  metrics.counter("outrider_x_total", "X", {{"a", "1"}}).add();
  metrics.counter("outrider_x_total", "X", {{"a", "2"}}).add();
  EXPECT_EQ(metrics.counter("outrider_x_total", "X", {{"a", "1"}}).value(), 2);
}

}  // namespace
}  // namespace outrider
