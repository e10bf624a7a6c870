#include <gtest/gtest.h>

#include "wire/csv/reader.h"
#include "wire/csv/writer.h"

namespace outrider::wire::csv {
namespace {

std::vector<Row> rows_of(std::string_view text) {
  Reader reader(text);
  std::vector<Row> rows;
  for (;;) {
    auto row = reader.next();
    EXPECT_TRUE(row) << row.error().text();
    if (!row || !*row) return rows;
    rows.push_back(**std::move(row));
  }
}

std::string refusal(std::string_view text, Limits limits = {}) {
  Reader reader(text, limits);
  for (;;) {
    const auto row = reader.next();
    if (!row) return row.error().text();
    if (!*row) return "accepted";
  }
}

TEST(CsvReader, RowsEndWithCrlfOrLfOrTheText) {
  EXPECT_EQ(rows_of("a,b\r\nc,d\ne,f"), (std::vector<Row>{{1, {"a", "b"}}, {2, {"c", "d"}}, {3, {"e", "f"}}}));
}

TEST(CsvReader, QuotedCellsHoldCommasQuotesAndLineEnds) {
  EXPECT_EQ(rows_of("\"a,b\",\"say \"\"hi\"\"\",\"two\r\nlines\"\nx\n"),
            (std::vector<Row>{{1, {"a,b", "say \"hi\"", "two\r\nlines"}}, {3, {"x"}}}));
}

TEST(CsvReader, EmptyCellsAreCells) {
  EXPECT_EQ(rows_of("a,,\n,\n\"\"\n"), (std::vector<Row>{{1, {"a", "", ""}}, {2, {"", ""}}, {3, {""}}}));
  EXPECT_EQ(rows_of("a,"), (std::vector<Row>{{1, {"a", ""}}}));
}

TEST(CsvReader, AByteOrderMarkAndEmptyLinesArePassedOver) {
  EXPECT_EQ(rows_of("\xEF\xBB\xBF"
                    "a\n\n\r\nb\n"),
            (std::vector<Row>{{1, {"a"}}, {4, {"b"}}}));
  EXPECT_TRUE(rows_of("").empty());
}

TEST(CsvReader, RefusalsNameLineAndColumn) {
  EXPECT_EQ(refusal("a\nb,c\"d"), "line 2, column 4: a quote inside a cell that does not begin with one");
  EXPECT_EQ(refusal("a,\"b\nc"), "line 1, column 3: a quoted cell that does not end");
  EXPECT_EQ(refusal("\"a\"b"), "line 1, column 4: expected a comma or the end of the line after a quoted cell");
  EXPECT_EQ(refusal("\"x\ny\"z"), "line 2, column 3: expected a comma or the end of the line after a quoted cell");
  EXPECT_EQ(refusal("a\rb"), "line 1, column 2: a carriage return without a line feed");
}

TEST(CsvReader, LimitsHoldOnRowsColumnsAndCells) {
  const Limits limits{.rows_max = 2, .columns_max = 2, .cell_bytes_max = 3};
  EXPECT_EQ(refusal("a\nb\n", limits), "accepted");
  EXPECT_EQ(refusal("a\nb\nc\n", limits), "line 3, column 1: more than 2 rows");
  EXPECT_EQ(refusal("a,b,c", limits), "line 1, column 5: more than 2 cells in a row");
  EXPECT_EQ(refusal("abcd", limits), "line 1, column 4: a cell of more than 3 bytes");
  EXPECT_EQ(refusal("\"abcd\"", limits), "line 1, column 5: a cell of more than 3 bytes");
}

TEST(CsvTable, TheFirstRowNamesTheColumns) {
  const auto table = read_table("device,profile\nt-1,tracker\n");
  ASSERT_TRUE(table);
  EXPECT_EQ(*table->column("profile"), 1U);
  EXPECT_EQ(table->rows[0].cells[0], "t-1");
  EXPECT_EQ(table->find_column("label"), std::nullopt);
  EXPECT_EQ(table->column("label").error().detail,
            "line 1: there is no column 'label'; the columns are: device, profile");
}

TEST(CsvTable, RowsOfAnotherLengthTwinColumnsAndEmptyTextsAreRefused) {
  EXPECT_EQ(read_table("a,b\n1\n").error().detail, "line 2: 1 cells, but the header has 2");
  EXPECT_EQ(read_table("a,a\n").error().detail, "line 1: the column 'a' twice");
  EXPECT_FALSE(read_table(""));
}

TEST(CsvWriter, WhatIsWrittenReadsBackTheSame) {
  Writer writer(Formulas::keep);
  writer.text("=1+1").text("a,b").text("\"").text("x\r\ny").number(-1.5).end_row();
  writer.text("").end_row();
  EXPECT_EQ(rows_of(writer.content()), (std::vector<Row>{{1, {"=1+1", "a,b", "\"", "x\r\ny", "-1.5"}}, {3, {""}}}));
}

TEST(CsvWriter, FormulasAreNeutralisedInTextButNumbersStayNumbers) {
  Writer writer(Formulas::neutralise);
  writer.text("=HYPERLINK(\"x\")").text("@a").text("+1").text("\t=1").text("a=b").number(-1).end_row();
  EXPECT_EQ(writer.content(), "\"'=HYPERLINK(\"\"x\"\")\",'@a,'+1,'\t=1,a=b,-1\r\n");
}

}  // namespace
}  // namespace outrider::wire::csv
