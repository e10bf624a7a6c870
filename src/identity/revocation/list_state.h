#pragma once
// The revocation lists of one issuing CA: what they hold, and their numbers. Private to the room.
#include <algorithm>
#include <boost/describe.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/ids.h"
#include "identity/authority.h"
#include "identity/revocation/source.h"

namespace outrider::identity {

// A list as it is handed out.
struct PublishedList {
  Bytes der;
  std::string etag;  // RFC 9110, 8.8.3, with its quotes
  Timestamp this_update;
  Timestamp next_update;
  std::uint64_t number = 0;
};
using ListPtr = std::shared_ptr<const PublishedList>;

// What must outlive the process: numbers never go back (RFC 5280, 5.2.3), and a delta's base stays known.
struct ListNumbers {
  std::uint64_t number = 0;  // of the last list signed
  std::uint64_t base_number = 0;
  Timestamp base_time;
};
BOOST_DESCRIBE_STRUCT(ListNumbers, (), (number, base_number, base_time))

// One thread.
class ListState {
 public:
  struct Place {
    FleetId fleet;
    std::string issuer;  // hex of the key identifier
    std::filesystem::path file;
    std::string delta_url;  // empty: not said
  };
  // The numbers of an earlier process, or none.
  static Result<ListState> open(Place place);

  // Forgets what the lists hold; the numbers stay. The next full list is a base of its own.
  void clear();
  // RFC 5280, 3.3: an entry must not leave before it was on a regular list issued after the certificate had expired.
  bool keeps(Timestamp not_after, Timestamp now) const { return not_after > std::min(numbers_.base_time, now); }
  // To be called in the order of revocation.
  Result<void> add(const Revoked& revoked);
  // Signs both lists with the next number, once that is durable. A full list becomes the base of later deltas when the
  // one before has passed half of its life.
  Result<void> publish(const Authority& authority, Timestamp now, std::chrono::seconds life);

  ListPtr full() const { return full_; }
  ListPtr delta() const { return delta_; }
  std::size_t held() const { return held_; }
  bool changed() const { return full_ == nullptr || published_ != held_; }
  Timestamp due() const { return due_; }
  std::uint64_t number() const { return numbers_.number; }
  // Numbers begin behind this one.
  void raise(std::uint64_t number) { numbers_.number = std::max(numbers_.number, number); }

 private:
  explicit ListState(Place place) : place_(std::move(place)) {}

  Place place_;
  ListNumbers numbers_;
  Bytes elements_;              // DER of each, one behind the other
  std::size_t delta_from_ = 0;  // where those begin that the base does not hold
  std::size_t held_ = 0;
  std::size_t published_ = 0;
  bool resumed_ = true;  // the base is of an earlier process: what it holds is known by its time only
  bool roll_ = false;    // the next list becomes the base
  ListPtr full_;
  ListPtr delta_;
  Timestamp due_;
};

}  // namespace outrider::identity
