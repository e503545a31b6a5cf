#include "app/cli/line_reader.h"

#include <histedit.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <cwchar>

namespace headrace {

namespace {

constexpr int kHistoryLinesMax = 10'000;
constexpr size_t kShownMax = 60;

// The longest beginning that all words share, ASCII case ignored, spelt as in the first one.
std::string shared_beginning(const std::vector<std::string>& words) {
  std::string shared = words[0];
  for (const std::string& word : words) {
    size_t same = 0;
    while (same < shared.size() && same < word.size() &&
           std::tolower(static_cast<unsigned char>(shared[same])) ==
               std::tolower(static_cast<unsigned char>(word[same])))
      ++same;
    shared.resize(same);
  }
  return shared;
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' ||
         static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

struct LineReader::Editor {
  ::EditLine* line = nullptr;
  ::History* history = nullptr;
  Complete complete;
  std::string prompt;
  bool interrupted = false;

  // The next character. A signal is let in only while nothing else happens, so that none is lost between two waits.
  static int read_key(::EditLine* line, wchar_t* out) {
    void* data = nullptr;
    el_get(line, EL_CLIENTDATA, &data);
    Editor& editor = *static_cast<Editor*>(data);
    sigset_t open_mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &open_mask);
    sigdelset(&open_mask, SIGINT);
    std::mbstate_t state{};
    for (;;) {
      pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
      const int ready = ::ppoll(&input, 1, nullptr, &open_mask);
      if (ready < 0 && errno == EINTR) {
        editor.interrupted = true;
        return -1;
      }
      char byte = 0;
      if (ready < 0 || ::read(STDIN_FILENO, &byte, 1) != 1) return 0;
      wchar_t wide = 0;
      const size_t taken = std::mbrtowc(&wide, &byte, 1, &state);
      if (taken == static_cast<size_t>(-2)) continue;  // more bytes of the same character follow
      if (taken == static_cast<size_t>(-1)) {
        state = {};
        continue;
      }
      *out = wide;
      return 1;
    }
  }

  static char* prompt_of(::EditLine* line) {
    void* data = nullptr;
    el_get(line, EL_CLIENTDATA, &data);
    return static_cast<Editor*>(data)->prompt.data();
  }

  // Completes the word in front of the cursor, or lists what it can become.
  static unsigned char on_tab(::EditLine* line, int) {
    void* data = nullptr;
    el_get(line, EL_CLIENTDATA, &data);
    const Editor& editor = *static_cast<Editor*>(data);
    const LineInfo* info = el_line(line);
    const char* begin = info->cursor;
    while (begin > info->buffer && is_word(begin[-1])) --begin;
    const std::string word(begin, info->cursor);
    const std::vector<std::string> words = editor.complete(word);
    if (words.empty()) return CC_REFRESH_BEEP;
    std::string whole = shared_beginning(words);
    if (words.size() == 1) whole += ' ';
    if (whole.size() > word.size()) {
      el_deletestr(line, static_cast<int>(word.size()));
      el_insertstr(line, whole.c_str());
      return CC_REFRESH;
    }
    std::string list = "\n";
    for (size_t i = 0; i < words.size() && i < kShownMax; ++i) list += words[i] + (i + 1 < words.size() ? "  " : "");
    if (words.size() > kShownMax) list += "…";
    list += "\n";
    std::fputs(list.c_str(), stdout);
    std::fflush(stdout);
    return CC_REDISPLAY;
  }
};

LineReader::LineReader(std::string history_path, Complete complete) : history_path_(std::move(history_path)) {
  if (::isatty(STDIN_FILENO) != 1 || ::isatty(STDOUT_FILENO) != 1) return;
  editor_ = std::make_unique<Editor>();
  editor_->complete = std::move(complete);
  editor_->line = el_init("headrace", stdin, stdout, stderr);
  editor_->history = history_init();
  el_set(editor_->line, EL_CLIENTDATA, editor_.get());
  el_set(editor_->line, EL_PROMPT, &Editor::prompt_of);
  el_set(editor_->line, EL_EDITOR, "emacs");
  el_set(editor_->line, EL_SIGNAL, 0);
  el_set(editor_->line, EL_GETCFN, &Editor::read_key);
  HistEvent event;
  history(editor_->history, &event, H_SETSIZE, kHistoryLinesMax);
  history(editor_->history, &event, H_SETUNIQUE, 1);
  if (!history_path_.empty()) history(editor_->history, &event, H_LOAD, history_path_.c_str());
  el_set(editor_->line, EL_HIST, ::history, editor_->history);
  el_set(editor_->line, EL_ADDFN, "headrace-complete", "complete a word", &Editor::on_tab);
  el_set(editor_->line, EL_BIND, "^I", "headrace-complete", nullptr);
  el_set(editor_->line, EL_BIND, "^R", "em-inc-search-prev", nullptr);
}

LineReader::~LineReader() {
  if (editor_ == nullptr) return;
  HistEvent event;
  if (!history_path_.empty()) history(editor_->history, &event, H_SAVE, history_path_.c_str());
  history_end(editor_->history);
  el_end(editor_->line);
}

LineReader::End LineReader::read_plain(std::string& line) {
  line.clear();
  for (;;) {
    const int c = std::getc(stdin);
    if (c == EOF) return line.empty() ? End::kEnd : End::kLine;
    if (c == '\n') return End::kLine;
    line += static_cast<char>(c);
  }
}

LineReader::End LineReader::read(const std::string& prompt, std::string& line) {
  if (editor_ == nullptr) return read_plain(line);
  editor_->prompt = prompt;
  editor_->interrupted = false;
  sigset_t interrupts, before;
  sigemptyset(&interrupts);
  sigaddset(&interrupts, SIGINT);
  pthread_sigmask(SIG_BLOCK, &interrupts, &before);
  el_set(editor_->line, EL_PREP_TERM, 1);  // before the prompt: a Ctrl-D behind it is a key then, and no end of file
  int count = 0;
  const char* text = el_gets(editor_->line, &count);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (editor_->interrupted) {
    el_reset(editor_->line);
    return End::kInterrupted;
  }
  if (text == nullptr || count <= 0) return End::kEnd;
  line.assign(text, static_cast<size_t>(count));
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
  return End::kLine;
}

void LineReader::remember(const std::string& statement) {
  if (editor_ == nullptr) return;
  std::string kept = statement;
  if (kept.find("--") == std::string::npos) std::replace(kept.begin(), kept.end(), '\n', ' ');
  HistEvent event;
  history(editor_->history, &event, H_ENTER, kept.c_str());
  if (!history_path_.empty()) history(editor_->history, &event, H_SAVE, history_path_.c_str());
}

}  // namespace headrace
