#include "cli/output/labels.h"

#include <fmt/format.h>
#include <qrencode.h>

#include <memory>

namespace outrider::cli {
namespace {

constexpr int quiet_zone = 4;  // modules, ISO/IEC 18004

constexpr std::string_view head = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Enrolment codes</title><style>
@page { size: A4; margin: 0 }
body { margin: 0; font: 8pt sans-serif }
.page { display: grid; grid-template: repeat(8, 37mm) / repeat(3, 70mm); height: 296mm; page-break-after: always }
.label { display: flex; align-items: center; gap: 2mm; padding: 2mm; box-sizing: border-box; overflow: hidden }
.label svg { width: 31mm; height: 31mm; flex: none }
.label b { font-size: 10pt; overflow-wrap: anywhere }
.label code { font-size: 8pt }
</style></head><body>
)";

struct CodeFree {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

void append_percent(std::string& out, std::string_view text) {
  constexpr std::string_view plain = "-._~:";  // RFC 3986: unreserved, and ':', which a query may hold
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || plain.find(c) != std::string_view::npos)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
}

std::string html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

// Two groups of a code a line: "7K3M9Q-0A2B4C" and "-D6E8F0-GHJKMN".
std::string broken(std::string_view code) {
  const std::size_t half = code.size() / 2;
  return html(code.substr(0, half)) + "<br>" + html(code.substr(half));
}

}  // namespace

std::string enrolment_uri(std::string_view server, std::string_view fleet, const CodeRow& code) {
  std::string out = "outrider:enrol?s=";
  append_percent(out, server);
  out += "&f=";
  append_percent(out, fleet);
  out += "&d=";
  append_percent(out, code.device);
  out += "&c=";
  append_percent(out, code.code);
  return out;
}

Result<std::string> qr_svg(const std::string& text) {
  const std::unique_ptr<QRcode, CodeFree> code(QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_M));
  if (!code) return fail(Errc::too_large, "no-qr-code", "the text does not fit a QR code");
  const int width = code->width;
  // A run of dark modules in a row is one move and one line, one module thick.
  std::string path;
  for (int y = 0; y < width; ++y) {
    for (int x = 0; x < width;) {
      const auto dark = [&](int at) { return at < width && (code->data[y * width + at] & 1U) != 0; };
      int run = 0;
      while (dark(x + run)) ++run;
      if (run > 0) path += fmt::format("M{} {}h{}", x + quiet_zone, y + quiet_zone, run);
      x += run > 0 ? run : 1;
    }
  }
  // Lines are drawn half a module lower, where the modules' middles are.
  return fmt::format(
      R"svg(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}" shape-rendering="crispEdges"><path fill="none" stroke="#000" transform="translate(0,.5)" d="{1}"/></svg>)svg",
      width + 2 * quiet_zone, path);
}

Result<std::string> label_sheet(std::string_view server, std::string_view fleet, std::span<const CodeRow> codes) {
  std::string out(head);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    const CodeRow& code = codes[i];
    TRY(const auto picture, qr_svg(enrolment_uri(server, fleet, code)));
    if (i % labels_per_page == 0) out += "<div class=\"page\">\n";
    out += fmt::format("<div class=\"label\">{}<div><b>{}</b><br>{}<br><code>{}</code><br>until {}</div></div>\n",
                       picture, html(code.device), html(code.profile), broken(code.code),
                       html(std::string_view(code.expires).substr(0, 10)));
    if (i % labels_per_page == labels_per_page - 1 || i + 1 == codes.size()) out += "</div>\n";
  }
  return out + "</body></html>\n";
}

}  // namespace outrider::cli
