// SPDX-License-Identifier: MIT
#include "encoder/encoder.h"

int main(int argc, char** argv) {
  return latham::stage::run("encoder", argc, argv, latham::encoder::encode_stream);
}
