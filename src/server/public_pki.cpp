#include "server/public_pki.h"

#include <algorithm>

#include "base/log.h"

namespace outrider::server {
namespace {

net::HttpServerLimits open_limits() {
  net::HttpServerLimits out;
  out.connections_max = 1024;
  out.body_bytes_max = crypto::ocsp_request_bytes_max;
  out.header_bytes_max = 8 * 1024;  // an OCSP request of 4 KiB in the path, as base64
  out.idle_deadline = std::chrono::seconds{15};
  return out;
}

std::chrono::seconds seconds_of(std::chrono::milliseconds time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time);
}

}  // namespace

PublicPki::PublicPki(identity::Authority& authority, const fleet::Registry& registry, const Config& config,
                     const std::filesystem::path& directory, Metrics& metrics)
    : config_(config),
      metrics_(metrics),
      source_(registry),
      lists_(authority, source_,
             {.directory = directory, .base_url = config.pki_base_url, .life = seconds_of(config.pki_crl_life)}),
      ocsp_(authority, source_, {.life = seconds_of(config.pki_ocsp_life)}),
      service_(authority, lists_, ocsp_, system_clock(), metrics) {}

void PublicPki::measure() const {
  const auto seconds = [](Timestamp::duration span) { return std::chrono::duration<double>(span).count(); };
  const auto from = [](const identity::ListPtr& list) { return list->this_update; };
  const auto until = [](const identity::ListPtr& list) { return list->next_update; };
  const auto size = [](const identity::ListPtr& list) { return list->der.size(); };
  const Timestamp now = system_clock().now();
  for (const auto& fleet : source_.fleets()) {
    for (const bool delta : {false, true}) {
      const auto lists = lists_.all(fleet, delta);
      if (lists.empty()) continue;
      const auto age = now - (*std::ranges::min_element(lists, {}, from))->this_update;
      const auto left = (*std::ranges::min_element(lists, {}, until))->next_update - now;
      const MetricLabels labels{{"fleet", fleet.value}, {"kind", delta ? "delta" : "full"}};
      metrics_.gauge("outrider_crl_age_seconds", "Age of the fleet's revocation list, of its oldest CA's", labels)
          .set(seconds(age));
      metrics_
          .gauge("outrider_crl_next_update_seconds", "Until the fleet's revocation list runs out, the first that does",
                 labels)
          .set(seconds(left));
      metrics_.gauge("outrider_crl_bytes", "Size of the fleet's revocation list, the largest", labels)
          .set(static_cast<double>(size(*std::ranges::max_element(lists, {}, size))));
    }
  }
}

void PublicPki::sign() {
  (void)lists_.refresh();  // it logs what fails, and tries again
  lists_.start();
}

Result<void> PublicPki::listen(net::Loops& loops) {
  if (config_.pki_listen.empty()) return {};
  auto opened = net::HttpServer::listen_open(
      loops, config_.pki_listen, static_cast<std::uint16_t>(config_.pki_port),
      [this](net::HttpRequest request) -> net::Awaitable<net::HttpResponse> {
        if (gateway::pki::PkiService::handles(request.path)) co_return service_.answer(request);
        co_return net::HttpResponse::text(404, "there are /crl, /ocsp and /ca; see docs/pki.md\n");
      },
      open_limits());
  if (!opened) return std::unexpected(std::move(opened).error().during("opening the listener for revocation lists"));
  listener_ = *std::move(opened);
  return {};
}

void PublicPki::stop(std::chrono::milliseconds grace) {
  if (listener_) listener_->stop(grace);
  lists_.stop();
}

}  // namespace outrider::server
