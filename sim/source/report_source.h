#pragma once
// Where a device's reports come from: a model, or a recording. Times are seconds since the device began.
#include <chrono>
#include <memory>
#include <optional>

#include "sim/model/device_model.h"
#include "sim/model/world/random.h"

namespace outrider::sim {

class ReportSource {
 public:
  virtual ~ReportSource() = default;
  // When the next report is due; nothing when there will be none.
  virtual std::optional<double> due() const = 0;
  // Fills in the report that is due and moves on to the next.
  virtual void take(Report& out) = 0;
  // How long before its sending the report that is due was measured, seconds.
  virtual double age() const { return 0; }
  // The device could not report for a while: passes over what nobody would send late. True when something was.
  virtual bool catch_up(double now) = 0;
};

// A model that reports at its interval, each report a little early or late, as real clocks are. The first report is due
// at once, the second at a random point of the interval, so that a fleet started together does not march in step.
class ModelSource final : public ReportSource {
 public:
  ModelSource(std::unique_ptr<DeviceModel> model, std::chrono::milliseconds interval, std::uint64_t seed);

  std::optional<double> due() const override { return due_s_; }
  void take(Report& out) override;
  bool catch_up(double now) override;

 private:
  void next();

  std::unique_ptr<DeviceModel> model_;
  Random random_;
  double interval_s_;
  double phase_s_;
  std::uint64_t number_ = 0;
  double due_s_ = 0;
  double model_s_ = 0;
};

}  // namespace outrider::sim
