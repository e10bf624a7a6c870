#include <fmt/format.h>

#include "cli/command/exit.h"
#include "cli/input/code_csv.h"
#include "cli/output/age.h"
#include "cli/output/escape.h"
#include "cli/output/labels.h"
#include "cli/verbs/fleet/device.h"

namespace outrider::cli {
namespace {

// "labels.html", or of several "labels-001.html" …
std::string name_of(std::string_view path, std::size_t number, std::size_t count) {
  if (count == 1) return std::string(path);
  const auto slash = path.rfind('/');
  const auto dot = path.rfind('.');
  const bool has_ending = dot != std::string_view::npos && (slash == std::string_view::npos || dot > slash);
  const std::string_view stem = has_ending ? path.substr(0, dot) : path;
  return fmt::format("{}-{:03}{}", stem, number + 1, has_ending ? path.substr(dot) : std::string_view());
}

Result<void> print_labels(Context& context) {
  const std::string path(context.args.text("CODES"));
  const std::string out(context.args.text("out"));
  TRY(const auto text, read_text_file(path, code_csv_bytes_max));
  const auto codes = parse_code_csv(text);
  if (!codes) return std::unexpected(Error(codes.error()).during("reading " + path));
  if (codes->empty()) return fail(Errc::not_found, "no-codes", path + " has no codes");
  TRY(const auto fleet, context.fleet());
  const std::size_t files = (codes->size() + labels_per_file - 1) / labels_per_file;
  Progress bar(context.out, "drawing labels");
  json::Array written;
  for (std::size_t i = 0; i < files; ++i) {
    const std::span all(*codes);
    const std::size_t from = i * labels_per_file;
    const auto part = all.subspan(from, std::min(labels_per_file, all.size() - from));
    TRY(const auto sheet, label_sheet(context.args.text("address"), fleet, part));
    const std::string name = name_of(out, i, files);
    CHECK(write_file_atomic(name, sheet, 0600));
    written.emplace_back(name);
    bar.update(from + part.size(), codes->size());
  }
  bar.finish();
  if (context.json()) {
    context.out.value(json::Object{{"labels", codes->size()}, {"files", written}});
  } else {
    context.out.line(fmt::format("{} labels in {}{}.", grouped(codes->size()), escape(name_of(out, 0, files)),
                                 files == 1 ? "" : fmt::format(" and {} more files", files - 1)));
    context.out.note("Whoever sees a label can enrol its device: print, stick, and delete the files.");
  }
  return {};
}

}  // namespace

Command device_labels_command() {
  return {
      .path = "device labels",
      .summary = "Make labels with QR codes from a file of enrolment codes, to print on A4",
      .about =
          "Pages of HTML with 24 labels of 70 x 37 mm each. Each QR code holds a URI with server, fleet, device and "
          "code (docs/enrolment.md). Past 2,400 labels there are several files.",
      .arguments = {{"CODES", "the CSV file that 'device add --codes' wrote"}},
      .options = {{"address", "HOST:PORT", "the server as a device reaches its HTTPS port", "", true},
                  {"out", "FILE", "the file to write (mode 0600)", "labels.html"}},
      .examples = {{"for a delivery", "outrider device labels codes.csv --address outrider.example.com:8443"}},
      .traits = {.remote = true, .fleet = true},
      .run = print_labels};
}

}  // namespace outrider::cli
