// What is durable goes on: to those who hear it, to the store, and back to the session that waits for it.
#include "base/log.h"
#include "gateway/mqtt/hub.h"
#include "gateway/mqtt/session/session.h"
#include "gateway/mqtt/state/reconcile.h"
#include "ledger/subject.h"

namespace outrider::gateway::mqtt {

using wire::mqtt::QoS;

void Hub::append(const ledger::DraftView& draft, Completion completion) {
  ++shared_->appends_pending;
  shared_->rooms.ledger.submit(draft, mailbox_, mailbox_->keep(std::move(completion)));
}

void Hub::take(std::span<Completion> completions) {
  std::vector<SessionId> touched;
  for (Completion& completion : completions) {
    if (completion.message && route(completion)) continue;
    if (completion.error && completion.kept != 0) {  // nothing came of it
      if (completion.exchange != 0) {
        store().submit(loop_.index(), [id = completion.kept, exchange = completion.exchange](StateWork& work) {
          return work.tables.forget_exchange(id, exchange);
        });
      }
    }
    if (completion.error && completion.will != 0) give_up_will(completion.will);  // it stays due, and sweep() finds it
    Session* session = completion.session == 0 ? nullptr : find(completion.session);
    if (session == nullptr) continue;
    if (touched.empty() || touched.back() != completion.session) touched.push_back(completion.session);
    session->complete(completion);
  }
  for (const SessionId id : touched)
    if (Session* session = find(id)) session->flush();
  shared_->appends_pending -= completions.size();
}

void Hub::announce(const std::shared_ptr<const Message>& message, StateStore::Then then) {
  deliver_at_once(message);
  if (targets_.empty()) return then({});
  ++shared_->appends_pending;
  store().request(
      loop_.index(),
      [message, targets = std::exchange(targets_, {})](StateWork& work) { return work.enqueue(message, targets); },
      [shared = shared_, then = std::move(then)](Result<void> done) mutable {
        --shared->appends_pending;
        then(std::move(done));
      });
}

void Hub::settle(const Completion& completion) {
  Session* const session = find(completion.session);
  if (session == nullptr) return;
  session->complete(completion);
  if (Session* const still = find(completion.session)) still->flush();
}

void Hub::deliver_at_once(const std::shared_ptr<const Message>& message) {
  shared_->topics.of(message->fleet).routes.match(*message, targets_);
  std::erase_if(targets_, [&](const Target& target) {
    if (target.hearer->kept != 0 && std::min(target.qos, message->qos()) != QoS::at_most_once) return false;
    deliver(message, target);
    return true;
  });
}

bool Hub::route(Completion& completion) {
  if (completion.error) return false;
  const auto& message = completion.message;
  deliver_at_once(message);
  const bool waits = !targets_.empty() || message->retain() || completion.will != 0;
  if (!waits && completion.exchange == 0) return false;
  auto work = [message, targets = std::exchange(targets_, {}), kept = completion.kept, exchange = completion.exchange,
               will = completion.will](StateWork& store) -> Result<void> {
    CHECK(store.enqueue(message, targets));
    if (message->retain()) CHECK(store.retain(message));
    if (exchange != 0) CHECK(store.tables.settle(kept, exchange));
    if (will != 0) CHECK(store.published(will));
    return {};
  };
  // A crash before this is done finds the entry in the ledger, and settles it then; a failure is no reason to answer
  // that it is not there.
  if (!waits) {  // PUBREC need not wait, but the next connection must find it settled
    store().insist(loop_.index(), std::move(work), [self = shared_from_this(), id = completion.session](Result<void>) {
      if (Session* const session = self->find(id)) session->settled();
    });
    completion.exchange = 0;
    return false;
  }
  const bool named = completion.exchange != 0 || completion.will != 0;
  auto then = [self = shared_from_this(), completion = std::move(completion)](Result<void> done) mutable {
    if (!done) completion.error = std::move(done).error();
    self->settle(completion);
  };
  if (named) {
    store().insist(loop_.index(), std::move(work), std::move(then));
  } else {
    store().request(loop_.index(), std::move(work), std::move(then));
  }
  return true;
}

void Hub::deliver(const std::shared_ptr<const Message>& message, const Target& target) {
  if (target.session == 0) return;  // it sleeps; at QoS 0 nothing is kept for it
  const auto& hub = shared_->hubs.at(target.session >> session_loop_shift);
  if (hub.get() == this) {
    if (Session* const session = find(target.session)) session->deliver(message, target);
    return;
  }
  hub->loop().post([hub, message, target] {
    if (Session* const session = hub->find(target.session)) session->deliver(message, target);
  });
}

void Hub::hand_on(const std::shared_ptr<const Message>& message, Target target) {
  if (target.hearer->kept == 0) return deliver(message, target);
  store().submit(loop_.index(),
                 [message, target = std::move(target)](StateWork& work) { return work.enqueue(message, {target}); });
}

void Hub::hear(std::vector<Notice> notices) {
  for (Notice& notice : notices)
    if (Session* const session = find(notice.session)) session->hear(std::move(notice.row));
}

void Hub::give_up_will(WillId id) {
  store().submit(loop_.index(), [id](StateWork& work) -> Result<void> {
    work.give_up(id);
    return {};
  });
}

void Hub::end_will(WillId id, bool publish) {
  if (id == 0) return;
  auto due = std::make_shared<std::optional<DueWill>>();
  auto work = [due, id, publish](StateWork& store) -> Result<void> {
    if (!publish) return store.tables.remove_will(id);
    TRY(*due, store.make_due(id));
    if (*due) store.claim(id);
    return {};
  };
  store().submit(loop_.index(), std::move(work), [self = shared_from_this(), due](Result<void> done) {
    if (!done) return log::error("the end of an MQTT session could not be stored", {{"why", done.error().text()}});
    if (*due) self->publish_will(**std::move(due));
  });
}

void Hub::publish_will(DueWill due) {
  const auto& message = due.will.message;
  message->received = system_clock().now();  // MQTT 5, 3.1.3.2.4: its lifetime begins now
  ledger::Draft draft;
  draft.kind = static_cast<std::uint16_t>(due.will.report.kind);
  draft.fleet = message->fleet;
  draft.subject = ledger::subject_of(message->publisher);
  draft.content_type = due.will.report.content_type + will_parameter(due.id);
  draft.payload = to_bytes(message->content.payload);
  draft.privacy = due.will.report.privacy;
  Completion completion;
  completion.will = due.id;
  completion.message = message;
  append(ledger::view_of(draft), std::move(completion));
}

void Hub::sweep() {
  const bool something = store().wills_due() || store().sessions() + shared_->retained_anywhere() != 0;
  if (sweeping_ || !something) return;
  sweeping_ = true;
  auto due = std::make_shared<std::vector<DueWill>>();
  store().submit(
      loop_.index(), [due](StateWork& work) { return work.sweep(system_clock().now(), *due); },
      [self = shared_from_this(), due](Result<void> done) {
        self->sweeping_ = false;
        if (!done) return log::warn("cannot sweep the broker's state", {{"why", done.error().text()}});
        for (auto& will : *due) self->publish_will(std::move(will));
      });
}

}  // namespace outrider::gateway::mqtt
