// SPDX-License-Identifier: MIT
#include "viewer/viewer.h"

int main(int argc, char** argv) {
  return latham::stage::run("viewer", argc, argv, latham::viewer::view_frames);
}
