/* Tries the functions of memory.c under other names, byte by byte: ends with 1 at the first wrong answer. */

#define memcpy tried_memcpy
#define memmove tried_memmove
#define memcmp tried_memcmp
#define bcmp tried_bcmp
#include "memory.c"

#include <stdio.h>
#include <stdlib.h>

enum { ROOM = 9000, MARGIN = 64 };
static unsigned char before[ROOM], after[ROOM];

static void check(int right, const char *what, size_t size, size_t to, size_t from) {
  if (right) return;
  printf("%s of %zu bytes to %zu from %zu\n", what, size, to, from);
  exit(1);
}

static void fill(void) {
  for (size_t at = 0; at < ROOM; at++) before[at] = after[at] = (unsigned char)(at * 167 >> 3 ^ at);
}

/* What was there before, with `size` bytes moved. */
static int is_moved(size_t size, size_t to, size_t from) {
  for (size_t at = 0; at < ROOM; at++)
    if (after[at] != (at - to < size ? before[at - to + from] : before[at])) return 0;
  return 1;
}

static void copies(size_t size, size_t to, size_t from) {
  fill();
  check(tried_memmove(after + to, after + from, size) == after + to && is_moved(size, to, from),
        "memmove", size, to, from);
  if (to < from + size && from < to + size) return;
  fill();
  check(tried_memcpy(after + to, after + from, size) == after + to && is_moved(size, to, from),
        "memcpy", size, to, from);
}

static void compares(size_t size, size_t one, size_t other) {
  unsigned char *a = before + one, *b = after + ROOM / 2 + other;
  fill();
  for (size_t at = 0; at < size; at++) b[at] = a[at];
  check(tried_memcmp(a, b, size) == 0 && tried_bcmp(a, b, size) == 0, "equal", size, one, other);
  for (size_t at = 0; at < size; at++) {
    unsigned char kept = b[at];
    for (int change = 1; change < 256; change += 127) {
      b[at] = (unsigned char)(kept + change);
      int found = tried_memcmp(a, b, size);
      check(a[at] < b[at] ? found < 0 : found > 0, "memcmp", size, one, other);
      check(tried_bcmp(a, b, size) != 0, "bcmp", size, one, other);
    }
    b[at] = kept;
    /* What lies behind makes no difference. */
    if (at + 1 < size) continue;
    b[size] = (unsigned char)(a[size] + 1);
    check(tried_memcmp(a, b, size) == 0 && tried_bcmp(a, b, size) == 0, "behind", size, one, other);
  }
}

int main(void) {
  static const size_t longer[] = {255, 1023, 1024, 1025, 4000};
  for (size_t size = 0; size < 140 + 5; size++) {
    size_t bytes = size < 140 ? size : longer[size - 140];
    static const size_t apart[] = {0, 1, 3, 7, 8, 15, 16, 17, 31, 32, 33, 64, 150, 4200};
    for (size_t at = 0; at < sizeof apart / sizeof *apart; at++) {
      copies(bytes, MARGIN, MARGIN + apart[at]);
      copies(bytes, MARGIN + apart[at], MARGIN);
      if (bytes < 140) compares(bytes, MARGIN + apart[at] % 16, at % 8);
    }
  }
  return 0;
}
