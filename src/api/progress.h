#pragma once
// What the caller of a long job is told, a JSON document a line: how far it is, now and then, and at the end its
// report. The job ends it; the stream asks for lines. Any thread.
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "base/json.h"

namespace outrider::api {

inline constexpr std::chrono::milliseconds progress_interval{500};

class Progress {
 public:
  void end(const json::Object& last) {
    const std::lock_guard lock(mutex_);
    last_ = json::compact(last) + "\n";
    ended_ = true;
    changed_.notify_all();
  }

  // The next line, waiting for the end at most `progress_interval`; nullopt after the last.
  std::optional<std::string> line(const std::function<json::Object()>& so_far) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, progress_interval, [this] { return ended_; });
    if (ended_ && last_.empty()) return std::nullopt;
    if (ended_) return std::exchange(last_, {});
    return json::compact(json::Object{{"progress", so_far()}}) + "\n";
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::string last_;
};

}  // namespace outrider::api
