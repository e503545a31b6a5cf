#include "io/format/known_texts.h"

#include <algorithm>

namespace headrace {

KnownTexts::Taken KnownTexts::take() {
  const std::thread::id me = std::this_thread::get_id();
  std::unique_ptr<Set> set;
  {
    const std::lock_guard lock(mutex_);
    auto found = std::ranges::find(free_, me, [](const auto& one) { return one->last_taken_by; });
    if (found == free_.end() && !free_.empty()) found = free_.end() - 1;
    if (found != free_.end()) {
      set = std::move(*found);
      free_.erase(found);
    }
  }
  if (set == nullptr) {
    set = std::make_unique<Set>();
    for (const bool is_text : is_text_)
      set->columns.push_back(is_text ? std::make_unique<TextEntries>(budget_) : nullptr);
  }
  set->last_taken_by = me;
  return Taken(set.release(), GiveBack{shared_from_this()});
}

void KnownTexts::give_back(Set* set) {
  std::unique_ptr<Set> owned(set);
  const std::lock_guard lock(mutex_);
  if (keeps_) free_.push_back(std::move(owned));
}

void KnownTexts::keep_none() {
  const std::lock_guard lock(mutex_);
  keeps_ = false;
  free_.clear();
}

}  // namespace headrace
