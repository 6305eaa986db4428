/* How bytes are copied and compared in programs linked against musl for x86-64, in place of that library's own
   functions, which take several times as long for the short texts that charts are made of.

   What is shorter than two words is read as a first and a last word that may share bytes; all is read before
   anything is written, so that places may overlap. */

#include <stddef.h>
#include <stdint.h>

/* Words at any address, of anything. */
typedef uint16_t word2 __attribute__((aligned(1), may_alias));
typedef uint32_t word4 __attribute__((aligned(1), may_alias));
typedef uint64_t word8 __attribute__((aligned(1), may_alias));
typedef long long word16 __attribute__((vector_size(16), aligned(1), may_alias));

/* From how many bytes on the processor's own loop is faster. */
enum { STRING_BYTES_MIN = 1024 };

#define COPY_ENDS(word)                                            \
  do {                                                             \
    word first = *(const word *)from;                              \
    word last = *(const word *)(from + size - sizeof(word));       \
    *(word *)to = first;                                           \
    *(word *)(to + size - sizeof(word)) = last;                    \
  } while (0)

/* Up to 32 bytes. */
static inline void copy_few(unsigned char *to, const unsigned char *from, size_t size) {
  if (size > 16) COPY_ENDS(word16);
  else if (size >= 8) COPY_ENDS(word8);
  else if (size >= 4) COPY_ENDS(word4);
  else if (size >= 2) COPY_ENDS(word2);
  else if (size == 1) *to = *from;
}

static void copy_upwards(unsigned char *to, const unsigned char *from, size_t size) {
  if (size >= STRING_BYTES_MIN) {
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
    return;
  }
  for (; size > 32; size -= 32, to += 32, from += 32) {
    word16 first = *(const word16 *)from, second = *(const word16 *)(from + 16);
    *(word16 *)to = first;
    *(word16 *)(to + 16) = second;
  }
  copy_few(to, from, size);
}

static void copy_downwards(unsigned char *to, const unsigned char *from, size_t size) {
  for (; size > 32; size -= 32) {
    word16 last = *(const word16 *)(from + size - 16), other = *(const word16 *)(from + size - 32);
    *(word16 *)(to + size - 16) = last;
    *(word16 *)(to + size - 32) = other;
  }
  copy_few(to, from, size);
}

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
  if (size <= 32) copy_few(to, from, size);
  else copy_upwards(to, from, size);
  return to;
}

void *memmove(void *to, const void *from, size_t size) {
  if (size <= 32) copy_few(to, from, size);
  else if ((uintptr_t)to - (uintptr_t)from >= size) copy_upwards(to, from, size);
  else copy_downwards(to, from, size);
  return to;
}

int memcmp(const void *one, const void *other, size_t size) {
  const unsigned char *a = one, *b = other;
  for (; size >= 8; size -= 8, a += 8, b += 8) {
    uint64_t left = *(const word8 *)a, right = *(const word8 *)b;
    if (left != right) return __builtin_bswap64(left) < __builtin_bswap64(right) ? -1 : 1;
  }
  for (; size > 0; size--, a++, b++)
    if (*a != *b) return *a - *b;
  return 0;
}

int bcmp(const void *one, const void *other, size_t size) {
  const unsigned char *a = one, *b = other;
  if (size < 8) {
    if (size >= 4) {
      size_t last = size - 4;
      return *(const word4 *)a != *(const word4 *)b || *(const word4 *)(a + last) != *(const word4 *)(b + last);
    }
    for (; size > 0; size--, a++, b++)
      if (*a != *b) return 1;
    return 0;
  }
  for (; size > 8; size -= 8, a += 8, b += 8)
    if (*(const word8 *)a != *(const word8 *)b) return 1;
  size_t back = 8 - size;
  return *(const word8 *)(a - back) != *(const word8 *)(b - back);
}
