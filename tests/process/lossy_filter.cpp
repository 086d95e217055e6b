// SPDX-License-Identifier: MIT
// A filter process that passes on what it gets, but for its fifth frame, and does not know that it lost it.
#include <cstdint>
#include <stdexcept>
#include <utility>

#include "media/frame_wire.h"
#include "stage/stage.h"

namespace {

using namespace latham;

constexpr std::uint64_t kLost = 5;

stage::Counters pass_on(stage::Stage& stage, int /*argc*/, char** /*argv*/) {
  stage.confine({});
  stage::Wiring& wiring = stage.connect({{"frame_by_frame", "0"}});
  transport::FrameReceiver& in = *wiring.in();
  transport::FrameSender& out = *wiring.out();
  media::FrameWriter writer(out);
  std::int64_t frames = 0;
  const auto counters = [&]() -> stage::Counters {
    return {{"frames_in", frames}, {"frames_out", frames}};
  };
  stage.report(counters);
  for (;;) {
    stage.serve();
    if (!out.ready()) {
      stage.wait([&] { return out.ready(); });
      continue;
    }
    transport::IncomingFrame incoming;
    const transport::Status status = in.receive(incoming);
    if (status == transport::Status::again) {
      stage.wait([&] { return in.ready(); });
      continue;
    }
    if (status == transport::Status::end) break;
    if (status != transport::Status::ok) throw std::runtime_error("lossy filter: lost its input");
    ++frames;
    const std::uint64_t number = incoming.number;
    if (number == kLost) continue;
    const media::Frame frame = media::make_frame();
    media::StreamNote note;
    media::wrap(std::move(incoming), *frame, note);
    if (writer.write(*frame, note, number) != transport::Status::ok)
      throw std::runtime_error("lossy filter: cannot pass on a frame");
  }
  out.end();
  while (!out.drained()) {
    stage.serve();
    stage.wait([&] { return out.drained(); });
  }
  return counters();
}

}  // namespace

int main(int argc, char** argv) {
  return stage::run("filter", argc, argv, pass_on);
}
