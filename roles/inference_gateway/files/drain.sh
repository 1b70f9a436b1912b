#!/bin/bash
# Before Envoy is told to stop: an end to its connections, and time for the requests that still run.
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

# Every node has to learn that the Service has one pod less. Where this is the only one, new connections come here until
# its successor is ready, so nothing is refused yet.
sleep 10
# From now on every answer ends its connection.
admin POST /healthcheck/fail >/dev/null
while [ "$SECONDS" -lt "$deadline" ] && [ "$(running)" != 0 ]; do
  sleep 0.5
done
