#!/bin/sh
# Makes clip.webm, ten seconds that say which second it is: sh examples/showcase/src/files/clip.sh (ffmpeg 5 or later).
#
# Slow waves in the page's colours, the seconds and their tenths, and a bar that is full at the end. A frame a second can be
# sought to, and the index (Cues) stands behind the pictures, so that who jumps reads at three places. No sound.

set -eu
cd "$(dirname "$0")"
size=320x180 length=10 rate=25
font=$(fc-match -f '%{file}' 'monospace:bold')

# Waves over 80x45, made larger: geq is slow. The grain keeps the clip from being so small that one read takes it all.
waves="color=black:s=80x45:r=$rate:d=$length,format=yuv444p,
geq=lum='44+26*sin(X/9+T*1.3)*cos(Y/7-T*0.9)+16*sin((X+Y)/14-T*1.7)':cb='122+6*sin(X/16+T)':cr='112+8*cos(Y/11-T*0.7)',
scale=$size:flags=bicubic,noise=alls=14:allf=t"
clock="drawtext=fontfile=$font:fontsize=72:fontcolor=0xe6f1eb:x=(w-tw)/2:y=(h-th)/2-8:text='%{eif\:floor(t)\:d}.%{eif\:mod(floor(t*10+0.001)\,10)\:d}'"
bar="color=0x59d8b4:s=320x10:r=$rate:d=$length"

ffmpeg -hide_banner -loglevel error -y -filter_complex \
  "$waves,$clock[picture];$bar[bar];[picture][bar]overlay=x='-w+w*(t+1/$rate)/$length':y=H-h,format=yuv420p" \
  -c:v libvpx-vp9 -b:v 720k -minrate 720k -maxrate 720k -g $rate -keyint_min $rate -deadline good -cpu-used 2 -row-mt 1 \
  -map_metadata -1 -fflags +bitexact -flags:v +bitexact -f webm clip.webm
ls -l clip.webm
