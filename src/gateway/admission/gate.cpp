#include "gateway/admission/gate.h"

#include "base/log.h"

namespace outrider::gateway::admission {

namespace {

// What a connection counts in, as long as it lasts.
struct Counted {
  std::shared_ptr<Keeper> keeper;
  Sources::Stay stay;
};

class DoorGate final : public net::Gate {
 public:
  explicit DoorGate(std::shared_ptr<Door> door) : door_(std::move(door)) {}
  void open(net::TcpAcceptor acceptor) override { door_->open(std::move(acceptor)); }
  void close() override { door_->close(); }

 private:
  std::shared_ptr<Door> door_;
};

}  // namespace

net::MakeGate gates(std::shared_ptr<Keeper> keeper, Door::TurnAway turned_away) {
  return [keeper = std::move(keeper), turned_away = std::move(turned_away)](net::Loop& loop, net::LetIn let_in) {
    auto admit = [keeper, let_in = std::move(let_in)](Door::Socket socket, Arrival arrival) {
      let_in(std::move(socket), {.client = arrival.peer,
                                 .stay = std::make_shared<Counted>(keeper, std::move(arrival.stay)),
                                 .handshake = std::make_shared<Slot>(std::move(arrival.slot))});
    };
    return std::make_shared<DoorGate>(std::make_shared<Door>(keeper, loop, std::move(admit), turned_away));
  };
}

Door::TurnAway count_turned_away(Metrics& metrics, std::string name) {
  return [&metrics, name = std::move(name)](const Turned& turned) {
    metrics.counter(name, "Connections turned away before their TLS handshake, by rule", {{"rule", turned.rule}}).add();
    static log::Throttle throttle;
    if (std::uint64_t suppressed = 0; throttle.allow(suppressed))
      log::info("a connection was turned away", {{"listener", "https"},
                                                 {"peer", turned.address},
                                                 {"rule", turned.rule},
                                                 {"detail", turned.detail},
                                                 {"suppressed", suppressed}});
  };
}

}  // namespace outrider::gateway::admission
