# Sourced after env.sh: a bare Debian 12 to try things in as somebody with a new machine would. Its name in what is said is
# $who. Needs root for chroot and mounts. The bare system is kept in .cache/ for the next time.
#
#     enter_room            makes the room; it is cleaned up when this script ends, however it ends
#     inside COMMAND...     in the room, as a new user of it would start
#     step NAME COMMAND...  says what it does and how long it took; a failure ends the script
[[ $(id -u) -eq 0 ]] || die "$who: needs root (chroot and mounts)"
export PATH=$PATH:/usr/sbin:/sbin

bare=.cache/debian-12-$(uname -m).tar
room=$PWD/.fresh/$$
root=$room/root
mounts=()

mirror() { # the Debian mirror that this machine uses, where it says so
	cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
		grep -Eo '^(deb (\[[^]]*\] )?|URIs: *)[a-z]+://[^ ]+/debian/?( |$)' | grep -Eo '[a-z]+://[^ ]+' | head -n 1 || true
}

make_bare() {
	local try=$room/bare
	[[ -f $bare ]] && return
	say "$who: making a bare Debian 12"
	mkdir -p .cache "$try"
	# shellcheck disable=SC2046 # no mirror, no word
	debootstrap --variant=minbase --include=git,make,ca-certificates,python3 bookworm "$try" $(mirror) \
		>"$room/debootstrap.log" 2>&1 || {
		tail -n 20 "$room/debootstrap.log" "$try/debootstrap/debootstrap.log" >&2 || true
		die "$who: debootstrap failed"
	}
	tar --one-file-system -C "$try" -cf "$bare.part" .
	mv "$bare.part" "$bare"
	rm -rf --one-file-system "$try"
}

mount_in() { # mount_in TARGET MOUNT-ARGUMENT...: under the new root, remembered for the end
	local target=$root$1
	shift
	mkdir -p "$target"
	mount "$@" "$target"
	mounts=("$target" "${mounts[@]}")
}

make_devices() {
	local one
	for one in null zero full random urandom tty; do
		[[ -c $root/dev/$one ]] || {
			rm -f "$root/dev/$one"
			touch "$root/dev/$one"
			mount --bind "/dev/$one" "$root/dev/$one"
			mounts=("$root/dev/$one" "${mounts[@]}")
		}
	done
	ln -sfn /proc/self/fd "$root/dev/fd"
}

# How this machine reaches package registries (mirrors, proxies, certificates) is its own matter; the room gets the same.
settings=(
	/etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf /etc/apt/apt.conf.d /etc/apt/preferences.d
	/etc/apt/trusted.gpg.d /etc/apt/keyrings
	/etc/pip.conf /etc/xdg/pip /etc/npmrc /usr/local/etc/npmrc
	/etc/ssl/certs /usr/local/share/ca-certificates /usr/share/ca-certificates
	/etc/resolv.conf /etc/hosts /etc/nsswitch.conf
)
home_settings=(.config/pip .pip .npmrc)

copy_settings() {
	local one
	for one in "${settings[@]}"; do
		[[ -e $one ]] || continue
		rm -rf "$root$one"
		mkdir -p "$root$(dirname "$one")"
		cp -RL "$one" "$root$one" 2>/dev/null || true # a dangling link among certificates stays out
	done
	# Hooks of this machine's package tools that call programs the bare system has not.
	grep -lsE '^[^/#]*(DPkg::|APT::Update::|AptCli::)' "$root"/etc/apt/apt.conf.d/* | xargs -r rm -f
	for one in "${home_settings[@]}"; do
		[[ -e $HOME/$one ]] || continue
		mkdir -p "$root/root/$(dirname "$one")"
		cp -RL "$HOME/$one" "$root/root/$one"
	done
}

# The variables that say the same, with the files they name where those are not in place yet.
inner_env=()
copy_environment() {
	local name value
	while IFS='=' read -r name value; do
		case $name in
		PIP_* | NPM_CONFIG_* | npm_config_* | NODE_EXTRA_CA_CERTS | SSL_CERT_* | REQUESTS_CA_BUNDLE | CURL_CA_BUNDLE) ;;
		*_proxy | *_PROXY) ;;
		*) continue ;;
		esac
		[[ $name != npm_config_prefix && $name != PIP_CACHE_DIR ]] || continue
		inner_env+=("$name=$value")
		if [[ $value == /* && -e $value && ! -e $root$value ]]; then
			mkdir -p "$root$(dirname "$value")"
			cp -RL "$value" "$root$value"
		fi
	done < <(env)
}

inside() { # inside COMMAND...: in the room, as a new user of it would start
	chroot "$root" /usr/bin/env -i HOME=/root TERM=dumb LC_ALL=C.UTF-8 \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${inner_env[@]}" "$@"
}

# The processes whose root is the room.
inhabitants() {
	local one
	for one in /proc/[0-9]*; do
		[[ $(readlink "$one/root" 2>/dev/null) == "$root" ]] && printf '%s\n' "${one#/proc/}"
	done
	true
}

clean_up() {
	local status=$? left one
	trap '' INT TERM HUP
	set +e
	left=$(inhabitants)
	if [[ -n $left ]]; then
		for one in $left; do
			printf '%s: left running: %s %s\n' "$who" "$one" "$(tr '\0' ' ' <"/proc/$one/cmdline")" >&2
		done
		# shellcheck disable=SC2086 # process ids
		kill -KILL $left
		sleep 0.5
		[[ $status -ne 0 ]] || status=1
	fi
	for one in "${mounts[@]}"; do umount "$one" || umount -l "$one"; done
	if grep -q " $room/" /proc/mounts; then
		say "$who: something is still mounted under $room; it was not removed" >&2
		exit 1
	fi
	rm -rf --one-file-system "$room"
	rmdir "$(dirname "$room")" 2>/dev/null
	exit "$status"
}

step() { # step NAME COMMAND...
	local started=$SECONDS name=$1 status=0
	shift
	say "$who: $name"
	"$@" || status=$?
	[[ $status -eq 0 ]] || die "$who: $name failed ($status) after $((SECONDS - started)) s"
	say "$who: $name: $((SECONDS - started)) s"
}

enter_room() {
	mkdir -p "$root"
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	make_bare
	tar -C "$root" -xf "$bare"
	copy_settings
	copy_environment
	mount_in /proc -t proc proc
	mount_in /dev/shm -t tmpfs -o mode=1777 tmpfs
	mount_in /dev/pts -t devpts -o newinstance,ptmxmode=0666 devpts
	ln -sfn pts/ptmx "$root/dev/ptmx"
	make_devices
}
