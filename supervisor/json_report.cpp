// SPDX-License-Identifier: MIT
#include "supervisor/json_report.h"

#include <nlohmann/json.hpp>

namespace latham::supervisor {
namespace {

using Json = nlohmann::ordered_json;

/// Counted up when a field goes or changes its meaning; new types and fields leave it.
constexpr int kVersion = 1;
constexpr std::chrono::milliseconds kUsualPeriod{500};

Json line(const char* type) {
  return Json{{"type", type}, {"version", kVersion}};
}

void print(Console& out, const Json& object) {
  // Names of files may hold any bytes; JSON may not.
  out.say(object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

/// What is not known is null, so that each line of a type has the same fields.
template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

template <class File>
Json names(const std::vector<File>& files) {
  Json list = Json::array();
  for (const File& file : files) list.push_back(file.name);
  return list;
}

Json counters(const StageCounts& stage) {
  Json object = {{"name", stage.name}};
  for (const auto& [key, value] : stage.counts.fields) {
    if (key == "queued" || key == "queue_depth" || key == "held") continue;  // of the last moment
    if (const auto number = stage.counts.number(key)) object[key] = *number;
  }
  return object;
}

}  // namespace

JsonReport::JsonReport(std::FILE* out, const Globals& globals) : Report(globals), console_(out) {
  if (globals.show_progress) period_ = globals.stats_period.value_or(kUsualPeriod);
}

void JsonReport::start(const Start& start) {
  Json object = line("start");
  object["inputs"] = names(start.job.inputs);
  object["outputs"] = names(start.job.outputs);
  object["duration_us"] = or_null(start.duration_us);
  object["transport"] = word(start.job.globals.transport);
  object["stages"] = Json::array();
  for (const Start::Process& stage : start.stages)
    object["stages"].push_back({{"name", stage.name}, {"pid", stage.pid}});
  print(console_, object);
}

void JsonReport::progress(const Progress& progress) {
  Json object = line("progress");
  object["elapsed_s"] = progress.elapsed_s;
  object["share"] = or_null(progress.share);
  object["left_s"] = or_null(progress.left_s);
  object["frames"] = progress.frames();
  object["fps"] = or_null(progress.fps());
  object["speed"] = or_null(progress.speed());
  object["time_us"] = or_null(progress.time_us());
  object["bytes"] = or_null(progress.bytes());
  object["expected_bytes"] = or_null(progress.expected_bytes());
  object["bits_per_s"] = or_null(progress.bits_per_s());
  object["outputs"] = Json::array();
  for (const OutputProgress& output : progress.outputs)
    object["outputs"].push_back({{"frames", output.frames},
                                 {"repeated", output.repeated},
                                 {"dropped", output.dropped},
                                 {"time_us", or_null(output.time_us)},
                                 {"bytes", or_null(output.bytes)}});
  object["stages"] = Json::array();
  for (const StageProgress& stage : progress.stages) {
    Json at_work = {{"name", stage.name}, {"load", or_null(stage.load)}};
    at_work["queued"] = stage.fill ? Json(stage.fill->frames) : Json(nullptr);
    at_work["queue_depth"] = stage.fill ? Json(stage.fill->most) : Json(nullptr);
    object["stages"].push_back(std::move(at_work));
  }
  const StageProgress* slowest = progress.bottleneck();
  object["slowest_stage"] = slowest == nullptr ? Json(nullptr) : Json(slowest->name);
  print(console_, object);
}

void JsonReport::verified(const std::string& output, const Verified& verified) {
  Json object = line("verify");
  object["output"] = output;
  object["frames"] = verified.frames;
  object["streams"] = verified.streams;
  object["av_offset_us"] = or_null(verified.av_offset_us);
  print(console_, object);
}

void JsonReport::summary(const Summary& summary) {
  Json object = line("summary");
  object["outputs"] = Json::array();
  for (const Summary::Written& output : summary.outputs)
    object["outputs"].push_back({{"name", output.name}, {"bytes", or_null(output.bytes)}});
  object["elapsed_s"] = summary.elapsed_s;
  object["stages"] = Json::array();
  for (const StageCounts& stage : summary.stages) object["stages"].push_back(counters(stage));
  object["slowest_stage"] = or_null(slowest_stage(summary.stages));
  object["skipped"] = Json::array();
  for (const SkippedPacket& packet : summary.skipped) {
    const ringbuf::InputPosition& at = packet.at;
    const auto known = [](std::int64_t value) {
      return value == ringbuf::InputPosition::kUnknown ? Json(nullptr) : Json(value);
    };
    object["skipped"].push_back({{"input", packet.input},
                                 {"packet", at.packet},
                                 {"stream", at.stream},
                                 {"time_us", known(at.time_us)},
                                 {"byte", known(at.byte)},
                                 {"bytes", at.bytes}});
  }
  print(console_, object);
}

void JsonReport::say_note(std::string_view text) {
  Json object = line("note");
  object["message"] = text;
  print(console_, object);
}

void JsonReport::say_warning(const std::string& stage, std::string_view text) {
  Json object = line("warning");
  object["stage"] = stage.empty() ? Json(nullptr) : Json(stage);
  object["message"] = text;
  print(console_, object);
}

void JsonReport::failure(std::FILE* out, int exit_code, const std::string& message) {
  Json object = line("error");
  object["exit_code"] = exit_code;
  object["message"] = message;
  Console console(out);
  print(console, object);
}

}  // namespace latham::supervisor
