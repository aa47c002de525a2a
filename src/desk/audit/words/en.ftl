# The report in English. A message without a blank stands where the page's templates ask for it.

title = Network audit
skip = To the summary
contents = Contents
more = More
unknown = unknown
yes = yes
no = no
made-by = Made by Jaga
all-utc = All times are UTC. Packet numbers count over all files, in the order of time.
nothing-seen = Nothing was seen.
rows-omitted = { $n ->
    [one] One more row is not shown here; it is in the JSON.
   *[other] { $number } more rows are not shown here; they are in the JSON.
}

# Sections
summary = Summary
coverage = Scope and coverage
devices = Devices
map = Network map
control = Who controls whom
zones = Zones and conduits
programs = Programs and engineering
planned = Planned work
timeline = Timeline
findings = Incidents and alerts
weaknesses = Weaknesses
vulnerabilities = Vulnerabilities
requirements = Requirements and techniques
appendix = Appendix: how to repeat this

# Summary
period = { $first } to { $last } UTC ({ $span })
no-time = without times
verdict-empty = The captures hold no packets: nothing can be said.
verdict-unread = The captures could not be read: nothing can be said.
verdict-unsure = Nothing was seen that needs an answer, but that says little: too little was read, or no rules and detectors looked on.
verdict-1 = Something was seen that can hurt the plant. It needs an answer today.
verdict-2 = Something was controlled, changed or left open that needs an explanation or a repair soon.
verdict-3 = Nothing urgent was seen; some of it raises questions or should be tidied up.
verdict-4 = Nothing was seen that needs an answer.
sentence-stopped = Reading was stopped before the end of the captures: all that follows is of what came before.
sentence-scope = { $n ->
    [one] One packet was examined, { $period }.
   *[other] { $number } packets were examined, { $period }.
} Devices seen: { $devices }; of these { $field } act on the process itself (controllers, outstations, protection devices, drives, remote I/O).
sentence-by-port = { $n ->
    [one] One more may, by its port alone: what it said could not be read.
   *[other] { $number } more may, by their ports alone: what they said could not be read.
}
sentence-writers = { $n ->
    [one] One station changed something on devices or commanded them, or tried to: { $named }.
   *[other] { $number } stations changed something on devices or commanded them, or tried to: { $named }.
}
sentence-firmware = { $known } of the { $number } devices that act on the process told their firmware; these did not: { $named }.
sentence-firmware-none = No device that acts on the process ({ $number }) told its firmware: { $named }.
sentence-firmware-all = All devices that act on the process ({ $number }) told their firmware.
sentence-no-writers = Over the protocols that were read, nobody was seen to change anything on a device or to command one.
sentence-incidents = Incidents: { $p1 } of priority 1 (something that can hurt the plant was done), { $p2 } of priority 2 (somebody controlled or changed something who did not do so before, or who should be asked), { $p3 } of priority 3 (somebody looks around, or is new).
sentence-no-incidents = No incident was found.
sentence-weaknesses = { $n ->
    [one] One kind of weakness shows without anybody having attacked.
   *[other] { $number } kinds of weakness show without anybody having attacked.
}
sentence-vulnerable = { $n ->
    [one] One device has vulnerabilities that were published: { $named }.
   *[other] { $number } devices have vulnerabilities that were published: { $named }.
}
sentence-no-weaknesses = None of the weaknesses that were looked for shows.
sentence-coverage = Of the content of all conversations { $decoded } was read; { $encrypted } was encrypted, { $lost } is missing from the captures. What is not in this report was not seen; that does not prove that it did not happen (section 2).
figure-devices = devices
figure-field = act on the process
figure-writers = stations that write or command
figure-incidents = incidents P1 and P2
figure-weaknesses = kinds of weakness
figure-blind = blind spots
first-steps = What to do first
no-steps = Nothing that was seen needs to be done first.
signatures = Signatures
signatures-text = Signed is what this file says; its own hash belongs into the covering letter.
sign-role = As
sign-name = Name
sign-date = Date
sign-signature = Signature
sign-auditor = Auditor
sign-plant = For the plant

# Coverage
coverage-text = What was captured, how well it could be read, and what this report therefore cannot say.
files = Captures
file = File
format = Format
packets = Packets
octets = Octets
condition = Condition
whole = whole
damaged = damaged at octet { $offset }
copy-of = the same octets as { $named }, so all of it was read twice
not-read = could not be read
read-to = read to its packet { $packet } ({ $time }), where reading was stopped
without-content = { $carrier } without content
not-begun = not read: reading was stopped before
part = part
no-hash = not known (came through a pipe, or could not be read again)
quality = Quality
frames-received = Packets received
frames-octets = Octets received
frames-decoded = Packets decoded
frames-undecoded = Packets not decoded
frames-duplicates = Copies made by the mirror port
frames-dropped = Dropped by the capturing machine
conversations = Conversations
books = Every packet and octet accounted for
books-balance = yes
books-differ = no: do not rely on this report
ledger = What became of the content
ledger-what = Content
share = Share
ledger-decoded = read
ledger-opaque = of unknown form
ledger-encrypted = encrypted
ledger-malformed = damaged or out of step
ledger-repeated = sent again
ledger-lost = missing from the captures
protocols = Protocols
protocol = Protocol
messages = Messages
operations = Operations
decoded = Read
industrial = control
blind = What could not be seen
blind-text = An absence in this report means something only beside this list.
blind-none = Nothing that is known of.
unjudged = What cannot be judged from captures
never-elsewhere = What does not pass the place of capture: traffic between devices of one switch that is not mirrored, serial lines, traffic within a backplane, radio.
never-local = What is done at a device itself: keys, displays, memory cards, USB, a cable to its front.
never-encrypted = What encrypted connections carry.
never-silent = Devices that were silent while the capture ran, and programs that were not transferred then.
never-intent = Whether an action was ordered. Who acted is an address here, not a person.
never-usual = What is usual here: no baseline was given, and none was learned before the captures ended (--baseline, --learn), so nothing was judged by its novelty alone.
never-logins = Logins in clear text and default credentials: the shipped rules that tell of them were switched off.
never-all-logins = { $n ->
    [one] Who made one more login in clear text or with default credentials: there was no room to list it.
   *[other] Who made { $number } more logins in clear text or with default credentials: there was no room to list them.
}

blind-stopped = Reading was stopped before the end of the captures.
blind-lost-capture = { $n ->
    [one] One capture could not be read at all: { $named }.
   *[other] { $number } captures could not be read at all: { $named }.
} What is in there is unknown.
blind-damaged-capture = { $named } is damaged; what comes after the damage is unknown.
blind-dropped-by-capture = { $n ->
    [one] The capturing machine dropped one packet.
   *[other] The capturing machine dropped { $number } packets.
} It was too slow; capture again with a larger buffer.
blind-stray-time = { $n ->
    [one] Packet { $named } is stamped more than a day away from all others
   *[other] { $number } packets, the first of them { $named }, are stamped more than a day away from all others
}; the times of this report leave that out.
blind-time-went-back = { $n ->
    [one] Time went back at one packet
   *[other] Time went back at { $number } packets
}: spans and orders around that are doubtful.
blind-no-time = { $n ->
    [one] One packet has no time of its own.
   *[other] { $number } packets have no time of their own.
}
blind-lost = { $n ->
    [one] { $octets } of TCP content are missing from one conversation: { $named }.
   *[other] { $octets } of TCP content are missing from { $number } conversations: { $named }.
} What was done there was not seen.
blind-one-way = { $n ->
    [one] One TCP conversation shows only one direction: { $named }.
   *[other] { $number } TCP conversations show only one direction: { $named }.
} Does the mirror port copy both?
blind-unanswered-connections = { $n ->
    [one] One attempt to connect got no answer: { $named }.
   *[other] { $number } attempts to connect got no answer: { $named }.
} Nobody there, a firewall, or one direction is missing.
blind-ambiguous = { $n ->
    [one] One TCP segment came again with other content than before: { $named }.
   *[other] { $number } TCP segments came again with other content than before: { $named }.
} Either the capture is broken or somebody hides something.
blind-midstream = { $n ->
    [one] One conversation was not seen from its start
   *[other] { $number } conversations were not seen from their start
}: who opened it or logged in is unknown.
blind-snap-length = The snap length cut { $octets } off the packets; capture whole packets.
blind-encrypted = { $n ->
    [one] { $octets } ({ $share } of all content) in one conversation are encrypted: { $named }.
   *[other] { $octets } ({ $share } of all content) in { $number } conversations are encrypted: { $named }.
}
blind-unknown-protocol = { $octets } ({ $share } of all content) are of no protocol that Jaga knows: { $named }.
blind-not-read = { $octets } ({ $share } of all content) of known protocols were passed over unread: { $named }.
blind-unreadable = { $octets } inside known protocols could not be read: damaged or out of step.
blind-bad-header = { $n ->
    [one] One packet has a broken or cut header.
   *[other] { $number } packets have broken or cut headers.
}
blind-unknown-link = { $n ->
    [one] One packet has a link or network layer that Jaga does not know.
   *[other] { $number } packets have a link or network layer that Jaga does not know.
}
blind-fragments = { $n ->
    [one] One packet is a part of a larger one
   *[other] { $number } packets are parts of larger ones
}; only packets that became whole were read.
blind-internal-error = { $n ->
    [one] One error happened in Jaga itself; please report it with the capture.
   *[other] { $number } errors happened in Jaga itself; please report them with the capture.
}
blind-evicted = { $n ->
    [one] One conversation was ended early to make room for others.
   *[other] { $number } conversations were ended early to make room for others.
}
blind-unanswered-requests = { $n ->
    [one] One request to a device had no visible answer: whether it took effect is unknown.
   *[other] { $number } requests to devices had no visible answer: whether they took effect is unknown.
}
blind-behind-router = { $n ->
    [one] One device is behind a router, so its MAC and its neighbours there are unknown: { $named }.
   *[other] { $number } devices are behind a router, so their MACs and neighbours there are unknown: { $named }.
}
blind-never-seen = { $n ->
    [one] One device of the site's list was never seen: { $named }. It is off, silent, or not where the mirror port looks.
   *[other] { $number } devices of the site's list were never seen: { $named }. They are off, silent, or not where the mirror port looks.
}
blind-not-listed = { $n ->
    [one] One device was seen that the site's list does not have: { $named }.
   *[other] { $number } devices were seen that the site's list does not have: { $named }.
}
blind-inventory-full = { $n ->
    [one] The list of devices is full; one fact about others came later.
   *[other] The list of devices is full; { $number } facts about others came later.
} A scan or a flood?
blind-operations-apart = { $n ->
    [one] One operation was counted but not told apart for want of room.
   *[other] { $number } operations were counted but not told apart for want of room.
}

# Devices
devices-text = One row a machine, not an address; a machine that sent nothing has none. Roles and levels are inferred from behaviour, each with its reason; the evidence names the protocol and the packet that told the fact. A service with a question mark is named by its port alone: nobody recognised its content, or it had none. What is empty was not observed.
devices-omitted = { $n ->
    [one] One more device is not shown here; it is in the JSON.
   *[other] { $number } more devices are not shown here; they are in the JSON.
}
address = Address
role = Role
product = Product
firmware = Firmware, serial, mode
services = Serves
evidence = Evidence (packet)
behind = MAC unknown, behind { $router }
firmware-short = firmware
hardware-short = hardware
serial-short = serial
owner-short = Owner: { $who }
importance-short = Importance: { $worth }
zone-short = Zone: { $zone }
worth-low = low
worth-normal = normal
worth-high = high
worth-critical = critical
mode-short = mode
first-packet = first packet
property-vendor = vendor
property-model = model
property-order_number = order number
property-firmware = firmware
property-serial = serial
property-name = name
property-operating_system = system
role-access-point = access point
role-communications-adapter = communications adapter
role-drive = drive
role-engineering-station = engineering station
role-gateway = gateway
role-historian = historian
role-hmi = HMI
role-ied = IED
role-industrial-client = industrial client
role-io = remote I/O
role-io-controller = I/O controller
role-outstation = outstation
role-plc = controller
role-printer = printer
role-scanner = scanner
role-server = server
role-switch = switch
role-telephone = telephone
role-unknown = unknown
role-workstation = workstation
role-writing-client = writing client

# Map
map-text = Devices by the Purdue level that their role suggests, lines between those that exchanged data. Placing is a proposal: the plant knows better.
map-zones = Zones, and the levels of those that have one, are as the site declared them.
map-description = Devices: { $boxes }, on { $levels }; lines between them: { $lines }. The table in section 5 has the same relations in words.
map-left-out = Not drawn for want of room: { $devices } devices, { $lines } lines.
key-commands = writes or commands
key-reads = reads, control protocol
key-outside = with the Internet
key-other = other traffic
level-short-outside = Internet
level-short-5 = Level 5
level-short-4 = Level 4
level-short-3 = Level 3
level-short-2 = Level 2
level-short-1 = Level 1
level-short-0 = Level 0
level-short-unknown = No level
level-outside = public addresses
level-5 = enterprise
level-4 = business network
level-3 = site operations
level-2 = supervision
level-1 = control
level-0 = process
level-unknown = role not known

# Zones
# Planned work
planned-text = The windows of planned work that the site declared, held against what was seen. Alerts in a window are notes; scans, floods and disputed addresses are nobody's planned work.
window = Window
window-state = Became of it
window-work = Work seen
window-alerts = Alerts in it
window-seen = seen
window-not-seen = planned and not seen
window-not-watched = no packet is of that time
unplanned = Work without a plan
unplanned-none = No work on programs, firmware, modes or settings was seen outside of the windows.

zones-text = The zones and conduits that the site declared, held against what was seen. Only conversations that were answered count; what passes within a zone is not judged.
zone = Zone
zone-level = Level
zone-outside = outside of all zones
crossings = What passed between zones
crossings-none = Nothing passed from one zone to another.
crossings-good = All that was seen to pass between zones has its conduit.
crossings-wrong = { $n ->
    [one] One way between zones was used that no conduit allows, or beyond what its conduit allows.
   *[other] { $number } ways between zones were used that no conduit allows, or beyond what their conduits allow.
}
crossing-from = From zone
crossing-to = To zone
crossing-verdict = Conduit
crossing-pairs = Pairs
crossing-conversations = Conversations
crossing-allowed = allowed
crossing-no-conduit = none: not allowed
crossing-exceeded = exceeded: { $classes }
conduits-unused = Conduits by which nothing passed
conduit-allows = Allows

# Control
control-text = Operations over control protocols by who asked and who was asked. Columns from “Commands” on can move the process; where a command is first selected and then carried out, both are counted.
control-none = No operation over a control protocol was seen.
actor = Who
device = Device
refused = Refused
unanswered = No answer
group-look = Sessions, identity, alarms
group-read = Reads
group-write = Writes, settings
group-control = Commands, forces
group-program = Program, firmware
group-stop = Stops, modes, other
notable = Notable operations
notable-text = Criticality 3: writes, parameters, time; 4: commands, forces, suppressed reports; 5: stops, programs, firmware, erasure. Time and packet are those of the answer that told how it ended, or of the request where none was seen.
notable-none = No write, command, stop or program change was seen.
operation = Operation
targets = Targets and values
count = Times
when = When
packet = Packet
n-refused = { $number } refused
n-unanswered = { $number } without answer
outcome-accepted = accepted
outcome-refused = refused
outcome-no-answer = without answer
outcome-not-seen = answer not seen
outcome-unacknowledged = without acknowledgment
class-session = session
class-identify = identification
class-diagnose = diagnosis
class-read = read
class-write = write
class-control = command
class-force = force
class-mode = mode change
class-program-read = program read
class-program-write = program change
class-memory-read = memory read
class-memory-write = memory write
class-file = file access
class-configure = setting
class-time = clock setting
class-firmware = firmware
class-reset = restart
class-wipe = erasure
class-authenticate = login
class-suppress = suppression
class-alarm = alarm
class-engineering = engineering
class-clear-log = log cleared
class-state = report
class-other = other

# Programs
programs-text = Blocks and projects of controllers and files of outstations that travelled to or from devices while the capture ran, put together from their packets. The hash covers every octet as it travelled; it is there only where each of them was seen. Author, version and date are what a block says of itself or who sent the file says of it, the date by that clock.
programs-none = No program and no file of a device was seen on its way.
programs-apart = { $n ->
    [one] One more transfer is not listed for want of room.
   *[other] { $number } more transfers are not listed for want of room.
}
program-block = Name
program-way = Way
program-download = to the device, from
program-upload = from the device, to
program-told = Language, author, name
program-changed = Changed
program-protected = know-how protected
program-missing = { $n ->
    [one] incomplete: one octet missing
   *[other] incomplete: { $number } octets missing
}
program-incomplete = incomplete: packets were lost during the transfer
work = Engineering sessions
work-text = What one station did to the program or the operating mode of one device, as one story, until nothing more came for half an hour. In brackets the packet of each step.
work-none = Nobody was seen to work on the program or the operating mode of a device.
work-steps = Steps
work-blocks = Programs
work-left = Left
work-connected = connect
work-downloaded = to the device:
work-uploaded = from the device:
work-incomplete = incomplete:
work-more = { $n ->
    [one] and one more step
   *[other] and { $number } more steps
}
work-untouched = neither stopped nor started
work-started = started ({ $packet })
work-reserved = reserved ({ $packet }) and not seen to be released: nobody else can change it as long as that holds
work-stopped = stopped ({ $packet }) and not seen to be started again
work-unknown = not known: the request ({ $packet }) was not answered, or its answer was not seen

# Timeline
timeline-text = Incidents, alerts, engineering sessions and notable operations from the first packet to the last. The gravest of each kind are drawn; the table has more, in the order of time, and the JSON has all.
timeline-desc = A bar for each event from its first to its last packet; the table below has the same in words, and more.
timeline-none = Nothing notable was seen to happen.
timeline-no-times = The captures have no times, so nothing can be drawn.
timeline-table = In the order of time
kind = Kind
what = What
kind-incident = incident
kind-alert = alert
kind-operation = operation
kind-engineering = engineering session

# Findings
findings-text = { $n ->
    [0] No rules looked on.
    [one] One rule looked on.
   *[other] { $number } rules looked on.
}
findings-detectors = Detectors looked on as well.
incidents = Incidents
incidents-text = Alerts of one story together, the most urgent first. P1: something that can hurt the plant was done. P2: something was controlled or changed, or who looked around changed something. P3: somebody looks around, or is new. P4: a note.
incidents-none = No incident.
incident-mode = { $device } was last in mode “{ $mode }” (#{ $frame }).
incident-course = In this order
incident-meta = { $when } · from packet { $frame } · { $n ->
    [one] one alert
   *[other] { $number } alerts
}
alerts = Alerts
alerts-text = What rules and detectors found, the gravest first: what it means for who watches the network and for the plant, and what to check.
alerts-none = No alert.
alert-meta = { $n ->
    [one] once
   *[other] { $number } times
} · { $when } · first in packet { $frame } · sid { $sid }
severity-1 = high
severity-2 = medium
severity-3 = low
severity-4 = note
between = Between
ended = Ended
alert-refused = The device refused it: what the title says was tried and not done.
alert-partly-refused = { $number } of these the device refused.
who = Who
whom = Whom
usual = Usual
soc = For the SOC
plant = For the plant
check = To check
capsule = Evidence

# Weaknesses
weaknesses-text = What is weak by the way the network is built or used, whether or not anybody made use of it. Each row names the packet that first shows it.
weaknesses-absent = Looked for, and not seen in what was captured and read: { $what }.
weaknesses-none = None of the weaknesses that were looked for shows.
remedy = What to do:
seen-as = Seen as
weak-outside-control = Control protocols go to or come from the Internet
weak-outside-control-why = A device that answers a control protocol to a public address can be read, and mostly commanded, by anybody who finds it. Where the plant uses public addresses inside, this is to be read as a fault of addressing.
weak-outside-control-fix = Close the way at the boundary firewall today; let remote work come through a VPN that ends in a DMZ.
weak-default-credentials = Default credentials, or none
weak-default-credentials-why = The service is used with what its maker delivered, or asks for nothing: whoever reaches it is let in. The secret itself is not shown here.
weak-default-credentials-fix = Give each device a password or community of its own today, and permit the service from the stations that need it.
weak-cleartext-login = Logins travel in clear text
weak-cleartext-login-why = Names and passwords of these logins can be read by everybody on the way, and used again.
weak-cleartext-login-fix = Change the passwords concerned, replace the protocol by an encrypted one (SFTP, SSH, HTTPS), and use no password twice.
weak-outside = Devices speak with the Internet
weak-outside-why = Each of these ways can carry an intruder's orders in and data out. Control networks need few of them, and those by name.
weak-outside-fix = Permit outgoing connections by destination only, through a proxy in a DMZ; refuse all others.
weak-level-crossing = Conversations pass over a level
weak-level-crossing-why = A device of the business level or above speaks directly with one that controls the process: who takes over the one has the other within reach.
weak-level-crossing-fix = Let a server in a DMZ stand between (historian mirror, jump host), and permit nothing else at the boundary.
weak-command-from-elsewhere = Commands come from another network
weak-command-from-elsewhere-why = The device carried out what a station in another network told it (addresses that differ before the last number are taken for two networks): what stands between the two lets commands through, and whoever takes over that station or its network commands the device.
weak-command-from-elsewhere-fix = Find out whose station it is and whether it must command; if so, let a firewall permit this station, this device and this protocol alone, else nothing.
weak-no-conduit = Conversations between zones without a conduit
weak-no-conduit-why = The site declared which zones may speak to which; these conversations were not among them. Either the declaration is not complete, or what stands between the zones lets through what it should not.
weak-no-conduit-fix = Decide for each whether it is needed: declare the conduit with its protocol and operations, or close the way at the boundary.
weak-open-control = Devices obey without a login
weak-open-control-why = The protocol asks nobody who they are: every station that reaches the device can do what these did. That is how the protocol is made; so the network has to do what it does not.
weak-open-control-fix = Permit each device's writers by address at a firewall or switch, use the device's own write protection or password where it has one, and the secure form of the protocol where both ends know it.
weak-remote-access = Remote access
weak-remote-access-why = Remote access is the way by which most intruders come to a control network.
weak-remote-access-fix = Permit it by person and time through one jump host with two factors, recorded; remove what nobody claims.
weak-cleartext-service = Services without encryption
weak-cleartext-service-why = Content and, where there are any, logins and community names of these services can be read and changed on the way.
weak-cleartext-service-fix = Replace them: SSH for Telnet, SFTP for FTP and TFTP, HTTPS for HTTP, SNMPv3 for SNMP 1 and 2c.
weak-unsupported-system = Systems without support
weak-unsupported-system-why = Their maker repairs these systems no more: known holes stay open.
weak-unsupported-system-fix = Replace them at the next stop; until then keep them apart, permit only what they need, and allow only known programs.
weak-contradiction = Facts about a device contradict each other
weak-contradiction-why = Two machines may have one address, a device was exchanged, or somebody pretends to be it.
weak-contradiction-fix = Look at the devices named, and mend the addresses.
weak-office-service = Controllers serve what offices do
weak-office-service-why = A web page, file or management service on a controller is a way in that the process does not need.
weak-office-service-fix = Switch off what is not used; where it is used, permit it from the engineering station only.
weak-person-to-person = Mail on the control network
weak-person-to-person-why = Mail brings attachments and links, the usual first step of an intruder.
weak-person-to-person-fix = Refuse mail at the boundary; send alarms by a relay that accepts nothing inwards.
weak-malformed = Messages that break their protocol's rules
weak-malformed-why = A broken sender, a broken capture, or somebody who tries what a device bears.
weak-malformed-fix = Find out who sends them; a device that is to bear them should be tested for it.

# Vulnerabilities
vulnerabilities-text = Published vulnerabilities of what was observed: advisories (CSAF 2.0) held against vendor, model, order number and firmware. “Cannot tell” names what was not observed or what the advisory leaves open; it is no acquittal. That a device has a vulnerability does not say that anybody has used it.
vulnerable-read = { $n ->
    [one] One advisory was read.
   *[other] { $number } advisories were read.
} SHA-256 over their hashes and names: { $hash }
vulnerable-unidentified = { $n ->
    [one] Of one device neither vendor nor model nor order number was observed: no advisory could be held against it.
   *[other] Of { $number } devices neither vendor nor model nor order number was observed: no advisory could be held against them.
}
vulnerable-affected = Affected
vulnerable-cannot-tell = Cannot tell
vulnerable-not-affected = Not affected
vulnerable-none = None.
vulnerable-advisory = Advisory
vulnerable-flaws = Vulnerabilities
vulnerable-because = Why
vulnerable-evidence = Observed, with its packet
vulnerable-remedy = What the advisory says to do
vulnerable-omitted = { $n ->
    [one] One more answer is not listed for want of room.
   *[other] { $number } more answers are not listed for want of room.
}
vulnerable-faults = Files that could not be judged
vulnerable-fault = What is wrong, and how to mend it
because-affected = Firmware or product lies within: { $versions }
because-affected-all = The advisory names this product without a version.
because-outside = Firmware lies outside of: { $versions }
because-fixed = Firmware has the repair: { $versions }
because-not-affected = The advisory says that this product does not have it.
because-not-observed = Not observed: { $missing }
because-unclear = The versions named cannot be compared with the firmware observed: { $versions }
because-unlisted = The advisory names single versions ({ $versions }), and the firmware observed is none of them.
because-family = The advisory names a family, and whether this model is one of it does not show.
because-condition = The advisory has a condition that traffic does not show.
because-under-investigation = The publisher is still investigating.

# Requirements
requirements-text = What the captures say about requirements. That one is met, a capture proves of few; so “nothing against it seen” is no proof, and what a capture cannot show is said to be so. The list is a selection: requirements that are missing from it were not looked at.
number = Number
requirement = Requirement
judgement = The captures
rests-on = Because of
verdict-of-against = speak against it
verdict-of-nothing-against = show nothing against it
verdict-of-supports = this report supports it
verdict-of-unseen = cannot show it
attack = ATT&CK for ICS
attack-text = Techniques of the matrix, version 18.1. “Seen” means that an operation or alert of these captures can serve the technique, not that an attacker did.
attack-seen = { $n ->
    [one] Seen: one technique
   *[other] Seen: { $number } techniques
}
attack-would-be-seen = { $n ->
    [one] Not seen, but would be: one technique that decoded protocols, rules or detectors name
   *[other] Not seen, but would be: { $number } techniques that decoded protocols, rules or detectors name
}
attack-cannot-be-seen = { $n ->
    [one] Nothing in this run looks for it: one technique
   *[other] Nothing in this run looks for them: { $number } techniques
}

# Appendix
appendix-text = The same captures and settings with the same version give this file again, octet for octet.
repeat = Command
rest-text = The command above makes the whole report. This one audits the files that were not read to their end, from their beginnings; conversations that began in others are picked up in their midst there:
repeat-text = In a folder that holds the files named below:
inputs = Files read
manifests = Manifests of the evidence
manifests-text = Each manifest has the hash of its capture. Who signs this page signs these too; “jaga verify” with the JSON of this report tells of one that was changed, made anew or taken away.
settings = Settings
version = Version
rules-count = Rules
rules-hash = SHA-256 over the rules' texts
attack-version = Techniques
detectors-looked = Detectors looked on
secrets = Secrets shown
