# Sourced: apt_install PACKAGE...: as root or by sudo, without questions, without starting any service.

as_root() {
	if [[ $(id -u) -eq 0 ]]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "setup: this needs root: $*"
	fi
}

apt_get() {
	as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
		apt-get -qq -o Dpkg::Use-Pty=0 -o APT::Install-Recommends=false -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 "$@"
}

# Debian starts a service once its package is installed; this file keeps it from doing so. One that is there already
# belongs to somebody else and stays as it is.
policy=/usr/sbin/policy-rc.d

apt_install() {
	local log started=$SECONDS wrote=''
	command -v apt-get >/dev/null || die "setup: no apt-get here; install what brings: $*"
	say "setup: installing $*"
	log=$(mktemp)
	if [[ ! -e $policy ]]; then
		wrote=yes
		trap 'as_root rm -f "$policy"' EXIT
		printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
		as_root chmod 755 "$policy"
	fi
	# The lists of a new machine are absent, and old ones name versions that are gone: refresh once, try again.
	if ! apt_get install --yes "$@" >"$log" 2>&1; then
		say "setup: refreshing the package lists"
		if ! { apt_get update && apt_get install --yes "$@"; } >"$log" 2>&1; then
			tail -n 30 "$log" >&2
			rm -f "$log"
			die "setup: could not install: $*"
		fi
	fi
	rm -f "$log"
	if [[ $wrote ]]; then
		as_root rm -f "$policy"
		trap - EXIT
	fi
	say "setup: installed in $((SECONDS - started)) s"
}
