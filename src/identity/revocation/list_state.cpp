#include "identity/revocation/list_state.h"

#include "base/file.h"
#include "base/json.h"
#include "crypto/hash.h"
#include "crypto/revocation/crl.h"

namespace outrider::identity {
namespace {

constexpr std::size_t numbers_bytes_max = 4096;
constexpr std::size_t etag_digits = 32;

ListPtr published(Bytes der, const crypto::CrlTemplate& what) {
  auto out = std::make_shared<PublishedList>();
  out->etag = "\"" + hex(crypto::sha256(der)).substr(0, etag_digits) + "\"";
  out->der = std::move(der);
  out->this_update = what.this_update;
  out->next_update = what.next_update;
  out->number = what.number;
  return out;
}

}  // namespace

Result<ListState> ListState::open(Place place) {
  ListState out(std::move(place));
  const auto text = read_text_file(out.place_.file, numbers_bytes_max);
  if (!text && text.error().code == Errc::not_found) return out;
  if (!text) return std::unexpected(text.error());
  auto numbers = json::read<ListNumbers>(*text);
  if (!numbers) return std::unexpected(std::move(numbers).error().during("while reading " + out.place_.file.string()));
  out.numbers_ = *numbers;
  return out;
}

void ListState::clear() {
  elements_.clear();
  delta_from_ = 0;
  held_ = 0;
  published_ = 0;
  roll_ = !resumed_;
  full_.reset();
}

Result<void> ListState::add(const Revoked& revoked) {
  TRY(const auto element, crypto::revoked_element(revoked.serial, revoked.when, revoked.why));
  elements_.insert(elements_.end(), element.begin(), element.end());
  ++held_;
  // What the base of an earlier process holds. On doubt the delta says it again. Later times prove nothing: the clock
  // may have been set back since the base.
  if (resumed_ && revoked.when < numbers_.base_time) delta_from_ = elements_.size();
  return {};
}

Result<void> ListState::publish(const Authority& authority, Timestamp now, std::chrono::seconds life) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  ListNumbers next = numbers_;
  // Beginning at the time of day, numbers go on even when the file was put back from an older copy.
  next.number = std::max(numbers_.number + 1, static_cast<std::uint64_t>(std::max<std::int64_t>(seconds, 0)));
  if (roll_ || next.base_number == 0 || now < next.base_time || now - next.base_time >= life / 2) {
    next.base_number = next.number;
    next.base_time = now;
  }
  CHECK(write_file_atomic(place_.file, json::pretty(json::from(next))));
  const bool rolled = next.base_number == next.number;
  numbers_ = next;
  crypto::CrlTemplate what{.number = next.number, .this_update = now, .next_update = now + life};
  what.delta_url = place_.delta_url;
  TRY(auto full, authority.issue_crl(place_.fleet, place_.issuer, what, elements_));
  if (rolled) delta_from_ = elements_.size();
  crypto::CrlTemplate delta_what = what;
  delta_what.base_number = next.base_number;
  TRY(auto delta,
      authority.issue_crl(place_.fleet, place_.issuer, delta_what, ByteView(elements_).subspan(delta_from_)));
  full_ = published(std::move(full), what);
  delta_ = published(std::move(delta), delta_what);
  published_ = held_;
  resumed_ = roll_ = false;
  // Not from now: where somebody is revoked every hour, the list would never be rebuilt and only grow.
  due_ = next.base_time + life / 2;
  return {};
}

}  // namespace outrider::identity
