// SPDX-License-Identifier: MIT
#include "filter/filter.h"

int main(int argc, char** argv) {
  return latham::stage::run("filter", argc, argv, latham::filter::filter_frames);
}
