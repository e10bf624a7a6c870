// A file of enrolment codes: what was read is what a sheet of labels is made of.
#include "cli/input/code_csv.h"

#include <cstdlib>

#include "cli/output/labels.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider;
  const auto codes = cli::parse_code_csv(as_text({data, size}));
  if (!codes || codes->size() > 20) return 0;
  const auto sheet = cli::label_sheet("localhost:8443", "demo", *codes);
  if (!sheet) return sheet.error().reason == "no-qr-code" ? 0 : (std::abort(), 0);
  for (const auto& code : *codes)
    if (sheet->find(code.device) == std::string::npos) std::abort();
  return 0;
}
