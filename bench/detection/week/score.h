#pragma once
// What was done to whom and when, against what detection said.
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detect/fleet/fleet_stage.h"

namespace outrider::bench {

struct Attack {
  std::string_view name;
  bool certain = false;                     // leaves no room for doubt: recall of 0.95 is asked, else of 0.85
  std::array<std::string_view, 2> threats;  // any of these is the right name for it
  double from_s = 0, until_s = 0;
  std::vector<std::string> victims;
  std::optional<double> found_s, paged_s;
};

class Score {
 public:
  // A finding after the end still counts for so long: a report comes late, a finding waits for the cohort.
  static constexpr double grace_s = 6 * 3600;

  std::size_t add(Attack attack);
  Attack& attack(std::size_t index) { return attacks_[index]; }
  void hear(const detect::Conclusions& said, double at_s);
  // Prints the table. Returns whether everything that was asked was reached.
  bool print(std::size_t devices, double days) const;
  void list_misses() const;

 private:
  struct Said {
    std::string threat;
    std::vector<std::string> devices;
    bool paged = false;
  };
  void judge(const Said& alert, bool page, double at_s, std::string_view explanation, std::string_view check);

  std::vector<Attack> attacks_;
  std::map<std::string, Said> alerts_;
  std::map<std::string, int> false_pages_, false_tickets_;  // by threat and first check
  std::vector<std::string> false_examples_;
  int pages_ = 0, pages_right_ = 0, pages_attacked_ = 0, tickets_ = 0, tickets_right_ = 0;
};

}  // namespace outrider::bench
