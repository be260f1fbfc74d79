#!/bin/bash
# Real hosts on one machine, for tests, the demo and benchmarks: each is a network namespace with an sshd of its own, and
# a file system, users and processes of its own. See README.md.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# Set aside for benchmarks of networks (RFC 2544): no real network has these addresses.
range=198.18
most=20
ready_seconds=20

usage() {
  cat <<'TEXT'
usage: testbed.sh up FOLDER [HOSTS]     start HOSTS hosts (1 to 20, default 3): h1, h2, ...
       testbed.sh inside FOLDER HOST COMMAND...   run a command on a host, as root, without ssh
       testbed.sh cut FOLDER HOST       take a host off the network, in the middle of whatever it does
       testbed.sh mend FOLDER HOST      put it back
       testbed.sh down FOLDER           end the hosts and remove everything
       testbed.sh needs                 say what is missing on this machine; exit code 69 when something is

FOLDER must not exist; it gets inventory.yml, id_ed25519 (log in as deploy, who may sudo) and known_hosts.
TEXT
}

fail() {
  echo "testbed: $2" >&2
  exit "$1"
}

missing_parts() {
  [ "$(id -u)" = 0 ] || echo 'root: namespaces, mounts and a bridge are made'
  local program package
  while read -r program package; do
    command -v "$program" >/dev/null || echo "$program (Debian package $package)"
  done <<'TEXT'
ip iproute2
unshare util-linux
nsenter util-linux
sshd openssh-server
ssh-keygen openssh-client
runsvdir runit
sudo sudo
TEXT
  /usr/bin/python3 -c 'import apt' 2>/dev/null || echo '/usr/bin/python3 with apt (Debian package python3-apt)'
}

require_parts() {
  local missing
  missing=$(missing_parts)
  [ -z "$missing" ] || fail 69 "this machine lacks:
$missing"
}

# The record of a process: its id and when it started, so that no other process is ever taken for it.
identity() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) }
  set -- "$1" $stat
  echo "$1 ${21}"
}

living() {
  local pid
  read -r pid _ 2>/dev/null <"$1" || return 1
  [ "$(identity "$pid")" = "$(cat "$1")" ] && echo "$pid"
}

# Making a bridge is atomic, so that test beds started at once get different networks.
claim_network() {
  local number
  for number in $(seq 1 250); do
    if ip link add "hftb$number" type bridge 2>/dev/null; then
      echo "$number" >"$1/network"
      return
    fi
  done
  fail 75 'all 250 networks are taken: end other test beds'
}

start_host() {
  local folder=$1 number=$2 index=$3
  local name=h$index address=$range.$number.$((10 + index)) pid
  mkdir "$folder/$name"
  ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$folder/$name/host_key"
  echo "$address $(cut -d' ' -f1,2 "$folder/$name/host_key.pub")" >>"$folder/known_hosts"
  setsid unshare --mount --uts --ipc --net --pid --fork --kill-child \
    /bin/bash "$here/host.sh" "$folder" "$name" </dev/null >"$folder/$name/log" 2>&1 &
  pid=$!
  # Until unshare has begun, the process is still in our own namespaces.
  until [ "$(readlink /proc/$pid/ns/pid_for_children)" != "$(readlink /proc/$$/ns/pid)" ]; do
    [ -d "/proc/$pid" ] || fail 70 "$name did not start: $(cat "$folder/$name/log")"
    sleep 0.01
  done
  identity "$pid" >"$folder/$name/process"
  ip link add "hftb$number-$index" type veth peer name eth0 netns "$pid"
  ip link set "hftb$number-$index" master "hftb$number" up
  nsenter --target "$pid" --net sh -c "
    ip link set lo up && ip address add $address/24 dev eth0 && ip link set eth0 up"
  cat >>"$folder/inventory.yml" <<TEXT
    $name:
      ansible_host: $address
TEXT
}

await_host() {
  local folder=$1 name=$2 address deadline=$((SECONDS + ready_seconds))
  address=$(sed -n "/^    $name:/{n;s/.*: //p}" "$folder/inventory.yml")
  until timeout 1 bash -c "read -r line </dev/tcp/$address/22" 2>/dev/null; do
    living "$folder/$name/process" >/dev/null || fail 70 "$name died: $(cat "$folder/$name/log")"
    [ "$SECONDS" -lt "$deadline" ] || fail 70 "$name does not answer: $(cat "$folder/$name/log")"
    sleep 0.05
  done
}

up() {
  local folder=$1 count=${2:-3} number index
  [[ $count =~ ^[0-9]+$ ]] && [ "$count" -ge 1 ] && [ "$count" -le "$most" ] ||
    fail 64 "HOSTS is a number from 1 to $most, not: $count"
  require_parts
  mkdir -p "$(dirname "$folder")"
  mkdir -m 755 "$folder" 2>/dev/null || fail 73 "$folder is there already, or cannot be made"
  folder=$(cd "$folder" && pwd)
  # Whatever goes wrong, half a test bed is not left behind.
  trap 'status=$?; [ $status = 0 ] || down "$folder"; exit $status' EXIT
  claim_network "$folder"
  number=$(cat "$folder/network")
  ip address add "$range.$number.1/24" dev "hftb$number"
  ip link set "hftb$number" up
  ssh-keygen -q -t ed25519 -N '' -C testbed -f "$folder/id_ed25519"
  cat >"$folder/inventory.yml" <<TEXT
testbed:
  vars:
    ansible_user: deploy
    ansible_ssh_private_key_file: "{{ inventory_dir }}/id_ed25519"
    ansible_ssh_common_args: >-
      -o UserKnownHostsFile="{{ inventory_dir }}/known_hosts" -o StrictHostKeyChecking=yes
    ansible_python_interpreter: /usr/bin/python3
  hosts:
TEXT
  for index in $(seq 1 "$count"); do start_host "$folder" "$number" "$index"; done
  for index in $(seq 1 "$count"); do await_host "$folder" "h$index"; done
  echo "$count hosts in $range.$number.0/24; inventory: $folder/inventory.yml"
}

host_of() {
  [ -d "$1/$2" ] && [ -f "$1/network" ] || fail 66 "there is no host $2 in $1"
}

port_of() {
  echo "hftb$(cat "$1/network")-${2#h}"
}

inside() {
  local folder=$1 name=$2 pid child
  shift 2
  host_of "$folder" "$name"
  pid=$(living "$folder/$name/process") || fail 69 "$name does not run"
  child=$(cat "/proc/$pid/task/$pid/children")
  exec nsenter --target "${child%% *}" --all env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
}

down() {
  local folder=$1 process pid number
  [ -d "$folder" ] || fail 66 "there is no test bed in $folder"
  [ -f "$folder/network" ] || [ -z "$(ls -A "$folder")" ] || fail 66 "$folder is no test bed"
  # The kernel takes two seconds to clear a host away: all are ended first, then waited for.
  for process in "$folder"/h*/process; do
    if pid=$(living "$process"); then kill -KILL "$pid"; fi
  done
  for process in "$folder"/h*/process; do
    while living "$process" >/dev/null; do sleep 0.02; done
  done
  if [ -f "$folder/network" ]; then
    number=$(cat "$folder/network")
    for port in /sys/class/net/"hftb$number"-*; do
      [ -e "$port" ] && ip link del "${port##*/}" 2>/dev/null || true
    done
    ip link del "hftb$number" 2>/dev/null || true
  fi
  rm -rf "$folder"
}

command=${1:-}
case "$command" in
  up | down) [ $# -ge 2 ] || { usage >&2; exit 64; } ;;
  cut | mend) [ $# = 3 ] || { usage >&2; exit 64; } ;;
  inside) [ $# -ge 4 ] || { usage >&2; exit 64; } ;;
esac
case "$command" in
  up) up "$2" "${3:-}" ;;
  down) down "$2" ;;
  cut) host_of "$2" "$3" && ip link set "$(port_of "$2" "$3")" down ;;
  mend) host_of "$2" "$3" && ip link set "$(port_of "$2" "$3")" up ;;
  inside) inside "${@:2}" ;;
  needs) require_parts ;;
  help | -h | --help) usage ;;
  *) usage >&2; exit 64 ;;
esac
