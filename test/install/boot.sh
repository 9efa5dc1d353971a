#!/bin/sh
# boot.sh PACKAGES REPOSITORY DIR: boots systemd in the namespaces that machine.ts made for it. Its root is this machine's, with
# extracted Debian packages over it, below a file system in memory: nothing that is written there reaches this machine.
# DIR is an empty directory for mounts; the repository is at /opt/kubedoh.
set -e
packages=$1 repository=$2 dir=$3
mount --make-rprivate /
mount -t tmpfs tmpfs "$dir"
mkdir "$dir/packages" "$dir/upper" "$dir/work" "$dir/root"
cp -a "$packages/." "$dir/packages/"
# /lib and /sbin are links here, which directories of the packages would hide.
for name in lib sbin; do
  [ -d "$dir/packages/$name" ] || continue
  mkdir -p "$dir/packages/usr/$name"
  cp -a "$dir/packages/$name/." "$dir/packages/usr/$name/"
  rm -r "$dir/packages/$name"
done
root=$dir/root
mount -t overlay overlay -o "lowerdir=$dir/packages:/,upperdir=$dir/upper,workdir=$dir/work" "$root"

mount -t tmpfs tmpfs "$root/dev"
for node in null zero full random urandom tty; do
  : >"$root/dev/$node"
  mount --bind "/dev/$node" "$root/dev/$node"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mkdir -p "$root/opt/kubedoh" "$root/srv/test"
mount --bind "$repository" "$root/opt/kubedoh"
mount -o remount,bind,ro "$root/opt/kubedoh"

rm -rf "$root"/etc/systemd/system/* "$root"/etc/systemd/resolved.conf.d "$root"/etc/dnsmasq.d "$root"/etc/kubedoh "$root"/var/lib/kubedoh
# These set up hardware, this machine's kernel, or clean directories up.
for unit in systemd-udevd.service systemd-udev-trigger.service systemd-udevd-control.socket systemd-udevd-kernel.socket \
  systemd-logind.service systemd-remount-fs.service systemd-sysusers.service systemd-tmpfiles-setup.service systemd-tmpfiles-clean.timer systemd-tmpfiles-setup-dev.service \
  systemd-modules-load.service kmod-static-nodes.service systemd-sysctl.service systemd-random-seed.service \
  systemd-update-utmp.service dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
  sys-kernel-config.mount sys-fs-fuse-connections.mount; do
  ln -s /dev/null "$root/etc/systemd/system/$unit"
done
cat >"$root/etc/systemd/system/test.target" <<'END'
[Unit]
Requires=sysinit.target sockets.target dbus.socket
After=sysinit.target sockets.target dbus.socket
END
echo 'systemd-resolve:x:980:980::/:/usr/sbin/nologin' >>"$root/etc/passwd"
echo 'systemd-resolve:x:980:' >>"$root/etc/group"
echo 'dnsmasq:x:981:65534::/:/usr/sbin/nologin' >>"$root/etc/passwd"
: >"$root/etc/machine-id"

cd "$root"
mkdir .old
pivot_root . .old
umount -l .old
rmdir .old
# Credentials of services travel through shared mounts.
mount --make-rshared /
cd /
# The network of the machine: a LAN, in a namespace of its own, with the nameserver that the machine uses.
ip link set lo up
ip netns add lan
ip link add lan0 type veth peer name lan0 netns lan
ip -n lan link set lan0 up
ip -n lan address add 192.0.2.53/24 dev lan0
ip address add 192.0.2.10/24 dev lan0
ip link set lan0 up
ip route add default via 192.0.2.1 dev lan0
exec env -i container=kubedoh-test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --system --unit=test.target --log-target=journal --show-status=no
