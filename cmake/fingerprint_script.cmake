# Run by outrider_fingerprint at build time: SHA-256 over the names and contents of FILES, as a constant in a header.
string(REPLACE "|" ";" FILES "${FILES}")
set(all "")
foreach(file IN LISTS FILES)
  file(SHA256 ${ROOT}/${file} sum)
  string(APPEND all "${file} ${sum}\n")
endforeach()
string(SHA256 sum "${all}")
file(WRITE ${OUT} "#pragma once\n#include <string_view>\nnamespace outrider::embedded {\ninline constexpr std::string_view ${VARIABLE} = \"${sum}\";\n}  // namespace outrider::embedded\n")
