# What jaga doctor says, in English. For each check: -bad, -mend, and -good or -unknown where that
# can be.

head = { $names }: { $packets } packets ({ $octets }) in { $span }, { $rate } a second; { $conversations } conversations
vlans = VLANs: { $named }
verdict-wrong = WRONG
verdict-warning = WARNING
verdict-note = note
verdict-unknown = unknown
verdict-good = ok

no-packets-bad = No packet came.
no-packets-mend = Is the cable in the destination port of the mirror session, and the link up on both sides? Has the session a source (ports or VLANs), and is it switched on? On Cisco switches: show monitor session all.

broadcast-only-bad = Only broadcasts and multicasts came ({ $all } conversations): this is a usual port of the switch, not one that others are mirrored to.
broadcast-only-mend = Make this port the destination of a mirror session whose sources are the ports of the controllers, both directions. On Cisco switches: monitor session 1 source interface PORTS both, monitor session 1 destination interface THIS-PORT.
broadcast-only-unknown = Nothing that came belongs to a conversation that Jaga can read.
broadcast-only-good = Conversations between hosts are mirrored, not only broadcasts.

one-way-bad = { $number } of { $all } TCP conversations show only one direction: { $named }. Answers, values and who succeeded are not seen.
one-way-mend = Mirror both directions of each source port (on Cisco switches: both, not rx or tx). Where answers take another way (two uplinks, a redundant router), mirror that port too; of a tap, listen at both its outputs (-i A -i B).
one-way-unknown = No TCP conversation was seen for long enough to say whether both directions are mirrored. Listen longer, or while somebody works at a station.
one-way-good = TCP conversations seen in both directions: { $all } of { $all }.

lost-bad = { $octets } ({ $share }) of TCP content were acknowledged by who got them and did not come here: { $named }.
lost-mend = The mirror port is too narrow or the switch drops: mirror fewer ports, or to a faster port (two directions of a full 1 Gbit/s port need 2 Gbit/s), or take a tap. Look at the drops of the destination port of the switch. If packets are dropped by this machine too, mend that first.
lost-unknown = No TCP content was seen, by which loss is judged.
lost-good = Nothing that was acknowledged is missing, of { $sent } of TCP content.

dropped-bad = { $number } packets ({ $share }) were lost in the capturing machine itself: it is too slow or too busy.
dropped-mend = Give the sensor processors of its own, take other work off this machine, or mirror less.
dropped-unknown = Nothing came that could have been dropped.
dropped-good = The capturing machine keeps up: it dropped nothing.

truncated-bad = { $number } of { $all } packets ({ $share }) are cut short: their ends are missing.
truncated-mend = Switch off truncation in the mirror session (ERSPAN: no mtu or truncate), or raise the MTU on the way; captures are made whole with tcpdump -s 0.
truncated-unknown = Nothing came that could have been cut short.
truncated-good = Packets are whole.

super-frames-bad = { $number } of { $all } packets are longer than a usual Ethernet frame: put together from several by the card or the kernel, or jumbo frames. Single requests, their times and their lengths are lost in them.
super-frames-mend = If the plant has no jumbo frames, at the interface: ethtool -K IFACE gro off lro off (jaga-capture@IFACE.service does it at each start). Captures are right when made with these off.
super-frames-unknown = Nothing came that could have been put together.
super-frames-good = Packets are as they were on the wire, none put together.

asymmetric-vlans-bad = { $number } of { $all } conversations have one VLAN in one direction and another in the other: { $named }. Jaga puts them together; VLANs in events are those of each direction.
asymmetric-vlans-mend = Is that meant (private VLANs, RSPAN)? Else mirror ports, not VLANs, and keep the tags as they are: on Cisco switches, monitor session 1 destination interface THIS-PORT encapsulation replicate.
asymmetric-vlans-unknown = No conversation was seen in both directions, so VLANs cannot be compared.
asymmetric-vlans-good = Both directions of conversations are in the same VLAN.

duplicates-unknown = Nothing came that could have come twice.
duplicates-good = No packet comes twice.
duplicates-same-bad = { $number } of { $all } packets ({ $share }) came twice, the same to the octet.
duplicates-same-mend = Both ports of these conversations are mirrored in both directions: mirror only what comes in (rx) where all ports are sources, or only one of the two ports; and no port beside its VLAN.
duplicates-vlan-bad = { $number } of { $all } packets ({ $share }) came in two VLANs: { $named }.
duplicates-vlan-mend = Mirror one VLAN of each pair, or only what comes in (rx).
duplicates-routed-bad = { $number } of { $all } packets ({ $share }) came twice, before and behind a router.
duplicates-routed-mend = Mirror one side of the router: its ports or VLANs on the side of the controllers.
duplicates-tunnel-bad = { $number } of { $all } packets ({ $share }) came inside a tunnel and outside of it, or in more than one.
duplicates-tunnel-mend = Mirror one of the two: where packets are outside of the tunnel, or the tunnel alone. Does one session mirror what another one sends (ERSPAN)?
duplicates-lan-bad = { $number } of { $all } packets came over both LANs of a redundant network (PRP, HSR), as they should.

interface-good = { $name }: this system is silent there: no address, no IPv6, no ARP, nothing sent.
interface-down-bad = { $name }: the interface is down.
interface-down-mend = ip link set { $name } up; at each start: systemctl enable --now jaga-capture@{ $name }.service.
interface-address-bad = { $name }: the interface has an address, so that others may reach this system over the mirror port.
interface-address-mend = ip addr flush dev { $name }; at each start: systemctl enable --now jaga-capture@{ $name }.service.
interface-ipv6-bad = { $name }: IPv6 is on, so that this system sends there by itself.
interface-ipv6-mend = sysctl -w net.ipv6.conf.{ $name }.disable_ipv6=1; at each start: systemctl enable --now jaga-capture@{ $name }.service.
interface-arp-bad = { $name }: ARP is on, so that this system may answer there.
interface-arp-mend = ip link set { $name } arp off; at each start: systemctl enable --now jaga-capture@{ $name }.service.
interface-sends-bad = { $name }: this system sent { $number } frames into the mirror port meanwhile.
interface-sends-mend = Find who sends (tcpdump -Q out -i { $name }): DHCP, LLDP and network managers do. Take the interface out of their settings; jaga-capture@{ $name }.service switches off what the kernel sends.
