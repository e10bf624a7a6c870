#pragma once
// What has to be done now and then: jobs on one thread of their own, each at its interval.
//
// Life cycle: add the jobs, start(), stop() (or the destructor) waits for the job under way. A job that fails says so
// in the log itself.
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace outrider::server {

class Housekeeping {
 public:
  using Job = std::function<void()>;
  ~Housekeeping() { stop(); }

  // First due one interval after start().
  void every(std::chrono::seconds interval, Job job) { jobs_.push_back({interval, {}, std::move(job)}); }
  void start();
  void stop();

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Entry {
    std::chrono::seconds interval;
    Time due;
    Job job;
  };
  void run();

  std::vector<Entry> jobs_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace outrider::server
