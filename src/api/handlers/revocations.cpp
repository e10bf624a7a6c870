// Revoking many identities: first what it would be, then exactly that.
#include <fmt/format.h>

#include <memory>
#include <utility>

#include "api/handlers.h"
#include "api/handlers/issuer.h"
#include "api/handlers/pending.h"
#include "api/progress.h"
#include "api/routing/workers.h"
#include "api/stream.h"
#include "base/log.h"
#include "facts/holder.h"

namespace outrider::api {
namespace {

struct Wanted {
  std::string why;
  std::optional<bool> dry_run;
  std::optional<std::string> confirm;  // what the dry run gave
  std::optional<std::string> device;
  std::optional<std::string> serial;
  std::optional<std::string> issuer;
  std::optional<std::string> key;
  std::optional<std::string> profile;
  std::optional<facts::Lifecycle> lifecycle;
  std::optional<std::string> prefix;
  std::optional<Timestamp> issued_since;
  std::optional<Timestamp> issued_before;
};
BOOST_DESCRIBE_STRUCT(Wanted, (),
                      (why, dry_run, confirm, device, serial, issuer, key, profile, lifecycle, prefix, issued_since,
                       issued_before))

Result<fleet::RevocationFilter> filter_of(const Wanted& wanted) {
  fleet::RevocationFilter out;
  for (const auto* text : {&wanted.serial, &wanted.issuer, &wanted.key, &wanted.prefix, &wanted.confirm})
    if (*text) CHECK(check_text("filter", text->value_or(""), text_bytes_max));
  if (wanted.device) {
    TRY(out.device, facts::parse_holder(*wanted.device));
  }
  if (wanted.profile) {
    TRY(out.profile, ProfileId::parse(*wanted.profile));
  }
  out.serial = wanted.serial;
  out.issuer = wanted.issuer;
  out.spki_sha256 = wanted.key;
  out.lifecycle = wanted.lifecycle;
  out.prefix = wanted.prefix.value_or("");
  out.issued_since = wanted.issued_since;
  out.issued_before = wanted.issued_before;
  return out;
}

// A mass revocation as it runs on a worker, and the lines that its caller is told. It runs to its end when the caller
// goes away: what was confirmed is done.
class Sweep {
 public:
  Sweep(FleetId fleet, std::vector<std::string> serials, std::string why, std::string by)
      : fleet_(std::move(fleet)), serials_(std::move(serials)), why_(std::move(why)), by_(std::move(by)) {}

  void run(fleet::Registry& registry) {
    std::string problem;
    std::size_t already = 0;
    for (std::size_t at = 0; at < serials_.size() && problem.empty(); at += fleet::revoke_batch_max) {
      const std::size_t count = std::min(serials_.size() - at, fleet::revoke_batch_max);
      const auto first = serials_.begin() + static_cast<std::ptrdiff_t>(at);
      Pending<std::vector<Result<void>>> done;
      registry.revoke_batch(fleet_, {first, first + static_cast<std::ptrdiff_t>(count)}, why_, by_, done.callback());
      const auto outcomes = done.wait();
      if (!outcomes) problem = outcomes.error().text();
      for (std::size_t i = 0; outcomes && i < outcomes->size(); ++i) {
        const auto& outcome = (*outcomes)[i];
        if (!outcome && outcome.error().reason == "identity-revoked") ++already;  // by somebody else, since the preview
        if (!outcome && outcome.error().reason != "identity-revoked") problem = outcome.error().text();
        if (outcome) ++revoked_;
      }
    }
    log::info("mass revocation ended", {{"fleet", fleet_.value},
                                        {"revoked", revoked_.load()},
                                        {"of", serials_.size()},
                                        {"by", by_},
                                        {"problem", problem}});
    json::Object report{{"revoked", revoked_.load()}, {"already", already}, {"of", serials_.size()}};
    if (!problem.empty()) report["problem"] = problem;
    progress_.end({{"report", std::move(report)}});
  }

  std::optional<std::string> line() {
    return progress_.line([this] { return json::Object{{"done", revoked_.load()}, {"total", serials_.size()}}; });
  }

 private:
  const FleetId fleet_;
  const std::vector<std::string> serials_;
  const std::string why_;
  const std::string by_;
  std::atomic<std::uint64_t> revoked_{0};
  Progress progress_;
};

Result<void> check_confirmed(const Wanted& wanted, const std::string& fingerprint, std::size_t count) {
  if (!wanted.confirm)
    return fail(Errc::malformed, "confirm-needed",
                "ask with dry_run first and send back the 'confirm' of its answer: it names what would be revoked");
  if (*wanted.confirm == fingerprint) return {};
  return fail(Errc::conflict, "preview-changed",
              fmt::format("what the filter means has changed since the preview: {} identities now; look again", count));
}

}  // namespace

Result<net::HttpResponse> post_revoke_many(const House& house, const Call& call, Workers& workers) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto wanted, call.body<Wanted>());
  CHECK(house.registry.fleet(fleet));
  CHECK(check_text("why", wanted.why, fleet::why_bytes_max));
  CHECK(fleet::check_revocation_reason(wanted.why));
  TRY(auto filter, filter_of(wanted));
  if (filter.issuer) {
    TRY(filter.issuer, issuer_meant(house, fleet, *filter.issuer));
  }
  TRY(auto selection, house.registry.select(fleet, filter));
  const std::string fingerprint = selection.fingerprint();
  if (wanted.dry_run.value_or(false)) {
    return answer(json::Object{{"count", selection.serials.size()},
                               {"sample", json::from(selection.sample)},
                               {"confirm", fingerprint},
                               {"dry_run", true}});
  }
  CHECK(check_confirmed(wanted, fingerprint, selection.serials.size()));
  auto sweep = std::make_shared<Sweep>(fleet, std::move(selection.serials), wanted.why, call.by());
  workers.start([sweep, &registry = house.registry] { sweep->run(registry); });
  Pieces lines = [sweep]() -> Result<std::optional<std::string>> { return sweep->line(); };
  return stream_of(std::move(lines), "application/x-ndjson", workers);
}

}  // namespace outrider::api
