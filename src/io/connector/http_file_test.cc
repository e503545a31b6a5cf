#include "io/connector/http_file.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/cancel.h"
#include "base/fake_world.h"
#include "io/connector/http_answer.h"
#include "io/connector/http_receivers.h"

namespace headrace {
namespace {

// A server of one object, in the test's own hands.
struct Server {
  std::string content;
  std::string tag = "\"one\"";
  std::vector<std::string> asked = {};  // ranges, in order; "HEAD"
  // What goes wrong with a request, by its number; empty: nothing.
  std::function<std::string(size_t)> fault = [](size_t) { return ""; };

  HttpOutcome answer(const HttpRequest& request, HttpReceiver& to) {
    const std::string wrong = fault(asked.size());
    asked.push_back(request.head_only ? "HEAD" : request.range);
    if (wrong == "lost") return {Error{ErrorCode::kIo, "the connection was lost", "", ""}, true};
    if (wrong == "unknown host") return {Error{ErrorCode::kIo, "no such host", "", ""}, false};
    HttpHead head;
    head.fields["etag"] = tag;
    if (wrong == "503") {
      head.status = 503;
      return {to.begin(head), false};
    }
    if (request.head_only) {
      head.status = 200;
      head.fields["content-length"] = std::to_string(content.size());
      return {to.begin(head), false};
    }
    if (!request.unless_tag.empty() && request.unless_tag == tag) {
      head.status = 304;
      return {to.begin(head), false};
    }
    if (wrong == "no suffixes" && request.range.starts_with('-')) {
      head.status = 416;
      return {to.begin(head), false};
    }
    const size_t dash = request.range.find('-');
    uint64_t first = 0, last = content.size() - 1;
    if (dash == 0) {
      first = content.size() - std::min<uint64_t>(content.size(), std::stoull(request.range.substr(1)));
    } else {
      first = std::stoull(request.range.substr(0, dash));
      last = std::min<uint64_t>(last, std::stoull(request.range.substr(dash + 1)));
    }
    head.status = 206;
    head.fields["content-range"] = fmt::format("bytes {}-{}/{}", first, last, content.size());
    if (const Status begun = to.begin(head); !begun.ok()) return {begun, false};
    std::string_view bytes = std::string_view(content).substr(first, last - first + 1);
    if (wrong == "lost half-way") bytes = bytes.substr(0, bytes.size() / 2);
    if (const Status taken = to.append(bytes); !taken.ok()) return {taken, false};
    if (wrong == "lost half-way") return {Error{ErrorCode::kIo, "the connection was lost", "", ""}, true};
    return {};
  }
};

class HttpFiles : public testing::Test {
 protected:
  HttpFiles() {
    for (size_t index = 0; index < 1'000'000; ++index) server_.content.push_back(static_cast<char>(index * 31 % 251));
    world_.server = [this](const HttpRequest& request, HttpReceiver& to) { return server_.answer(request, to); };
  }
  std::unique_ptr<ReadableFile> open() {
    auto file = connector_->open(kUrl);
    EXPECT_TRUE(file.ok()) << to_text(file.error());
    return file.ok() ? std::move(file.value()) : nullptr;
  }
  std::string read(ReadableFile& file, uint64_t offset, uint64_t bytes) {
    std::string text(bytes, '\0');
    const auto got = file.read_at(offset, text);
    if (!got.ok()) return to_text(got.error());
    text.resize(got.value());
    return text;
  }

  static constexpr const char* kUrl = "http://a.org/t.bin";
  FakeWorld world_;
  MemoryBudget budget_{uint64_t{64} << 20};
  Settings settings_;
  Server server_;
  std::unique_ptr<Connector> connector_ = make_http_connector(world_, budget_, settings_);
};

TEST_F(HttpFiles, OneRequestBringsSizeAndEnd) {
  const auto file = open();
  EXPECT_EQ(file->size_bytes(), server_.content.size());
  EXPECT_EQ(file->version().tag, "\"one\"");
  const uint64_t tail = server_.content.size() - kHttpTailBytes;
  EXPECT_EQ(read(*file, tail + 5, 1'000), server_.content.substr(tail + 5, 1'000));
  EXPECT_EQ(read(*file, tail, 1 << 20), server_.content.substr(tail));
  EXPECT_EQ(read(*file, server_.content.size(), 10), "");
  EXPECT_EQ(file->bytes_away(tail, kHttpTailBytes), 0u);
  EXPECT_EQ(file->bytes_away(tail - 1, 2), 1u);
  EXPECT_EQ(server_.asked, std::vector<std::string>({"-262144"}));
  // What is partly here is asked for in part.
  EXPECT_EQ(read(*file, tail - 100, 300), server_.content.substr(tail - 100, 300));
  EXPECT_EQ(server_.asked.back(), fmt::format("{}-{}", tail - 100, tail - 1));
}

TEST_F(HttpFiles, WhatMayPassIsTriedAgain) {
  server_.fault = [](size_t number) { return number < 2 ? "503" : ""; };
  const auto file = open();
  EXPECT_EQ(server_.asked.size(), 3u);
  EXPECT_EQ(world_.now_ns, 500'000'000);  // 100 and 400 ms of pauses
  server_.asked.clear();
  server_.fault = [](size_t number) { return number == 0 ? "lost half-way" : number == 1 ? "lost" : ""; };
  EXPECT_EQ(read(*file, 0, 1'000), server_.content.substr(0, 1'000));
  EXPECT_EQ(server_.asked,
            std::vector<std::string>({"0-999", "500-999", "500-999"}));  // what came is not asked for again
  server_.asked.clear();
  server_.fault = [](size_t) { return "lost"; };
  EXPECT_EQ(read(*file, 0, 10), "error: the connection was lost (tried 4 times)\n  at http://a.org/t.bin");
  server_.asked.clear();
  server_.fault = [](size_t) { return "unknown host"; };
  EXPECT_EQ(read(*file, 0, 10), "error: no such host\n  at http://a.org/t.bin");
  EXPECT_EQ(server_.asked.size(), 1u);
}

TEST_F(HttpFiles, AnotherVersionIsAnError) {
  const auto file = open();
  server_.tag = "\"two\"";
  EXPECT_NE(read(*file, 0, 10).find("it was replaced on the server"), std::string::npos);
  server_.tag = "";
  EXPECT_EQ(read(*file, 0, 10), server_.content.substr(0, 10));  // a server that does not always say
  server_.content += "more";
  EXPECT_NE(read(*file, 0, 10).find("it was replaced on the server"), std::string::npos);
}

TEST_F(HttpFiles, TheEndOfAKnownVersionDoesNotComeAgain) {
  open();
  const auto file = open();
  EXPECT_EQ(file->size_bytes(), server_.content.size());
  EXPECT_EQ(file->bytes_away(file->size_bytes() - 1, 1), 1u);
  EXPECT_EQ(read(*file, 999'990, 100), server_.content.substr(999'990));
  EXPECT_EQ(server_.asked.back(), "999990-999999");
  server_.tag = "\"two\"";
  EXPECT_EQ(open()->version().tag, "\"two\"");
}

TEST_F(HttpFiles, AServerThatKnowsNoLastBytes) {
  server_.fault = [](size_t) { return "no suffixes"; };
  const auto file = open();
  EXPECT_EQ(file->size_bytes(), server_.content.size());
  EXPECT_EQ(server_.asked, std::vector<std::string>({"-262144", "HEAD", "737856-999999"}));
}

TEST_F(HttpFiles, EndsThatAreTooManyAreLetGo) {
  const auto before = budget_.bytes_used();
  std::vector<std::unique_ptr<ReadableFile>> files;
  for (int i = 0; i < 200; ++i) {
    server_.tag = fmt::format("\"{}\"", i);  // each is a version of its own
    files.push_back(open());
  }
  EXPECT_LE(budget_.bytes_used() - before, uint64_t{17} << 20);
  EXPECT_EQ(files.front()->bytes_away(files.front()->size_bytes() - 1, 1), 1u);
  EXPECT_EQ(files.back()->bytes_away(files.back()->size_bytes() - 1, 1), 0u);
  files.clear();
  EXPECT_EQ(budget_.bytes_used(), before);
}

TEST_F(HttpFiles, ACancelEndsPauses) {
  const auto file = open();
  CancelToken cancel;
  cancel.cancel();
  const CancelScope scope(&cancel);
  server_.fault = [](size_t) { return "lost"; };
  EXPECT_EQ(read(*file, 0, 10), "error: the query was cancelled");
}

}  // namespace
}  // namespace headrace
