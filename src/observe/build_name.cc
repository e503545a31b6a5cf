#include "observe/build_name.h"

#include <elf.h>
#include <link.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <span>

#include "base/version.h"

namespace headrace {

namespace {

constexpr size_t kIdentifierBytes = 8;  // of those that the linker gives

// The identifier in a segment of notes: each a header, a name and a content, both padded to four bytes.
std::string identifier_in(std::span<const char> notes) {
  const auto padded = [](size_t bytes) { return (bytes + 3) / 4 * 4; };
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes.data(), sizeof note);
    const size_t content = sizeof note + padded(note.n_namesz);
    if (content + note.n_descsz > notes.size()) break;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(&notes[sizeof note], "GNU", 4) == 0) {
      std::string text;
      for (size_t i = 0; i < std::min<size_t>(note.n_descsz, kIdentifierBytes); ++i)
        text += fmt::format("{:02x}", static_cast<unsigned char>(notes[content + i]));
      return text;
    }
    notes = notes.subspan(std::min(notes.size(), content + padded(note.n_descsz)));
  }
  return "";
}

// The object that this function lies in comes with the address of one of its own.
struct Search {
  uintptr_t address;
  std::string found;
};

int look_at(dl_phdr_info* object, size_t, void* data) {
  auto& search = *static_cast<Search*>(data);
  bool ours = false;
  std::string identifier;
  for (const ElfW(Phdr) & part : std::span(object->dlpi_phdr, object->dlpi_phnum)) {
    const uintptr_t begin = object->dlpi_addr + part.p_vaddr;
    if (part.p_type == PT_LOAD && search.address >= begin && search.address - begin < part.p_memsz) ours = true;
    if (part.p_type == PT_NOTE && identifier.empty())
      identifier = identifier_in({reinterpret_cast<const char*>(begin), part.p_memsz});
  }
  if (ours) search.found = identifier;
  return ours ? 1 : 0;
}

std::string find_build_name() {
  Search search{reinterpret_cast<uintptr_t>(&build_name), ""};
  dl_iterate_phdr(look_at, &search);
  return search.found.empty() ? std::string(version()) : fmt::format("{} {}", version(), search.found);
}

}  // namespace

const std::string& build_name() {
  static const auto* const name = new std::string(find_build_name());
  return *name;
}

}  // namespace headrace
