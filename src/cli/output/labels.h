#pragma once
// Labels with QR codes for a box of devices: pages of HTML that print on A4, 24 labels of 70 × 37 mm each (three
// columns, eight rows, as label paper has them). Everything is in the one file; nothing is fetched.
//
// A QR code holds one URI (docs/enrolment.md):
//   outrider:enrol?s=<server>&f=<fleet>&d=<device>&c=<code>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/input/code_csv.h"

namespace outrider::cli {

inline constexpr std::size_t labels_per_page = 24;
// In one file: a hundred pages; a browser takes long to lay out more.
inline constexpr std::size_t labels_per_file = 100 * labels_per_page;

// `server` is host:port, as a device reaches EST.
std::string enrolment_uri(std::string_view server, std::string_view fleet, const CodeRow& code);
// The QR code of a text as SVG (ISO/IEC 18004, error correction M, four modules of quiet zone). too_large when it does
// not fit one.
Result<std::string> qr_svg(const std::string& text);
Result<std::string> label_sheet(std::string_view server, std::string_view fleet, std::span<const CodeRow> codes);

}  // namespace outrider::cli
