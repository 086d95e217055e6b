// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "media/av.h"
#include "viewer/cinema.h"
#include "viewer/colour.h"
#include "viewer/geometry.h"
#include "viewer/orientation.h"
#include "viewer/planar.h"
#include "viewer/tone_map.h"

namespace latham::viewer {

/// A picture as the screen takes it: 0xFFRRGGBB, row after row without gaps.
struct Picture {
  Size size;
  std::vector<std::uint32_t> pixels;

  void resize(Size to) {
    size = to;
    pixels.resize(static_cast<std::size_t>(to.width) * static_cast<std::size_t>(to.height));
  }
  [[nodiscard]] std::uint32_t& at(int x, int y) {
    return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) +
                  static_cast<std::size_t>(x)];
  }
  [[nodiscard]] std::uint32_t at(int x, int y) const {
    return pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(size.width) +
                  static_cast<std::size_t>(x)];
  }
};

/// A picture over the picture, such as a subtitle: its pixels carry their own alpha, and their place
/// is in a picture of `canvas` size.
struct Patch {
  Picture picture;
  Point at;
  Size canvas;
};

/// RGB as zimg makes it: three planes, samples of 8 or 16 bits, or floats: linear light for the screen,
/// code values where primaries and transfer stay.
struct RgbPlanes {
  enum class Sample : std::uint8_t { byte, word, light };
  Size size;
  Sample sample = Sample::byte;
  std::ptrdiff_t stride = 0;  ///< Bytes.
  std::byte* plane[3] = {};   ///< Red, green, blue.

  template <class T>
  [[nodiscard]] const T* row(int part, int y) const {
    return reinterpret_cast<const T*>(plane[part] + y * stride);
  }
};

/// Makes RGB of any frame: matrix, range, siting of chroma and depth as colour_of() says. Keeps what it
/// needs between frames of the same kind.
class Converter {
 public:
  Converter();
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  ~Converter();

  /// For the screen: turned upright, scaled so that it is `size` then, other primaries and transfers
  /// brought to the screen's, HDR tone-mapped. Throws std::runtime_error for a format that cannot be
  /// shown.
  void convert(const AVFrame& frame, Orientation orientation, Size size, Picture& out);
  /// For a file: as it lies in the frame, unscaled, in the frame's own primaries and transfer; valid
  /// until the next call.
  const RgbPlanes& planes(const AVFrame& frame, RgbPlanes::Sample sample);

 private:
  struct Graph;
  struct Kind {
    int format = -1;
    Size from;   ///< With its padding.
    Size shown;  ///< Without.
    Size to;
    Colour colour;
    AVChromaLocation siting = AVCHROMA_LOC_UNSPECIFIED;
    RgbPlanes::Sample sample = RgbPlanes::Sample::byte;
    bool for_screen = true;
    bool operator==(const Kind&) const = default;
  };

  void run(const AVFrame& frame, Size size, RgbPlanes::Sample sample, bool for_screen);
  void build(const Kind& kind);

  Planar planar_;
  Kind kind_;
  std::unique_ptr<Graph> graph_;
  RgbPlanes rgb_;
  std::optional<ToneMap> tone_map_;
  CinemaLight cinema_;
  std::unique_ptr<Converter> of_light_;  ///< For what cinema_ makes.
};

}  // namespace latham::viewer
