# Alerts in English. A message is a kind of alert; attributes: what happened, what is usual, what
# it can mean for the plant, what to check. Blanks are filled by the detectors.

outcome = { $result ->
    [ok] carried out
    [accepted] accepted by the device
    [refused] refused by the device
    [no-answer] without an answer
    [unacknowledged] needs no answer
   *[other] answer not seen
}

act = “{ $operation }”{ $placed ->
    [0] {""}
   *[other] {" at "}{ $place }
}{ $valued ->
    [0] {""}
   *[other] {" = "}{ $value }
} ({ outcome })

did = { $actor } { $tells ->
    [0] asked
   *[other] told
} { $device }: { act }.

new-host = New device on the network
    .what = { $actor } is on the network and was not among the learned devices ({ $protocol }).
    .usual = Since { $since } { $known ->
        [one] one device was
       *[other] { $known } devices were
    } learned here, and not this one.
    .plant = A device that nobody announced can be a technician's laptop or an intruder's foothold.
    .check = Ask who connected { $actor } and for which work; find its switch port.

new-conversation = New conversation
    .what = { $actor } began to talk to { $device } ({ $service }).
    .usual = { $stations ->
        [0] Since { $since } nobody was seen to use { $service } on { $device }.
       *[other] Since { $since } only { $others } used { $service } on { $device }.
    }
    .plant = A way between two devices that was not seen in use before; the conversation alone changes nothing.
    .check = Ask whether { $actor } has a task on { $device }.

new-station = Station works on a device for the first time
    .what = { did }
    .usual = { $stations ->
        [0] Since { $since } nobody was seen to work on { $device } in this protocol.
       *[other] Since { $since } only { $others } worked on { $device }.
    }
    .plant = A station that is not known here acts on the device; what it did stands above.
    .check = Look what the named point moves and whether the process changed; ask who sits at { $actor } and whether this work was planned.

new-operation = Station does something new on a device
    .what = { did }
    .usual = { $stations ->
        [0] Since { $since } nobody did this on { $device }; { $actor } did: { $does }.
       *[other] Since { $since } only { $others } did this on { $device }; { $actor } did: { $does }.
    }
    .plant = A known station that acts otherwise may be misused, or somebody works on it.
    .check = Ask the operator of { $actor } whether this was theirs.

new-place = Known operation on a new data point
    .what = { did }
    .usual = { $actor } did this { $times ->
        [one] once
       *[other] { $times } times
    } since { $since }, never on this point; the nearest known one is { $nearest }.
    .plant = Another part of the device is used than in daily operation.
    .check = Look up what this point is, and ask whether it was meant.

new-value = Value outside of what is usual
    .what = { did }
    .usual = Of { $times ->
        [one] one time
       *[other] { $times } times
    } since { $since } the values were { $usual }.
    .plant = A setting that was never used can drive the process out of its limits.
    .check = Ask the control room whether they set { $new }.

no-conduit = Conversation between zones without a conduit
    .what = { $actor } in zone “{ $from }” talks to { $device } in zone “{ $to }” ({ $service }).
    .usual = { $conduits ->
        [0] { $leading ->
            [0] No conduit leads to zone “{ $to }”.
           *[other] No conduit leads from zone “{ $from }” to zone “{ $to }”; conduits lead there from: { $sources }.
        }
       *[other] From zone “{ $from }” to zone “{ $to }” may pass: { $allowed }.
    }
    .plant = Zones keep trouble in one part of the plant out of the others; here is a way past them.
    .check = Ask who needs this way. If it is meant, add it to the zones file; if not, close it in the firewall or switch.

conduit-exceeded = Operation that no conduit between the zones allows
    .what = { did } It went from zone “{ $from }” to zone “{ $to }”.
    .usual = { $conduits ->
        [0] No conduit leads from zone “{ $from }” to zone “{ $to }”.
       *[other] From zone “{ $from }” to zone “{ $to }” may pass: { $allowed }; this is of class { $class }.
    }
    .plant = Another zone than the one that is responsible for it reaches into this part of the plant.
    .check = Ask who sits at { $actor } and whether this work was planned; if it is meant, allow its class in the zones file.

forbidden = Operation that the baseline forbids
    .what = { did }
    .usual = Forbidden by { $by }: { $why }.
    .plant = What happened was ruled out by the people of this site.
    .check = Stop it if it goes on; ask { $by } and the operator of { $actor }.

new-report = Device reports to a station for the first time
    .what = { $actor } told { $device }: { act }.
    .usual = Before, the two were not seen to have anything to do with each other.
    .plant = Another computer may be receiving what is meant for the control room, or something poses as this device.
    .check = Look whether what the device told is so; ask whether { $device } is a station of this plant, and whether { $actor } is the device itself.

address-moved = Address has another network card
    .what = { $device } now sends from { $mac }; before, { $before } sent for this address.
    .usual = An address stays with its network card until the device or the card is replaced.
    .plant = Who takes over an address gets what is meant for the device, or speaks in its name.
    .check = Ask whether { $device } was replaced or moved; if not, find the switch port of { $mac }.

address-conflict = Two network cards with one address
    .what = { $mac } and { $before } both send for { $device } within one minute.
    .usual = One address belongs to one network card.
    .plant = Stations lose { $device } by turns, or talk to somebody who pretends to be it.
    .check = Find the switch ports of { $mac } and { $before } and take the one off that does not belong there.

man-in-the-middle = Somebody stands between two devices
    .what = { $mac } took over the addresses of { $device } and of { $other }, which talk to each other; before, { $before } sent for { $device }.
    .usual = The two send to each other from their own network cards.
    .plant = Who stands between them can read, change or withhold what they tell each other; displays can show what is not so.
    .check = Find the switch port of { $mac } and take it off; compare values on site with those in the control room.

address-given = Device of the plant was given another address
    .what = { $mac }, which had { $device }, was given { $given } by DHCP or BOOTP.
    .usual = A device of the plant keeps its address: that is how stations and other devices find it.
    .plant = Who calls { $device } loses the device: displays keep their last values, and commands do not arrive.
    .check = Ask who set the address; if nobody did, find the server that gave it, and give { $device } back.

two-systems = Two systems send under one address
    .what = { $device } sent with hop limit { $usual }, and now, from the same network card { $mac }, with { $hops }, which another operating system uses.
    .usual = A device sends with the hop limit of its own system.
    .plant = Somebody may send in the name of { $device }: commands and values need not be its own.
    .check = Find the switch ports where { $mac } is seen; compare what { $device } shows on site with what was received.

host-scan = Station searches the network for devices
    .what = Within { $seconds ->
        [one] one second
       *[other] { $seconds } seconds
    } { $actor } tried { $count } addresses that refused or did not answer, { $device } the last.
    .usual = A station that does its work asks devices that are there, and they answer.
    .plant = A search is often the first step of an attack; it can also be planned maintenance. Old controllers can stop answering when they are searched.
    .check = Ask who uses { $actor } and whether a search was planned; look at what it reached.

port-scan = Station tries the ports of a device
    .what = Within { $seconds ->
        [one] one second
       *[other] { $seconds } seconds
    } { $actor } tried { $count } ports of { $device } that did not answer or refused.
    .usual = A station uses the few services that it needs, and they answer.
    .plant = A search for open services is often the first step of an attack; it can also be planned maintenance. Old controllers can stop answering when they are searched.
    .check = Ask who uses { $actor } and whether a search was planned; check that { $device } still works.

device-scan = Station tries out what a device offers
    .what = Within { $seconds ->
        [one] one second
       *[other] { $seconds } seconds
    } { $device } refused { $actor } { $count } different { $kind ->
        [units] units
        [functions] functions
       *[places] addresses
    }.
    .usual = A station knows what it asks a device for, and is seldom refused.
    .plant = Who tries out what a device has may find a way to change the process.
    .check = Ask who uses { $actor }; check whether its configuration fits { $device }.

conversation-flood = Flood of conversations at one device
    .what = Within { $seconds ->
        [one] one second
       *[other] { $seconds } seconds
    } { $count } conversations were opened to { $device } by { $senders ->
        [one] { $actor }
       *[several] several senders, { $actor } the last
    }.
    .usual = A plant opens few conversations and keeps them; a controller has room for some dozens.
    .plant = A device that is flooded may answer its stations late or no more, or restart.
    .check = Check that { $device } still works; find the switch port that the flood comes from.

many-senders = Many unknown senders at one device
    .what = Within { $seconds ->
        [one] one second
       *[other] { $seconds } seconds
    } { $count } addresses that nobody knows sent something to { $device }, and none was answered; { $actor } was the last.
    .usual = A device is used by few stations, and answers them.
    .plant = Forged senders can exhaust the connections of { $device }, so that stations lose it.
    .check = Check that { $device } still works; find the switch port that these packets come from.

new-reader = Station reads from a device for the first time
    .what = { did }
    .usual = { $stations ->
        [0] Since { $since } nobody was seen to work on { $device } in this protocol.
       *[other] Since { $since } only { $others } worked on { $device }.
    }
    .plant = Reading changes nothing, but it is how somebody finds out which points matter.
    .check = Ask who sits at { $actor } and what the data are for.

silent = Conversation fell silent
    .what = { $actor } has asked { $device } ({ $protocol }) nothing for { $pause } seconds; the last packet was frame { $frame }.
    .usual = It did so { $times } times before, each { $mean } seconds, never more than { $longest } seconds apart.
    .plant = The control room may see old values, and { $device } may run on without it.
    .check = Look whether { $device } still runs and answers, and whether { $actor } and the switches between them are up.

unanswered = Device answers no more
    .what = { $device } left { $requests } requests of { $actor } ({ $protocol }) without an answer, over { $span } seconds; the first was frame { $frame }.
    .usual = { $answered ->
        [one] It had answered one request
       *[other] It had answered { $answered } requests
    } of this station before.
    .plant = The control room sees old values, and commands do not arrive; { $device } may have stopped, restarted or be overloaded.
    .check = Look whether { $device } runs, and whether its cable and switch are up; look at what was sent to it before that.

refusals = Device refuses much of what it is asked
    .what = { $device } refused { $refused } of { $asked } requests of { $actor } ({ $protocol }) within ten seconds.
    .usual = Before, it refused { $seldom } of { $answered }.
    .plant = A station asks for what the device does not have: its configuration was changed, or the device's, or somebody tries out what there is.
    .check = Ask whether the program or the point list of { $device } or { $actor } was changed; look at what is refused.

late-answers = Device answers later than ever
    .what = { $device } took { $mean } milliseconds on average to answer { $actor } ({ $protocol }), for three minutes.
    .usual = In { $minutes } minutes before, the slowest mean of a minute was { $slowest } milliseconds.
    .plant = The device is busier than usual, another device answers in its place, or somebody stands between the two.
    .check = Look at the load of { $device } and at who else uses it, and whether its switch port or cable was changed.

identity-changed = Device says that it is another one
    .what = { $device }{ $inside ->
        [0] {""}
       *[other] {" (unit "}{ $unit })
    } now has the { $property ->
        [order-number] order number
        [serial] serial number
        [project] program
       *[firmware] firmware
    } { $now }; before, it had { $before } (frame { $frame }).
    .usual = Since { $since } it told the other.
    .plant = The device was replaced, its firmware or program was changed, or something answers in its name.
    .check = Ask whether { $device } was worked on; compare what is in it with what was approved.

forbidden-conversation = Conversation that the baseline forbids
    .what = { $actor } talks to { $device } ({ $service }).
    .usual = Forbidden by { $by }: { $why }.
    .plant = A way is used that the people of this site have ruled out.
    .check = Close the way if it is not needed; ask { $by } and who uses { $actor }.

forbidden-host = Device that the baseline forbids
    .what = { $actor } was seen on the network.
    .usual = Forbidden by { $by }: { $why }.
    .plant = A device is connected that the people of this site have ruled out.
    .check = Find its switch port; ask { $by } and who connected { $actor }.

# Behind what is usual.
doubted = It was also seen in the learning period, but only from a station that scanned the network then, so it was not counted as usual.

test = Test alert
    .what = Somebody sent a test alert with `jaga test-alert`.
    .usual = Nothing happened on the network.
    .plant = Nothing: no device is concerned.
    .check = That this alert is seen where alerts must be seen, and by whom.

# Why an alert is as grave as it is.
grounds = Severity { $severity } (1 is the gravest, 4 a note): { $grounds }.
ground-criticality = what was done has criticality { $criticality } (0 a poll, 5 a stop or another program)
ground-novelty = { $scope ->
    [value] only the value is new
    [place] only the data point is new
    [act] new for this station
    [station] there was nothing like it between these two before
   *[site] nobody on this site was seen to do so
}
ground-refused = the device refused it, which makes it less grave
ground-unsettled = this operation was seen too seldom for a new point to mean much
ground-anew = the program of the device was changed as planned, and what is usual is learned anew
ground-important = the site's list calls the device { $importance }, which makes it graver
ground-unimportant = the site's list calls the device of low importance, which makes it less grave
ground-crossing = it reaches from zone “{ $from }” into zone “{ $to }”, which no conduit allows
ground-planned = planned work, and so a note
