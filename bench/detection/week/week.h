#pragma once
// The simulated week itself: devices report, connect and are attacked, in the order in which a server would have
// written it down; what detection concludes is appended behind what caused it, as the live reader does.
#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <span>
#include <string>
#include <vector>

#include "bench/detection/week/score.h"
#include "bench/detection/week/thing.h"
#include "detect/engine/detector.h"

namespace outrider::bench {

struct Question {
  std::size_t devices = 10'000;
  double days = 7, interval_s = 900;
  std::uint64_t seed = 4;
  std::string profiles = "profiles";
};

class Week {
 public:
  explicit Week(const Question& question);
  void run();

  const Score& score() const { return score_; }
  std::uint64_t entries() const { return next_; }
  double detecting_s() const { return detecting_s_; }  // CPU time within the detector

  // For the attacks.
  using Act = std::function<void()>;
  void at(double when_s, Act act) { acts_.push({when_s, order_++, std::move(act)}); }
  template <class Fact>
  void say(const std::string& device, const Fact& fact) {
    append(Fact::kind, device, json::write(fact), "application/json");
  }
  void append(Kind kind, const std::string& device, std::string_view payload, std::string_view content_type);
  void open(Thing& thing, const std::string& address, std::string_view country, std::uint32_t asn,
            const std::string& tls);
  void close(Thing& thing, std::string_view reason);
  void reconnect(Thing& thing, std::string_view reason);
  Thing& thing(std::size_t index) { return *things_[index]; }
  std::size_t devices() const { return things_.size(); }
  // A device of the sort that nobody attacks yet.
  Thing& fresh_victim(std::span<const Sort> which);
  Score& results() { return score_; }
  double now() const { return now_; }
  sim::Random& dice() { return dice_; }
  const Question& question() const { return question_; }
  // Between two times, nobody of this country reports.
  struct Outage {
    int mcc;
    double from_s, until_s;
  };
  std::vector<Outage> outages;
  double cold_from_s = 1e18, cold_until_s = 1e18;

 private:
  struct Due {
    double at_s;
    std::uint64_t order;
    Act act;
    bool operator<(const Due& other) const { return std::pair(at_s, order) > std::pair(other.at_s, other.order); }
  };
  void found_fleet();
  void report(std::size_t index);
  void progress(std::size_t round, std::size_t rounds) const;
  double colder(const Thing& thing) const;
  bool cut_off(const Thing& thing) const;

  Question question_;
  sim::Random dice_;
  detect::Detector detector_;
  Score score_;
  std::vector<std::unique_ptr<Thing>> things_;
  struct Link {
    std::string session;
    int mcc = 0;
    bool lost = false;
    int missing = 0;                                   // reports that a hole in the coverage still takes
    std::vector<std::pair<double, std::string>> kept;  // what could not be sent, and when it was measured
  };
  std::vector<Link> links_;  // by the number of the thing
  std::vector<bool> taken_;
  std::priority_queue<Due> acts_;
  std::uint64_t order_ = 0, next_ = 0;
  double now_ = 0, detecting_s_ = 0;
};

// attacks.cpp: everything that goes wrong in the week. benign.cpp: what looks as if.
void plan_attacks(Week& week);
void plan_benign(Week& week);

}  // namespace outrider::bench
