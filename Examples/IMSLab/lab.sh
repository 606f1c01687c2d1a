# Settings and helpers that start.sh, check.sh, stop.sh and compare/run.sh share. Sourced, not run.
#
#   IMSLAB_RUN      the folder for logs, pid files and evidence
#   IMSLAB_NETWORK  the first three numbers of all addresses (default 127.0.5)

LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
RUN=${IMSLAB_RUN:-${TMPDIR:-/tmp}/sidetone-imslab-$(id -u)}
NETWORK=${IMSLAB_NETWORK:-127.0.5}
SCSCF=$NETWORK.1:5060
HSS_ADDRESS=$NETWORK.2
DOMAIN=ims.example

# The address of a UE's SIPp; each UE has its own and uses port 5060.
ue_address() {
    case $1 in
        alice) echo $NETWORK.11 ;;
        bob) echo $NETWORK.12 ;;
        carol) echo $NETWORK.13 ;;
        *) return 1 ;;
    esac
}

# Whether the process in NAME's pid file lives and is ours: its command line names this folder.
is_running() {  # NAME
    [ -s "$RUN/$1.pid" ] && grep -qsF "$LAB/" "/proc/$(cat "$RUN/$1.pid")/cmdline"
}

# The processes of ours in a process group; fails if there is none. They can outlive their leader.
members() {  # GROUP
    pgrep -g "$1" -f "$LAB/"
}
