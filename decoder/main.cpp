// SPDX-License-Identifier: MIT
#include "decoder/decoder.h"

int main(int argc, char** argv) {
  return latham::stage::run("decoder", argc, argv, latham::decoder::decode_file);
}
