# Run by outrider_embed at build time. Raw string literals are limited in length by the standard's minimum only;
# clang takes any size.
string(REPLACE "|" ";" FILES "${FILES}")
set(text "#include <string_view>\n#include <utility>\n#include <vector>\nnamespace outrider::embedded {\nextern const std::vector<std::pair<std::string_view, std::string_view>> ${VARIABLE};\nconst std::vector<std::pair<std::string_view, std::string_view>> ${VARIABLE} = {\n")
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME)
  file(READ ${file} content)
  string(APPEND text "{\"${name}\", R\"_embed_(${content})_embed_\"},\n")
endforeach()
string(APPEND text "};\n}  // namespace outrider::embedded\n")
file(WRITE ${OUT} "${text}")
