// SPDX-License-Identifier: MIT
// A filter that shows its decoder's frames, or the encoder that reads them there, dies at each of its stores: what
// was shown stays readable, what was not finished is given again, and nobody waits for the dead.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/kill/cast.h"
#include "tests/kill/kill_point.h"
#include "tests/unit/ringbuf/edge.h"

namespace latham::ringbuf {
namespace {

using latham::test::Child;
using latham::test::for_each_store;
using latham::test::keep_open;
using latham::test::Log;
using latham::test::spawn_child;
using latham::test::taken;
using latham::test::Word;
using test::copy_of;
using test::Seat;

constexpr std::uint64_t kFrames = 9;
constexpr Identity kDownstream{.session = 0x5e55, .edge = 2, .incarnation = 1};
/// In a reader's log: the filter is dead, and what is held lies in private memory.
constexpr std::uint64_t kMoved = 0;

/// Shows one frame of `step` on its own edge, where it lies. Where that is not each, it keeps the one that it has shown,
/// as mpdecimate does.
class Forwarder {
 public:
  explicit Forwarder(const latham::test::ChildArgs& args)
      : in_(taken(args.at(0)), taken(args.at(1)), taken(args.at(2)), test::kNoBudget),
        bell_(taken(args.at(3))),
        out_(taken(args.at(4))),
        dropped_(std::stoi(args.at(9))),
        encoder_gone_(std::stoi(args.at(10))),
        step_(std::stoull(args.at(11))) {
    out_.attach(taken(args.at(5)), taken(args.at(6)), Policy::lossless);
  }

  int run() {
    for (;;) {
      (void)out_.reclaim();
      auto frame = std::make_shared<HeldFrame>();
      const Status status = in_.next(*frame);
      if (status == Status::end) return latham::test::kSawTheEnd;
      if (status == Status::corrupt) return latham::test::kCorrupt;
      if (status != Status::ok) {
        wait([&] {
          (void)out_.reclaim();
          return in_.ready();
        });
      } else if ((frame->number - 1) % step_ == 0) {
        if (step_ > 1) kept_ = frame;
        show(std::move(frame));
      } else {
        Log::note(dropped_, frame->number);
      }
    }
  }
  /// A window joins and leaves before the end.
  void end(UniqueFd window_claims, UniqueFd window_bell) {
    out_.attach(std::move(window_claims), std::move(window_bell), Policy::latest);
    out_.detach(1);
    out_.end_of_stream();
    while (out_.reclaim() > 0) wait([this] { return out_.reclaim() == 0; });
  }

 private:
  template <class Look>
  void wait(Look&& look) {
    bell_.wait(look);
    if (Word::heard(encoder_gone_)) out_.detach(0);
  }
  void show(std::shared_ptr<HeldFrame> frame) {
    FrameLayout layout{.pool = {}, .plane_count = 1};
    layout.plane[0] = {0, test::kRowBytes, test::kRows, test::kRowBytes};
    auto keep = std::make_shared<std::pair<std::shared_ptr<HeldFrame>, SlotPin>>();
    if (in_.forward(frame->plane[0].data, test::kFrameBytes + kGuardBytes, layout.pool,
                    layout.plane[0].offset, keep->second) != LosslessConsumer::Forward::yes)
      ::_exit(latham::test::kWrongBytes);
    const std::uint64_t origin = frame->number;
    keep->first = std::move(frame);
    SlotUse words;
    while (out_.try_acquire(0, words) != Status::ok) wait([&] { return out_.free_slots() > 0; });
    while (out_.publish(words, layout, {}, origin, keep) == Status::full)
      wait([&] { return out_.has_place(); });
  }

  LosslessConsumer in_;
  OwnBell bell_;
  Producer out_;
  int dropped_;
  int encoder_gone_;
  std::uint64_t step_;
  std::shared_ptr<HeldFrame> kept_;
};

/// args: upstream pool, claims and producer's bell; own bell; own pool; claims and bell of the encoder and of a window;
/// log of what it drops; word that the encoder is gone; step; n.
LATHAM_CHILD(killable_forwarder) {
  latham::test::die_at_store(std::stoull(args.at(12)));
  Forwarder forwarder(args);
  const int code = forwarder.run();
  if (code == latham::test::kSawTheEnd) forwarder.end(taken(args.at(7)), taken(args.at(8)));
  return code;
}

/// args: pool, claims, producer's bell, own bell, upstream pool, log, two words: the filter is gone; all is over; n.
/// Holds the last frame that came, and makes way when nothing comes.
LATHAM_CHILD(killable_reader_of_forwarded) {
  latham::test::die_at_store(std::stoull(args.at(8)));
  LosslessConsumer consumer{taken(args.at(0)), taken(args.at(1)), taken(args.at(2)),
                            test::kNoBudget};
  OwnBell bell{taken(args.at(3))};
  consumer.add_upstream_pool(taken(args.at(4)));
  const int log = std::stoi(args.at(5));
  HeldFrame held;
  for (bool alone = false;;) {
    alone = alone || Word::heard(std::stoi(args.at(6)));
    HeldFrame frame;
    const Status status = consumer.next(frame);
    if (held.number != 0 && !test::is_stamped(held, held.origin)) return latham::test::kWrongBytes;
    if (status == Status::end && !alone) return latham::test::kSawTheEnd;
    if (status == Status::corrupt) return latham::test::kCorrupt;
    if (status == Status::ok) {
      if (!test::is_stamped(frame, frame.origin)) return latham::test::kWrongBytes;
      Log::note(log, frame.origin);
      held = std::move(frame);
    } else if (alone) {
      break;
    } else {
      bell.wait([&] { return consumer.ready(); }, std::chrono::milliseconds(2));
      consumer.make_way_upstream();
    }
  }
  consumer.leave_upstream();
  Log::note(log, kMoved);
  while (!Word::heard(std::stoi(args.at(7))))
    bell.wait([] { return false; }, std::chrono::milliseconds(2));
  return held.number == 0 || test::is_stamped(held, held.origin) ? latham::test::kNeighbourDied
                                                                 : latham::test::kWrongBytes;
}

/// Decoder, filter and encoder.
class Chain {
 public:
  explicit Chain(std::uint64_t step) : step_(step) { nobody_looks_.say(); }

  Child start_decoder() {
    return spawn_child("killable_producer", keep_open(up_.get()), keep_open(up_bell_.get()),
                       keep_open(filter_in_ro_.get()), keep_open(filter_.bell.get()),
                       keep_open(nobody_ro_.get()), keep_open(nobody_.bell.get()),
                       keep_open(nobody_looks_.fd()), 0);
  }
  Child start_filter(std::uint64_t n) {
    return spawn_child("killable_forwarder", keep_open(up_ro_.get()),
                       keep_open(filter_.claims.get()), keep_open(up_bell_.get()),
                       keep_open(filter_.bell.get()), keep_open(down_.get()),
                       keep_open(encoder_in_ro_.get()), keep_open(encoder_.bell.get()),
                       keep_open(nobody_ro_.get()), keep_open(nobody_.bell.get()),
                       keep_open(dropped.fd()), keep_open(encoder_gone.fd()), step_, n);
  }
  /// One that only reads what the dead one had not finished.
  Child start_successor() {
    return spawn_child("killable_reader", keep_open(up_ro_.get()), keep_open(filter_.claims.get()),
                       keep_open(up_bell_.get()), keep_open(filter_.bell.get()),
                       keep_open(rest.fd()), keep_open(nobody_dies_.fd()), 0, test::kNoBudget);
  }
  Child start_encoder(std::uint64_t n) {
    return spawn_child("killable_reader_of_forwarded", keep_open(down_ro_.get()),
                       keep_open(encoder_.claims.get()), keep_open(filter_.bell.get()),
                       keep_open(encoder_.bell.get()), keep_open(up_ro_.get()),
                       keep_open(shown.fd()), keep_open(filter_gone.fd()), keep_open(over.fd()), n);
  }
  /// As the supervisor does after each death.
  void tell(const Word& word) {
    word.say();
    for (const int fd : {up_bell_.get(), filter_.bell.get(), encoder_.bell.get()})
      BellRinger(copy_of(fd)).ring_always();
  }

  Log shown;
  Log dropped;
  Log rest;
  Word filter_gone;
  Word encoder_gone;
  Word over;

 private:
  std::uint64_t step_;
  UniqueFd up_ = create_pool(test::kIdentity, test::kSmall);
  UniqueFd up_ro_ = reopen_read_only(up_.get());
  UniqueFd up_bell_ = create_bell();
  UniqueFd down_ = create_pool(kDownstream, test::kSmall);
  UniqueFd down_ro_ = reopen_read_only(down_.get());
  Seat filter_ = test::make_seat(0);
  Seat nobody_ = test::make_seat(1);  // a latest consumer, detached at once
  Seat encoder_ = test::make_seat(0);
  UniqueFd filter_in_ro_ = reopen_read_only(filter_.claims.get());
  UniqueFd nobody_ro_ = reopen_read_only(nobody_.claims.get());
  UniqueFd encoder_in_ro_ = reopen_read_only(encoder_.claims.get());
  Word nobody_looks_;
  Word nobody_dies_;
};

bool has_left(const Child& child) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(child.pid()), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid != 0;
}

/// What the encoder saw, once it has moved away from the decoder's pool or has seen the end.
std::vector<std::uint64_t> seen_before_moving(const Chain& chain, const Child& encoder) {
  std::vector<std::uint64_t> seen;
  for (;;) {
    const bool left = has_left(encoder);
    for (const std::uint64_t number : chain.shown.take()) seen.push_back(number);
    if (std::erase(seen, kMoved) > 0 || left) return seen;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

/// How many frames the filter is given for each that it shows.
class ForwardKill : public testing::TestWithParam<std::uint64_t> {};

TEST_P(ForwardKill, FilterAtEachStoreLeavesEveryFrameToTheEncoderOrItsSuccessor) {
  for_each_store(3 * kFrames, [](std::uint64_t n) {
    Chain chain(GetParam());
    Child decoder = chain.start_decoder();
    Child encoder = chain.start_encoder(0);
    Child filter = chain.start_filter(n);
    const auto end = filter.wait();
    if (end.exited) {
      EXPECT_EQ(end.code, latham::test::kSawTheEnd);
      if (HasFailure()) return end;
    } else {
      chain.tell(chain.filter_gone);
    }
    std::vector<std::uint64_t> seen = seen_before_moving(chain, encoder);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
    // Only now: it ends the claims that protected what the encoder reads.
    if (!end.exited) {
      EXPECT_EQ(chain.start_successor().wait().code, latham::test::kSawTheEnd);
    }
    for (const Log* log : {&chain.dropped, &chain.rest})
      for (const std::uint64_t number : log->take()) seen.push_back(number);
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    latham::test::expect_all_until(seen, kFrames);
    chain.over.say();
    const int code = encoder.wait().code;
    EXPECT_TRUE(code == latham::test::kSawTheEnd ||
                (!end.exited && code == latham::test::kNeighbourDied))
        << code;
    EXPECT_EQ(decoder.wait().code, latham::test::kSawTheEnd);
    return end;
  });
}

TEST_P(ForwardKill, EncoderAtEachStoreHoldsNeitherFilterNorDecoderUp) {
  for_each_store(1, [](std::uint64_t n) {
    Chain chain(GetParam());
    Child decoder = chain.start_decoder();
    Child filter = chain.start_filter(0);
    Child encoder = chain.start_encoder(n);
    const auto end = encoder.wait();
    if (end.exited) {
      EXPECT_EQ(end.code, latham::test::kSawTheEnd);
    } else {
      chain.tell(chain.encoder_gone);
    }
    EXPECT_EQ(filter.wait().code, latham::test::kSawTheEnd);
    EXPECT_EQ(decoder.wait().code, latham::test::kSawTheEnd);
    return end;
  });
}

INSTANTIATE_TEST_SUITE_P(Step, ForwardKill, testing::Values(1, kFrames));

}  // namespace
}  // namespace latham::ringbuf
