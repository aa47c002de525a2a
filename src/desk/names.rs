//! Who is who in alerts: what people know of the devices that an alert is about.
//!
//! The desk keeps an inventory as it stands at each packet, so that a line of the site's list
//! names a device by its MAC or serial number too, and notes whom it told of; outputs on the same
//! thread look there. Kept only where people gave a list.

use super::inventory::Live;
use super::site::{Importance, Site};
use crate::facts::{Host, Time};
use crate::sensor::Event;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;

/// Most hosts noted, as many as the inventory keeps; then all are forgotten and noted anew.
const HOSTS: usize = 16_384;

/// What devices are called changes seldom, and alerts come in storms: a device that is known is
/// looked at anew after this much packet time.
const KNOWN: Duration = Duration::from_secs(60);

/// The same where one of those that an alert is about is not known yet: it may have spoken since,
/// or may never speak, as what a scan looks for.
const UNKNOWN: Duration = Duration::from_secs(1);

/// What people know of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Named {
    /// What it is called.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Who answers for it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// What it is worth to the plant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub importance: Option<Importance>,
    /// The zone that it is in.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub zone: String,
    /// Purdue level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purdue: Option<u8>,
}

/// Whom alerts were about; shared by the desk and the outputs.
#[derive(Clone, Debug, Default)]
pub struct Names(Arc<RwLock<BTreeMap<Host, Named>>>);

impl Names {
    /// What people know of a host that an alert was just about.
    #[must_use]
    pub fn of(&self, host: Host) -> Option<Named> {
        let names = self.0.read().ok()?;
        names.get(&host).cloned()
    }
}

/// Finds out who is who.
#[derive(Debug)]
pub struct Naming {
    live: Live,
    names: Names,
    /// When it was last looked who is who.
    looked: Option<Time>,
}

impl Naming {
    /// Names devices after this list, for whoever looks at `names`.
    #[must_use]
    pub fn new(site: Arc<Site>, names: Names) -> Self {
        let live = Live::of(site);
        Self {
            live,
            names,
            looked: None,
        }
    }

    /// Takes one event, in packet order.
    pub(super) fn take(&mut self, event: &Event) {
        self.live.take(event);
    }

    /// What a host is worth to the plant, as it was known when it was named last.
    pub(super) fn importance(&self, host: Host) -> Option<Importance> {
        self.live.device(host)?.said.as_ref()?.importance
    }

    /// Notes who these are, at this time.
    pub(super) fn name<I>(&mut self, hosts: I, now: Time)
    where
        I: IntoIterator<Item = Host> + Clone,
    {
        let is_known = |host: Host| self.live.device(host).is_some();
        let all_known = hosts.clone().into_iter().all(is_known);
        let lasts = if all_known { KNOWN } else { UNKNOWN };
        // A clock that was set back does not keep old names.
        let is_old = |looked| now < looked || now.since(looked) >= lasts;
        if self.looked.is_none_or(is_old) {
            self.live.refresh(now);
            self.looked = Some(now);
        }
        let Ok(mut names) = self.names.0.write() else {
            return;
        };
        for host in hosts {
            if names.len() >= HOSTS {
                names.clear();
            }
            let asset = self.live.device(host);
            let said = asset.and_then(|asset| Some((asset, asset.said.as_ref()?)));
            match said {
                Some((asset, said)) => {
                    let named = Named {
                        name: asset.name.clone(),
                        owner: said.owner.clone(),
                        importance: said.importance,
                        zone: said.zone.clone(),
                        purdue: asset.purdue,
                    };
                    names.insert(host, named);
                }
                None => _ = names.remove(&host),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Endpoint, Property, Stamp};
    use crate::sensor::{EndRecord, FlowEnd, FlowId, FlowRecord, PropertyRecord};

    const fn at(second: u64) -> Stamp {
        Stamp {
            time: Time::from_parts(second, 0),
            frame: second,
        }
    }

    /// A host sends to one that is silent.
    fn send(naming: &mut Naming, second: u64, host: Host) {
        let (port, stamp) = (5_000, at(second));
        let low = Endpoint { host, port };
        let host = Host::v4([10, 9, 9, 9]);
        let ends = [Some((stamp, stamp)), None].map(|seen| EndRecord {
            seen,
            ..EndRecord::default()
        });
        let [sender, silent] = ends;
        naming.take(&Event::Flow(Box::new(FlowRecord {
            id: FlowId(second),
            low,
            high: Endpoint { host, port },
            carrier: None,
            ip_protocol: 17,
            protocol: None,
            industrial: false,
            server: None,
            initiator: None,
            ends: (sender, silent),
            seen: (stamp, stamp),
            flags: (0, 0),
            messages: 0,
            operations: 0,
            midstream: false,
            end: FlowEnd::Capture,
        })));
    }

    /// A host tells its serial number.
    fn tell(naming: &mut Naming, second: u64, host: Host) {
        naming.take(&Event::Property(Box::new(PropertyRecord {
            stamp: at(second),
            protocol: "s7comm",
            host,
            mac: None,
            unit: None,
            property: Property::Serial,
            value: b"S C-7".to_vec(),
        })));
    }

    #[test]
    fn who_is_known_late_is_named_late_and_who_is_new_at_once() {
        let list = b"ip,serial,name\n10.0.0.5,,PLC-5\n10.0.0.6,,PLC-6\n,S C-7,PLC-7\n";
        let site = Arc::new(Site::read(list).unwrap());
        let names = Names::default();
        let mut naming = Naming::new(site, names.clone());
        let [five, six, seven] = [5, 6, 7].map(|last| Host::v4([10, 0, 0, last]));
        let told = |naming: &mut Naming, second: u64, hosts: [Host; 2]| {
            naming.name(hosts, Time::from_parts(second, 0));
            hosts.map(|host| names.of(host).map(|named| named.name))
        };
        let named = |name: &str| Some(name.to_owned());
        send(&mut naming, 1, five);
        send(&mut naming, 1, seven);
        // Six was not seen, and nobody knows yet who seven is.
        assert_eq!(told(&mut naming, 1, [five, six]), [named("PLC-5"), None]);
        assert_eq!(told(&mut naming, 1, [five, seven]), [named("PLC-5"), None]);
        send(&mut naming, 2, six);
        let both = [named("PLC-5"), named("PLC-6")];
        assert_eq!(told(&mut naming, 2, [five, six]), both);
        tell(&mut naming, 3, seven);
        assert_eq!(told(&mut naming, 61, [five, seven])[1], None);
        assert_eq!(told(&mut naming, 62, [five, seven])[1], named("PLC-7"));
        // The clock was set back.
        tell(&mut naming, 63, six);
        assert_eq!(told(&mut naming, 10, [five, six])[1], named("PLC-7"));
    }
}
