#pragma once
// Comma-separated tables with a head line, as the data sets have them. What is no number is NaN.
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace outrider::bench {

struct Table {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> rows;

  std::size_t column(const std::string& name) const {
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i] == name) return i;
    throw std::runtime_error("no column " + name);
  }
  double number(std::size_t row, std::size_t column) const {
    const std::string& text = rows[row].at(column);
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    return end == text.c_str() ? std::numeric_limits<double>::quiet_NaN() : value;
  }
};

inline std::vector<std::string> cells_of(std::string line) {
  if (!line.empty() && line.back() == '\r') line.pop_back();
  std::vector<std::string> cells;
  std::size_t from = 0;
  for (std::size_t at = line.find(','); at != std::string::npos; at = line.find(',', from)) {
    cells.push_back(line.substr(from, at - from));
    from = at + 1;
  }
  cells.push_back(line.substr(from));
  return cells;
}

inline Table read_table(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  Table table;
  std::string line;
  std::getline(in, line);
  table.names = cells_of(line);
  while (std::getline(in, line))
    if (!line.empty()) table.rows.push_back(cells_of(line));
  return table;
}

// "2014-04-01 00:05:00" and with T, as seconds since 1970.
inline double seconds_of(const std::string& text) {
  std::tm parts{};
  if (text.size() < 19 ||
      strptime(text.c_str(), text[10] == 'T' ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &parts) == nullptr)
    throw std::runtime_error("no time: " + text);
  return static_cast<double>(timegm(&parts));
}

}  // namespace outrider::bench
