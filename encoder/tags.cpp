// SPDX-License-Identifier: MIT
#include "encoder/tags.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>

#include "encoder/container.h"
#include "encoder/output_plan.h"
#include "system/failure.h"

extern "C" {
#include <libavutil/eval.h>
#include <libavutil/mathematics.h>
#include <libavutil/opt.h>
}

namespace latham::encoder {
namespace {

/// Data that ffmpeg does not carry over from the input file to the output file.
constexpr std::array kNotCopied = {"creation_time", "company_name", "product_name",
                                   "product_version"};

[[noreturn]] void refuse(const std::string& line) {
  throw StageFailure(FailureKind::usage, line);
}

/// Reads a whole number at the beginning; what follows it stays.
std::optional<int> take_number(std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.erase(0, static_cast<std::size_t>(end - text.data()));
  return number;
}

/// Whose tags are meant: "" or "g", "s:SPECIFIER", "c:NUMBER", "p:NUMBER".
struct Place {
  char kind = 'g';
  std::string specifier;  ///< Of streams.
  int number = 0;         ///< Of a chapter or a program.
};

Place parse_place(const std::string& text, const std::string& option) {
  Place place;
  if (text.empty() || text == "g") return place;
  place.kind = text.front();
  const std::string rest = text.size() > 2 ? text.substr(2) : "";
  const bool separated = text.size() == 1 || text[1] == ':';
  if (place.kind == 's' && separated) {
    place.specifier = rest;
    return place;
  }
  std::string number = rest;
  if ((place.kind == 'c' || place.kind == 'p') && separated) {
    place.number = take_number(number).value_or(0);
    return place;
  }
  refuse(fmt::format("{}: '{}' must be g, s:STREAM, c:CHAPTER or p:PROGRAM", option, text));
}

class Tagger {
 public:
  Tagger(const Options& options, OutputPlan& plan)
      : options_(options), plan_(plan), output_(plan.format()) {}

  void run() {
    for (const auto& [place, value] : options_.streams.all("map_metadata"))
      map_metadata(place, value);
    copy_chapters();
    if (copy_global_ && !plan_.inputs().empty()) {
      media::set_tags(&output_.metadata, plan_.inputs().front().tags);
      for (const char* key : kNotCopied) av_dict_set(&output_.metadata, key, nullptr, 0);
      if (options_.time.window.duration) av_dict_set(&output_.metadata, "duration", nullptr, 0);
    }
    for (const PlannedStream& planned : plan_.streams()) {
      AVStream& st = *planned.stream;
      if (copy_streams_ || !planned.of_input()) {
        media::set_tags(&st.metadata, planned.source->tags);
        if (planned.encoded()) av_dict_set(&st.metadata, "encoder", nullptr, 0);
      }
      st.disposition = planned.source->disposition;
    }
    for (const auto& [place, value] : options_.streams.all("metadata")) set(place, value);
    set_dispositions();
    for (const PlannedStream& planned : plan_.streams())
      if (planned.encoded()) name_encoder(planned);
  }

 private:
  /// As ffmpeg does; without a version where the file is to be the same with every version.
  void name_encoder(const PlannedStream& planned) {
    const auto is_exact = [](std::string_view flags) {
      return flags.find("bitexact") != std::string_view::npos;
    };
    const AVDictionaryEntry* flags = av_dict_get(planned.codec_options.raw, "flags", nullptr, 0);
    const bool exact =
        (flags != nullptr && is_exact(flags->value)) ||
        std::any_of(options_.avoptions.begin(), options_.avoptions.end(), [&](const auto& option) {
          return option.first == "fflags" && is_exact(option.second);
        });
    const std::string name =
        fmt::format("{} {}", exact ? "Lavc" : LIBAVCODEC_IDENT, planned.encoder->name);
    av_dict_set(&planned.stream->metadata, "encoder", name.c_str(), AV_DICT_DONT_OVERWRITE);
  }

  void map_metadata(const std::string& to_text, const std::string& from_text) {
    const std::string option =
        fmt::format("-map_metadata{}{} {}", to_text.empty() ? "" : ":", to_text, from_text);
    std::string rest = from_text;
    const std::optional<int> input = take_number(rest);
    if (!input || (!rest.empty() && rest.front() != ':'))
      refuse(
          fmt::format("{}: must be the number of an input, or that with a place: 0:s:1", option));
    if (*input >= static_cast<int>(plan_.inputs().size()))
      refuse(fmt::format("{}: there is no input {}", option, *input));
    const Place to = parse_place(to_text, option);
    const Place from = parse_place(rest.empty() ? rest : rest.substr(1), option);
    if (*input < 0) {
      // Nothing of that kind is carried over; without a place nothing at all.
      const bool all = to_text.empty();
      if (all || to.kind == 'g') copy_global_ = false;
      if (all || to.kind == 's') copy_streams_ = false;
      if (all || to.kind == 'c') copy_chapter_tags_ = false;
      return;
    }
    // In ffmpeg, too, the output has no chapters yet.
    if (to.kind == 'c')
      refuse(fmt::format("{}: tags are not mapped to chapters; use -metadata:{} KEY=VALUE", option,
                         to_text));
    if (from.kind == 'g' || to.kind == 'g') copy_global_ = false;
    if (from.kind == 's' || to.kind == 's') copy_streams_ = false;
    if (from.kind == 'c') copy_chapter_tags_ = false;
    const media::Tags& tags =
        tags_of(plan_.inputs()[static_cast<std::size_t>(*input)], from, option);
    for_each(to, option, [&](AVDictionary** there) { media::set_tags(there, tags); });
  }

  template <class Part>
  static const Part& numbered(const std::vector<Part>& parts, const char* title, const Place& place,
                              const std::string& option) {
    if (place.number < 0 || place.number >= static_cast<int>(parts.size()))
      refuse(fmt::format("{}: there is no {} {}", option, title, place.number));
    return parts[static_cast<std::size_t>(place.number)];
  }

  static const media::Tags& tags_of(const media::StreamTable& input, const Place& place,
                                    const std::string& option) {
    if (place.kind == 'g') return input.tags;
    if (place.kind == 'c') return numbered(input.chapters, "chapter", place, option).tags;
    if (place.kind == 'p') return numbered(input.programs, "program", place, option).tags;
    const media::FormatContext context = media::input_context(input);
    for (const media::StreamEntry& entry : input.streams)
      if (media::matches(*context, *context->streams[entry.index], place.specifier, option))
        return entry.tags;
    refuse(fmt::format("{}: no stream is meant by '{}'", option, place.specifier));
  }

  template <class Do>
  void for_each(const Place& place, const std::string& option, Do apply) {
    if (place.kind == 'g') {
      apply(&output_.metadata);
    } else if (place.kind == 's') {
      for (const PlannedStream& planned : plan_.streams())
        if (media::matches(output_, *planned.stream, place.specifier, option))
          apply(&planned.stream->metadata);
    } else if (place.kind == 'p') {
      refuse(fmt::format("{}: the output has no programs", option));
    } else {
      if (place.number < 0 || place.number >= static_cast<int>(output_.nb_chapters))
        refuse(fmt::format("{}: the output has no chapter {}", option, place.number));
      apply(&output_.chapters[place.number]->metadata);
    }
  }

  void set(const std::string& place_text, const std::string& text) {
    const std::string option =
        fmt::format("-metadata{}{} {}", place_text.empty() ? "" : ":", place_text, text);
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) refuse(fmt::format("{}: must be KEY=VALUE", option));
    const std::string key = text.substr(0, equals);
    const std::string value = text.substr(equals + 1);
    const Place place = parse_place(place_text, option);
    if (key == "rotate" && place.kind == 's') {
      rotate(place, option, value);
      return;
    }
    for_each(place, option, [&](AVDictionary** there) {
      av_dict_set(there, key.c_str(), value.empty() ? nullptr : value.c_str(), 0);
    });
  }

  /// As in ffmpeg no tag, but the display matrix of a copy; what is no number is passed over.
  void rotate(const Place& place, const std::string& option, const std::string& degrees) {
    char* end = nullptr;
    const double clockwise = av_strtod(degrees.c_str(), &end);
    if (*end != '\0') return;
    for (PlannedStream& planned : plan_.streams())
      if (media::matches(output_, *planned.stream, place.specifier, option))
        planned.rotation = clockwise;
  }

  /// Of the input that -map_chapters names; otherwise of the first that has any.
  [[nodiscard]] const media::StreamTable* chapter_source() const {
    if (options_.chapters.empty()) {
      const auto inputs = plan_.inputs();
      const auto found = std::find_if(inputs.begin(), inputs.end(),
                                      [](const auto& input) { return !input.chapters.empty(); });
      return found == inputs.end() ? nullptr : &*found;
    }
    std::string text = options_.chapters;
    const std::optional<int> input = take_number(text);
    if (!input || !text.empty() || *input >= static_cast<int>(plan_.inputs().size()))
      refuse(fmt::format("-map_chapters {}: must be the number of an input, or -1 for none",
                         options_.chapters));
    return *input < 0 ? nullptr : &plan_.inputs()[static_cast<std::size_t>(*input)];
  }

  void copy_chapters() {
    const media::StreamTable* source = chapter_source();
    if (source == nullptr) return;
    const media::TimeWindow& window = options_.time.window;
    for (const media::Chapter& c : source->chapters) {
      const std::int64_t offset =
          av_rescale_q(window.start_or_zero() - source->ts_offset, AV_TIME_BASE_Q, c.time_base);
      const std::int64_t length =
          window.duration ? av_rescale_q(*window.duration, AV_TIME_BASE_Q, c.time_base) : INT64_MAX;
      if (c.end < offset) continue;
      if (window.duration && c.start > offset + length) break;
      auto* chapter = static_cast<AVChapter*>(media::checked(av_mallocz(sizeof(AVChapter))));
      chapter->id = c.id;
      chapter->time_base = c.time_base;
      chapter->start = std::max<std::int64_t>(0, c.start - offset);
      chapter->end = std::min(length, c.end - offset);
      if (copy_chapter_tags_) media::set_tags(&chapter->metadata, c.tags);
      auto* grown = static_cast<AVChapter**>(media::checked(
          av_realloc_array(output_.chapters, output_.nb_chapters + 1, sizeof(AVChapter*))));
      output_.chapters = grown;
      output_.chapters[output_.nb_chapters++] = chapter;
    }
  }

  /// What -disposition says; without one, of several streams of a kind one is the default.
  void set_dispositions() {
    const bool by_hand = std::any_of(
        plan_.streams().begin(), plan_.streams().end(), [this](const PlannedStream& planned) {
          return options_.streams.find("disposition", output_, *planned.stream).has_value();
        });
    std::map<AVMediaType, int> count;
    std::map<AVMediaType, bool> has_default;
    for (const PlannedStream& planned : plan_.streams()) {
      ++count[planned.type()];
      if ((planned.stream->disposition & AV_DISPOSITION_DEFAULT) != 0)
        has_default[planned.type()] = true;
    }
    for (const PlannedStream& planned : plan_.streams()) {
      AVStream& st = *planned.stream;
      if (becomes_film(planned)) st.disposition &= ~AV_DISPOSITION_ATTACHED_PIC;
      if (by_hand) {
        if (const auto text = options_.streams.find("disposition", output_, st))
          st.disposition = evaluate(*text, st.disposition);
      } else if (count[planned.type()] > 1 && !has_default[planned.type()] &&
                 (st.disposition & AV_DISPOSITION_ATTACHED_PIC) == 0) {
        st.disposition |= AV_DISPOSITION_DEFAULT;
        has_default[planned.type()] = true;
      }
    }
  }

  /// A cover in the codec of a film is none any more: MP4 has no name for such covers.
  [[nodiscard]] bool becomes_film(const PlannedStream& planned) const {
    return planned.encoded() && planned.type() == AVMEDIA_TYPE_VIDEO &&
           !is_cover_codec(planned.encoder->id) && !holds_covers_only(*options_.format);
  }

  /// "default", "+forced", "-default+dub", "0": as FFmpeg reads flags.
  static int evaluate(const std::string& text, int before) {
    const AVClass* cls = av_stream_get_class();
    const AVOption* option = av_opt_find(&cls, "disposition", nullptr, 0, AV_OPT_SEARCH_FAKE_OBJ);
    int flags = before;
    if (option == nullptr || av_opt_eval_flags(&cls, option, text.c_str(), &flags) < 0)
      refuse(fmt::format("-disposition {}: unknown; try default, forced, +dub or 0", text));
    return flags;
  }

  const Options& options_;
  OutputPlan& plan_;
  AVFormatContext& output_;
  bool copy_global_ = true;
  bool copy_streams_ = true;
  bool copy_chapter_tags_ = true;
};

}  // namespace

void write_tags(const Options& options, OutputPlan& plan) {
  Tagger(options, plan).run();
}

}  // namespace latham::encoder
