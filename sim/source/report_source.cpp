#include "sim/source/report_source.h"

namespace outrider::sim {
namespace {

constexpr double jitter = 0.05;      // of the interval, each way
constexpr double phase_least = 0.1;  // of the interval; more than the jitter, so that times only grow

}  // namespace

ModelSource::ModelSource(std::unique_ptr<DeviceModel> model, std::chrono::milliseconds interval, std::uint64_t seed)
    : model_(std::move(model)),
      random_(mixed(seed)),
      interval_s_(std::chrono::duration<double>(interval).count()),
      phase_s_(interval_s_ * random_.between(phase_least, 1.0)) {}

void ModelSource::next() {
  due_s_ = phase_s_ + interval_s_ * (static_cast<double>(number_) + random_.between(-jitter, jitter));
  ++number_;
}

void ModelSource::take(Report& out) {
  model_->advance(due_s_ - model_s_);
  model_s_ = due_s_;
  model_->report(out);
  next();
}

bool ModelSource::catch_up(double now) {
  bool missed = false;
  for (; due_s_ < now - interval_s_; missed = true) next();
  return missed;
}

}  // namespace outrider::sim
