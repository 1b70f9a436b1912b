#!/bin/bash
# Before Envoy is told to stop: no new connections, an end to idle ones, and time for the requests that still run.
# usage: drain.sh SECONDS
set -u
deadline=$((SECONDS + $1))

admin() {
  exec 3<>/dev/tcp/127.0.0.1/19000 || exit 0
  printf '%s %s HTTP/1.1\r\nhost: admin\r\ncontent-length: 0\r\nconnection: close\r\n\r\n' "$1" "$2" >&3
  cat <&3
  exec 3>&-
}

running() {
  admin GET '/stats?filter=^http.gateway.downstream_rq_active$' | grep -o 'downstream_rq_active: [0-9]*' | tr -dc 0-9
}

admin POST /healthcheck/fail >/dev/null
# Until every node knows that the Service has one pod less.
sleep 3
admin POST '/drain_listeners?graceful&skip_exit' >/dev/null
while [ "$SECONDS" -lt "$deadline" ] && [ "$(running)" != 0 ]; do
  sleep 0.5
done
