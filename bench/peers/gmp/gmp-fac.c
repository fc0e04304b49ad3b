/*
 * The factorial of GMP, for comparison: reads lines "n rounds" and answers each with one line
 * "fac_ns export_ns" per round (median of rounds is the caller's business), or "n sha" with the bytes in hex
 * to a file. Times are of CLOCK_MONOTONIC, in nanoseconds, one thread.
 */
#include <gmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000L + t.tv_nsec;
}

static void time_rounds(unsigned long n, int rounds) {
  for (int i = 0; i < rounds; i++) {
    mpz_t value;
    mpz_init(value);
    long start = now_ns();
    mpz_fac_ui(value, n);
    long middle = now_ns();
    size_t count = 0;
    void *bytes = mpz_export(NULL, &count, 1, 1, 1, 0, value);
    long end = now_ns();
    printf("%ld %ld ", middle - start, end - middle);
    free(bytes);
    mpz_clear(value);
  }
  printf("\n");
  fflush(stdout);
}

static void write_bytes(unsigned long n, const char *file) {
  mpz_t value;
  mpz_init(value);
  mpz_fac_ui(value, n);
  size_t count = 0;
  void *bytes = mpz_export(NULL, &count, 1, 1, 1, 0, value);
  FILE *out = fopen(file, "wb");
  if (out == NULL || fwrite(bytes, 1, count, out) != count || fclose(out) != 0) exit(1);
  free(bytes);
  mpz_clear(value);
  printf("%zu\n", count);
  fflush(stdout);
}

int main(void) {
  char line[4096], file[4000];
  unsigned long n;
  int rounds;
  printf("%s\n", gmp_version);
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (sscanf(line, "time %lu %d", &n, &rounds) == 2) time_rounds(n, rounds);
    else if (sscanf(line, "write %lu %3999s", &n, file) == 2) write_bytes(n, file);
    else return 2;
  }
  return 0;
}
