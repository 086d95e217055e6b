// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

/// `latham transcode --help full`: every option, by what it is about. A test compares it with the
/// tables of options.
namespace latham::supervisor {

inline constexpr std::string_view kTranscodeFullHelp =
    R"(latham transcode {[input options] -i INPUT} {[output options] OUTPUT}

An option of a file stands before its name; one that can only mean one file may
stand anywhere. -name:S gives an option for the streams of the output that S
means, as for ffmpeg (-c:a:1, -q:v). `-name value` that is not listed here is an
option of the codec or container (-crf, -preset, -movflags); latham help
encoder=NAME, muxer=, decoder=, demuxer=, filter= list theirs.

FILES
  -i INPUT               a file, - for standard input, pipe:N for a descriptor,
                         an address, a device
  OUTPUT                 written as OUTPUT.part until it is complete; - for
                         standard output, pipe:N for a descriptor
  -f FORMAT              container of the output; before -i of the input
  -y, -n                 overwrite an existing file; never, and do not ask
  -stream_loop N         before -i: play the input N more times; -1 for ever

TIME
  -ss TIME               begin there: of the input before -i, of the output
                         behind it; 90.5, 1:30.5, 500ms. Exact in both places
  -t TIME, -to TIME      last for so long; end there
  -sseof -TIME           before -i: begin so long before the end
  -shortest              end with the first input that ends
  -re, -readrate N       before -i: read no faster than it plays, or N times as
                         fast
  -itsoffset TIME        before -i: everything comes so much later
  -copyts                keep the input's timestamps
  -start_at_zero         with -copyts: less the input's own start
  -seek_timestamp 1      before -i: -ss names a timestamp of the file
  -noaccurate_seek       before -i: begin at the key frame before -ss
  -copyinkf              copied streams may begin without a key frame
  -copypriorss 0|1       copy what is decoded after but shown before -ss
  -enc_time_base Q       ticks of the encoder: 1/90000; 0: 1/rate, -1: input's
  -muxdelay S, -muxpreload S
                         delay and preload of the container, seconds

STREAMS
  -map [-]I[:S][?]       take the streams S of input I, in this order; - takes
                         them out again, ? allows that there is none. Without
                         it: one picture, all else that the container can hold
  -vn -an -sn -dn        leave out pictures, audio, subtitles, data; before -i
                         those of this input
  -c NAME, -codec        encoder; copy takes the packets as they are; before -i
                         the decoder
  -c:d, -dcodec copy     data, which is copied in any case
  -c:s NAME, -scodec     subtitles; copied where the container holds them, else
                         text becomes the text that it holds
  -bsf CHAIN, -vbsf, -absf
                         bitstream filters of the packets
  -frames:a N, -aframes  stop after N packets of sound; -frames:d, -dframes of
                         data

TAGS
  -metadata KEY=VALUE    title and the like; -metadata:s:a:0 of a stream, :c:1
                         of a chapter; an empty value takes it away
  -attach FILE           put a file into Matroska, such as a font; say what it
                         is with -metadata:s:t mimetype=TYPE
  -map_metadata I        tags of input I, -1 none; -map_metadata:s:a:0 0:s:a:1
  -map_chapters I        chapters of input I, -1 none
  -disposition FLAGS     default, forced, +dub, 0
  -tag TAG, -vtag, -atag four letters that name the codec in the container

PICTURE
  -c:v NAME, -vcodec     encoder; ffmpeg -encoders lists them
  -b RATE, -profile P    as -b:v, -profile:v
  -q:v N, -qscale:v, -q  constant quality, for encoders that know it
  -vf GRAPH, -filter:v   filters, as for ffmpeg
  -s WxH                 scale to this size; before -i the size of raw video
  -sws_flags FLAGS       how scalers work, as for ffmpeg (lanczos, neighbor)
  -pix_fmt FORMAT        pixel format; before -i that of raw video
  -r RATE                frame rate, by repeating and dropping; before -i that
                         of raw video
  -fps_mode MODE, -vsync passthrough, cfr, vfr, drop, auto
  -frames:v N, -vframes  stop after N frames
  -timecode HH:MM:SS:FF  of the first picture
  -aspect RATIO          of the display, without scaling
  -noautorotate          before -i: leave pictures as they lie in the file
  -top 0|1|-1            bottom field first, top field first, as it is
  -force_key_frames T    key frames at times, chapters, expr:..., source
  -pass 1|2  -passlogfile PREFIX
                         encode twice for a bit rate, as for ffmpeg
  --no-hdr10             do not hand HDR10 metadata to encoders, as ffmpeg 5

SOUND
  -c:a NAME, -acodec     encode all sound with this; without it what the
                         container can hold is copied
  -af GRAPH, -filter:a   filters of sound that is encoded
  -ar HZ  -ac N          sample rate and number of channels
  -channel_layout NAME, -ch_layout
                         which channels: mono, stereo, 5.1
  -sample_fmt FORMAT     sample format
  -ab RATE, -aq N, -q:a  bit rate; quality

WHAT IS SAID
  -loglevel LEVEL, -v    quiet, error, warning, info, verbose, debug
  -stats, -nostats       progress, which is the default; none
  -stats_period S        seconds between two reports of progress
  -progress TARGET       ffmpeg's blocks of key=value to a file, - or pipe:N,
                         unix:PATH, tcp://HOST:PORT
  --log-format text|json json: everything as lines for programs on standard
                         output (docs/json-log.md)
  -hide_banner, -nostdin, -stdin, -benchmark, -accurate_seek, -autorotate,
  -ignore_unknown, -filter_threads N, -thread_queue_size N,
  -max_muxing_queue_size N, -muxing_queue_data_threshold N
                         taken for ffmpeg's sake: it is so anyway, or there is
                         nothing of the kind here

WHEN THINGS GO WRONG
  -xerror                damaged input is an error; else what can be decoded is
  --verify               decode the result before it gets its name, and compare
                         frames, timestamps, lengths and the place of the sound
  --resumable            keep what is encoded in OUTPUT.latham until the output
                         has its name: after a power cut the same command goes
                         on. The bits are not those of a job without it
  --segment-seconds S    in closed segments of so much (default 10)
  --stage-retries N      replace a stage that crashed or hung, or begin again,
                         N times (default 0)
  --skip-bad             leave out packets of the input that their decoder
                         crashes at (with --stage-timeout: or hangs), and say so
  --stage-timeout S      kill a stage that says nothing for S seconds, or, where
                         none has got on for so long (no frame, packet or byte
                         more), the first that stopped. Longer than one frame of
                         a slow encoder takes, and than a live input is silent
                         (default 0: never)

MACHINERY
  -threads N             of the encoder; before -i of the decoder; 0: automatic
  --transport shm|pipe   how frames travel: shared memory, none copied; pipes
  --slots N              frames that fit between two stages (default 64)
  --view, --view-keep    show what is encoded in a window, closed at the end of
                         the job; left open
  --help, --help full    the most used options; this text

Exit codes: 0 done, 1 failed, 2 usage, 3 input, 4 output, 5 frames were lost or
the result is not what was written, 6 a stage crashed, 130 or 143 interrupted
(the file is finished). Ctrl-C finishes the file; Ctrl-C again gives it up.
)";

}  // namespace latham::supervisor
