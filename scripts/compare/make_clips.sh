#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes small clips of many kinds for scripts/compare_with_ffmpeg.sh, where no real ones are at hand:
#
#     scripts/compare/make_clips.sh DIR
#
# Each is a second or two of test pictures and tones: containers, codecs, pixel formats, colour tags, streams
# beside the picture, times, changes in mid-stream, damage. What this ffmpeg cannot write is left out with a line.
set -u
[ $# = 1 ] || { echo "usage: make_clips.sh DIR" >&2; exit 2; }
command -v ffmpeg >/dev/null || { echo "make_clips: needs the ffmpeg command" >&2; exit 2; }
mkdir -p "$1" && cd "$1" || exit 1
ff() { ffmpeg -nostdin -v error -y "$@" </dev/null; }
# clip NAME OPTIONS...: ffmpeg's own arguments; the last output is NAME.
clip() {
  local name=$1; shift
  [ -s "$name" ] && return
  ff "$@" "$name" 2>/dev/null || { echo "make_clips: $name left out" >&2; rm -f "$name"; }
}
picture() { echo -f lavfi -i "testsrc2=s=${1:-192x108}:r=${2:-25}:d=${3:-1.2}"; }
tone() { echo -f lavfi -i "sine=frequency=${1:-440}:sample_rate=${2:-48000}:d=${3:-1.2}"; }
both="$(picture) $(tone)"

# ---- containers and the codecs that are usual in them
clip h264-aac.mp4 $both -c:v libx264 -preset veryfast -g 12 -c:a aac
clip h264-aac-fragments.mp4 $both -c:v libx264 -g 10 -c:a aac -movflags frag_keyframe+empty_moov
clip h264-aac-dash.mp4 $both -c:v libx264 -g 10 -c:a aac -movflags dash+delay_moov
clip h264-aac.mov $both -c:v libx264 -c:a aac -timecode 01:00:00:00
clip h264-aac.ts $both -c:v libx264 -g 10 -c:a aac
clip h264-ac3.m2ts $both -c:v libx264 -g 10 -c:a ac3 -mpegts_m2ts_mode 1 -f mpegts
clip h264-mp3.flv $both -c:v libx264 -c:a libmp3lame -ar 44100
clip h264-aac.3gp $both -c:v libx264 -c:a aac
clip h264-flac.mkv $both -c:v libx264 -c:a flac
clip h264.h264 $(picture) -c:v libx264 -bf 2
clip hevc.hevc $(picture) -c:v libx265 -x265-params log-level=none
clip hevc-opus.mkv $both -c:v libx265 -x265-params log-level=none -c:a libopus
clip hevc-hvc1-eac3.mp4 $both -c:v libx265 -x265-params log-level=none -tag:v hvc1 -c:a eac3
clip mpeg1-mp2.mpg $both -c:v mpeg1video -c:a mp2
clip mpeg2-ac3.vob $both -c:v mpeg2video -bf 2 -c:a ac3 -f vob
clip mpeg2-mp2.ts $both -c:v mpeg2video -bf 2 -c:a mp2
clip mpeg2.m2v $(picture) -c:v mpeg2video
clip mpeg2-422-pcm.mxf $(picture 720x576) $(tone) -c:v mpeg2video -pix_fmt yuv422p -b:v 5M -c:a pcm_s16le
clip mpeg2.gxf $(picture 720x576) -c:v mpeg2video -pix_fmt yuv420p -b:v 5M
clip mpeg4-mp3.avi $both -c:v mpeg4 -bf 2 -c:a libmp3lame
clip mpeg4-packed.avi $both -c:v mpeg4 -vtag DX50 -c:a libmp3lame
clip msmpeg4-adpcm.avi $both -c:v msmpeg4 -c:a adpcm_ms
clip mjpeg-pcm.avi $both -c:v mjpeg -pix_fmt yuvj422p -c:a pcm_s16le
clip mjpeg.mjpeg $(picture) -c:v mjpeg
clip huffyuv-pcm.avi $both -c:v huffyuv -c:a pcm_s16le
clip ffv1-pcm24.avi $both -c:v ffv1 -c:a pcm_s24le
clip cinepak.avi $(picture 160x120 10 0.6) -c:v cinepak
clip dv.dv $(picture 720x576) $(tone) -pix_fmt yuv420p -c:v dvvideo -c:a pcm_s16le
clip dv-411.avi -f lavfi -i "testsrc2=s=720x480:r=30000/1001:d=0.7" -pix_fmt yuv411p -c:v dvvideo
clip wmv2-wmav2.wmv $both -c:v wmv2 -c:a wmav2
clip theora-vorbis.ogv $both -c:v libtheora -c:a libvorbis
clip vp8-vorbis.webm $both -c:v libvpx -deadline realtime -c:a libvorbis
clip vp9-opus.webm $both -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus
clip vp9-alpha.webm $(picture) -vf format=yuva420p,geq=lum='p(X,Y)':a='X' -c:v libvpx-vp9 -deadline realtime -pix_fmt yuva420p -frames:v 8
clip vp8.ivf $(picture) -c:v libvpx -deadline realtime
clip av1-opus.mkv $both -c:v libsvtav1 -preset 12 -c:a libopus
clip av1.mp4 $(picture) -c:v libaom-av1 -cpu-used 8 -frames:v 8
clip prores-pcm.mov $both -c:v prores_ks -c:a pcm_s24le
clip prores4444-alpha.mov $(picture) -vf format=yuva444p10le -c:v prores_ks -profile:v 4444 -frames:v 5
clip dnxhd.mov $(picture 1920x1080) -c:v dnxhd -b:v 120M -pix_fmt yuv422p -frames:v 4
clip qtrle.mov $(picture) -c:v qtrle -pix_fmt argb -frames:v 8
clip png.mov $(picture) -c:v png -pix_fmt rgba -frames:v 8
clip rawvideo-uyvy.mov $(picture) -c:v rawvideo -pix_fmt uyvy422 -frames:v 8
clip rawvideo.nut $both -c:v rawvideo -pix_fmt yuv444p -c:a pcm_f32le
clip raw.y4m $(picture) -pix_fmt yuv422p -f yuv4mpegpipe
clip raw-10bit.y4m $(picture) -pix_fmt yuv420p10le -strict -1 -f yuv4mpegpipe
clip animation.gif $(picture 96x64 10) -f gif
clip animation.apng $(picture 96x64 10) -f apng -plays 1
clip animation.webp $(picture 96x64 10) -c:v libwebp_anim -loop 0
clip flash.swf $both -c:v flv1 -c:a libmp3lame -ar 44100
clip still.png $(picture) -frames:v 1
clip still.jpg $(picture) -frames:v 1
clip jpeg2000.mkv $(picture) -c:v jpeg2000 -frames:v 6
clip snow.avi $(picture) -c:v snow -strict -2 -frames:v 6
clip flashsv.flv $(picture 96x64 10) -c:v flashsv
clip roq.roq $(picture 128x128 30 0.6) -c:v roqvideo
clip zmbv.avi $(picture) -c:v zmbv -frames:v 8
clip utvideo.mkv $(picture) -c:v utvideo -pix_fmt gbrp -frames:v 8

# ---- pixel formats and sizes
for fmt in yuv410p yuv411p yuv440p yuv444p yuv422p10le yuv420p12le yuv444p16le gray gray10le gray16le gbrp gbrp12le gbrap rgb24 bgr0 ya8 ya16le yuva444p10le rgb48le bgra64le; do
  clip "ffv1-$fmt.mkv" $(picture 98x54) -c:v ffv1 -level 3 -strict -2 -pix_fmt $fmt -frames:v 4
done
clip pal8.avi $(picture 96x64) -vf "split[a][b];[a]palettegen[p];[b][p]paletteuse" -c:v rawvideo -pix_fmt pal8 -frames:v 6
clip monow.nut $(picture 96x64) -c:v rawvideo -pix_fmt monow -frames:v 6
clip rgb555.avi $(picture 96x64) -c:v rawvideo -pix_fmt rgb555le -frames:v 6
clip 1x1.mkv -f lavfi -i color=red:s=1x1:d=0.4 -c:v ffv1
clip 2x2.mp4 -f lavfi -i color=red:s=2x2:d=0.4 -c:v libx264
clip odd.mkv -f lavfi -i testsrc=s=97x53:d=0.6 -c:v ffv1 -pix_fmt yuv420p
clip odd-h264-444.mp4 -f lavfi -i testsrc=s=97x53:d=0.6 -c:v libx264 -pix_fmt yuv444p
clip tall.mkv -f lavfi -i testsrc2=s=16x1024:d=0.4 -c:v ffv1 -pix_fmt yuv420p
clip h264-10bit-422.mp4 $(picture) -c:v libx264 -pix_fmt yuv422p10le
clip h264-cropped.mp4 -f lavfi -i testsrc2=s=190x106:d=0.6 -c:v libx264
clip h264-lossless-rgb.mkv $(picture) -c:v libx264rgb -qp 0 -frames:v 8

# ---- what travels with a picture
clip tags-bt709-full.mp4 $(picture) -c:v libx264 -colorspace bt709 -color_primaries bt709 -color_trc bt709 -color_range pc
clip tags-bt601-ntsc.mov $(picture) -c:v libx264 -colorspace smpte170m -color_primaries smpte170m -color_trc smpte170m
clip tags-hdr10.mkv $(picture) -c:v libx265 -pix_fmt yuv420p10le -colorspace bt2020nc -color_primaries bt2020 -color_trc smpte2084 -x265-params "log-level=none:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400"
clip tags-hlg.mp4 $(picture) -c:v libx265 -pix_fmt yuv420p10le -colorspace bt2020nc -color_primaries bt2020 -color_trc arib-std-b67 -x265-params log-level=none
clip sar-16-11.mp4 $(picture) -vf setsar=16/11 -c:v libx264
clip sar-mpeg2.mpg $(picture 352x288) -aspect 16:9 -c:v mpeg2video
clip interlaced-tff.ts $(picture 720x576 50) -vf interlace=scan=tff -c:v libx264 -flags +ildct+ilme -x264opts tff=1
clip interlaced-bff.mpg $(picture 720x480 60) -vf interlace=scan=bff,setfield=bff -c:v mpeg2video -flags +ildct+ilme -top 0
clip chroma-topleft.mp4 $(picture) -c:v libx264 -chroma_sample_location topleft
clip base.mp4 $both -c:v libx264 -c:a aac
clip rotated-90.mov -display_rotation 90 -i base.mp4 -c copy
clip rotated-90.mp4 -i base.mp4 -c copy -metadata:s:v:0 rotate=90
clip rotated-180.mp4 -i base.mp4 -c copy -metadata:s:v:0 rotate=180

# ---- streams beside the picture
printf '1\n00:00:00,100 --> 00:00:00,600\nHello <i>there</i>\n\n2\n00:00:00,700 --> 00:00:01,100\nSecond line\n' >words.srt.txt
printf ';FFMETADATA1\ntitle=A title\nartist=Somebody\ncomment=a=b;c\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=One\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=500\nEND=1200\ntitle=Two\n' >tags.txt
printf 'a font' >font.ttf
ff -f lavfi -i testsrc=s=64x64 -frames:v 1 cover.png.tmp.png 2>/dev/null; mv -f cover.png.tmp.png cover.image 2>/dev/null
sub="-f srt -i words.srt.txt"
clip subs-srt.mkv $both $sub -map 0 -map 1 -map 2 -c:v libx264 -c:a aac -c:s srt -metadata:s:s:0 language=ger -disposition:s:0 forced
clip subs-ass.mkv $both $sub -map 0 -map 1 -map 2 -c:v libx264 -c:a aac -c:s ass
clip subs-movtext.mp4 $both $sub -map 0 -map 1 -map 2 -c:v libx264 -c:a aac -c:s mov_text -metadata:s:s:0 language=fra
clip subs-webvtt.webm $both $sub -map 0 -map 1 -map 2 -c:v libvpx -deadline realtime -c:a libvorbis -c:s webvtt
clip chapters.mkv $both -i tags.txt -map 0 -map 1 -map_metadata 2 -map_chapters 2 -c:v libx264 -c:a aac
clip chapters.mp4 $both -i tags.txt -map 0 -map 1 -map_metadata 2 -map_chapters 2 -c:v libx264 -c:a aac
clip attachments.mkv $both -map 0 -map 1 -c:v libx264 -c:a aac -attach font.ttf -metadata:s:t mimetype=application/x-truetype-font
clip cover.mp4 $both -f image2 -c:v png -i cover.image -map 0 -map 1 -map 2 -c:v:0 libx264 -c:a aac -c:v:1 copy -disposition:v:1 attached_pic
clip cover.mp3 $(tone) -f image2 -c:v png -i cover.image -map 0 -map 1 -c:a libmp3lame -c:v copy -disposition:v attached_pic
clip cover.flac $(tone) -f image2 -c:v png -i cover.image -map 0 -map 1 -c:a flac -c:v copy -disposition:v attached_pic
clip cover.m4a $(tone) -f image2 -c:v png -i cover.image -map 0 -map 1 -c:a aac -c:v copy -disposition:v attached_pic
clip two-sounds.mkv $(picture) $(tone) $(tone 880 44100) -map 0 -map 1 -map 2 -c:v libx264 -c:a:0 aac -c:a:1 ac3 -metadata:s:a:0 language=eng -metadata:s:a:1 language=deu -disposition:a:1 default -disposition:a:0 0
clip two-sounds.ts $(picture) $(tone) $(tone 880) -map 0 -map 1 -map 2 -c:v libx264 -c:a mp2 -metadata:s:a:1 language=deu
clip two-pictures.mkv $(picture) -f lavfi -i "testsrc=s=320x180:d=1.2" -map 0 -map 1 -c:v libx264
clip surround.mkv $(picture) -f lavfi -i "aevalsrc=sin(440*2*PI*t)|sin(550*2*PI*t)|0|0|sin(330*2*PI*t)|0:c=5.1:s=48000:d=1.2" -c:v libx264 -c:a ac3
clip sound-dts.mkv $(picture) $(tone) -c:v libx264 -strict -2 -c:a dca
clip sound-alac.mov $(picture) $(tone) -c:v libx264 -c:a alac
clip sound-alaw.mov $(picture) $(tone 440 8000) -c:v mjpeg -c:a pcm_alaw
clip sound-pcm-be.mov $(picture) $(tone) -c:v mjpeg -c:a pcm_s16be
clip sound-truehd.mkv $(picture) $(tone) -c:v libx264 -strict -2 -c:a truehd
clip sound-8khz.mkv $(picture) $(tone 440 8000) -c:v libx264 -c:a pcm_u8
clip sound-96khz.mkv $(picture) $(tone 440 96000) -c:v libx264 -c:a flac
clip sound-only.wav $(tone)
clip sound-only.ogg $(tone) -c:a libvorbis
clip sound-only.m4a $(tone) -c:a aac
clip sound-first.mp4 $(picture) $(tone) -map 1 -map 0 -c:v libx264 -c:a aac

# ---- times
clip ntsc.mp4 -f lavfi -i "testsrc2=s=192x108:r=30000/1001:d=1.2" $(tone) -c:v libx264 -c:a aac
clip film.mkv -f lavfi -i "testsrc2=s=192x108:r=24000/1001:d=1.2" $(tone) -c:v libx264 -c:a aac
clip vfr.mkv $(picture) -vf "select='not(mod(n,3))+lt(n,10)'" -fps_mode vfr -c:v libx264
clip vfr.mp4 $(picture 192x108 30 2) $(tone 440 48000 2) -vf "setpts=N/30/TB+0.02*random(1)/TB" -fps_mode vfr -c:v libx264 -c:a aac
clip gap.mkv $(picture 192x108 25 2) -vf "select='lt(t,0.5)+gt(t,1.4)'" -fps_mode vfr -c:v libx264
clip late-picture.mkv -itsoffset 0.7 $(picture) $(tone) -c:v libx264 -c:a aac
clip late-sound.mp4 $(picture) -itsoffset 0.45 $(tone) -c:v libx264 -c:a aac
clip start-100s.ts $both -c:v libx264 -c:a aac -output_ts_offset 100
clip start-negative.mkv -itsoffset -0.3 $both -c:v libx264 -c:a aac -avoid_negative_ts disabled
clip edit-list.mp4 -ss 0.33 -i base.mp4 -c copy
clip edit-list-long.mp4 -ss 0.7 -i h264-aac.mp4 -c copy
clip high-rate.mkv -f lavfi -i "testsrc2=s=64x64:r=240:d=0.5" -c:v libx264
clip slow.mp4 -f lavfi -i "testsrc2=s=64x64:r=1:d=4" -c:v libx264
clip one-frame.mp4 $(picture) -frames:v 1 -c:v libx264
clip open-gop.ts $(picture 192x108 25 2) $(tone 440 48000 2) -c:v libx264 -x264-params open-gop=1:keyint=12:bframes=3 -c:a mp2
clip wrap.ts $both -c:v libx264 -c:a aac -output_ts_offset 95443.2
clip long-gop.mkv $(picture 128x72 25 8) $(tone 440 48000 8) -c:v libx264 -g 300 -c:a libopus
clip short-sound.mkv $(picture) $(tone 440 48000 0.5) -c:v libx264 -c:a aac
clip short-picture.mkv $(picture 192x108 25 0.5) $(tone) -c:v libx264 -c:a aac

# ---- changes in mid-stream
ff $(picture 192x108 25 0.6) $(tone 440 48000 0.6) -c:v libx264 -bf 0 -c:a mp2 -f mpegts part1 2>/dev/null
ff $(picture 320x180 25 0.6) $(tone 660 44100 0.6) -c:v libx264 -bf 0 -c:a mp2 -f mpegts -output_ts_offset 0.6 part2 2>/dev/null
ff $(picture 192x108 25 0.6) -f lavfi -i "sine=d=0.6:sample_rate=48000" -pix_fmt yuv444p -c:v libx264 -bf 0 -ac 2 -c:a mp2 -f mpegts -output_ts_offset 1.2 part3 2>/dev/null
ff $(picture 192x108 25 0.6) $(tone 440 48000 0.6) -c:v libx264 -bf 0 -c:a mp2 -f mpegts -output_ts_offset 3000 part4 2>/dev/null
[ -s change-size.ts ] || cat part1 part2 >change-size.ts
[ -s change-size-back.ts ] || cat part1 part2 part1 >change-size-back.ts
[ -s change-format.ts ] || cat part1 part3 >change-format.ts
[ -s change-all.ts ] || cat part1 part2 part3 >change-all.ts
[ -s jump.ts ] || cat part1 part4 >jump.ts
[ -s jump-back.ts ] || cat part4 part1 >jump-back.ts
ff $(picture) -c:v libx264 -f h264 raw1 2>/dev/null; ff $(picture 320x180) -c:v libx264 -f h264 raw2 2>/dev/null
[ -s change-size.h264 ] || cat raw1 raw2 >change-size.h264
ff $(picture) -colorspace bt709 -color_primaries bt709 -color_trc bt709 -c:v libx264 -f h264 raw3 2>/dev/null
[ -s change-colour.h264 ] || cat raw1 raw3 >change-colour.h264

# ---- damage
cut() { [ -s "$2" ] || head -c "$3" "$1" >"$2"; }
spoil() {
  [ -s "$2" ] && return
  cp "$1" "$2"
  local size at; size=$(stat -c %s "$2")
  for at in 40 55 70 85; do
    printf '\x55\xaa\x00\xff\x13\x37\x55\xaa\x00\xff\x13\x37' | dd of="$2" bs=1 seek=$((size * at / 100)) conv=notrunc status=none
  done
}
cut h264-aac.ts cut.ts 20000
cut h264-flac.mkv cut.mkv 30000
cut mpeg2-mp2.ts cut-mpeg2.ts 30000
cut h264-mp3.flv cut.flv 20000
cut h264-aac-fragments.mp4 cut-fragments.mp4 20000
spoil h264-aac.ts spoilt.ts
spoil h264-flac.mkv spoilt.mkv
spoil mpeg4-mp3.avi spoilt.avi
spoil mpeg2-ac3.vob spoilt.vob
spoil vp9-opus.webm spoilt.webm
spoil hevc-opus.mkv spoilt-hevc.mkv
spoil dv.dv spoilt.dv

rm -f part? raw? words.srt.txt tags.txt font.ttf cover.image base.mp4
echo "$(ls | wc -l) clips"
