// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

/// What `--help` prints. Each text fits a screen of 24 lines of 80 columns, examples first; all that
/// `latham transcode` takes is in help_full.h.
namespace latham::supervisor {

inline constexpr std::string_view kHelp =
    R"(latham transcodes video: frames travel between processes without being copied.

  latham transcode -i in.mkv out.mp4
  latham transcode -i in.mkv -vf scale=1280:-2 -c:v libx264 -crf 20 out.mp4

Commands:
  transcode   decode, filter and encode a file, each in a process of its own
  view        watch a running job, or play a file
  ls          list the running jobs
  bench       measure how fast frames travel, against pipes and ffmpeg
  doctor      say what of the stages' sandbox this kernel supports
  help NAME   more about one command; about all options: help full

  --version   print the version

Exit codes: 0 done, 1 failed, 2 usage, 3 input, 4 output, 5 frames were lost,
6 a stage crashed, 129, 130 or 143 interrupted (the file is finished).
)";

inline constexpr std::string_view kTranscodeHelp =
    R"(latham transcode {[input options] -i INPUT} {[output options] OUTPUT}

  latham transcode -i in.mkv -c:v libx264 -crf 20 -preset slow out.mp4
  latham transcode -i in.mkv -vf scale=1280:-2,hflip -an out.webm
  latham transcode -i in.mkv -vf scale=1280:-2 a.mp4 -vf scale=640:-2 b.mp4

Options are spelled as for ffmpeg, before the name of their file; options of
codecs and containers (-crf, -preset, -b:a, -movflags) go to them. Most used:
  -y, -n                 overwrite an existing file; never overwrite
  -c:v NAME  -q:v N      video encoder; its quality    -c:a NAME   audio encoder
  -vf GRAPH              filters         -pix_fmt F, -s WxH  format and size
  -ss T  -t T  -to T     begin at, last for, end at; of the input before -i
  -r RATE                frame rate      -frames:v N   stop after N frames
  -map 0:v, -map 0:a:1   which streams   -c copy       do not encode
  -vn -an -sn -dn        leave out pictures, audio, subtitles, data
  -progress TARGET       ffmpeg's progress for programs; a file, -, pipe:N
Our own:
  --verify               decode the result before it gets its name
  --view                 show what is encoded in a window
  --log-format json      all that is said, as lines for programs
  --transport shm|pipe   how frames travel (default shm: none is copied)
Ctrl-C finishes the file; Ctrl-C again gives it up.
All options: latham transcode --help full. Those of a codec, container or
filter: latham help encoder=libx264, muxer=mp4, filter=scale.
)";

inline constexpr std::string_view kViewHelp =
    R"(latham view [SESSION]           watch a running job; it is not slowed down
latham view [options] FILE      play a file

A session is the number that `latham ls` shows; without one the only job that
runs is meant. Closing the window does not end the job.
  -ss TIME      start there           --loop  start again at the end
  -f FORMAT     container of FILE     -an     without sound
  -loglevel L                         -sn     without subtitles
In the window ? shows the keys, which are mpv's: space pauses, q closes,
i shows what is known about the picture, s saves it as PNG with its values as
they are (HDR is not tone-mapped), ctrl+s saves the window as it is seen; for
a job c compares source and output, S stops the job (asks first).
)";

inline constexpr std::string_view kLsHelp =
    R"(latham ls

Lists your running jobs: number, state (starting, running, paused, finishing;
silent for one that does not answer), frames per second, age, files.
)";

inline constexpr std::string_view kBenchHelp =
    R"(latham bench transport|latency|scaling|transcode|preview [options]

  latham bench transport --size 1920x1080,3840x2160 --json results.json
  latham bench latency --transport shm,pipe
  latham bench transcode in.mkv --rounds 5 -- -vf hflip -c:v libx264
  latham bench transcode in.mkv --ladder --report results

transport    frames per second over shared memory, pipe, FIFO, socket, message
             queue, and between two threads, which is the bound
  --size WxH,...  --bits 8,10  --transport NAME,...  --seconds S  --rounds N
  --syscalls          count system calls too (needs perf or strace)
  --corrupt N         damage frame N, to see that the check finds it
latency      from publish to the hands of a consumer
  --wait asleep,spinning  --consumers N,...  --frames N  --rounds N
scaling      many consumers of one ring, many pipelines side by side
  --consumers N,...  --pipelines N,...  --transport NAME,...  --size WxH
transcode    the same job by latham and by ffmpeg; OUTPUT OPTIONS after --
  --ladder            from decoding alone to slow encoders
  --rungs NAME,...    some of the ladder
preview      a job with no viewer, one, and a stopped one; needs a display
  --seconds S         how long a job lasts at least; the input is looped
All: --json FILE (- for standard output), --report DIR (Markdown and plots,
which gnuplot draws).
bench/README.md says how it is measured. Exit code 5: a frame was wrong.
)";

inline constexpr std::string_view kDoctorHelp =
    R"(latham doctor

Says which parts of the sandbox this kernel supports: decoder, filter, encoder
run without new privileges, with the system calls that they need, and with no
files but those they were handed. Exit code 0: all of it; 1: a part is missing.
)";

}  // namespace latham::supervisor
