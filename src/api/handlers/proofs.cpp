// The ledger itself: its state, checkpoints, proofs, a full check, and erasing.
#include <fmt/format.h>

#include <atomic>
#include <memory>

#include "api/entry_json.h"
#include "api/handlers.h"
#include "api/handlers/pending.h"
#include "api/progress.h"
#include "api/routing/workers.h"
#include "api/stream.h"

namespace outrider::api {
namespace {

struct FleetTree {
  FleetId fleet;
  std::uint64_t durable = 0;
  std::uint64_t integrated = 0;
  std::string origin;
  std::string root;
  std::string public_key;
};
BOOST_DESCRIBE_STRUCT(FleetTree, (), (fleet, durable, integrated, origin, root, public_key))

struct LedgerView {
  bool healthy = true;
  std::optional<std::string> problem;
  std::uint64_t wal_bytes = 0;
  std::vector<FleetTree> fleets;
};
BOOST_DESCRIBE_STRUCT(LedgerView, (), (healthy, problem, wal_bytes, fleets))

struct ReportView {
  std::uint64_t entries = 0;
  bool ok = true;
  std::vector<std::string> problems;
};
BOOST_DESCRIBE_STRUCT(ReportView, (), (entries, ok, problems))

struct Shred {
  std::string subject;
  std::string why;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(Shred, (), (subject, why, dry_run))

net::HttpResponse plain(std::string text) {
  return net::HttpResponse::text(200, std::move(text));
}

// A verification as it runs on a worker, and the lines that its caller is told. When the caller goes away it still
// runs to its end.
class Verification {
 public:
  void run(const std::filesystem::path& directory) {
    auto report = ledger::verify(directory, [this](std::uint64_t done, std::uint64_t total) {
      done_ = done;
      total_ = total;
    });
    json::Object line;
    if (report) {
      line["report"] = json::from(ReportView{report->entries, report->ok(), std::move(report->problems)});
    } else {
      line["error"] = json::Object{{"reason", report.error().reason}, {"detail", report.error().text()}};
    }
    progress_.end(line);
  }

  std::optional<std::string> line() {
    return progress_.line([this] { return json::Object{{"done", done_.load()}, {"total", total_.load()}}; });
  }

 private:
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> total_{0};
  Progress progress_;
};

}  // namespace

Result<net::HttpResponse> get_ledger_status(const House& house, const Call&) {
  auto status = house.ledger.status();
  LedgerView out{.healthy = status.healthy, .wal_bytes = status.wal_bytes};
  if (!status.problem.empty()) out.problem = status.problem;
  for (auto& tree : status.fleets)
    out.fleets.push_back({tree.fleet, tree.durable, tree.integrated, tree.origin, tree.root, tree.public_key});
  return answer(json::from(out));
}

Result<net::HttpResponse> get_checkpoint(const House& house, const Call& call) {
  TRY(const auto fleet, call.log());
  TRY(auto note, house.ledger.checkpoint(fleet));
  return plain(std::move(note));
}

Result<net::HttpResponse> post_checkpoint(const House& house, const Call& call) {
  TRY(const auto fleet, call.log());
  TRY(auto note, house.ledger.publish(fleet));
  return plain(std::move(note));
}

Result<net::HttpResponse> get_proof(const House& house, const Call& call) {
  TRY(const auto fleet, call.log());
  TRY(const auto number, call.number());
  TRY(auto proof, house.ledger.prove(fleet, number));
  return plain(std::move(proof));
}

Result<net::HttpResponse> post_verify(const House& house, const Call&, Workers& workers) {
  auto pass = workers.verification.enter();
  if (!pass)
    return fail(Errc::overloaded, "verify-running", "a verification is running already; try again when it has ended");
  auto verification = std::make_shared<Verification>();
  workers.start(
      [verification, directory = house.ledger_directory, pass = std::move(pass)] { verification->run(directory); });
  Pieces lines = [verification]() -> Result<std::optional<std::string>> { return verification->line(); };
  return stream_of(std::move(lines), "application/x-ndjson", workers);
}

Result<net::HttpResponse> post_shred(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto wanted, call.body<Shred>());
  CHECK(check_text("subject", wanted.subject, text_bytes_max));
  CHECK(check_text("why", wanted.why, fleet::why_bytes_max));
  const auto filter = parse_subject(wanted.subject);
  const ledger::Subject subject{filter.kind.value_or(ledger::SubjectKind::device), filter.id};
  if (subject.kind == ledger::SubjectKind::device) {
    TRY(const auto device, DeviceId::parse(subject.id));
    CHECK(house.registry.device(fleet, device));
  }
  const bool dry_run = wanted.dry_run.value_or(false);
  if (!dry_run) {
    // An entry comes first: if we stop behind it, it says what was meant, and asking again completes it. Another comes
    // last, so that readers also drop what the subject reported in between.
    const facts::KeyShredded fact{.subject = subject.id, .why = wanted.why, .by = call.by()};
    CHECK(house.ledger.append_and_wait(ledger::draft_of(fleet, subject, fact)));
    CHECK(house.ledger.shred(fleet, subject));
    CHECK(house.forget(fleet, subject));
    CHECK(house.ledger.append_and_wait(ledger::draft_of(fleet, subject, fact)));
  }
  return answer(json::Object{{"subject", wanted.subject}, {"shredded", !dry_run}, {"dry_run", dry_run}});
}

}  // namespace outrider::api
