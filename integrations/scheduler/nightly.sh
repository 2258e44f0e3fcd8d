#!/bin/sh
# One night without Airflow: wait for the day's loads, build and publish, make the site, tell.
#
# `groundwork alert` runs whatever happened before; the exit status is that of what failed.
#
# GROUNDWORK_VARS      variables as YAML, such as `raw_path: /data/raw`
# GROUNDWORK_PATIENCE  seconds to wait for the day's loads (default: six hours)
# GROUNDWORK_WEBHOOK   where alerts are posted; without it they are printed
set -u
cd "$(dirname "$0")/../.." || exit
PATH="$PWD/.venv/bin:$PATH"
vars=${GROUNDWORK_VARS:-}
status=0

{
    groundwork freshness --vars "$vars" --wait "${GROUNDWORK_PATIENCE:-21600}" &&
        groundwork build --vars "$vars" --wait 7200 &&
        groundwork site
} || status=$?
groundwork alert --vars "$vars" --loads-since today --wait 7200 || status=$?
exit "$status"
