//===- ConstantMemory.cpp - where the bytes of constants lie -------------------===//
//
// Part of the Rheobase project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "rheobase/Interfaces/ConstantMemory.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/ErrorHandling.h"

#include <cstring>
#include <map>
#include <mutex>
#include <sys/mman.h>

using namespace mlir;
using namespace rheobase;

namespace {

/// From this size on bytes are pages of their own: what is smaller malloc keeps, and gives out again.
constexpr size_t kOwnPages = size_t(1) << 20;
constexpr std::align_val_t kAlignment{64};

/// Every mapping that is in use, by its address.
class MappedFiles {
public:
  static MappedFiles &all() {
    static MappedFiles files;
    return files;
  }
  void add(void *data, size_t size) {
    std::lock_guard lock(mutex);
    sizes[data] = size;
  }
  void unmap(void *data) {
    std::lock_guard lock(mutex);
    munmap(data, sizes[data]);
    sizes.erase(data);
  }
  /// Nothing was written to these pages, so that nothing is lost; where the system declines, they stay.
  void giveBack() {
    std::lock_guard lock(mutex);
    for (auto [data, size] : sizes)
      madvise(data, size, MADV_DONTNEED);
  }

private:
  std::mutex mutex;
  std::map<void *, size_t> sizes;
};

} // namespace

std::shared_ptr<char> rheobase::zeroedBytes(size_t size) {
  if (size < kOwnPages) {
    auto *bytes = static_cast<char *>(::operator new(size, kAlignment));
    std::memset(bytes, 0, size);
    return {bytes, [](char *freed) { ::operator delete(freed, kAlignment); }};
  }
  void *pages = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED)
    llvm::report_bad_alloc_error("no memory for a constant");
  return {static_cast<char *>(pages), [size](char *freed) { munmap(freed, size); }};
}

std::shared_ptr<const void> rheobase::ownMappedFile(void *data, size_t size) {
  MappedFiles::all().add(data, size);
  return {data, [](void *mapping) { MappedFiles::all().unmap(mapping); }};
}

void rheobase::giveBackMappedPages() {
  MappedFiles::all().giveBack();
}

/// The keys of the resources that attributes of the modules' ops mention.
static llvm::StringSet<> mentionedResources(ArrayRef<ModuleOp> modules) {
  llvm::StringSet<> keys;
  AttrTypeWalker attributes;
  attributes.addWalk([&](DenseResourceElementsAttr resource) { keys.insert(resource.getRawHandle().getKey()); });
  for (ModuleOp module : modules)
    if (module)
      module->walk([&](Operation *op) { attributes.walk(op->getAttrDictionary()); });
  return keys;
}

void rheobase::releaseConstants(ArrayRef<ModuleOp> inUse) {
  giveBackMappedPages();
  auto first = llvm::find_if(inUse, [](ModuleOp module) { return bool(module); });
  auto &blobs = DenseResourceElementsHandle::getManagerInterface(ModuleOp(*first).getContext()).getBlobManager();
  llvm::StringSet<> mentioned = mentionedResources(inUse);
  std::vector<std::string> unused;
  blobs.getBlobMap([&](const llvm::StringMap<DialectResourceBlobManager::BlobEntry> &entries) {
    for (const auto &entry : entries)
      if (entry.second.getBlob() && !mentioned.contains(entry.getKey()))
        unused.push_back(entry.getKey().str());
  });
  for (const std::string &key : unused)
    blobs.update(key, AsmResourceBlob());
}
