#!/bin/bash
# First process of a host of the test bed: makes its file system, then becomes its supervisor of services (runit).
# Started by testbed.sh in namespaces of its own. Arguments: folder of the test bed, name of the host.
set -euo pipefail
folder=$1 name=$2
hostname "$name"

# Everything the host writes is in memory and gone with its last process. What it reads is this machine's system.
fs=$folder/$name/fs
mkdir "$fs"
mount -t tmpfs -o size=512m,mode=755 "$name" "$fs"
mkdir "$fs/upper" "$fs/work" "$fs/root"
mount -t overlay -o "lowerdir=/,upperdir=$fs/upper,workdir=$fs/work" "$name" "$fs/root"
root=$fs/root

# Of this machine there are its programs and settings. What people and services keep on it is not.
for hidden in /*/ /var/*/; do
  hidden=${hidden%/}
  case $hidden in
    /bin | /sbin | /lib* | /usr | /etc | /var | /proc | /sys | /dev | /var/lib | /var/cache) continue ;;
  esac
  [ ! -L "$hidden" ] || continue
  mkdir -p "$root$hidden"
  mount -t tmpfs -o mode=755 "$name" "$root$hidden"
done
[ ! -d "$root/var/lib/holdfast" ] || mount -t tmpfs -o mode=755 "$name" "$root/var/lib/holdfast"
mkdir -p "$root"/{root,home,tmp,run,mnt,var/tmp,var/log}
chmod 1777 "$root/tmp" "$root/var/tmp"
chmod 700 "$root/root"
mkdir -p "$root/run/sshd" "$root/run/lock"

mkdir -p "$root/proc" "$root/sys" "$root/dev"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs -o mode=755 dev "$root/dev"
for device in null zero full random urandom tty; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs -o mode=1777 shm "$root/dev/shm"

echo "$name" >"$root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" >"$root/etc/hosts"
: >"$root/etc/resolv.conf"
sed -i '/^deploy:/d' "$root"/etc/{passwd,group,shadow}
echo 'deploy:x:2001:2001::/home/deploy:/bin/bash' >>"$root/etc/passwd"
echo 'deploy:x:2001:' >>"$root/etc/group"
echo 'deploy:*:19000:0:99999:7:::' >>"$root/etc/shadow"
mkdir -p "$root/home/deploy/.ssh" "$root/etc/sudoers.d"
cp "$folder/id_ed25519.pub" "$root/home/deploy/.ssh/authorized_keys"
chown -R 2001:2001 "$root/home/deploy"
chmod 700 "$root/home/deploy/.ssh"
echo 'deploy ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/deploy"
chmod 440 "$root/etc/sudoers.d/deploy"

mkdir -p "$root/etc/ssh"
install -m 600 "$folder/$name/host_key" "$root/etc/ssh/testbed_key"
cat >"$root/etc/ssh/testbed_config" <<'TEXT'
HostKey /etc/ssh/testbed_key
PidFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
MaxStartups 50
MaxSessions 50
PrintMotd no
Subsystem sftp internal-sftp
TEXT
# Services are what runit finds in /etc/service, as on any host with it.
rm -rf "$root/etc/service" "$root/etc/sv"
mkdir -p "$root/etc/service" "$root/etc/sv/sshd"
printf '#!/bin/sh\nexec /usr/sbin/sshd -D -e -f /etc/ssh/testbed_config\n' >"$root/etc/sv/sshd/run"
chmod 755 "$root/etc/sv/sshd/run"
ln -s /etc/sv/sshd "$root/etc/service/sshd"

cd "$root"
mkdir -p "$root/mnt/machine"
pivot_root . mnt/machine
umount -l /mnt/machine
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
  /usr/bin/runsvdir -P /etc/service
