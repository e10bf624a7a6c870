#pragma once
// Counters for trends, in the Prometheus text format. Look a metric up once at start (that takes a lock and allocates)
// and keep the handle; the handle is one pointer, and adding to it is an atomic operation.
//   Metrics metrics;
//   Counter refused = metrics.counter("outrider_refused_total", "Refusals by rule", {{"rule", "topic"}});
//   refused.add();
// Label values come from a closed set that we choose, never from a device: each set of labels is kept for ever.
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace outrider {

using MetricLabels = std::map<std::string, std::string>;

// Only grows.
class Counter {
 public:
  explicit Counter(prometheus::Counter& counter) : counter_(&counter) {}
  void add(double by = 1) const;
  double value() const;

 private:
  prometheus::Counter* counter_;
};

// Goes up and down.
class Gauge {
 public:
  explicit Gauge(prometheus::Gauge& gauge) : gauge_(&gauge) {}
  void set(double to) const;
  void add(double by = 1) const;
  double value() const;

 private:
  prometheus::Gauge* gauge_;
};

// How observations spread over buckets. Takes a lock per observation: for handshakes and batches, not for each message.
class Histogram {
 public:
  explicit Histogram(prometheus::Histogram& histogram) : histogram_(&histogram) {}
  void observe(double value) const;

 private:
  prometheus::Histogram* histogram_;
};

// Bucket bounds for durations in seconds, from 100 µs to 10 s.
const std::vector<double>& seconds_buckets();

// The registry of one server. Thread-safe; must outlive its handles. Names follow the Prometheus conventions
// (outrider_<what>_<unit>[_total]); a name that breaks their syntax or is used for two types is a programming error and
// throws at start. Asking again for the same name and labels gives the same metric.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter counter(const std::string& name, const std::string& help, const MetricLabels& labels = {});
  Gauge gauge(const std::string& name, const std::string& help, const MetricLabels& labels = {});
  // `bounds`: upper bounds of the buckets, ascending; +Inf is added.
  Histogram histogram(const std::string& name, const std::string& help,
                      const std::vector<double>& bounds = seconds_buckets(), const MetricLabels& labels = {});

  // Text exposition format 0.0.4; serve it as `exposition_type`.
  std::string text() const;
  static constexpr const char* exposition_type = "text/plain; version=0.0.4; charset=utf-8";

 private:
  struct Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace outrider
