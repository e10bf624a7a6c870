#pragma once
// How odd a deviation is, in nats: −ln P(as much or more, by chance). Errors of position and of radio receivers have
// far heavier tails than the normal distribution (multipath, a reflected satellite, a stale fix), so Student's t with
// four degrees of freedom stands for "nothing is wrong": the usual choice of robust GNSS filters, and both tails have a
// closed form.
#include <algorithm>
#include <cmath>

namespace outrider::detect {

// Of a deviation in the plane, `z` standard deviations of one axis long.
inline double plane_nats(double z) {
  return 2 * std::log1p(z * z / 4);
}

// Of a deviation to one side. A deviation to the other side is worth nothing.
inline double side_nats(double z) {
  if (!(z > 0)) return 0;
  double p = 0;
  if (z > 50) {
    p = 3 / (z * z * z * z);  // the leading term, before the other one loses its digits
  } else {
    const double c = 1 + z * z / 4;
    p = 0.5 - 0.375 * (z / std::sqrt(c)) * (1 - z * z / (12 * c));
  }
  return -std::log(std::max(p, 1e-30)) - std::log(2.0);  // no deviation: 0 nats
}

// Of a deviation to either side.
inline double sides_nats(double z) {
  return side_nats(std::abs(z));
}

}  // namespace outrider::detect
