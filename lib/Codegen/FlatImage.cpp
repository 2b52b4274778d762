//===- FlatImage.cpp - an object file as one position-independent image ---===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Codegen/FlatImage.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace rheobase::codegen;

namespace {

using Object = object::ELF64LEObjectFile;

class Layout {
public:
  explicit Layout(Object &object) : object(object) {}

  Error placeSections();
  Error relocate();
  Error findEntries(ArrayRef<std::string> symbols);

  FlatImage image;

private:
  Expected<uint64_t> addressOf(object::SymbolRef symbol);
  Error apply(const object::ELFRelocationRef &relocation, uint64_t place);

  Object &object;
  DenseMap<uint64_t, uint64_t> offsets;
};

} // namespace

static Error error(const Twine &message) {
  return createStringError("code image: " + message);
}

Error Layout::placeSections() {
  for (const object::SectionRef &section : object.sections()) {
    object::ELFSectionRef elf(section);
    if (!(elf.getFlags() & ELF::SHF_ALLOC) || section.getSize() == 0)
      continue;
    Expected<StringRef> name = section.getName();
    if (!name)
      return name.takeError();
    if (elf.getFlags() & (ELF::SHF_WRITE | ELF::SHF_TLS))
      return error("section '" + *name + "' holds writable data, expected code and constants only");
    Expected<StringRef> contents = section.getContents();
    if (!contents)
      return contents.takeError();
    uint64_t offset = alignTo(image.bytes.size(), std::max<uint64_t>(section.getAlignment().value(), 1));
    offsets[section.getIndex()] = offset;
    image.bytes.resize(offset, 0);
    image.bytes.insert(image.bytes.end(), contents->bytes_begin(), contents->bytes_end());
  }
  return Error::success();
}

Expected<uint64_t> Layout::addressOf(object::SymbolRef symbol) {
  Expected<StringRef> name = symbol.getName();
  Expected<object::section_iterator> section = symbol.getSection();
  Expected<uint64_t> value = symbol.getValue();
  if (!name || !section || !value)
    return joinErrors(joinErrors(name.takeError(), section.takeError()), value.takeError());
  if (*section == object.section_end())
    return error("the code calls '" + *name + "', which no kernel can: lower the operation to arithmetic");
  auto offset = offsets.find((*section)->getIndex());
  if (offset == offsets.end())
    return error("'" + *name + "' lies in a section that is not part of the image");
  return offset->second + *value;
}

Error Layout::apply(const object::ELFRelocationRef &relocation, uint64_t place) {
  Expected<uint64_t> target = addressOf(*relocation.getSymbol());
  Expected<int64_t> addend = relocation.getAddend();
  if (!target || !addend)
    return joinErrors(target.takeError(), addend.takeError());
  int64_t distance = static_cast<int64_t>(*target) + *addend - static_cast<int64_t>(place);
  uint64_t type = relocation.getType();
  bool isWide = type == ELF::R_X86_64_PC64;
  if (!isWide && type != ELF::R_X86_64_PC32 && type != ELF::R_X86_64_PLT32)
    return error("relocation of type " + Twine(type) + " needs an address that is known only when loaded");
  if (place + (isWide ? 8 : 4) > image.bytes.size() || (!isWide && !isInt<32>(distance)))
    return error("relocation out of range");
  if (isWide)
    support::endian::write64le(&image.bytes[place], distance);
  else
    support::endian::write32le(&image.bytes[place], distance);
  return Error::success();
}

Error Layout::relocate() {
  for (const object::SectionRef &section : object.sections()) {
    Expected<object::section_iterator> target = section.getRelocatedSection();
    if (!target)
      return target.takeError();
    if (*target == object.section_end())
      continue;
    auto offset = offsets.find((*target)->getIndex());
    if (offset == offsets.end())
      continue;
    for (const object::RelocationRef &relocation : section.relocations())
      if (Error e = apply(relocation, offset->second + relocation.getOffset()))
        return e;
  }
  return Error::success();
}

Error Layout::findEntries(ArrayRef<std::string> symbols) {
  StringMap<uint64_t> addresses;
  for (const object::ELFSymbolRef &symbol : object.symbols()) {
    if (symbol.getELFType() != ELF::STT_FUNC)
      continue;
    Expected<StringRef> name = symbol.getName();
    Expected<uint64_t> address = addressOf(symbol);
    if (!name || !address)
      return joinErrors(name.takeError(), address.takeError());
    addresses[*name] = *address;
  }
  for (const std::string &name : symbols) {
    auto found = addresses.find(name);
    if (found == addresses.end())
      return error("kernel '" + name + "' is missing from the object");
    image.entries.push_back(found->second);
  }
  return Error::success();
}

Expected<FlatImage> rheobase::codegen::layOutImage(MemoryBufferRef buffer, ArrayRef<std::string> symbols) {
  Expected<Object> object = Object::create(buffer);
  if (!object)
    return object.takeError();
  Layout layout(*object);
  if (Error e = layout.placeSections())
    return e;
  if (Error e = layout.relocate())
    return e;
  if (Error e = layout.findEntries(symbols))
    return e;
  return std::move(layout.image);
}
