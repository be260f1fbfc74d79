#!/bin/sh
# Starts one command at most once, watches it without any worker, and leaves behind how it ended. See ADR 0011.
# Arguments: folder of the launch; plan (one line, for whoever attaches); length of a tick in seconds; lease and wall
# time in ticks; output to keep in blocks of 512 bytes; files with the kernel's counts of memory kills and refused
# forks, may be empty; then `-c`, the script of the launcher, its name and its arguments.
# Descriptors: 4 bubblewrap's options, 5 and 6 both ends of the output's pipe, 7 the command's input.
# Exit codes: 17 it was begun before, 18 nothing was begun, 19 the end could not be written down.
umask 077
PATH=/usr/local/bin:/usr/bin:/bin
folder=$1 plan=$2 tick=$3 lease=$4 wall=$5 blocks=$6 memory=$7 forks=$8
shift 8

# Keeps the first part of the output and counts all of it, so that a flood fills no disk and stops no command.
keep() {
  exec 2>/dev/null 4<&- 6>&- 7<&-
  trap '' XFSZ
  ulimit -f "$blocks"
  exec tee output <&5
}

measure() {
  exec 4<&- 5<&- 6>&- 7<&-
  exec wc -c >printed
}

# Ends the whole group, this supervisor too: the sandbox dies with it. No record is left, so nobody knows the end.
give_up() {
  echo lost >stop
  kill -KILL "-$$"
}

# Time is counted in ticks, because clocks can be set.
watch() {
  exec 2>/dev/null 4<&- 5<&- 6>&- 7<&-
  trap 'kill "$nap"; exit' TERM
  idle=0 age=0
  while :; do
    sleep "$tick" &
    nap=$!
    wait "$nap"
    # Without the supervisor itself the sandbox is dead already.
    kill -0 "$$" || kill -KILL "-$$"
    idle=$((idle + 1)) age=$((age + 1))
    [ -e lease ] || give_up
    if [ lease -nt seen ]; then echo >seen && idle=0; fi
    [ "$idle" -lt "$lease" ] || give_up
    if [ "$age" -ge "$wall" ]; then
      [ -e stop ] || echo wall-time >stop
      read -r init <status
      init=${init#*'"child-pid": '}
      kill -KILL "${init%%[!0-9]*}"
    fi
  done
}

count() {
  found=0
  [ -r "$1" ] || return
  while read -r key value; do [ "$key" = "$2" ] && found=$value; done <"$1"
}

# Builtins do what they can: each program more takes a millisecond of every command.
cd "$folder" || exit 18
# The once-gate: of all who ever try to start this launch, one makes this file (O_EXCL by `set -C`). A failing `:` would
# end the shell.
set -C
if ! true 2>/dev/null >gate; then
  [ -e gate ] && exit 17
  exit 18
fi
set +C
read -r boot </proc/sys/kernel/random/boot_id
read -r began rest </proc/uptime
read -r self </proc/$$/stat
printf '%s\n' "$boot" "$began" "$self" "$plan" >started && true >lease && true >seen || exit 18

# They close what is not theirs by `exec`: a shell keeps a copy of what is closed for one command only.
keep | measure &
sink=$!
watch &
guard=$!
# In the foreground: what a shell starts in the background cannot be interrupted, and neither could its children.
(
  cd / || exit
  launcher=$2
  shift 3
  eval "$launcher"
) <&7 >&6 2>&6 3>status 5<&- 6>&- 7<&-
code=$?
exec 4<&- 5<&- 6>&- 7<&-
wait "$sink"
kill "$guard"
read -r ended rest </proc/uptime
count "$memory" oom_kill
kills=$found
count "$forks" max
# One write: whoever reads sees the whole line or none, and takes no line that lacks its end.
printf '%s\n' "$code $ended $kills $found" >exit || exit 19
# Whoever is told that the launch is over finds nothing of it running.
wait "$guard"
exit 0
