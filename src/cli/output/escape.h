#pragma once
// Text from devices, files and peers may hold terminal control sequences: they are shown, never obeyed.
#include <cstddef>
#include <string>
#include <string_view>

namespace outrider::cli {

// Printable text stays as it is. Control characters (C0, DEL, C1), bidirectional and invisible formatting characters,
// line separators and bytes that are not UTF-8 are written as \n, \t, \xNN or \u{NNNN}, and a backslash is doubled, so
// that what is shown is unambiguous.
std::string escape(std::string_view text);

// Makes JSON text safe for a terminal too: the same characters become \uNNNN (the value stays equal).
std::string escape_json(std::string_view json);

// Columns the text takes in a terminal: combining marks take none, East Asian wide characters and emoji two.
std::size_t width(std::string_view text);
// The text cut to at most `columns`, with "…" at the end when something was cut.
std::string shorten(std::string_view text, std::size_t columns);

}  // namespace outrider::cli
