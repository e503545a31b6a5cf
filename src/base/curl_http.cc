#include "base/curl_http.h"

#include <algorithm>
#include <chrono>
#include <string_view>

#include <curl/curl.h>
#include <dlfcn.h>

#include <fmt/format.h>

#include "base/bytes_read.h"
#include "base/cancel.h"
#include "base/version.h"

namespace headrace {
namespace {

constexpr int kPollMs = 50;                             // how late a cancel is seen
constexpr size_t kIdleConnectionsMax = 16;
constexpr long kRedirectsMax = 10;
constexpr long kReceiveBufferBytes = long{256} << 10;
constexpr uint64_t kFlowBytesMin = uint64_t{16} << 10;  // fewer while patience lasts, and the transfer counts as stuck
constexpr uint64_t kHeaderBytesMax = uint64_t{256} << 10;

// What we call, by the types that the library's header declares.
struct Library {
  decltype(&curl_global_init) global_init;
  decltype(&curl_easy_init) easy_init;
  decltype(&curl_easy_reset) easy_reset;
  decltype(&curl_easy_cleanup) easy_cleanup;
  decltype(&curl_easy_setopt) easy_setopt;
  decltype(&curl_easy_getinfo) easy_getinfo;
  decltype(&curl_easy_strerror) easy_strerror;
  decltype(&curl_slist_append) slist_append;
  decltype(&curl_slist_free_all) slist_free_all;
  decltype(&curl_multi_init) multi_init;
  decltype(&curl_multi_cleanup) multi_cleanup;
  decltype(&curl_multi_add_handle) multi_add_handle;
  decltype(&curl_multi_remove_handle) multi_remove_handle;
  decltype(&curl_multi_perform) multi_perform;
  decltype(&curl_multi_poll) multi_poll;
  decltype(&curl_multi_info_read) multi_info_read;
};

constexpr const char* kLibraryName = "libcurl.so.4";

Result<Library> load_library() {
  void* module = dlopen(kLibraryName, RTLD_LAZY | RTLD_LOCAL);  // never closed
  const auto failed = [](const char* reason) {
    return Error{ErrorCode::kIo, fmt::format("URLs cannot be read: {}", reason != nullptr ? reason : "unknown"),
                 kLibraryName, "install libcurl 4 (on Debian: libcurl4)"};
  };
  if (module == nullptr) return failed(dlerror());
  Library library;
  bool complete = true;
  const auto find = [&](auto& function, const char* name) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(module, name));
    complete = complete && function != nullptr;
  };
  find(library.global_init, "curl_global_init");
  find(library.easy_init, "curl_easy_init");
  find(library.easy_reset, "curl_easy_reset");
  find(library.easy_cleanup, "curl_easy_cleanup");
  find(library.easy_setopt, "curl_easy_setopt");
  find(library.easy_getinfo, "curl_easy_getinfo");
  find(library.easy_strerror, "curl_easy_strerror");
  find(library.slist_append, "curl_slist_append");
  find(library.slist_free_all, "curl_slist_free_all");
  find(library.multi_init, "curl_multi_init");
  find(library.multi_cleanup, "curl_multi_cleanup");
  find(library.multi_add_handle, "curl_multi_add_handle");
  find(library.multi_remove_handle, "curl_multi_remove_handle");
  find(library.multi_perform, "curl_multi_perform");
  find(library.multi_poll, "curl_multi_poll");
  find(library.multi_info_read, "curl_multi_info_read");
  if (!complete) return failed("the library is older than 7.66");
  if (library.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return failed("it cannot be initialised");
  return library;
}

const Result<Library>& library() {
  static const auto* loaded = new Result<Library>(load_library());  // one try per process
  return *loaded;
}

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// One request in progress, as the library's callbacks see it.
struct Transfer {
  CURL* easy;
  HttpReceiver& to;
  HttpHead head = {};
  bool begun = false;
  Status refused = kDone;  // by the receiver, or by us
  uint64_t header_bytes = 0;
  uint64_t bytes = 0;  // headers and body

  Status begin() {
    if (begun) return kDone;
    begun = true;
    long status = 0;
    library().value().easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    head.status = static_cast<int>(status);
    return to.begin(head);
  }
};

constexpr std::string_view kFields[] = {"etag",           "last-modified",    "content-range",
                                        "content-length", "content-encoding", "retry-after"};

size_t take_header(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  std::string_view line(data, size * count);
  transfer.bytes += line.size();
  transfer.header_bytes += line.size();
  if (transfer.header_bytes > kHeaderBytesMax) {
    transfer.refused = Error{
        ErrorCode::kIo, fmt::format("the server's answer begins with more than {} bytes of fields", kHeaderBytesMax),
        "", "what answers there speaks no HTTP that is understood"};
    return 0;
  }
  if (line.starts_with("HTTP/")) transfer.head.fields.clear();  // of an answer in front of this one
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || line.size() > kHttpFieldBytesMax) return size * count;
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (std::ranges::find(kFields, name) == std::end(kFields)) return size * count;
  std::string_view value = line.substr(colon + 1);
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!value.empty() && blank(value.front())) value.remove_prefix(1);
  while (!value.empty() && blank(value.back())) value.remove_suffix(1);
  std::string& kept = transfer.head.fields[std::move(name)] = std::string(value);
  std::ranges::replace_if(kept, [](char c) { return c < ' ' || c > '~'; }, '?');  // errors show it on terminals
  return size * count;
}

size_t take_bytes(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  transfer.bytes += size * count;
  note_bytes_read(size * count);
  transfer.refused = transfer.begin();
  if (transfer.refused.ok()) transfer.refused = transfer.to.append({data, size * count});
  return transfer.refused.ok() ? size * count : 0;
}

bool may_pass(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return true;
    default: return false;
  }
}

const char* hint_of(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST: return "check the spelling of the host";
    case CURLE_COULDNT_CONNECT: return "check host and port, and that the server runs";
    case CURLE_PEER_FAILED_VERIFICATION: return "the server's certificate is not trusted; install its authority's";
    case CURLE_TOO_MANY_REDIRECTS: return "name the address that the redirects end at";
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY: return "what answers there speaks no HTTP that is understood";
    default: return "try again later";
  }
}

}  // namespace

class CurlHttp::Connection {
 public:
  Connection() : easy_(library().value().easy_init()), multi_(library().value().multi_init()) {}
  ~Connection() {
    if (easy_ != nullptr) library().value().easy_cleanup(easy_);
    if (multi_ != nullptr) library().value().multi_cleanup(multi_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  bool ok() const { return easy_ != nullptr && multi_ != nullptr; }

  HttpOutcome perform(const HttpRequest& request, HttpReceiver& to) {
    const Library& curl = library().value();
    Transfer transfer{easy_, to};
    char text[CURL_ERROR_SIZE] = "";
    curl_slist* fields = curl.slist_append(nullptr, "Accept-Encoding: identity");
    if (!request.unless_tag.empty())
      fields = curl.slist_append(fields, ("If-None-Match: " + request.unless_tag).c_str());
    prepare(request, transfer, fields, text);
    curl.multi_add_handle(multi_, easy_);
    const HttpOutcome outcome = run(request, transfer, text);
    curl.multi_remove_handle(multi_, easy_);
    curl.slist_free_all(fields);
    return outcome;
  }

 private:
  void prepare(const HttpRequest& request, Transfer& transfer, curl_slist* fields, char* text) {
    const Library& curl = library().value();
    const auto set = [&](CURLoption option, auto value) { curl.easy_setopt(easy_, option, value); };
    curl.easy_reset(easy_);
    const char* schemes = request.url.starts_with("https") ? "https" : "http,https";
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_PROTOCOLS_STR, schemes);
    set(CURLOPT_REDIR_PROTOCOLS_STR, schemes);
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, kRedirectsMax);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_USERAGENT, ("headrace/" + std::string(version())).c_str());
    set(CURLOPT_HTTPHEADER, fields);
    if (request.head_only) set(CURLOPT_NOBODY, 1L);
    if (!request.range.empty()) set(CURLOPT_RANGE, request.range.c_str());
    set(CURLOPT_BUFFERSIZE, kReceiveBufferBytes);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.patience_ms));
    set(CURLOPT_ERRORBUFFER, text);
    set(CURLOPT_HEADERFUNCTION, take_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(&transfer));
    set(CURLOPT_WRITEFUNCTION, take_bytes);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
  }

  HttpOutcome run(const HttpRequest& request, Transfer& transfer, const char* text) {
    const Library& curl = library().value();
    int64_t window_begin_ms = now_ms();
    uint64_t window_bytes = 0;
    for (int running = 1;;) {
      if (const CancelToken* cancel = current_cancel(); cancel != nullptr && cancel->cancelled())
        return {cancel->check(), false};
      if (const CURLMcode code = curl.multi_perform(multi_, &running); code != CURLM_OK)
        return {Error{ErrorCode::kIo, fmt::format("libcurl failed with code {}", static_cast<int>(code)), "", ""},
                false};
      if (running == 0) return ended(transfer, text);
      if (now_ms() - window_begin_ms > static_cast<int64_t>(request.patience_ms)) {
        if (transfer.bytes - window_bytes < kFlowBytesMin)
          return {Error{ErrorCode::kIo,
                        fmt::format("the server gave {} bytes in {} ms", transfer.bytes - window_bytes,
                                    request.patience_ms),
                        "", "SET http_timeout to more seconds, or try again later"},
                  true};
        window_begin_ms = now_ms();
        window_bytes = transfer.bytes;
      }
      curl.multi_poll(multi_, nullptr, 0, kPollMs, nullptr);
    }
  }

  HttpOutcome ended(Transfer& transfer, const char* text) {
    const Library& curl = library().value();
    CURLcode code = CURLE_OK;
    int left = 0;
    while (const CURLMsg* message = curl.multi_info_read(multi_, &left))
      if (message->msg == CURLMSG_DONE) code = message->data.result;
    if (!transfer.refused.ok()) return {transfer.refused, false};
    if (code == CURLE_OK) return {transfer.begin(), false};
    const char* reason = *text != '\0' ? text : curl.easy_strerror(code);
    return {Error{ErrorCode::kIo, fmt::format("cannot read from the server: {}", reason), "", hint_of(code)},
            may_pass(code)};
  }

  CURL* const easy_;
  CURLM* const multi_;
};

CurlHttp::CurlHttp() = default;
CurlHttp::~CurlHttp() = default;

std::unique_ptr<CurlHttp::Connection> CurlHttp::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<Connection>();
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void CurlHttp::give_back(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  if (idle_.size() < kIdleConnectionsMax) idle_.push_back(std::move(connection));
}

HttpOutcome CurlHttp::perform(const HttpRequest& request, HttpReceiver& to) {
  if (!library().ok()) return {library().error(), false};
  std::unique_ptr<Connection> connection = take();
  if (!connection->ok()) return {Error{ErrorCode::kLimit, "libcurl has no memory for a connection", "", ""}, false};
  const HttpOutcome outcome = connection->perform(request, to);
  give_back(std::move(connection));
  return outcome;
}

}  // namespace headrace
