#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Makes the pictures of the window that the README shows: docs/images/viewer-*.png.
# Usage: scripts/viewer_images.sh CLIP HDR_CLIP
# Environment: BUILD (default build/release). Exit 0: made; 1: not; 2: usage.
set -euo pipefail

[ $# -eq 2 ] || { echo "usage: scripts/viewer_images.sh CLIP HDR_CLIP" >&2; exit 2; }
clip=$(realpath -e "$1")
hdr_clip=$(realpath -e "$2")
cd "$(dirname "$0")/.."
latham=$PWD/${BUILD:-build/release}/latham
for tool in Xvfb xdotool ffmpeg "$latham"; do
  command -v "$tool" > /dev/null || { echo "viewer_images: there is no $tool" >&2; exit 1; }
done

width=800 height=450
work=$(mktemp -d)
server='' window=''
trap 'kill $window $server 2> /dev/null || true; rm -rf "$work"' EXIT
mkfifo "$work/number"
Xvfb -displayfd 7 -screen 0 "${width}x${height}x24" -nolisten tcp -noreset 7> "$work/number" 2> /dev/null &
server=$!
read -r number < "$work/number"
export DISPLAY=":$number" SDL_VIDEODRIVER=x11 SDL_RENDER_DRIVER=software SDL_AUDIODRIVER=dummy
export XDG_RUNTIME_DIR=$work

# picture NAME KEY... : of the window whose process is $window, a while after each key
picture() {
  local name=$1
  shift
  until xdotool search --onlyvisible --name latham > /dev/null 2>&1; do
    kill -0 "$window" || { echo "viewer_images: $name: no window" >&2; exit 1; }
    sleep 0.2
  done
  # The window fills the screen: there is no window manager that would mind.
  xdotool search --onlyvisible --name latham windowmove 0 0 windowsize "$width" "$height"
  xdotool mousemove $((width / 2)) $((height / 2))
  for key in "$@"; do
    sleep 0.5
    xdotool key "$key"
  done
  sleep 3
  ffmpeg -nostdin -v error -y -f x11grab -draw_mouse 0 -video_size "${width}x${height}" -i "$DISPLAY" \
    -frames:v 1 "$work/screen.png"
  ffmpeg -nostdin -v error -y -i "$work/screen.png" \
    -vf 'split[a][b];[a]palettegen=max_colors=128[p];[b][p]paletteuse=dither=none' "docs/images/$name.png"
  kill -TERM "$window"
  wait "$window" || true
}

# A slow job, so that its numbers can be read.
"$latham" transcode -loglevel error --view -stream_loop -1 -i "$clip" -an -sn \
  -vf scale=960:-2,unsharp=7:7:1.5 -c:v libx264 -preset veryslow -f null - &
window=$!
picture viewer-compare i c c

"$latham" view --loop "$hdr_clip" &
window=$!
picture viewer-scopes space i h w u
ls -l docs/images/viewer-*.png
