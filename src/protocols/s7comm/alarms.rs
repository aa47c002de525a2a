//! Alarm messages of the CPU functions: which event, in which state, with which values.
//!
//! Used by fields and by the operations of userdata. Views only. No public standard describes
//! them; this is how controllers of the S7-300 and S7-400 send them.

use super::items::{Data, Syntax};
use super::userdata::Clock;
use super::wire::{Userdata, group};
use crate::wire::Octets;

/// One event in an alarm message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alarm<'a> {
    /// Number of the event, which the project of the controller gives its text.
    pub(crate) event: u32,
    /// The signals that are there, one a bit; not in what acknowledges or locks.
    pub(crate) state: Option<u8>,
    /// Signals whose going is acknowledged, one a bit; 0xff where there are none.
    pub(crate) going: u8,
    /// Signals whose coming is acknowledged, one a bit.
    pub(crate) coming: u8,
    /// How many values go with it.
    count: u8,
    /// These values, and what follows them.
    behind: &'a [u8],
}

impl<'a> Alarm<'a> {
    /// The values that go with the event.
    pub(crate) fn values(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        Data::new(self.behind)
            .take(self.count.into())
            .map(|datum| datum.octets)
    }
}

/// The events of an alarm message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alarms<'a> {
    /// When it came or went, in the controller's clock.
    pub(crate) time: Option<Clock>,
    octets: Octets<'a>,
    /// Events are objects with a specification; otherwise records of an answer to a query.
    objects: bool,
    left: u8,
}

impl<'a> Alarms<'a> {
    /// Reads a message that tells, acknowledges or locks alarms, or answers a query for them.
    #[must_use]
    pub(crate) fn parse(userdata: &Userdata<'a>) -> Option<Self> {
        let kind = userdata.kind;
        let (stamped, objects) = match userdata.subfunction {
            _ if userdata.group != group::CPU => return None,
            0x05 | 0x06 | 0x0c | 0x11 | 0x12 | 0x16 if kind.is_push() => (true, true),
            0x0d | 0x0e if kind.is_push() => (false, true),
            0x07 | 0x08 | 0x0b if kind.is_request() => (false, true),
            0x13 if kind.is_response() => (false, false),
            _ => return None,
        };
        let mut octets = Octets::new(userdata.payload);
        let time = if stamped {
            Clock::read(octets.take(8)?)
        } else {
            None
        };
        let _function = octets.u8()?;
        let left = octets.u8()?;
        if !objects {
            // Return code, type of the data, length of all records.
            octets.skip(4)?;
        }
        Some(Self {
            time,
            octets,
            objects,
            left,
        })
    }

    fn object(&mut self) -> Option<Alarm<'a>> {
        self.left = self.left.checked_sub(1)?;
        let _specification = self.octets.u8()?;
        let length = self.octets.u8()?;
        let mut o = Octets::new(self.octets.take(length.into())?);
        let syntax = Syntax(o.u8()?);
        let count = o.u8()?;
        let event = o.be32()?;
        let state = if syntax == Syntax::ALARM || syntax == Syntax::NOTIFY {
            let state = o.u8()?;
            o.skip(1)?;
            Some(state)
        } else {
            None
        };
        let alarm = Alarm {
            event,
            state,
            going: o.u8()?,
            coming: o.u8()?,
            count,
            behind: self.octets.rest(),
        };
        let mut values = Data::new(alarm.behind);
        values.by_ref().take(count.into()).for_each(drop);
        self.octets = values.behind();
        Some(alarm)
    }

    fn record(&mut self) -> Option<Alarm<'a>> {
        // The length does not count the first octet behind it.
        let length = usize::from(self.octets.u8()?) + 1;
        let mut o = Octets::new(self.octets.take(length)?);
        o.skip(2)?;
        let _kind = o.u8()?;
        let event = o.be32()?;
        o.skip(1)?;
        Some(Alarm {
            event,
            state: Some(o.u8()?),
            going: o.u8()?,
            coming: o.u8()?,
            count: 0,
            behind: &[],
        })
    }
}

impl<'a> Iterator for Alarms<'a> {
    type Item = Alarm<'a>;

    fn next(&mut self) -> Option<Alarm<'a>> {
        let alarm = if self.objects {
            self.object()
        } else {
            self.record()
        };
        if alarm.is_none() {
            self.octets = Octets::new(&[]);
        }
        alarm
    }
}
