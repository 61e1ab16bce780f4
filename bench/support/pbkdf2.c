// The fastest native code for a puzzle that is known here: PBKDF2-HMAC-SHA-256 with the processor's SHA instructions,
// two salts side by side. Prints the first word of the last key and the iterations per CPU-second.
//   pbkdf2 <iterations> <tries>     password "a password", salts 0 ‖ n (32 bits each, big-endian)
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LANES 2
#define EACH for (int l = 0; l < LANES; l++)

static const uint32_t K[64] __attribute__((aligned(16))) = {
  0x428a2f98,0x71374491,0xb5c0fbcf,0xe9b5dba5,0x3956c25b,0x59f111f1,0x923f82a4,0xab1c5ed5,
  0xd807aa98,0x12835b01,0x243185be,0x550c7dc3,0x72be5d74,0x80deb1fe,0x9bdc06a7,0xc19bf174,
  0xe49b69c1,0xefbe4786,0x0fc19dc6,0x240ca1cc,0x2de92c6f,0x4a7484aa,0x5cb0a9dc,0x76f988da,
  0x983e5152,0xa831c66d,0xb00327c8,0xbf597fc7,0xc6e00bf3,0xd5a79147,0x06ca6351,0x14292967,
  0x27b70a85,0x2e1b2138,0x4d2c6dfc,0x53380d13,0x650a7354,0x766a0abb,0x81c2c92e,0x92722c85,
  0xa2bfe8a1,0xa81a664b,0xc24b8b70,0xc76c51a3,0xd192e819,0xd6990624,0xf40e3585,0x106aa070,
  0x19a4c116,0x1e376c08,0x2748774c,0x34b0bcb5,0x391c0cb3,0x4ed8aa4a,0x5b9cca4f,0x682e6ff3,
  0x748f82ee,0x78a5636f,0x84c87814,0x8cc70208,0x90befffa,0xa4506ceb,0xbef9a3f7,0xc67178f2};

// A hash as the instructions want it.
typedef struct { __m128i abef, cdgh; } state;

static inline __attribute__((always_inline)) void compress(const state *from, __m128i (*w)[4], state *to) {
  __m128i s0[LANES], s1[LANES];
  EACH { s0[l] = from[l].abef; s1[l] = from[l].cdgh; }
#pragma GCC unroll 16
  for (int round = 0; round < 16; round++) {
    __m128i k = _mm_load_si128((const __m128i *)(K + 4 * round));
#pragma GCC unroll 4
    EACH {
      __m128i word = w[l][round & 3];
      __m128i x = _mm_add_epi32(word, k);
      s1[l] = _mm_sha256rnds2_epu32(s1[l], s0[l], x);
      s0[l] = _mm_sha256rnds2_epu32(s0[l], s1[l], _mm_shuffle_epi32(x, 0x0e));
      if (round < 12) {
        __m128i next = _mm_sha256msg1_epu32(word, w[l][(round + 1) & 3]);
        next = _mm_add_epi32(next, _mm_alignr_epi8(w[l][(round + 3) & 3], w[l][(round + 2) & 3], 4));
        w[l][round & 3] = _mm_sha256msg2_epu32(next, w[l][(round + 3) & 3]);
      }
    }
  }
  EACH {
    to[l].abef = _mm_add_epi32(s0[l], from[l].abef);
    to[l].cdgh = _mm_add_epi32(s1[l], from[l].cdgh);
  }
}

// The hash as the first half of a block.
static inline void to_words(state s, __m128i *w) {
  __m128i t = _mm_shuffle_epi32(s.abef, 0x1b), u = _mm_shuffle_epi32(s.cdgh, 0xb1);
  w[0] = _mm_blend_epi16(t, u, 0xf0);
  w[1] = _mm_alignr_epi8(u, t, 8);
}

static const uint32_t H[8] = {
  0x6a09e667,0xbb67ae85,0x3c6ef372,0xa54ff53a,0x510e527f,0x9b05688c,0x1f83d9ab,0x5be0cd19};

static void load(const uint8_t block[64], __m128i *w) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bULL, 0x0405060700010203ULL);
  for (int i = 0; i < 4; i++) w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(block + 16 * i)), swap);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  long iterations = atol(argv[1]), tries = atol(argv[2]);
  state inner[LANES], outer[LANES], first[LANES], u[LANES], h[LANES];
  __m128i w[LANES][4], key[LANES][2];
  EACH {
    first[l].abef = _mm_set_epi32(H[0], H[1], H[4], H[5]);
    first[l].cdgh = _mm_set_epi32(H[2], H[3], H[6], H[7]);
  }
  const char *password = "a password";
  for (int side = 0; side < 2; side++) {
    uint8_t block[64];
    memset(block, side ? 0x5c : 0x36, 64);
    for (size_t i = 0; i < strlen(password); i++) block[i] ^= password[i];
    EACH load(block, w[l]);
    compress(first, w, side ? outer : inner);
  }
  const __m128i pad2 = _mm_set_epi32(0, 0, 0, (int)0x80000000), pad3 = _mm_set_epi32(96 * 8, 0, 0, 0);
  clock_t start = clock();
  for (long n = 0; n < tries; n += LANES) {
    EACH {
      uint32_t number = n + l;
      uint8_t block[64] = {0};
      for (int i = 0; i < 4; i++) block[4 + i] = number >> (24 - 8 * i);
      block[11] = 1;
      block[12] = 0x80;
      block[62] = ((64 + 12) * 8) >> 8;
      block[63] = ((64 + 12) * 8) & 255;
      load(block, w[l]);
    }
    for (long i = 0; i < iterations; i++) {
      compress(inner, w, h);
      EACH { to_words(h[l], w[l]); w[l][2] = pad2; w[l][3] = pad3; }
      compress(outer, w, u);
      EACH {
        to_words(u[l], w[l]);
        key[l][0] = i ? _mm_xor_si128(key[l][0], w[l][0]) : w[l][0];
        key[l][1] = i ? _mm_xor_si128(key[l][1], w[l][1]) : w[l][1];
        w[l][2] = pad2;
        w[l][3] = pad3;
      }
    }
  }
  double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
  printf("%08x %.0f\n", (uint32_t)_mm_cvtsi128_si32(key[LANES - 1][0]), iterations * tries / seconds);
  return 0;
}
