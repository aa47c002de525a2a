#!/usr/bin/env bash
# Checks what packaging/ ships with the programs it is made for: units with systemd-analyze, the
# alerts with promtool, and the metrics of a running sensor with a real Prometheus that scrapes
# them. JAGA names the binary; without it target/debug/jaga is taken.
set -euo pipefail
cd "$(dirname "$0")/.."
. packaging/setup.sh
need systemd-analyze systemd
need promtool prometheus
need logrotate logrotate
need ip iproute2
need setpriv util-linux
need python3 python3

jaga=$(realpath "${JAGA:-${CARGO_TARGET_DIR:-target}/debug/jaga}")
work=$(mktemp -d)
space=jaga-check-$$
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  ip netns del "$space" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
say() { printf 'packaging: %s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }

# Units: no word of complaint, and the exposure that the specification allows. What they start
# need not be installed here.
for unit in packaging/*.service; do
  sed -E 's#^(Exec[A-Za-z]+=-?)/[^ ]+#\1/bin/true#' "$unit" >"$work/$(basename "$unit")"
done
for unit in jaga.service jaga-capture@span0.service; do
  told=$(systemd-analyze verify --man=no "$work/$unit" 2>&1) || fail "$unit: $told"
  [ -z "$told" ] || fail "$unit: $told"
done
systemd-analyze security --offline=true --threshold=20 "$work/jaga.service" >"$work/security" ||
  fail "jaga.service: $(tail -1 "$work/security"), and 2.0 is allowed"
say "units are right: $(tail -1 "$work/security" | tr -dc ' -~')"

# The user, and the rotation of files, which here belong to whoever runs this.
told=$(systemd-sysusers --dry-run "$PWD/packaging/jaga.sysusers" 2>&1) || fail "jaga.sysusers: $told"
mkdir "$work/log"
echo '{}' >"$work/log/eve.json"
sed -e "s#/var/log/jaga#$work/log#" -e "s/jaga jaga/$(id -un) $(id -gn)/" \
  -e "s#systemctl .*#touch $work/told#" packaging/jaga.logrotate >"$work/logrotate"
chmod 644 "$work/logrotate"
logrotate --force --state "$work/rotated" "$work/logrotate" || fail "jaga.logrotate is refused"
[ -e "$work/told" ] && [ -s "$work/log/eve.json.1" ] && [ ! -s "$work/log/eve.json" ] ||
  fail "jaga.logrotate does not rotate, or does not tell the sensor"
say "the user is made and files are rotated"

# Alerts: each fires on what it is about, and on nothing else.
promtool check rules packaging/prometheus-alerts.yml >/dev/null
promtool test rules packaging/prometheus-alerts.test.yml >/dev/null ||
  fail "$(promtool test rules packaging/prometheus-alerts.test.yml 2>&1)"
say "alerts fire on what they are about"

# A sensor, and a Prometheus that reads it.
if ! ip netns add "$space" 2>/dev/null; then
  say "SKIPPED: metrics with a real Prometheus need root and network namespaces" >&2
  exit 0
fi
ip -n "$space" link set lo up
ip -n "$space" link add span0 arp off type veth peer name tap0 arp off
ip -n "$space" link set span0 up
ip -n "$space" link set tap0 up
# As the unit starts it: another user, with the one capability.
chmod 711 "$work"
install -m 755 "$jaga" "$work/jaga"
install -d -m 700 -o 65534 -g 65534 "$work/own"
ip netns exec "$space" setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs \
  --inh-caps=-all,+net_raw --ambient-caps=-all,+net_raw --bounding-set=-all,+net_raw \
  "$work/jaga" run -q -i span0 --events "$work/own/eve.json" --state "$work/own" \
  --learn 1h --rule-cache none --syslog udp://127.0.0.1:5514 --metrics 127.0.0.1:9474 \
  </dev/null >/dev/null 2>"$work/sensor" &
pids+=($!)
cat >"$work/prometheus.yml" <<YML
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [$PWD/packaging/prometheus-alerts.yml]
scrape_configs:
  - job_name: jaga
    static_configs: [{targets: ["127.0.0.1:9474"]}]
YML
promtool check config "$work/prometheus.yml" >/dev/null
ip netns exec "$space" prometheus --config.file="$work/prometheus.yml" \
  --storage.tsdb.path="$work/data" --web.listen-address=127.0.0.1:9090 \
  </dev/null >/dev/null 2>"$work/prometheus" &
pids+=($!)
cat >"$work/ask.py" <<'PY'
import json, re, sys, time, urllib.parse, urllib.request

def get(url):
    return urllib.request.urlopen(url, timeout=5).read().decode()

def query(what):
    text = get("http://127.0.0.1:9090/api/v1/query?query=" + urllib.parse.quote(what))
    return json.loads(text)["data"]["result"]

until = time.time() + 60
while True:
    try:
        if [row for row in query('up{job="jaga"}') if row["value"][1] == "1"]:
            break
    except OSError:
        pass
    if time.time() > until:
        sys.exit("Prometheus did not read the sensor within a minute")
    time.sleep(0.5)
names = set(re.findall(r"\bjaga_[a-z_]+", open(sys.argv[1]).read()))
missing = sorted(name for name in names if not query(name))
if missing:
    sys.exit("alerts ask for what the sensor does not tell: " + ", ".join(missing))
# Each question of the dashboard, as Grafana asks it.
board = json.load(open(sys.argv[3]))
asked = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
for what in asked:
    what = what.replace("$__rate_interval", "1m").replace("$instance", ".*")
    try:
        query(what)
    except OSError as error:
        sys.exit("the dashboard asks what Prometheus does not understand: %s: %s" % (what, error))
    for name in set(re.findall(r"\b(?:jaga|process)_[a-z_]+", what)):
        if not query(name):
            sys.exit("the dashboard asks for what the sensor does not tell: " + name)
rules = json.loads(get("http://127.0.0.1:9090/api/v1/rules"))["data"]["groups"][0]["rules"]
broken = [rule["name"] for rule in rules if rule.get("lastError")]
if broken or len(rules) < 13:
    sys.exit("Prometheus cannot evaluate: %s of %d" % (broken, len(rules)))
open(sys.argv[2], "w").write(get("http://127.0.0.1:9474/metrics"))
print("%d metrics that the alerts ask for and the %d questions of the dashboard" %
      (len(names), len(asked)))
PY
asked=$(ip netns exec "$space" python3 "$work/ask.py" packaging/prometheus-alerts.yml \
  "$work/metrics" packaging/grafana-dashboard.json) || fail "$(tail -n 3 "$work/sensor" "$work/prometheus")"
told=$(promtool check metrics <"$work/metrics" 2>&1) || fail "promtool check metrics: $told"
# What listens has no right left; the process apart that opens packet sockets has CAP_NET_RAW alone.
grep -q "^CapPrm:.*0000000000000000$" "/proc/${pids[0]}/status" || fail "the sensor has rights"
opener=$(tr -d " " <"/proc/${pids[0]}/task/${pids[0]}/children")
[[ -n $opener ]] || fail "nothing opens packet sockets"
grep -q "^CapEff:.*0000000000002000$" "/proc/$opener/status" || fail "what opens has other rights"
say "Prometheus reads the sensor, with the $asked"
