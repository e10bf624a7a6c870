#pragma once
// What befalls devices beside their ordinary life: whoever plays a scenario tells the process that plays the fleet, one
// JSON object a line on its standard input.
#include <boost/describe.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace outrider::sim {

enum class Deed : std::uint8_t {
  calm,       // what was done is over; who was cut off comes back, from another address
  jam,        // amount: dB that a jammer raises the receiver's noise by
  drag,       // amount: m/s at which a spoofer leads the position away
  twin_cell,  // a catcher under the serving cell's own number, on another channel
  downgrade,  // a cell without mutual authentication forces the modem down to GSM
  cold,       // amount: degrees that the air falls by, within a minute
  update,     // a newer firmware starts; it stays
  flood,      // amount: messages a second that infected firmware sends on top
  open_box,   // lid and light, as events
  cut_power,  // shock, tilt and supply, as events
  mute,       // no network
};
BOOST_DESCRIBE_ENUM(Deed, calm, jam, drag, twin_cell, downgrade, cold, update, flood, open_box, cut_power, mute)

struct Order {
  Deed what = Deed::calm;
  std::vector<std::string> devices;  // none: all
  double amount = 0;
};
BOOST_DESCRIBE_STRUCT(Order, (), (what, devices, amount))

// Standard input, or another file, read without waiting.
class OrderInbox {
 public:
  explicit OrderInbox(int file) : file_(file) {}
  // What has come since. An Error: a line that is no order, or a line without end.
  Result<std::vector<Order>> look();

 private:
  int file_;
  bool ended_ = false;
  std::string begun_;  // a line that is not complete yet
};

}  // namespace outrider::sim
